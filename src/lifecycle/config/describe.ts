// What settings mean, take and are now, for `hms config describe` and the management API.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Option } from '../../contract/option-kinds.ts'
import { OPTIONS, type Config, type OptionName } from '../../contract/options.ts'
import type { OptionView } from '../../contract/replies.ts'
import { CONFIG_FILE, loadConfig, settingsIn, variableOf } from '../config.ts'
import { expectation, formatOption } from './option-value.ts'

/** `running`: what a server of this home runs with; null: none does. */
export function describedOptions(home: string, running: Config | null = null): readonly OptionView[] {
  const here = { config: configOf(home), places: placesIn(home), running }
  return (Object.keys(OPTIONS) as OptionName[]).map((name) => viewOf(here, name))
}

interface Here {
  readonly config: Config | null
  readonly places: Places
  readonly running: Config | null
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
  return viewOf({ config: configOf(home), places: placesIn(home), running: null }, name)
}

function viewOf({ config, places: { lines, revision }, running }: Here, name: OptionName): OptionView {
  const option: Option = OPTIONS[name]
  const line = lines.get(name) ?? null
  const now = formatOption(option, config === null ? option.default : config[name])
  const runs = running === null ? now : formatOption(option, running[name])
  return {
    name,
    meaning: option.doc,
    takes: expectation(option),
    choices: option.kind === 'choice' ? option.choices : option.kind === 'flag' ? ['true', 'false'] : [],
    default: formatOption(option, option.default),
    now,
    running: runs === now ? null : runs,
    environment: variableOf(name),
    from: process.env[variableOf(name)] !== undefined ? 'environment' : line === null ? 'default' : 'file',
    line,
    revision,
    applies: 'at the next start',
  }
}
