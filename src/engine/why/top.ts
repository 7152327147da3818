// The sites of this worker as they are now: what waits, what they took, what binds. Who asks costs the mail nothing: all is gone through in
// slices, and only as many sites are kept as are shown.
import type { Domain, EpochMs } from '../../base/brand.ts'
import { OTHER_PROVIDERS } from '../../contract/warmup.ts'
import { isOfAll } from '../../policy/suspension.ts'
import {
  bestSites,
  type HeldBack,
  type Hold,
  MOST_REPLIES,
  type ProviderNow,
  type SiteNow,
  type SiteReply,
  type SitesNow,
  type TopAsked,
  type TopOrder,
} from '../../contract/why.ts'
import type { MailCourier } from '../deliver/courier.ts'
import type { SitePlan } from '../deliver/routing.ts'
import type { Site } from '../deliver/site.ts'
import type { Line } from '../schedule/lines.ts'
import { heldBack, merged } from './domain-holds.ts'
import { allowedAMinute, providerRows } from './provider-rows.ts'
import { diskHold, NOT_BEFORE, serverHold, sourceHold, suspendedHold, turnHold } from './recipient-hold.ts'
import type { SiteFigures } from './site-figures.ts'
import { siteHold } from './site-hold.ts'

/** Domains or sites gone through at once. */
const SLICE = 10_000
/** Sites that are counted; those beyond are in the sums only. */
const MOST_SITES = 200_000
/** Reasons that are told of one site. */
const MOST_HOLDS = 5
/** Of all providers together, sites whose holds are told. */
const MOST_HELD = 500

/** By the name of a site: of several there may be one for each group of properties of connections. */
interface Gathered {
  queued: number
  /** Of these in memory or on its way, and of the others those that are due later, the first of them when. */
  inHand: number
  later: number
  next: EpochMs
  /** One of its domains. */
  domain?: Domain
  plan?: SitePlan
  sites?: Site[]
  figures?: SiteFigures[]
}

type Row = Omit<SiteNow, 'holds'> & { readonly gathered: Gathered }
type Oldest = ReadonlyMap<string, EpochMs>

export class SiteTop {
  readonly #courier: MailCourier
  readonly #oldest: () => Promise<Oldest>

  /** `oldest`: by site since when mail that is due waits. */
  constructor(courier: MailCourier, oldest: () => Promise<Oldest>) {
    this.#courier = courier
    this.#oldest = oldest
  }

