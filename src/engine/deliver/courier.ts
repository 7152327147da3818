// Takes jobs to their sites: looks up where a domain's mail goes, keeps the sites and the limit of all connections, and
// settles what fails before a connection is there.
import type { AccountId, Domain, EpochMs, MessageId, Ms } from '../../base/brand.ts'
import type { PerhapsDelivered } from '../../contract/bus.ts'
import type { HeldEffect } from '../../contract/blocks.ts'
import { type AttemptTarget, OWN_SITE } from '../../contract/events.ts'
import type { Rank } from '../../contract/priority.ts'
import type { Effective } from '../../contract/rules.ts'
import type { RetrySchedule } from '../../contract/settings.ts'
import type { RuleBook } from '../../policy/rules/book.ts'
import { shareKept } from '../../policy/limits/priority-use.ts'
import { shareOf } from '../../policy/sites.ts'
import type { Alerts } from '../alerts.ts'
import { Bouncer } from '../bounce/bouncer.ts'
import { Mailroom } from '../mailroom/mailroom.ts'
import type { Effects } from '../ports/effects.ts'
import type { Limits } from '../ports/limits.ts'
import type { Outbound, OutboundTarget } from '../ports/outbound.ts'
import type { Signer } from '../ports/signer.ts'
import type { MessageHead, QueuedRecipient } from '../ports/spool.ts'
import { domainOf, type Job } from '../schedule/in-hand.ts'
import { type Courier, Scheduler } from '../schedule/scheduler.ts'
import { type Cause, type Decision, NOWHERE } from '../settle/decisions.ts'
import { Settler } from '../settle/settler.ts'
import type { Surroundings } from '../surroundings.ts'
import { AskedDeferrals } from './asked-deferrals.ts'
import { Blocks } from './blocks.ts'
import { followBound, type Onward } from './bound.ts'
import { ruleWindowReason, waitsForWindow } from './closed-windows.ts'
import type { Besides, CourierOptions, CourierRoom } from './courier-room.ts'
import { HandNotes } from './hand-notes.ts'
import type { Lane } from './lane.ts'
import { LargePosts } from './large-posts.ts'
import { MakingWay } from './making-way.ts'
import { MergedMail } from './merged.ts'
import { Outlook } from './outlook.ts'
import { type Place, Places } from './places.ts'
import { type Plan, Routing, type SitePlan, wishedPlan } from './routing.ts'
import type { Site } from './site.ts'
import { destinationOf, Sites } from './sites.ts'
import { noSourceReason, Sources } from './sources.ts'
import { Standings } from './standings.ts'
import { holdsSuspended } from './suspended.ts'
import { TlsSessions } from './tls-sessions.ts'
import { Undelivered } from './undelivered.ts'
import { WarmRoom } from './warm-room.ts'

export class MailCourier implements Courier, CourierRoom {
  readonly around: Surroundings
  readonly scheduler: Scheduler
  readonly settler: Settler
  readonly bouncer: Bouncer
  readonly signer: Signer
  readonly notes: HandNotes
  readonly merged: MergedMail
  readonly alerts: Alerts
  readonly tlsSessions: TlsSessions | null
  readonly blocks: Blocks
  readonly limits: Limits
  readonly sources: Sources
  readonly warm: WarmRoom<Site>
  readonly largePosts = new LargePosts()
  readonly standings: Standings
  readonly deferrals: AskedDeferrals
  readonly schedule: RetrySchedule
  readonly #outbound: Outbound
  readonly #effects: Effects
  readonly #routing: Routing
  readonly sites: Sites
  readonly places: Places
  readonly mailroom: Mailroom | null
  readonly outlook: Outlook
  readonly #undelivered = new Undelivered(this, (job) => this.#retryOf(job))
  readonly #makingWay = new MakingWay()
  readonly #onward: Onward = { via: (pattern) => this.#routing.via(pattern), follow: (job, plan) => this.#follow(job, plan) }
  /** What some mail waits for is over (a pool has a usable source, rules have no such window): what says so on disk is looked for. */
  lookAgain: (reason: string) => void = () => {}
  readonly #abort = new AbortController()
  #opened = 0
  #isStopping = false
  /** What the end of a stop's grace cut after its final dot. */
  readonly perhaps: PerhapsDelivered[] = []
  #routes: string
  #rebindings: string
  #rules: RuleBook

