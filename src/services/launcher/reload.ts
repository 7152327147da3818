// SIGHUP to the launcher: config/hms.yaml is read and checked, and nothing else. The configuration that the server started with
// stays in force, whatever the file holds; what is wrong in it, or what will count at the next start, is told.
import type { Option } from '../../contract/option-kinds.ts'
import { type Config, OPTIONS, type OptionName } from '../../contract/options.ts'
import { describeProblem, readConfig } from '../../lifecycle/config.ts'
import { formatOption } from '../../lifecycle/config/option-value.ts'

/** Lines for the person at the terminal, or for the journal of the system. */
export function reloadReport(home: string, running: Config): string[] {
  const reading = readConfig(home)
  if (!reading.ok) {
    const problems = reading.problems.map((problem) => describeProblem(problem))
    return [...problems, 'The configuration that the server started with stays in force; the next start would be refused.']
  }
  const { config } = reading
  const changed = (Object.keys(OPTIONS) as OptionName[]).flatMap((name) => {
    const option: Option = OPTIONS[name]
    const [before, after] = [formatOption(option, running[name]), formatOption(option, config[name])]
    return before === after ? [] : [`${name} counts at the next start: ${before} becomes ${after}.`]
  })
  return changed.length > 0 ? changed : ['config/hms.yaml is in order and as it was at the start; settings made with hms count at once.']
}
