// `hms plugin settings`: what may be said to a plug-in, and what is said to it. Its own code tells and checks both.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { messageOf } from '../../../base/fault.ts'
import { late } from '../../../base/late.ts'
import type { PluginSetting, PluginSettings } from '../../../contract/plugin-operations.ts'
import { badArgument, type Cli } from '../../cli.ts'
import { table } from '../../output/table.ts'
import { visible } from '../../output/visible.ts'

const yaml = late('yaml')

export function registerSettings(command: Command, cli: Cli): void {
  command
    .command('settings <name> [key=value...]')
    .description('show the settings of a plug-in, or change them; key=@file reads a value from a file, key=- from standard input or unseen')
    .option('--unset <keys>', 'back to what the plug-in has by itself, with commas between them', (text) => text.split(','))
    .action(async (name: string, given: readonly string[], { unset }: { readonly unset?: readonly string[] }) => {
      const isChange = given.length > 0 || unset !== undefined
      const values = await valuesIn(cli, name, given)
      const settings = isChange
        ? await cli.call('plugin.settings.set', { name, values, ...(unset !== undefined && { unset }) })
        : await cli.call('plugin.settings', { name })
      cli.answer(settings, () => settingsText(settings, cli.terminal.width))
    })
}

interface Given {
  readonly key: string
  readonly value: unknown
  /** As it was written, where that is something else. */
  readonly text?: string
}

/** Values are read as YAML: numbers, true and false, [a, b]. What the plug-in has text for stays as it was written: `tag=[shop]`, `code=0123`. */
async function valuesIn(cli: Cli, name: string, given: readonly string[]): Promise<Record<string, unknown>> {
  const read: Given[] = []
  for (const one of given) read.push(await valueIn(cli, one))
  const { settings } = read.some(({ text }) => text !== undefined) ? await cli.call('plugin.settings', { name }) : { settings: [] }
  const isText = (key: string): boolean => settings.some((row) => row.key === key && row.kind === 'string')
  return Object.fromEntries(read.map(({ key, value, text }) => [key, text !== undefined && isText(key) ? text : value]))
}

const QUOTED = /^(?:".*"|'.*')$/s

async function valueIn(cli: Cli, given: string): Promise<Given> {
  const at = given.indexOf('=')
  if (at < 1) throw badArgument(`"${given}" is no key=value.`)
  const [key, text] = [given.slice(0, at), given.slice(at + 1)]
  if (text === '-') {
    const { readPassword } = await import('../../password.ts')
    return { key, value: await readPassword(cli, key) }
  }
  if (text.startsWith('@')) return { key, value: contents(text.slice(1)) }
  try {
    const value = (yaml().parse(text) as unknown) ?? text
    return value === text || QUOTED.test(text) ? { key, value } : { key, value, text }
  } catch {
    return { key, value: text }
  }
}

function contents(file: string): string {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch (error) {
    throw badArgument(`${file} cannot be read: ${messageOf(error)}.`)
  }
}

function settingsText({ name, settings, problem }: PluginSettings, width: number): string {
  const rows = table(
    settings,
    [
      { title: 'SETTING', of: (one) => one.key },
      { title: 'VALUE', of: valueText, shrinks: true },
      { title: 'DEFAULT', of: (one) => (one.default === null ? null : JSON.stringify(one.default)), shrinks: true },
      { title: 'KIND', of: (one) => (one.isSecret ? `${one.kind}, secret` : one.kind), shrinks: true },
      { title: 'WHAT', of: (one) => one.description, shrinks: true },
    ],
    width,
    `${name} has no settings.`,
  )
  return problem === null ? rows : `${rows}\n${visible(problem)}\n`
}

function valueText({ value, isSet, isSecret }: PluginSetting): string | null {
  if (isSecret) return isSet ? '(secret)' : null
  return value === null ? null : JSON.stringify(value)
}
