// What settings mean, take and are now, for `hms config describe` and the management API.
import { OPTIONS, type Config, type Option, type OptionName } from '../../contract/options.ts'
import type { OptionView } from '../../contract/replies.ts'
import { loadConfig, variableOf } from '../config.ts'
import { expectation, formatOption } from './option-value.ts'

export function describedOptions(home: string): readonly OptionView[] {
  const config = configOf(home)
  return (Object.keys(OPTIONS) as OptionName[]).map((name) => describedOption(config, name))
}

/** Null where the file is not in order: describing must work on a broken one. */
export function configOf(home: string): Config | null {
  try {
    return loadConfig(home)
  } catch {
    return null
  }
}

export function describedOption(config: Config | null, name: OptionName): OptionView {
  const option: Option = OPTIONS[name]
  return {
    name,
    meaning: option.doc,
    takes: expectation(option),
    default: formatOption(option, option.default),
    now: formatOption(option, config === null ? option.default : config[name]),
    environment: variableOf(name),
    applies: option.live === true ? 'at once' : 'at the next start',
  }
}