  constructor({ around, inHand, outbound, resolver, sts, tlsResults, signer, limits, alerts, effects, inbox, ...more }: CourierOptions) {
    const { config, workers, settings, clock } = around
    this.around = around
    this.signer = signer
    this.alerts = alerts
    this.limits = limits
    this.standings = new Standings(this, more.deliveryFilters)
    this.deferrals = new AskedDeferrals(this, more.deliveryFilters)
    limits.onWanted((key) => this.#makingWay.giveWay(key))
    this.#outbound = outbound
    this.warm = new WarmRoom({
      around,
      alerts,
      sites: () => this.sites,
      backlog: ({ domain }) => this.scheduler.waitingFor(domain),
      overflow: (sites) => this.#overflow(sites),
    })
    this.sources = new Sources({
      around,
      alerts,
      warm: this.warm,
      probe: (source) => outbound.probe(source),
      insteadOf: (plan, source, head) => (this.blocks.isQuiet ? null : this.blocks.poolFor(this.blocks.spotOf(plan, source), head)),
      changed: (back) => this.#sourcesChanged(back),
    })
    this.#effects = effects
    this.blocks = new Blocks({ ...around, alerts, effects, changed: (effect) => this.#eased(effect) })
    this.scheduler = new Scheduler(around, inHand, this)
    this.settler = new Settler(around, this.scheduler)
    this.merged = new MergedMail(around)
    this.bouncer = new Bouncer(around, this.merged)
    this.notes = new HandNotes(around.spool)
    this.#routes = JSON.stringify(settings().routes)
    this.#rebindings = JSON.stringify(settings().rebindings)
    this.#rules = around.rules()
    this.schedule = {
      first: config['delivery.retry_first'],
      longest: config['delivery.retry_longest'],
      expiry: config['delivery.expiry'],
    }
    this.sites = new Sites(this, () => this.#rules)
    this.places = new Places(shareOf(config['delivery.connections'], workers), shareKept(config), () => clock.now())
    this.#routing = new Routing({ resolver, settings, config, clock, rules: around.rules, ...(sts && { sts }) })
    this.outlook = new Outlook({ room: this, routing: this.#routing, sites: this.sites, places: this.places, rules: () => this.#rules })
    this.mailroom = inbox === undefined ? null : new Mailroom({ room: this, ...inbox })
    this.tlsSessions = tlsResults === undefined ? null : new TlsSessions(tlsResults, (domain) => this.#routing.last(domain))
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Connections opened since the start, and open now. */
  get connections(): { readonly opened: number; readonly open: number } {
    return { opened: this.#opened, open: this.sites.lanes.size }
  }

  /** Sites with transactions under way, and how many. */
  sending(): ReadonlyMap<string, number> {
    const reading = this.mailroom?.reading ?? 0
    return reading === 0 ? this.sites.sending() : new Map([...this.sites.sending(), [OWN_SITE, reading]])
  }

  /** Begins nothing new; connections end after what they are sending. */
  stop(): void {
    this.#isStopping = true
    this.#abort.abort()
    this.scheduler.stop()
    this.limits.leave()
    this.#effects.leave()
    this.sites.stop()
    this.outlook.stop()
    this.blocks.stop()
    this.sources.stop()
  }

  #eased({ place, holding }: HeldEffect): void {
    if (this.#isStopping) return
    const sites = [...(place.site === undefined ? this.sites : this.sites.named(place.site))].filter((site) => site.ease.isAt(place))
    if (holding.action === 'pool') return this.#drain(sites)
    for (const site of sites) site.eased()
  }

  /** Cuts what is still being sent. */
  abort(): void {
    for (const lane of this.sites.lanes) lane.abort()
  }

  /** Routes that stay as they are go on backing off: a new login is no reason to knock again. */
  settingsChanged(): void {
    this.sources.settingsChanged()
    this.#takeRules()
    this.#takeRebindings()
    const routes = JSON.stringify(this.around.settings().routes)
    if (routes === this.#routes) return
    this.#routes = routes
    this.#routing.forget()
    for (const site of this.sites) {
      if (site.plan.reachedBy === 'route') site.retryNow()
      else site.asleep.wakeAll()
      if (site.plan.reachedBy === 'route') this.sites.forget(site)
    }
  }

  /** Other rules: what waits in memory goes where they say, connections stay where they may. */
  #takeRules(): void {
    const before = this.#rules
    this.#rules = this.around.rules()
    if (this.#rules === before) return
    if (this.#rules.tls !== before.tls) this.#routing.forget()
    const { waiting, moved } = this.sites.takeRules()
    this.#offerAgain(waiting, this.#rules.hasPools || before.hasPools ? this.sites : moved)
    if (this.#rules.windowsKey !== before.windowsKey) for (const text of before.windows) this.lookAgain(ruleWindowReason(text))
  }

  /** What somebody bound elsewhere, or not any more, is given out anew. */
  #takeRebindings(): void {
    const rebindings = JSON.stringify(this.around.settings().rebindings)
    if (rebindings === this.#rebindings) return
    this.#rebindings = rebindings
    this.#offerAgain(this.sites.takeRules().waiting, this.sites)
  }

  /** What can be used as a source changed: what waits is given to those that can. `back`: pools that have one again. */
  #sourcesChanged(back: readonly string[]): void {
    if (this.#isStopping) return
    const { waiting, moved } = this.sites.takeSources()
    this.#offerAgain(waiting, moved)
    for (const pool of back) this.lookAgain(noSourceReason(pool))
  }

  /** Cold sources have no room for longer than mail waits for them. */
  #overflow(sites: readonly Site[]): void {
    if (!this.#isStopping) this.#drain(sites)
  }

  #drain(sites: readonly Site[]): void {
    const waiting = sites.flatMap((site) => site.drain())
    this.#offerAgain(waiting, sites)
  }

  /** `sites`: what sleeps there may belong elsewhere now. */
  #offerAgain(waiting: readonly Job[], sites: Iterable<Site>): void {
    this.warm.recount()
    for (const job of waiting) {
      job.stage = 'routing'
      this.offer(job)
    }
    for (const site of sites) site.asleep.wakeAll()
    this.outlook.wakeStranded()
  }

  /** Forgets what was given up long ago. */
  tidy(): void {
    this.sites.tidy()
    this.warm.tidy()
  }

  // Courier

  offer(job: Job): void {
    const domain = domainOf(job)
    if (this.mailroom?.owns(domain) === true) return this.mailroom.offer(job)
    if (holdsSuspended(this, job, null, null) || waitsForWindow(this, job, null)) return
    const plan = this.#routing.plan(domain)
    if (!(plan instanceof Promise)) return followBound(this, job, plan, this.#onward)
    void plan.then((found) => followBound(this, job, found, this.#onward))
  }

  notBefore(domain: Domain): EpochMs {
    if (this.mailroom?.owns(domain) === true) return 0
    return this.outlook.notBefore(domain)
  }

  isFull(domain: Domain, rank: Rank): boolean {
    if (this.mailroom?.owns(domain) === true) return this.mailroom.isFull(domain)
    return this.outlook.isFull(domain, rank)
  }

  waitingOf(domain: Domain, account: AccountId, rank: Rank): number {
    return this.outlook.waitingOf(domain, account, rank)
  }

  starving(domain: Domain): ReadonlySet<string> | null {
    return this.outlook.starving(domain)
  }

  sourceOf(domain: Domain, head: MessageHead): string | null {
    return this.outlook.sourceOf(domain, head)
  }

  /** Where the domain's mail goes as far as was looked up, however long ago. */
  planOf(domain: Domain): Plan | undefined {
    return this.#routing.last(domain)
  }

  /** The same, looked up where it is not known. */
  lookUp(domain: Domain): Plan | Promise<Plan> {
    return this.#routing.last(domain) ?? this.#routing.plan(domain)
  }

  /** Someone wants a message to the domain tried now. */
  retryNow(domain: Domain, head: MessageHead): void {
    this.outlook.siteOf(domain, head)?.retryNow()
  }

  #follow(job: Job, found: Plan): void {
    const plan = wishedPlan(found, job.message.head)
    this.tlsSessions?.planned(plan)
    if (job.stage !== 'routing') return
    if (this.#isStopping) return this.scheduler.putBack(job, this.around.clock.now())
    if (plan.kind === 'site') this.#toSite(job, plan, found)
    else if (plan.kind === 'fail') this.fail(job, NOWHERE, plan.cause)
    else this.defer(job, NOWHERE, plan.cause)
  }

  /** `found`: as it was before a wish of the message. */
  #toSite(job: Job, plan: SitePlan, found: Plan): void {
    const domain = domainOf(job)
    const { head } = job.message
    const said = this.standings.of(job, plan)
    if (said instanceof Promise) return void said.then(() => this.#follow(job, found))
    if (said?.kind === 'go') job.pool ??= said.change?.pool ?? null
    const picked = this.sources.pick(plan, () => this.effective(plan, domain, head.account), head, job.pool)
    if (holdsSuspended(this, job, plan.name, picked.ok ? picked.source.name : null)) return
    const window = this.#rules.windows.size === 0 ? null : this.effective(plan, domain, head.account).settings.window
    if (window !== null && waitsForWindow(this, job, window)) return
    if (said !== null && said.kind !== 'go') return this.standings.heed(job, said, plan.name)
    if (!picked.ok) {
      const cause: Cause = { code: 9999, reason: picked.reason, reply: null, status: '4.3.0' }
      return this.#undelivered.putOff(job, { ...NOWHERE, site: plan.name }, cause)
    }
    const site = this.sites.of(plan, { domain, account: head.account, source: picked.source })
    if (this.#rules.warmups !== null) this.warm.took(picked.source.name, site.effective.provider)
    site.push(job)
    this.outlook.noteFull(site)
  }

  /** Where the job's mail would go is known, or it goes nowhere yet. */
  #retryOf(job: Job): RetrySchedule {
    const domain = domainOf(job)
    const { account } = job.message.head
    const plan = this.#routing.last(domain)
    if (plan?.kind === 'site') return this.effective(plan, domain, account).retry
    return this.#rules.at({ site: '', hosts: [], domain, account }).effective.retry
  }

  // CourierRoom

  effective(plan: SitePlan, domain: Domain, account: AccountId | null): Effective {
    return this.#rules.at(destinationOf(plan, domain, account), this.standings.ruleOf(domain, account)).effective
  }

  open(target: OutboundTarget): ReturnType<Outbound['open']> {
    return this.#outbound.open(target, this.#abort.signal)
  }

  mayOpen(site: Site, rank: Rank): Place | null {
    return this.places.take(site, rank, this.sites.withIdle())
  }

  opened(lane: Lane): void {
    this.#opened++
    this.sites.lanes.add(lane)
    this.#makingWay.opened(lane)
  }

  ended(lane: Lane): void {
    this.sites.lanes.delete(lane)
    this.#makingWay.ended(lane)
  }

  closed(site: Site, place: Place): void {
    this.places.free(place)
    queueMicrotask(() => this.sites.leave(site))
  }

  cutAfterFinalDot(message: MessageId, recipients: readonly QueuedRecipient[]): void {
    for (const { address } of recipients) this.perhaps.push({ message, recipient: address })
  }

  hasIdle(site: Site): void {
    this.sites.hasIdle(site)
    // Who asked for a place while all had work is not told later.
    this.places.makeRoom(this.sites.withIdle())
  }

  async settle(job: Job, decided: readonly Decision[], peerNotifies: boolean, besides?: Besides): Promise<void> {
    job.stage = 'settling'
    const now = this.deferrals.withhold(job, decided, (part, decisions) => this.#commit(part, decisions, peerNotifies))
    if (now.length > 0 || decided.length === 0) await this.#commit(job, now, peerNotifies, besides)
  }

  async #commit(job: Job, decided: readonly Decision[], peerNotifies: boolean, besides?: Besides): Promise<void> {
    const { head } = job.message
    const decisions = head.forwarded === true ? (this.mailroom?.kept(head, decided) ?? decided) : decided
    const made = this.bouncer.notify(job.message, decisions, peerNotifies)
    const notices = made instanceof Promise ? await made : made
    await this.settler.settle(job, decisions, besides === undefined ? notices : [...notices, ...besides.append], besides?.told)
  }

  fail(job: Job, target: AttemptTarget, cause: Cause): void {
    this.#undelivered.fail(job, target, cause)
  }

  defer(job: Job, target: AttemptTarget, cause: Cause, wait: Ms | null = null): void {
    this.#undelivered.defer(job, target, cause, wait)
  }

  postpone(job: Job, until: EpochMs, reason: string): void {
    this.#undelivered.postpone(job, until, reason)
  }
}
