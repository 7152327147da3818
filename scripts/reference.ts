// Writes docs/reference/ from the contract: every option from src/contract/options.ts, every command as `hms --help` has it.
// With --check it writes nothing and fails where a page is not what it would write.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Command } from 'commander'
import type { Cli } from '../src/cli/cli.ts'
import { ALL, buildProgram } from '../src/cli/program.ts'
import { ERRORS } from '../src/contract/errors.ts'
import { OPTIONS, type Option } from '../src/contract/options.ts'
import { variableOf } from '../src/lifecycle/config.ts'
import { expectation, formatOption } from '../src/lifecycle/config/option-value.ts'

const root = join(import.meta.dirname, '..')
const MADE = '<!-- Made by `node scripts/reference.ts`. Change the sources that it names, not this page. -->'

function optionsPage(): string {
  const lines = [
    MADE,
    '# Settings',
    '',
    'All settings of `config/hms.yaml`, from `src/contract/options.ts`. A setting may be written dotted (`smtp.listen: …`) or nested;',
    'the environment variable wins over the file. `hms config check` checks all, `hms config describe SETTING` tells one.',
  ]
  let group = ''
  for (const [name, option] of Object.entries(OPTIONS) as [string, Option][]) {
    const head = name.includes('.') ? (name.split('.')[0] ?? '') : 'general'
    if (head !== group) lines.push('', `## ${head}`)
    group = head
    lines.push('', `### \`${name}\``, '', option.doc, '')
    lines.push(
      `- Takes ${expectation(option)}`,
      `- Default: \`${formatOption(option, option.default)}\``,
      `- Environment: \`${variableOf(name)}\``,
    )
  }
  return `${lines.join('\n')}\n`
}

function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(([code, meaning]) => `| \`${code}\` | ${meaning} |`)
  const about =
    'What `hms … --json` gives as `error.code` on standard error; from `src/contract/errors.ts`. A code never changes its meaning.'
  return `${[MADE, '# Error codes', '', about, '', '| code | when |', '|---|---|', ...rows].join('\n')}\n`
}

/** The help of a command and of all below it. */
function helpOf(command: Command, path: string): string[] {
  const text = command.helpInformation().trimEnd()
  const examples = helpAfter(command)
  const own = [
    `${'#'.repeat(path.split(' ').length + 1)} \`${path}\``,
    '',
    '```',
    text,
    ...(examples === '' ? [] : ['', examples]),
    '```',
    '',
  ]
  return [...own, ...command.commands.flatMap((sub) => helpOf(sub, `${path} ${sub.name()}`))]
}

/** What `addHelpText('after')` adds: commander gives it only to whoever prints. */
function helpAfter(command: Command): string {
  let text = ''
  command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => 110 })
  command.outputHelp()
  return text.slice(command.helpInformation().length).trim()
}

async function commandsPage(): Promise<string> {
  const silent = {
    width: 110,
    interactive: false,
    write: () => {},
    warn: () => {},
    confirm: async () => false,
    secret: async () => undefined,
  }
  const refuse = async (): Promise<never> => {
    throw new Error('the reference calls no operation')
  }
  const cli: Cli = { home: '', json: false, version: '', terminal: silent, call: refuse, answer: () => {} }
  const program = await buildProgram(cli, ALL)
  return `${[MADE, '# Commands', '', ...helpOf(program, 'hms')].join('\n').trimEnd()}\n`
}

export async function pages(): Promise<ReadonlyMap<string, string>> {
  return new Map([
    ['docs/reference/options.md', optionsPage()],
    ['docs/reference/commands.md', await commandsPage()],
    ['docs/reference/errors.md', errorsPage()],
  ])
}

/** Pages that are not what they would be. */
export async function stalePages(): Promise<string[]> {
  const read = (path: string): string => {
    try {
      return readFileSync(join(root, path), 'utf8')
    } catch {
      return ''
    }
  }
  return [...(await pages())].filter(([path, text]) => read(path) !== text).map(([path]) => path)
}

if (import.meta.main) {
  if (process.argv.includes('--check')) {
    const stale = await stalePages()
    for (const path of stale) console.error(`${path} is not current: run node scripts/reference.ts`)
    if (stale.length > 0) process.exit(1)
  } else {
    for (const [path, text] of await pages()) {
      mkdirSync(dirname(join(root, path)), { recursive: true })
      writeFileSync(join(root, path), text)
    }
  }
}
