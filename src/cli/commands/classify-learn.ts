// `hms classify learn`: a line of the owner's response_translations.list out of a pattern or of an unknown reply.
import { existsSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { FAILURE_CODES, type FailureCode } from '../../contract/failure-codes.ts'
import { writeWhole } from '../../lifecycle/config/whole-file.ts'
import { requireHome } from '../../lifecycle/home-state.ts'
import { ownList, shippedList } from '../../lifecycle/list-files.ts'
import { readUnknowns } from '../../lifecycle/unknowns-file.ts'
import { patternOf } from '../../policy/classify/learn.ts'
import { SEPARATOR } from '../../policy/lists/list-file.ts'
import { Pattern } from '../../policy/patterns/pattern-list.ts'
import { badArgument, type Cli, domainName } from '../cli.ts'
import { fields, table } from '../output/table.ts'

interface Options {
  readonly code: FailureCode
  readonly site?: string
  readonly dryRun?: true
}

const LIST = 'response_translations.list'

export function registerLearn(command: Command, cli: Cli): void {
  command
    .command('learn <pattern>')
    .description(`a rule of yours: replies that match get the failure code; a number names a reply of 'hms unknowns ls'`)
    .requiredOption('--code <code>', 'the failure code, such as 2001 (invalid address)', failureCode)
    .option('--site <domain>', 'only for mail to this domain', domainName)
    .option('--dry-run', 'tell what it would change, and change nothing')
    .action((text: string, options: Options) => learn(text, options, cli))
    .addHelpText(
      'after',
      `\nThe line goes to the end of ${LIST} in config/ of the home, which is made of the shipped one where it is not there.\nA running server sees it within two seconds.\n\nExamples:\n  hms classify learn 1 --code 2001 --dry-run\n  hms classify learn 'no longer works here' --code 2004 --site example.com`,
    )
}

function failureCode(text: string): FailureCode {
  if (Object.hasOwn(FAILURE_CODES, text)) return Number(text) as FailureCode
  throw badArgument(`"${text}" is no failure code.`, `There are ${Object.keys(FAILURE_CODES).join(', ')}.`)
}

function learn(text: string, { code, site = '', dryRun = undefined }: Options, cli: Cli): void {
  requireHome(cli.home)
  const unknowns = readUnknowns(cli.home)
  const pattern = /^\d{1,4}$/.test(text) ? ofNumber(Number(text), unknowns) : given(text)
  const matches = unknowns
    .filter(({ sample, domain }) => (site === '' || site === domain) && pattern.matches(sample.slice(0, 1024).toLowerCase()))
    .map(({ count, domain, sample }) => ({ count, domain, sample }))
  const line = [pattern.source, code, ...(site === '' ? [] : [site])].join(SEPARATOR)
  const file = ownList(cli.home, LIST)
  if (dryRun !== true) append(file, line)
  cli.answer({ file, line, added: dryRun !== true, unknowns: matches }, (answer) => {
    const head = fields([
      [answer.added ? 'added to' : 'would be added to', answer.file],
      ['line', answer.line],
      ['means', `${code}, ${FAILURE_CODES[code]}`],
      ['matches', `${matches.reduce((sum, { count }) => sum + count, 0)} of the unknown replies`],
    ])
    const columns = [
      { title: 'COUNT', of: ({ count }: (typeof matches)[number]) => count, right: true },
      { title: 'DOMAIN', of: ({ domain }: (typeof matches)[number]) => domain },
      { title: 'SAMPLE', of: ({ sample }: (typeof matches)[number]) => sample, shrinks: true },
    ]
    return matches.length === 0 ? head : `${head}\n${table(matches.slice(0, 20), columns, cli.terminal.width, '')}`
  })
}

function ofNumber(number: number, unknowns: ReturnType<typeof readUnknowns>): Pattern {
  const entry = unknowns[number - 1]
  if (entry === undefined) throw badArgument(`There is no unknown reply ${number}.`, "'hms unknowns ls' numbers them.")
  const pattern = patternOf(entry.form, entry.sample)
  if (pattern === null)
    throw badArgument('Nothing in this reply is fixed enough for a pattern.', 'Give a pattern of your own instead of the number.')
  return pattern
}

function given(text: string): Pattern {
  if (text.includes(SEPARATOR) || /[\r\n]/.test(text) || text.startsWith('#'))
    throw badArgument(`A pattern has no ${SEPARATOR}, no line break, and does not begin with #.`)
  if (text.trim() === '') throw badArgument('The pattern is empty: it would match every reply.')
  const pattern = Pattern.read(text.trim())
  if ('problem' in pattern) throw badArgument(`The pattern ${pattern.problem}.`)
  return pattern
}

/** Whole or not at all: the server looks at it while it runs. */
function append(file: string, line: string): void {
  const before = readFileSync(existsSync(file) ? file : shippedList(LIST), 'utf8')
  writeWhole(file, `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${line}\n`)
}
