// What sites took and deferred of late, counted where outcomes are committed: a look-up and a few additions a transaction, and no more
// sites than there is room for, so that it costs nothing that could be measured.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { type MailEvent, replyLine } from '../../contract/events.ts'

const MOST_SITES = 10_000
/** So many of the oldest are looked at for one without mail. */
const LOOKED_AT = 100
const SECOND: Ms = 1000
const MINUTES_5: Ms = 300_000

/** A count over the last `slots` × `span`, the slot of now included. Most sites are small: V8 keeps so few octets in its own heap. */
export class RecentCount {
  #counts: Uint8Array | Uint32Array
  readonly #span: Ms
  #slot = -1

  constructor(slots: number, span: Ms) {
    this.#counts = new Uint8Array(slots)
    this.#span = span
  }

  add(now: Ms, n: number): void {
    const slot = this.#pass(now)
    const count = (this.#counts[slot] ?? 0) + n
    if (count > 255 && this.#counts instanceof Uint8Array) this.#counts = Uint32Array.from(this.#counts)
    this.#counts[slot] = count
  }

  sum(now: Ms): number {
    this.#pass(now)
    let sum = 0
    for (const count of this.#counts) sum += count
    return sum
  }

  /** Slots that time has passed since are empty; returns the one of now. */
  #pass(now: Ms): number {
    const slot = Math.floor(now / this.#span)
    const slots = this.#counts.length
    if (slot - this.#slot >= slots) this.#counts.fill(0)
    else for (let past = this.#slot + 1; past <= slot; past++) this.#counts[past % slots] = 0
    this.#slot = Math.max(slot, this.#slot)
    return this.#slot % slots
  }
}

export class SiteFigures {
  readonly site: string
  /** Transactions in which a recipient at least was delivered, and the recipients: of the last 60 s. */
  readonly messages = new RecentCount(60, SECOND)
  readonly delivered = new RecentCount(60, SECOND)
  /** Recipients of the last hour; null: none since it is here. */
  deferred: RecentCount | null = null
  lastReply: string | null = null
  lastReplyAt: EpochMs | null = null
  /** It had mail since it was looked at for want of room. */
  isUsed = false

  constructor(site: string) {
    this.site = site
  }
}

export class SiteFigureBook {
  readonly #sites = new Map<string, SiteFigures>()

  find(key: string): SiteFigures | undefined {
    return this.#sites.get(key)
  }

  all(): Iterable<SiteFigures> {
    return this.#sites.values()
  }

  /** What became of recipients that went to the site of that key. `now`: monotonic. */
  settled(key: string, decisions: readonly { readonly event: MailEvent }[], now: Ms): void {
    let figures = this.#sites.get(key)
    let [delivered, deferred] = [0, 0]
    for (const { event } of decisions) {
      if (event.kind !== 'delivered' && event.kind !== 'deferred' && event.kind !== 'failed' && event.kind !== 'expired') continue
      if (event.site === null) continue
      figures ??= this.#begin(key, event.site)
      figures.isUsed = true
      if (event.kind === 'delivered') delivered++
      if (event.kind === 'deferred') deferred++
      figures.lastReply = event.reply === null && event.kind !== 'delivered' ? event.reason : event.reply && replyLine(event.reply)
      figures.lastReplyAt = event.at
    }
    if (delivered > 0) figures?.messages.add(now, 1)
    if (delivered > 0) figures?.delivered.add(now, delivered)
    if (deferred > 0 && figures !== undefined) (figures.deferred ??= new RecentCount(12, MINUTES_5)).add(now, deferred)
  }

  #begin(key: string, site: string): SiteFigures {
    if (this.#sites.size >= MOST_SITES) this.#drop()
    const figures = new SiteFigures(site)
    this.#sites.set(key, figures)
    return figures
  }

  /** The first that had no mail since it was looked at last: a site with much is not dropped for being here long. */
  #drop(): void {
    let looks = LOOKED_AT
    for (const [key, figures] of this.#sites) {
      this.#sites.delete(key)
      if (!figures.isUsed || --looks === 0) return
      figures.isUsed = false
      this.#sites.set(key, figures)
    }
  }
}
