// What the owner knows better about replies than the program: three list files, each asked for itself.
//   deliverystatuscodes.list     reply → Temporary, Permanent or Default (what the program makes of it), then an alert if one is wanted
//   optimizations.list           reply → the wait before the next attempt, in minutes or as 90s, 10m, 2h
//   response_translations.list   reply → failure code, then the domain that it is for, if not all
// Two more are about bounce messages (textbody_translations.list, bouncesignatures.list): text → failure code.
import type { Ms } from '../../base/brand.ts'
import { FAILURE_CODES, type FailureCode } from '../../contract/failure-codes.ts'
import { PatternList } from '../patterns/pattern-list.ts'
import { type ListProblem, readList, type ValueReader } from './list-file.ts'
import type { OwnTexts } from '../classify/classify.ts'
import type { CodeEntry, ReplyLists, StatusEntry } from './verdict.ts'

const STATES: Readonly<Record<string, StatusEntry['status']>> = { temporary: 'temporary', permanent: 'permanent', default: 'default' }

const statusOf: ValueReader<StatusEntry> = ([name = '', alert = '']) => {
  const status = STATES[name.toLowerCase()]
  if (status === undefined) return { problem: `Expected Temporary, Permanent or Default, found ${found(name)}.` }
  return { value: { status, alert: alert === '' ? null : alert } }
}

const UNITS: Readonly<Record<string, Ms>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }
const LONGEST: Ms = 7 * 86_400_000

const waitOf: ValueReader<Ms> = ([text = '']) => {
  const [, number, unit = 'm'] = /^(\d{1,6})\s?([smhd]?)$/i.exec(text) ?? []
  const value = Number(number) * (UNITS[(unit || 'm').toLowerCase()] ?? Number.NaN)
  if (value >= 1000 && value <= LONGEST) return { value }
  return { problem: `Expected a wait from 1s to 7d, in minutes or with s, m, h or d, found ${found(text)}.` }
}

const codeOf: ValueReader<FailureCode> = ([text = '']) => {
  if (Object.hasOwn(FAILURE_CODES, text)) return { value: Number(text) as FailureCode }
  return { problem: `Expected a failure code such as 2001, found ${found(text)}.` }
}

const codeForOf: ValueReader<CodeEntry> = ([text = '', domain = '']) => {
  const read = codeOf([text])
  return 'problem' in read ? read : { value: { code: read.value, domain: domain === '' ? null : domain.toLowerCase() } }
}

function found(text: string): string {
  return text === '' ? 'nothing' : `"${text.slice(0, 60)}"`
}

/** Every list file, and how its lines are read. */
export const LISTS = {
  'deliverystatuscodes.list': statusOf,
  'optimizations.list': waitOf,
  'response_translations.list': codeForOf,
  'textbody_translations.list': codeOf,
  'bouncesignatures.list': codeOf,
} as const

export type ListName = keyof typeof LISTS
export const LIST_NAMES = Object.keys(LISTS) as readonly ListName[]

/** What is wrong with a file, and how many of its lines count. */
export function checkList(name: ListName, text: string): { readonly entries: number; readonly problems: readonly ListProblem[] } {
  const { entries, problems } = readList<unknown>(text, LISTS[name])
  return { entries: entries.length, problems }
}

/** Of the texts of the files about replies; null where no line of them counts. */
export function replyLists(textOf: (name: ListName) => string): ReplyLists | null {
  const status = readList(textOf('deliverystatuscodes.list'), statusOf).entries
  const waits = readList(textOf('optimizations.list'), waitOf).entries
  const codes = readList(textOf('response_translations.list'), codeForOf).entries
  if (status.length + waits.length + codes.length === 0) return null
  return { status: new PatternList(status), waits: new PatternList(waits), codes: new PatternList(codes) }
}

/** Of the texts of the files about what replies and bounce messages mean; null where no line of them counts. */
export function ownTexts(textOf: (name: ListName) => string): OwnTexts | null {
  const replies = readList(textOf('response_translations.list'), codeForOf).entries
  const texts = readList(textOf('textbody_translations.list'), codeOf).entries
  const signatures = readList(textOf('bouncesignatures.list'), codeOf).entries
  if (replies.length + texts.length + signatures.length === 0) return null
  return { replies: new PatternList(replies), texts: new PatternList(texts), signatures: new PatternList(signatures) }
}
