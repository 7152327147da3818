// `hms apply -f FILE`: the delivery rules of a file take the place of those in force, whole or not at all.
import { readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { Fault, messageOf } from '../../../base/fault.ts'
import type { RulesApplied } from '../../../contract/operations.ts'
import { RULES_BOUNDS } from '../../../contract/rules.ts'
import type { RulesFinding } from '../../../contract/rules-answers.ts'
import { readRulesText } from '../../../policy/rules/read.ts'
import { describeRulesProblem, type RulesProblem } from '../../../policy/rules/reader.ts'
import { readYamlText } from '../../../policy/rules/yaml-text.ts'
import { badArgument, type Cli } from '../../cli.ts'
import { visible } from '../../output/visible.ts'
import { counted } from '../../output/when.ts'

interface ApplyOptions {
  readonly file?: string
  readonly note?: string
  readonly dryRun?: true
  readonly force?: true
}

/** Names of a difference that are told one by one. */
const MOST_TOLD = 20

export function register(command: Command, cli: Cli): void {
  command
    .requiredOption('-f, --file <file>', 'the document in YAML or JSON; - reads standard input')
    .option('--note <text>', 'why, for the history')
    .option('--dry-run', 'check it and tell the difference, and change nothing')
    .option('--force', 'also where a rule names a pool that is not there, so that mail waits')
    .addHelpText(
      'after',
      "\nThe whole document is checked first; where anything is wrong, nothing changes. It takes the place of all rules of the owner:\nwhat it does not hold is gone. It counts within a second, and connections stay open. 'hms rules revert' goes back.\n" +
        '\nExamples:\n  hms export > rules.yaml\n  hms apply -f rules.yaml --dry-run\n  hms apply -f rules.yaml --note "half for Gmail until Monday"',
    )
    .action(async ({ file = '', note, dryRun, force }: ApplyOptions) => {
      const text = readRulesFile(file)
      const reading = readRulesText(text, 'owner')
      if (!reading.ok) throw new RulesFault(file === '-' ? 'standard input' : file, reading.problems)
      // The form of the file is that of the operation: it is checked again where it counts.
      const { value } = readYamlText(text)
      const params = {
        json: JSON.stringify(value),
        ...(note !== undefined && { note }),
        ...(dryRun && { dryRun }),
        ...(force && { force }),
      }
      cli.answer(await cli.call('rules.apply', params), (applied) => wordsOf(applied, dryRun === true))
    })
}

/** The file, or standard input for `-`. */
export function readRulesFile(file: string): string {
  if (file === '') throw badArgument('-f names no file.')
  try {
    const octets = readFileSync(file === '-' ? 0 : file)
    if (octets.length > RULES_BOUNDS.octets)
      throw badArgument(`${file} has ${octets.length} octets; at most ${RULES_BOUNDS.octets} are taken.`)
    return octets.toString('utf8')
  } catch (error) {
    if (error instanceof Fault) throw error
    throw new Fault('no-rules', `${file} cannot be read: ${messageOf(error)}.`, {
      blame: 'caller',
      mend: 'Name a file that you may read, or - for standard input.',
      cause: error,
    })
  }
}

/** Carries every problem, for whoever can show them one by one. */
export class RulesFault extends Fault {
  readonly problems: readonly RulesProblem[]

  constructor(file: string, problems: readonly RulesProblem[]) {
    const lines = problems.map((problem) => `${file}, ${describeRulesProblem(problem)}`)
    super('rules-invalid', lines.length === 1 ? (lines[0] ?? '') : `${file} has ${lines.length} problems:\n${lines.join('\n')}`, {
      blame: 'caller',
      mend: 'Nothing was changed. docs/reference/rules.md tells what a rule can set.',
    })
    this.problems = problems
  }
}

function wordsOf({ version, applied, difference, findings }: RulesApplied, dryRun: boolean): string {
  const changes = differenceLines(difference)
  const said = applied
    ? `Version ${version} of the rules is in force.`
    : changes.length === 0
      ? `The rules say the same as version ${version}: nothing was changed.`
      : `This would change version ${version}:`
  return `${[...(dryRun || !applied ? [said, ...changes] : [...changes, said]), ...findingLines(findings)].join('\n')}\n`
}

export function differenceLines({ added, removed, changed, reordered }: RulesApplied['difference']): string[] {
  const lines = (sign: string, names: readonly string[]): string[] => [
    ...names.slice(0, MOST_TOLD).map((name) => `${sign} ${visible(name)}`),
    ...(names.length > MOST_TOLD ? [`${sign} ${counted(names.length - MOST_TOLD, 'other')}`] : []),
  ]
  return [...lines('+', added), ...lines('-', removed), ...lines('~', changed), ...(reordered ? ['~ the order of the rules'] : [])]
}

export function findingLines(findings: readonly RulesFinding[]): string[] {
  return findings.map(({ level, account, rule, what }) => {
    const whose = level === 'smart' ? 'Smart rules, ' : account === null ? '' : `account ${account}, `
    const about = rule === String(account) ? `account ${account}` : `${whose}${rule}`
    return `Note: ${visible(`${about}: ${what}`)}`
  })
}
