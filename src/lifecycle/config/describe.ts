// What settings mean, take and are now, for `hms config describe` and the management API.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Option } from '../../contract/option-kinds.ts'
import { OPTIONS, type Config, type OptionName } from '../../contract/options.ts'
import type { OptionView } from '../../contract/replies.ts'
import { CONFIG_FILE, loadConfig, settingsIn, variableOf } from '../config.ts'
import { expectation, formatOption } from './option-value.ts'

export function describedOptions(home: string): readonly OptionView[] {
  const [config, file] = [configOf(home), placesIn(home)]
  return (Object.keys(OPTIONS) as OptionName[]).map((name) => viewOf(config, file, name))
}

interface Places {
  readonly lines: ReadonlyMap<string, number>
  readonly revision: string
}

/** Where settings stand in the file; of one that cannot be read, none does. */
function placesIn(home: string): Places {
  let text = ''
  try {
    text = readFileSync(join(home, CONFIG_FILE), 'utf8')
  } catch {
    // Told by whoever checks it.
  }
  const lines = settingsIn(text).map(({ name, line }) => [name, line] as const)
  return { lines: new Map(lines), revision: createHash('sha256').update(text).digest('hex').slice(0, 16) }
}

/** Null where the file is not in order: describing must work on a broken one. */
function configOf(home: string): Config | null {
  try {
    return loadConfig(home)
  } catch {
    return null
  }
}

export function describedOption(home: string, name: OptionName): OptionView {
  return viewOf(configOf(home), placesIn(home), name)
}

function viewOf(config: Config | null, { lines, revision }: Places, name: OptionName): OptionView {
  const option: Option = OPTIONS[name]
  const line = lines.get(name) ?? null
  return {
    name,
    meaning: option.doc,
    takes: expectation(option),
    default: formatOption(option, option.default),
    now: formatOption(option, config === null ? option.default : config[name]),
    environment: variableOf(name),
    from: process.env[variableOf(name)] !== undefined ? 'environment' : line === null ? 'default' : 'file',
    line,
    revision,
    applies: 'at the next start',
  }
}
