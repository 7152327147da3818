// A rule of the owner about what a reply means: a line at the end of response_translations.list, out of a pattern or of a reply that no rule
// knows. A running server sees it within two seconds.
import { existsSync, readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { Fault } from '../base/fault.ts'
import type { FailureCode } from '../contract/failure-codes.ts'
import type { LearnedReply } from '../contract/replies.ts'
import { patternOf } from '../policy/classify/learn.ts'
import { SEPARATOR } from '../policy/lists/list-file.ts'
import { checkList } from '../policy/lists/reply-lists.ts'
import { Pattern } from '../policy/patterns/pattern-list.ts'
import { writeWhole } from './config/whole-file.ts'
import { ownList, shippedList } from './list-files.ts'
import { readUnknowns } from './unknowns-file.ts'

export interface Lesson {
  /** A pattern, or a reply that no rule knows: its number, from 1, or its form. */
  readonly of: string | number | { readonly form: string }
  readonly code: FailureCode
  /** Only for mail to this domain; null: to any. */
  readonly site: string | null
  readonly dryRun: boolean
}

const LIST = 'response_translations.list'

/** Throws a Fault where the pattern cannot be used, or there is no such reply. */
export function learnReply(home: string, { of, code, site, dryRun }: Lesson): LearnedReply {
  const unknowns = readUnknowns(home)
  const pattern = typeof of === 'string' ? given(of) : ofUnknown(of, unknowns)
  const matches = unknowns
    .filter(({ sample, domain }) => (site === null || site === domain) && pattern.matches(sample.slice(0, 1024).toLowerCase()))
    .map(({ count, domain, sample }) => ({ count, domain, sample }))
  const line = [pattern.source, code, ...(site === null ? [] : [site])].join(SEPARATOR)
  const file = ownList(home, LIST)
  const text = withLine(readFileSync(existsSync(file) ? file : shippedList(LIST), 'utf8'), line)
  // Whole or not at all: the server looks at it while it runs.
  if (!dryRun) writeWhole(file, text)
  return { file: relative(home, file), line, added: !dryRun, unknowns: matches }
}

function withLine(before: string, line: string): string {
  const text = `${before}${before === '' || before.endsWith('\n') ? '' : '\n'}${line}\n`
  const [was, is] = [before, text].map((one) => checkList(LIST, one))
  if (is !== undefined && was !== undefined && is.entries > was.entries) return text
  throw bad(`The line would not count in ${LIST}: ${is?.problems.at(-1)?.problem ?? 'it is there already'}`, 'Tidy the list up first.')
}

function ofUnknown(of: Exclude<Lesson['of'], string>, unknowns: ReturnType<typeof readUnknowns>): Pattern {
  const entry = typeof of === 'number' ? unknowns[of - 1] : unknowns.find(({ form }) => form === of.form)
  if (entry === undefined)
    throw bad(
      typeof of === 'number' ? `There is no unknown reply ${of}.` : 'There is no such unknown reply any more.',
      "'hms unknowns ls' lists them.",
    )
  const pattern = patternOf(entry.form, entry.sample)
  if (pattern !== null) return pattern
  throw bad('Nothing in this reply is fixed enough for a pattern.', 'Give a pattern of your own instead of the number.')
}

function given(text: string): Pattern {
  if (text.includes(SEPARATOR) || /[\r\n\0]/.test(text) || text.startsWith('#'))
    throw bad(`A pattern has no ${SEPARATOR}, no line break, and does not begin with #.`)
  if (text.trim() === '') throw bad('The pattern is empty: it would match every reply.')
  const pattern = Pattern.read(text.trim())
  if (!('problem' in pattern)) return pattern
  throw bad(`The pattern ${pattern.problem}.`)
}

function bad(what: string, mend?: string): Fault {
  return new Fault('invalid-parameter', what, { blame: 'caller', ...(mend !== undefined && { mend }) })
}
