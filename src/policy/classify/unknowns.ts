// Replies that no rule knows, counted by their normal form: a bounded number of forms, of which the least frequent go. Strangers choose the
// texts, so nothing here grows with them.
import type { EpochMs } from '../../base/brand.ts'
import type { FailureCode } from '../../contract/failure-codes.ts'
import type { UnknownReplyView } from '../../contract/replies.ts'
import { normalForm, readReply } from './reading.ts'

const MOST_FORMS = 1000
const MOST_SAMPLE = 500
/** Codes that say little: an event with another was judged by a rule, or by a status that is definite. */
const VAGUE: ReadonlySet<FailureCode> = new Set<FailureCode>([1999, 2999, 3999, 4999, 9999])

export const mayBeUnknown = (code: FailureCode): boolean => VAGUE.has(code)

export class UnknownReplies {
  readonly #known = new Map<string, { count: number; first: EpochMs; last: EpochMs; sample: string; domain: string }>()
  readonly #most: number
  /** Since it was last asked. */
  isChanged = false

  constructor(entries: readonly UnknownReplyView[] = [], most = MOST_FORMS) {
    this.#most = most
    for (const { form, ...entry } of entries.slice(0, most)) this.#known.set(form, entry)
  }

  add(line: string, at: EpochMs, domain: string): void {
    const form = normalForm(readReply(line).text)
    if (form === '') return
    this.isChanged = true
    const entry = this.#known.get(form)
    if (entry !== undefined) {
      entry.count++
      entry.last = at
      return
    }
    if (this.#known.size >= this.#most) this.#drop()
    this.#known.set(form, { count: 1, first: at, last: at, sample: line.slice(0, MOST_SAMPLE), domain })
  }

  /** The most frequent first, then the newest. */
  list(): readonly UnknownReplyView[] {
    return [...this.#known]
      .map(([form, { count, first, last, sample, domain }]) => ({ form, count, first, last, sample, domain }))
      .toSorted((a, b) => b.count - a.count || b.last - a.last || (a.form < b.form ? -1 : 1))
  }

  /** A tenth at once, so that a flood of new forms does not look through all of them again and again. */
  #drop(): void {
    for (const { form } of this.list().slice(-Math.ceil(this.#most / 10))) this.#known.delete(form)
  }
}