  /** All sites by provider. What holds mail is that of the sites with most of it. */
  async providers(): Promise<readonly ProviderNow[]> {
    const gathered = new Map<string, Gathered>()
    const [oldest] = await Promise.all([this.#oldest(), this.#gather(gathered, undefined)])
    const rows = providerRows()
    const best = new Best('queued', MOST_HELD)
    await this.#sliced(gathered, ([name, one]) => {
      const row = this.#rowOf(name, one, { account: undefined, oldest })
      if (row === null) return
      const busiest = busiestOf(one.sites ?? [])
      rows.add(row, busiest?.effective ?? null)
      if (row.queued > 0) best.add(row)
    })
    for (const row of best.first()) rows.held(row.provider, this.#told(row, undefined).holds)
    return rows.all()
  }

  /** Null: of all. */
  async replies({ site, provider }: { readonly site: string | null; readonly provider: string | null }): Promise<readonly SiteReply[]> {
    const { settler, around } = this.#courier
    const { replies } = settler.figures
    const now = around.clock.mono()
    const found: SiteReply[] = []
    await this.#sliced(site === null ? [...replies.sites()] : [site], (name) => {
      const its = this.#providerOf(name)
      if (!isOf(its, provider ?? undefined)) return
      for (const reply of replies.of(name, now)) found.push({ site: name, provider: its, ...reply })
    })
    return found.toSorted((a, b) => b.count - a.count).slice(0, MOST_REPLIES)
  }

  async list({ domain, account, site, provider, by, limit }: TopAsked): Promise<SitesNow> {
    const gathered = new Map<string, Gathered>()
    const [oldest, unknown] = await Promise.all([this.#oldest(), this.#gather(gathered, domain)])
    const best = new Best(by, limit)
    let queued = unknown
    await this.#sliced(gathered, ([name, one]) => {
      if (site !== undefined && name !== site) return
      const row = this.#rowOf(name, one, { account, oldest })
      if (row === null || !isOf(row.provider, provider)) return
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
      const one: Gathered = { queued: 0, inHand: 0, later: 0, next: Infinity }
      gathered.set(name, one)
      return one
    }
    let unknown = 0
    const now = this.#courier.around.clock.now()
    await this.#sliced(domain === undefined ? scheduler.lines.all() : scheduler.lines.ofDomain(domain), (line) => {
      const plan = this.#courier.planOf(line.domain)
      const one = plan?.kind === 'site' ? of(plan.name, true) : undefined
      if (one === undefined) unknown += line.waiting
      else count(one, line, now)
      if (one !== undefined && plan?.kind === 'site') one.plan ??= plan
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

  /** As the rules know it by the hosts that it was last reached at. */
  #providerOf(site: string, plan?: SitePlan): string | null {
    return this.#courier.around.rules().providerOf(site, plan?.hosts.map(({ host }) => host) ?? [])
  }

  /** Null: the account has nothing there. */
  #rowOf(
    name: string,
    gathered: Gathered,
    { account, oldest }: { readonly account: TopAsked['account']; readonly oldest: Oldest },
  ): Row | null {
    const { queued, sites = [], figures = [] } = gathered
    const ready = sumOf(sites, ({ queue }) => (account === undefined ? queue.rows() : queue.lengthOf(account)))
    if (account !== undefined && ready === 0) return null
    const now = this.#courier.around.clock.mono()
    const last = figures.reduce<SiteFigures | null>((newest, one) => (isNewer(one, newest) ? one : newest), null)
    const busiest = busiestOf(sites)
    return {
      site: name,
      domain: gathered.domain ?? sites[0]?.domain ?? null,
      provider: this.#providerOf(name, gathered.plan ?? sites[0]?.plan),
      queued: account === undefined ? Math.max(queued, ready) : ready,
      ready,
      messages: sumOf(figures, ({ messages }) => messages.sum(now)),
      delivered: sumOf(figures, ({ delivered }) => delivered.sum(now)),
      allowed: busiest === undefined ? null : allowedAMinute(busiest.effective),
      connections: sumOf(sites, ({ connections }) => connections),
      mostConnections: sumOf(sites, (site) => this.#mostConnections(site)),
      sending: sumOf(sites, sendingAt),
      dueSince: oldest.get(name) ?? null,
      deferred: sumOf(figures, ({ deferred }) => deferred?.sum(now) ?? 0),
      lastReply: last?.lastReply ?? null,
      lastReplyAt: last?.lastReplyAt ?? null,
      gathered,
    }
  }

  /** A rule's holds for all workers: each tells its part, so that the sum is right. */
  #mostConnections({ mostConnections, effective: { shared } }: Site): number {
    const isRules = shared.find(({ setting }) => setting === 'connections')?.from !== null
    return isRules ? mostConnections / this.#courier.around.workers : mostConnections
  }

  #told({ gathered, ...row }: Row, account: TopAsked['account']): SiteNow {
    return { ...row, holds: row.queued === 0 ? [] : this.#holdsOf(row, gathered, account).slice(0, MOST_HOLDS) }
  }

  /** As `why` has it of a domain. Where one account is asked for, of what is in memory alone. */
  #holdsOf(row: Omit<Row, 'gathered'>, gathered: Gathered, account: TopAsked['account']): readonly HeldBack[] {
    const courier = this.#courier
    const { sites = [], domain, queued, inHand, later } = gathered
    const all = suspendedAt(courier, row.site) ?? serverHold(courier)
    if (all !== null) return [heldBack(all, row.queued)]
    const bySource = domain === undefined ? null : sourceHold(courier, domain)
    const holdAt = (site: Site): Hold | null => bySource ?? siteHold(courier, site, { domain: null, account: account ?? null })
    const holds = sites.map((site) => {
      const ready = account === undefined ? site.queue.rows() : site.queue.lengthOf(account)
      return heldBack(ready === 0 ? NOTHING : (holdAt(site) ?? turnHold(site)), ready)
    })
    if (account === undefined) {
      const busiest = busiestOf(sites)
      const onDisk = queued - inHand - later
      if (onDisk > 0) holds.push(heldBack((busiest === undefined ? bySource : holdAt(busiest)) ?? diskHold(courier, busiest), onDisk))
      if (later > 0) holds.push(heldBack(laterHold(row, gathered), later))
    }
    return merged(holds.filter(({ recipients }) => recipients > 0)).toSorted((a, b) => b.recipients - a.recipients)
  }
}

const NOTHING: Hold = { kind: 'turn', reason: '', until: null }

/** Its own time has not come. */
function laterHold({ deferred, lastReply }: Omit<Row, 'gathered'>, { next }: Gathered): Hold {
  const until = Number.isFinite(next) ? next : null
  if (deferred === 0) return { kind: 'scheduled', reason: NOT_BEFORE, until }
  return { kind: 'retry', reason: `Deferred, retried on schedule. Last reply: ${lastReply ?? 'none'}`, until }
}

function count(one: Gathered, { domain, waiting, inHand, nextDue }: Line, now: EpochMs): void {
  one.queued += waiting
  one.inHand += inHand
  one.domain ??= domain
  if (nextDue <= now) return
  one.later += waiting - inHand
  one.next = Math.min(one.next, nextDue)
}

function busiestOf(sites: readonly Site[]): Site | undefined {
  return sites.reduce<Site | undefined>((most, one) => (one.queue.rows() > (most?.queue.rows() ?? -1) ? one : most), undefined)
}

/** All mail of the site, whoever sent it. */
function suspendedAt(courier: MailCourier, site: string): Hold | null {
  const { suspensions } = courier.around.settings()
  const found = suspensions.find((one) => one.domain === null && isOfAll(one) && (one.site === undefined || one.site === site))
  return found === undefined ? null : suspendedHold(found)
}

function sumOf<T>(all: readonly T[], value: (one: T) => number): number {
  return all.reduce((sum, one) => sum + value(one), 0)
}

function isNewer({ lastReplyAt }: SiteFigures, than: SiteFigures | null): boolean {
  return (lastReplyAt ?? 0) >= (than?.lastReplyAt ?? 0)
}

/** `asked` undefined: any. */
function isOf(provider: string | null, asked: string | undefined): boolean {
  return asked === undefined || asked === (provider ?? OTHER_PROVIDERS)
}

function sendingAt({ lanes }: Site): number {
  let sending = 0
  for (const { current } of lanes.all) sending += current?.rows.length ?? 0
  return sending
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
