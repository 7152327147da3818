// What can be said of mail that is not on its way yet: for the scheduler, whether it is worth taking into memory; for people, what it waits for.
import type { AccountId, Domain, EpochMs, Ms } from '../../base/brand.ts'
import type { Rank } from '../../contract/priority.ts'
import type { Rebinding } from '../../contract/settings.ts'
import { findRebinding } from '../../policy/rebinding.ts'
import type { RuleBook } from '../../policy/rules/book.ts'
import type { MessageHead } from '../ports/spool.ts'
import { sourceOf } from './bound.ts'
import type { CourierRoom } from './courier-room.ts'
import { Newcomers } from './newcomers.ts'
import { type Routing, type SitePlan, wishedPlan } from './routing.ts'
import type { Site } from './site.ts'
import type { Sites } from './sites.ts'
import type { Picked } from './sources.ts'

/** Mail that has nothing to leave from stays on disk for so long, if nothing changes earlier. */
const STRANDED_FOR: Ms = 60_000

/** A source with fewer recipients ready has little to send. */
const LITTLE = 100

/** Why a message does not go now, and until when. */
export interface Holding {
  readonly reason: string
  readonly until: EpochMs
}

export interface OutlookParts {
  readonly room: CourierRoom
  readonly routing: Routing
  readonly sites: Sites
  readonly places: { readonly awaited: number }
  readonly rules: () => RuleBook
}

export class Outlook {
  readonly #parts: OutlookParts
  /** Sites that were full when last looked at. */
  readonly #full = new Set<Site>()
  /** Domains whose mail has nothing to leave from. */
  readonly #stranded = new Set<Domain>()
  readonly #newcomers: Newcomers

  constructor(parts: OutlookParts) {
    this.#parts = parts
    const { room, routing, sites, places } = parts
    const { clock } = room.around
    this.#newcomers = new Newcomers({ clock, routing, sites, places, wake: (domain) => void room.scheduler.wakeDomain(domain) })
  }

