// What sites answered of late to mail that they did not take, counted by what the replies have in common. Receivers choose the texts, so that a
// bounded number of forms is kept: of one site, where the least frequent goes, and of all, where the site that said nothing for longest goes.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { type MailEvent, replyLine } from '../../contract/events.ts'
import { normalForm, readReply } from '../../policy/classify/reading.ts'
import { RecentCount } from './recent-count.ts'

const SLOTS = 12
const MINUTES_5: Ms = 300_000
/** Characters of a reply that are looked at and kept. */
const MOST_TEXT = 300
const BOUNDS = { forms: 20_000, ofSite: 30 } as const

type Kind = 'deferred' | 'failed'

interface Counted {
  readonly kind: Kind
  readonly form: string
  reply: string
  at: EpochMs
  readonly count: RecentCount
}

export type CountedReply = Omit<Counted, 'count'> & { readonly count: number }

interface SiteReplies {
  readonly byForm: Map<string, Counted>
  /** Most come again and again to the letter: their form is not looked for again. */
  last: Counted | null
}

export class ReplyCounts {
  /** The one that was told last is the last. */
  readonly #sites = new Map<string, SiteReplies>()
  readonly #bounds: { readonly forms: number; readonly ofSite: number }
  #forms = 0

  constructor(bounds: { readonly forms: number; readonly ofSite: number } = BOUNDS) {
    this.#bounds = bounds
  }

  get forms(): number {
    return this.#forms
  }

  /** What was deferred or failed at the site of that name. `now`: monotonic. */
  add(site: string, event: Extract<MailEvent, { readonly kind: 'deferred' | 'failed' | 'expired' }>, now: Ms): void {
    const kind: Kind = event.kind === 'deferred' ? 'deferred' : 'failed'
    const reply = (event.reply === null ? event.reason : replyLine(event.reply)).slice(0, MOST_TEXT)
    let known = this.#sites.get(site)
    if (known === undefined) known = { byForm: new Map(), last: null }
    else this.#sites.delete(site)
    this.#sites.set(site, known)
    const counted = known.last?.reply === reply && known.last.kind === kind ? known.last : this.#formOf(known, kind, reply, now)
    counted.reply = reply
    counted.at = event.at
    counted.count.add(now, 1)
    known.last = counted
    this.#bound()
  }

  /** Of the last hour. */
  *of(site: string, now: Ms): Iterable<CountedReply> {
    for (const { count, ...one } of this.#sites.get(site)?.byForm.values() ?? []) {
      const sum = count.sum(now)
      if (sum > 0) yield { ...one, count: sum }
    }
  }

  sites(): Iterable<string> {
    return this.#sites.keys()
  }

  #formOf({ byForm }: SiteReplies, kind: Kind, reply: string, now: Ms): Counted {
    const { code, status, text } = readReply(reply)
    const form = `${code ?? ''} ${status ?? ''} ${normalForm(text)}`.trim()
    const key = `${kind} ${form}`
    let counted = byForm.get(key)
    if (counted !== undefined) return counted
    if (byForm.size >= this.#bounds.ofSite) {
      const [least] = [...byForm].reduce((a, b) => (b[1].count.sum(now) < a[1].count.sum(now) ? b : a))
      byForm.delete(least)
      this.#forms--
    }
    byForm.set(key, (counted = { kind, form, reply, at: 0, count: new RecentCount(SLOTS, MINUTES_5) }))
    this.#forms++
    return counted
  }

  #bound(): void {
    for (const [site, { byForm }] of this.#sites) {
      if (this.#forms <= this.#bounds.forms) return
      this.#sites.delete(site)
      this.#forms -= byForm.size
    }
  }
}
