// The sites that mail goes to at the moment, each under its key: found for a destination, moved when rules change, forgotten when nothing is left.
import type { AccountId, Domain, Ms } from '../../base/brand.ts'
import type { Destination } from '../../contract/rules.ts'
import type { RuleBook } from '../../policy/rules/book.ts'
import type { Job } from '../schedule/in-hand.ts'
import type { CourierRoom } from './courier-room.ts'
import type { Lane } from './lane.ts'
import type { SitePlan } from './routing.ts'
import { Site } from './site.ts'
import type { SourceUse } from './sources.ts'

const FORGOTTEN_AFTER: Ms = 3_600_000

/** Whose mail, and from where. */
interface SiteOf {
  readonly domain: Domain
  readonly account: AccountId | null
  readonly source: SourceUse
}

/** The key of a site, and the account that it is for where it is for its sake. */
interface Place {
  readonly key: string
  readonly account: AccountId | null
}

export class Sites implements Iterable<Site> {
  readonly #room: CourierRoom
  readonly #rules: () => RuleBook
  readonly #sites = new Map<string, Site>()
  /** By their names: of several sources, accounts or wishes. */
  readonly #named = new Map<string, Set<Site>>()
  /** Connections that are open, of all sites. */
  readonly lanes = new Set<Lane>()
  /** Sites that had some without work when last looked at. */
  readonly #idle = new Set<Site>()
  #sweep: Disposable | null = null

  constructor(room: CourierRoom, rules: () => RuleBook) {
    this.#room = room
    this.#rules = rules
  }

  [Symbol.iterator](): Iterator<Site> {
    return this.#sites.values()
  }

  find(plan: SitePlan, { domain, account, source }: SiteOf): Site | undefined {
    return this.#sites.get(this.#placeOf(plan, { domain, account, source }).key)
  }

  /** By its key. */
  at(key: string): Site | undefined {
    return this.#sites.get(key)
  }

  of(plan: SitePlan, { domain, account, source }: SiteOf): Site {
    const place = this.#placeOf(plan, { domain, account, source })
    let site = this.#sites.get(place.key)
    if (site === undefined) this.#add((site = new Site(this.#room, plan, { ...place, domain, source })))
    else this.#follows(site, plan)
    return site
  }

  #follows(site: Site, plan: SitePlan): void {
    const isRenamed = site.plan.name !== plan.name
    if (isRenamed) this.#remove(site)
    site.plan = plan
    if (isRenamed) this.#add(site)
  }

  /** Those that an owner knows by this name. */
  named(name: string): Iterable<Site> {
    return this.#named.get(name) ?? []
  }

  isThere(name: string): boolean {
    return this.#named.has(name)
  }

  #add(site: Site): void {
    this.#sites.set(site.key, site)
    const { name } = site.plan
    const alike = this.#named.get(name)
    if (alike === undefined) this.#named.set(name, new Set([site]))
    else alike.add(site)
  }

  #remove(site: Site): void {
    this.#sites.delete(site.key)
    const { name } = site.plan
    const alike = this.#named.get(name)
    alike?.delete(site)
    if (alike?.size === 0) this.#named.delete(name)
  }

  /** Mail for which rules set other properties of connections, and mail from another source, has a site of its own. */
  #placeOf(plan: SitePlan, { domain, account, source }: SiteOf): Place {
    const rules = this.#rules()
    const key = source.isDefault ? plan.key : `${plan.key} from ${source.name}`
    const { standings } = this.#room
    const besides = standings.ruleOf(domain, account)
    const isApart = standings.isApart(account)
    if (!rules.differs && besides === null) return isApart ? { key: `${key} for account ${account}`, account } : { key, account: null }
    const { group, byAccount } = rules.at(destinationOf(plan, domain, account), besides)
    if (isApart && !byAccount) return { key: `${key} for ${group} account ${account}`, account }
    return { key: group === '' ? key : `${key} for ${group}`, account: byAccount ? account : null }
  }

  /** Other rules: what waited in memory is given out to be offered anew, connections stay where they may. `moved`: sites with another key. */
  takeRules(): { readonly waiting: readonly Job[]; readonly moved: readonly Site[] } {
    const sites = [...this.#sites.values()]
    const waiting = sites.flatMap((site) => site.drain())
    const moved: Site[] = []
    for (const site of sites) {
      const { key, account } = this.#placeOf(site.plan, site)
      if (key !== site.key) {
        moved.push(site)
        this.#rekey(site, key)
      }
      site.account = account
      site.takeRules()
    }
    return { waiting, moved }
  }

  /** What can be used as a source changed: what waited for those of pools is given out, and connections of those that are out end. */
  takeSources(): { readonly waiting: readonly Job[]; readonly moved: readonly Site[] } {
    const moved = [...this.#sites.values()].filter(({ source }) => !source.isDefault)
    const waiting = moved.flatMap((site) => site.drain())
    for (const site of moved) site.takeSource()
    return { waiting, moved }
  }

  /** Its connections go with the domain that they were made for; where another site has the key already, they end in order. */
  #rekey(site: Site, key: string): void {
    if (this.#sites.has(key)) {
      for (const lane of site.lanes.all) lane.end()
      return
    }
    this.#room.alerts.clear(site.key)
    this.#sites.delete(site.key)
    site.key = key
    this.#sites.set(key, site)
  }

  /** Sites that were given up long ago need no place. */
  tidy(): void {
    const old = this.#room.around.clock.now() - FORGOTTEN_AFTER
    for (const site of this.#sites.values()) if (site.until < old) this.forget(site)
  }

  forget(site: Site): void {
    if (site.connections > 0 || site.queue.length > 0) return
    this.#room.alerts.clear(site.key)
    this.#remove(site)
  }

  /** Its place goes when it is idle for good; a later job makes it anew. */
  leave(site: Site): void {
    if (site.isDone && this.#sites.get(site.key) === site) this.#remove(site)
  }

  /** Names of sites with transactions under way, and how many. */
  sending(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { isSending, siteName } of this.lanes) if (isSending) counts.set(siteName, (counts.get(siteName) ?? 0) + 1)
    return counts
  }

  /** Connections end after what they are sending. */
  stop(): void {
    for (const lane of this.lanes) lane.end()
    this.#sweep?.[Symbol.dispose]()
  }

  /** A connection is without work: those that are so for too long are ended now and then. */
  hasIdle(site: Site): void {
    this.#idle.add(site)
    this.#sweepLater()
  }

  /** Sites with connections without work. */
  *withIdle(): Iterable<Site> {
    for (const site of this.#idle) {
      if (site.lanes.hasIdle) yield site
      else this.#idle.delete(site)
    }
  }

  #sweepLater(): void {
    if (this.#sweep !== null || this.#room.isStopping) return
    const every = Math.max(50, Math.min(this.#rules().shortestIdle / 4, 5000))
    this.#sweep = this.#room.around.clock.after(every, () => this.#endIdle())
  }

  #endIdle(): void {
    this.#sweep = null
    const now = this.#room.around.clock.mono()
    for (const site of this.withIdle()) site.lanes.endIdle(now - site.effective.settings.timeout_idle)
    if (this.#idle.size > 0) this.#sweepLater()
  }
}

/** Rules know a place that is posted to by its host. */
export function destinationOf({ name, hosts, reachedBy }: SitePlan, domain: Domain, account: AccountId | null): Destination {
  const names = hosts.map(({ host }) => host)
  return { site: name, hosts: names, domain: reachedBy === 'post' ? ((names[0] ?? domain) as Domain) : domain, account }
}
