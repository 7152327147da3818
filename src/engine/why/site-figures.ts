// What sites took and deferred of late, counted where outcomes are committed: a look-up and a few additions a transaction, and no more
// sites than there is room for, so that it costs nothing that could be measured.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { type MailEvent, replyLine } from '../../contract/events.ts'
import { RecentCount } from './recent-count.ts'
import { ReplyCounts } from './reply-counts.ts'

const MOST_SITES = 10_000
/** So many of the oldest are looked at for one without mail. */
const LOOKED_AT = 100
const SECOND: Ms = 1000
const MINUTES_5: Ms = 300_000

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
  /** What sites say to mail that they do not take. */
  readonly replies = new ReplyCounts()
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
      else this.replies.add(event.site, event, now)
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
