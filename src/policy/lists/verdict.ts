// What the owner's list files say of a reply, for whoever judges replies.
import type { Ms } from '../../base/brand.ts'
import type { FailureCode } from '../../contract/failure-codes.ts'
import type { PatternList } from '../patterns/pattern-list.ts'

export interface StatusEntry {
  readonly status: 'temporary' | 'permanent' | 'default'
  /** What the owner is told when it matches; null: nothing. */
  readonly alert: string | null
}

/** What the lists say of one reply; what is undefined is left to the program. */
export interface ListVerdict {
  readonly status: StatusEntry | undefined
  readonly wait: Ms | undefined
  readonly code: FailureCode | undefined
}

export interface ReplyLists {
  readonly status: PatternList<StatusEntry>
  readonly waits: PatternList<Ms>
  readonly codes: PatternList<CodeEntry>
}

export interface CodeEntry {
  readonly code: FailureCode
  /** Only for mail to this domain; null: for all. */
  readonly domain: string | null
}

/** Whether an entry is about mail to the domain. */
export const isFor =
  (domain: string | null) =>
  (entry: CodeEntry): boolean =>
    entry.domain === null || entry.domain === domain

/** The newest of them. */
export interface ListSource {
  /** Null: no line counts. */
  readonly current: ReplyLists | null
  /** Patterns that ran. */
  readonly operations: number
}

const NOTHING: ListVerdict = { status: undefined, wait: undefined, code: undefined }

/** `reply`: code, enhanced code where there is one, and text, on one line; `domain`: where the mail goes. Null: there are no lists. */
export function askLists(lists: ReplyLists | null, reply: string, domain: string | null = null): ListVerdict {
  if (lists === null) return NOTHING
  const { status, waits, codes } = lists
  return { status: status.find(reply), wait: waits.find(reply), code: codes.find(reply, isFor(domain))?.code }
}