  get #rebindings(): readonly Rebinding[] {
    return this.#parts.room.around.settings().rebindings
  }

  stop(): void {
    this.#newcomers.stop()
  }

  noteFull(site: Site): void {
    if (site.isFullFor(null)) this.#full.add(site)
  }

  notBefore(domain: Domain): EpochMs {
    // Some of it may go where there is room.
    if (this.#rebindings.some(({ selection }) => (selection.domain ?? domain) === domain)) return 0
    if (this.#parts.rules().hasPools) return this.#notBeforeOfPool(domain)
    const site = this.#siteOf(domain)
    if (site === undefined || site.until === 0) return 0
    if (site.isBackingOff) site.asleep.add(domain)
    return site.until
  }

  /** It is held back only where none of its sources takes it. */
  #notBeforeOfPool(domain: Domain): EpochMs {
    const sites = this.#sitesOf(domain)
    if (this.#parts.room.blocks.areSwitching || sites.length === 0 || sites.some((site) => site === undefined || site.until === 0))
      return this.#strandedUntil(domain)
    for (const site of sites) if (site?.isBackingOff === true) site.asleep.add(domain)
    return Math.min(...sites.map((site) => site?.until ?? 0))
  }

  /** Where the domain's mail has nothing to leave from, it stays on disk. */
  #strandedUntil(domain: Domain): EpochMs {
    const { room } = this.#parts
    if (room.sources.emptyOf(this.#poolOf(domain)) === null) return 0
    this.#stranded.add(domain)
    return room.around.clock.now() + STRANDED_FOR
  }

  /** What can be used as a source changed. */
  wakeStranded(): void {
    const stranded = [...this.#stranded]
    this.#stranded.clear()
    for (const domain of stranded) this.#parts.room.scheduler.wakeDomain(domain)
  }

  /** What is of lower priority than that is in nobody's way. */
  isFull(domain: Domain, rank: Rank): boolean {
    if (rank > 0) return this.#sitesFor(domain).some((site) => site?.isFullFor(null, rank))
    // Its mail may go to several sites, and it sleeps as long as one of them has no room: else what is for that one would be read again and again.
    for (const site of this.#full) {
      if (!site.isFullFor(null)) this.#full.delete(site)
      else if (site.asleep.has(domain)) return true
    }
    const site = this.#siteOf(domain)
    if (site === undefined) return this.#newcomers.staysOut(domain)
    if (!site.isFullFor(null)) return false
    site.asleep.add(domain)
    return true
  }

  waitingOf(domain: Domain, account: AccountId, rank: Rank): number {
    if (!this.#parts.rules().hasPools) return this.#siteOf(domain)?.queue.lengthOf(account, rank) ?? 0
    return this.#sitesOf(domain).reduce((sum, site) => sum + (site?.queue.lengthOf(account, rank) ?? 0), 0)
  }

  /** Sources of its pool that have little to send there and could send more; null: none. */
  starving(domain: Domain): ReadonlySet<string> | null {
    const { room, sites, routing, rules } = this.#parts
    const plan = rules().hasPools ? routing.last(domain) : undefined
    const pool = plan?.kind === 'site' ? this.#poolOf(domain) : null
    if (plan?.kind !== 'site' || pool === null) return null
    const starving = room.sources.usesOf(pool).filter((source) => {
      if (!room.sources.goesOn(source.name)) return false
      const site = sites.find(plan, { domain, account: null, source })
      return site === undefined || (!site.isBackingOff && site.queue.rows() < LITTLE)
    })
    return starving.length === 0 ? null : new Set(starving.map(({ name }) => name))
  }

  #sitesFor(domain: Domain): readonly (Site | undefined)[] {
    return this.#parts.rules().hasPools ? this.#sitesOf(domain) : [this.#siteOf(domain)]
  }

  /** Why nothing of a message goes to the domain at the moment, and until when; null: it does. */
  trouble(domain: Domain, head: MessageHead): Holding | null {
    const missing = this.noSource(domain, head)
    if (missing !== null) return missing
    const site = this.siteOf(domain, head)
    return site === undefined || !site.isBackingOff || site.reason === null ? null : { reason: site.reason, until: site.until }
  }

  /** That a message, or mail of the domain in general, has nothing to leave from, and which source is out and why. */
  noSource(domain: Domain, head?: MessageHead): Holding | null {
    const { room, rules } = this.#parts
    if (!rules().hasPools && this.#rebindings.length === 0) return null
    const picked = head === undefined ? room.sources.emptyOf(this.#poolOf(domain)) : this.#pick(domain, head)
    if (picked === null || picked.ok) return null
    return { reason: picked.details === '' ? picked.reason : `${picked.reason} ${picked.details}.`, until: picked.until }
  }

  /** The site at which a message to the domain waits, which its account, its source or a wish of its own may set apart; or mail of the domain in general. */
  siteOf(domain: Domain, head?: MessageHead): Site | undefined {
    if (head === undefined)
      return this.#parts.rules().hasPools ? this.#sitesOf(domain).find((site) => site !== undefined) : this.#siteOf(domain)
    const inHand = this.#siteInHand(domain, head)
    if (inHand !== undefined) return inHand
    const picked = this.#pick(domain, head)
    const plan = picked?.ok === true ? this.#planOf(domain, head) : null
    return picked?.ok === true && plan !== null
      ? this.#parts.sites.find(plan, { domain, account: head.account, source: picked.source })
      : undefined
  }

  /** Where a message in memory waits: what it was chosen for may have no room for others by now. */
  #siteInHand(domain: Domain, head: MessageHead): Site | undefined {
    const { room, sites, rules } = this.#parts
    if (rules().warmups === null && this.#rebindings.length === 0) return undefined
    const jobs = room.scheduler.inHand.find(head.id)?.jobs ?? []
    for (const { rows, stage, site } of jobs) if (stage === 'ready' && rows[0]?.domain === domain) return sites.at(site)
    return undefined
  }

  /** The name of what a message would leave from; null: nothing, or nobody knows yet where it goes. */
  sourceOf(domain: Domain, head: MessageHead): string | null {
    const picked = this.#pick(domain, head)
    return picked?.ok === true ? picked.source.name : null
  }

  /** Of its mail in general; null: none. */
  #poolOf(domain: Domain): string | null {
    const { room, routing } = this.#parts
    const plan = routing.last(domain)
    return plan?.kind === 'site' ? room.effective(plan, domain, null).settings.pool : null
  }

  #pick(domain: Domain, head: MessageHead): Picked | null {
    const plan = this.#planOf(domain, head)
    const { room } = this.#parts
    const bound = this.#bindingOf(domain, head)?.pool ?? null
    return plan === null ? null : room.sources.pick(plan, () => room.effective(plan, domain, head.account), head, bound)
  }

  #planOf(domain: Domain, head: MessageHead): SitePlan | null {
    const { routing } = this.#parts
    const route = this.#bindingOf(domain, head)?.route ?? null
    const last = (route === null ? undefined : routing.lastVia(route)) ?? routing.last(domain)
    const plan = last === undefined ? last : wishedPlan(last, head)
    return plan?.kind === 'site' ? plan : null
  }

  /** What somebody bound the message to, as far as that is not said of recipients. */
  #bindingOf(domain: Domain, head: MessageHead): Rebinding | undefined {
    const plan = this.#rebindings.length === 0 ? undefined : this.#parts.routing.last(domain)
    if (plan === undefined) return undefined
    const site = plan.kind === 'site' ? plan.name : null
    return findRebinding(this.#rebindings, head, {
      domain,
      address: null,
      site,
      source: () => sourceOf(this.#parts.room, { plan, domain, head }),
    })
  }

  /** Where the domain's mail goes, of whomever it is, where it comes from no pool. */
  #siteOf(domain: Domain): Site | undefined {
    const { routing, sites, room } = this.#parts
    const plan = routing.last(domain)
    return plan?.kind === 'site' ? sites.find(plan, { domain, account: null, source: room.sources.default }) : undefined
  }

  /** The same with a site of each source of its pool. Undefined: nothing was sent there lately. */
  #sitesOf(domain: Domain): readonly (Site | undefined)[] {
    const { routing, sites, room } = this.#parts
    const plan = routing.last(domain)
    if (plan?.kind !== 'site') return []
    const { pool } = room.effective(plan, domain, null).settings
    const sources = pool === null ? [room.sources.default] : room.sources.usesOf(pool)
    return sources.map((source) => sites.find(plan, { domain, account: null, source }))
  }
}
