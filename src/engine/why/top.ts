// The sites of this worker as they are now: what waits, what they took, what binds. Who asks costs the mail nothing: all is gone through in
// slices, and only as many sites are kept as are shown.
import type { Domain, Ms } from '../../base/brand.ts'
import type { Effective, LimitName } from '../../contract/rules.ts'
import { bestSites, type SiteNow, type SitesNow, type TopAsked, type TopOrder } from '../../contract/why.ts'
import type { MailCourier } from '../deliver/courier.ts'
import type { Site } from '../deliver/site.ts'
import type { SiteFigures } from './site-figures.ts'
import { siteHold } from './site-hold.ts'

/** Domains or sites gone through at once. */
const SLICE = 10_000
/** Sites that are counted; those beyond are in the sums only. */
const MOST_SITES = 200_000
const RATES: Partial<Readonly<Record<LimitName, Ms>>> = { messages_per_minute: 1, messages_per_hour: 60, messages_per_day: 1440 }

/** By the name of a site: of several there may be one for each group of properties of connections. */
interface Gathered {
  queued: number
  sites?: Site[]
  figures?: SiteFigures[]
}

type Row = Omit<SiteNow, 'hold'> & { readonly busiest: Site | undefined }

export class SiteTop {
  readonly #courier: MailCourier

  constructor(courier: MailCourier) {
    this.#courier = courier
  }

  async list({ domain, account, by, limit }: TopAsked): Promise<SitesNow> {
    const gathered = new Map<string, Gathered>()
    const unknown = await this.#gather(gathered, domain)
    const best = new Best(by, limit)
    let queued = unknown
    await this.#sliced(gathered, ([name, one]) => {
      const row = this.#rowOf(name, one, account)
      if (row === null) return
      queued += row.queued
      best.add(row)
    })
    return { sites: best.first().map((row) => this.#told(row, account)), total: { sites: best.seen, queued, unknown } }
  }

  /** Returns what waits for domains of which nobody knows where they go. */
  async #gather(gathered: Map<string, Gathered>, domain: Domain | undefined): Promise<number> {
    const { scheduler, sites, settler } = this.#courier
    // What waits for one domain says which site is meant.
    const of = (name: string, isMeant = domain === undefined): Gathered | undefined => {
      const known = gathered.get(name)
      if (known !== undefined || !isMeant || gathered.size >= MOST_SITES) return known
      const one: Gathered = { queued: 0 }
      gathered.set(name, one)
      return one
    }
    let unknown = 0
    await this.#sliced(domain === undefined ? scheduler.lines.all() : scheduler.lines.ofDomain(domain), (line) => {
      const plan = this.#courier.planOf(line.domain)
      const one = plan?.kind === 'site' ? of(plan.name, true) : undefined
      if (one === undefined) unknown += line.waiting
      else one.queued += line.waiting
    })
    await this.#sliced(sites, (site) => {
      const one = of(site.plan.name)
      if (one !== undefined) (one.sites ??= []).push(site)
    })
    for (const figures of settler.figures.all()) {
      const one = of(figures.site)
      if (one !== undefined) (one.figures ??= []).push(figures)
    }
    return unknown
  }

  async #sliced<T>(all: Iterable<T>, look: (one: T) => void): Promise<void> {
    let looked = 0
    for (const one of all) {
      look(one)
      if (++looked % SLICE === 0) await new Promise<void>((resolve) => void this.#courier.around.clock.after(0, resolve))
    }
  }

  /** Null: the account has nothing there. */
  #rowOf(name: string, { queued, sites = [], figures = [] }: Gathered, account: TopAsked['account']): Row | null {
    const ready = sumOf(sites, ({ queue }) => (account === undefined ? queue.rows() : queue.lengthOf(account)))
    if (account !== undefined && ready === 0) return null
    const now = this.#courier.around.clock.mono()
    const last = figures.reduce<SiteFigures | null>((newest, one) => (isNewer(one, newest) ? one : newest), null)
    const busiest = sites.reduce<Site | undefined>((most, one) => (one.queue.rows() > (most?.queue.rows() ?? -1) ? one : most), undefined)
    return {
      site: name,
      queued: account === undefined ? Math.max(queued, ready) : ready,
      ready,
      messages: sumOf(figures, ({ messages }) => messages.sum(now)),
      delivered: sumOf(figures, ({ delivered }) => delivered.sum(now)),
      allowed: busiest === undefined ? null : allowedAMinute(busiest.effective),
      connections: sumOf(sites, ({ connections }) => connections),
      mostConnections: sumOf(sites, (site) => this.#mostConnections(site)),
      deferred: sumOf(figures, ({ deferred }) => deferred?.sum(now) ?? 0),
      lastReply: last?.lastReply ?? null,
      lastReplyAt: last?.lastReplyAt ?? null,
      busiest,
    }
  }

  /** A rule's holds for all workers: each tells its part, so that the sum is right. */
  #mostConnections({ mostConnections, effective: { shared } }: Site): number {
    const isRules = shared.find(({ setting }) => setting === 'connections')?.from !== null
    return isRules ? mostConnections / this.#courier.around.workers : mostConnections
  }

  /** Where nothing waits nothing is held. */
  #told({ busiest, ...row }: Row, account: TopAsked['account']): SiteNow {
    const isHeld = busiest !== undefined && row.queued > 0
    return { ...row, hold: isHeld ? siteHold(this.#courier, busiest, { domain: null, account: account ?? null }) : null }
  }
}

function sumOf<T>(all: readonly T[], value: (one: T) => number): number {
  return all.reduce((sum, one) => sum + value(one), 0)
}

function isNewer({ lastReplyAt }: SiteFigures, than: SiteFigures | null): boolean {
  return (lastReplyAt ?? 0) >= (than?.lastReplyAt ?? 0)
}

/** Of all limits on messages by time, the narrowest in a minute; null: there is none. */
export function allowedAMinute({ shared, own }: Effective): number | null {
  const rates = [...shared, ...own].flatMap(({ setting, limit }) => {
    const minutes = RATES[setting]
    return minutes === undefined ? [] : [limit / minutes]
  })
  return rates.length === 0 ? null : Math.min(...rates)
}

/** The first `limit` rows in an order, of any number. */
class Best {
  seen = 0
  #rows: Row[] = []
  readonly #order: TopOrder
  readonly #limit: number

  constructor(order: TopOrder, limit: number) {
    this.#order = order
    this.#limit = limit
  }

  add(row: Row): void {
    this.seen++
    this.#rows.push(row)
    if (this.#rows.length >= 2 * this.#limit + SLICE) this.#rows = this.first()
  }

  first(): Row[] {
    return bestSites(this.#rows, this.#order).slice(0, this.#limit)
  }
}
