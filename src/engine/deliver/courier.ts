// Takes jobs to their sites: looks up where a domain's mail goes, keeps the sites and the limit of all connections, and
// settles what fails before a connection is there.
import type { AccountId, Domain, EpochMs, MessageId } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { PerhapsDelivered } from '../../contract/bus.ts'
import type { EffectPlace } from '../../contract/blocks.ts'
import type { AttemptTarget } from '../../contract/events.ts'
import type { Effective } from '../../contract/rules.ts'
import type { RetrySchedule } from '../../contract/settings.ts'
import type { RuleBook } from '../../policy/rules/book.ts'
import { shareOf } from '../../policy/sites.ts'
import type { Alerts } from '../alerts.ts'
import { Bouncer } from '../bounce/bouncer.ts'
import type { Effects } from '../ports/effects.ts'
import type { Limits } from '../ports/limits.ts'
import type { Outbound, OutboundTarget } from '../ports/outbound.ts'
import type { MailResolver } from '../ports/resolver.ts'
import type { Signer } from '../ports/signer.ts'
import type { StsSource, TlsResultSink } from '../ports/trust.ts'
import type { MessageHead, QueuedRecipient } from '../ports/spool.ts'
import type { InHand, Job } from '../schedule/in-hand.ts'
import { type Courier, Scheduler } from '../schedule/scheduler.ts'
import { type Attempt, type Cause, type Decision, defer, fail, NOWHERE } from '../settle/decisions.ts'
import { Settler } from '../settle/settler.ts'
import type { Surroundings } from '../surroundings.ts'
import { Blocks } from './blocks.ts'
import type { CourierRoom } from './courier-room.ts'
import { HandNotes } from './hand-notes.ts'
import { MakingWay } from './making-way.ts'
import { Places } from './places.ts'
import { type Plan, planFor, Routing, type SitePlan } from './routing.ts'
import type { Site } from './site.ts'
import { destinationOf, Sites } from './sites.ts'
import { holdsSuspended } from './suspended.ts'
import { TlsSessions } from './tls-sessions.ts'

/** Domains looked up at once ahead of their mail. */
const MOST_ASKED = 500

export interface CourierOptions {
  readonly around: Surroundings
  readonly inHand: InHand
  readonly outbound: Outbound
  readonly resolver: MailResolver
  readonly sts?: StsSource
  readonly tlsResults?: TlsResultSink
  readonly signer: Signer
  readonly limits: Limits
  readonly alerts: Alerts
  readonly effects: Effects
}

export class MailCourier implements Courier, CourierRoom {
  readonly around: Surroundings
  readonly scheduler: Scheduler
  readonly settler: Settler
  readonly bouncer: Bouncer
  readonly signer: Signer
  readonly notes: HandNotes
  readonly alerts: Alerts
  readonly tlsSessions: TlsSessions | null
  readonly blocks: Blocks
  readonly limits: Limits
  readonly source: string
  readonly schedule: RetrySchedule
  readonly #outbound: Outbound
  readonly #effects: Effects
  readonly #routing: Routing
  readonly sites: Sites
  readonly places: Places
  readonly makingWay = new MakingWay()
  /** Sites that were full when last looked at. */
  readonly #full = new Set<Site>()
  readonly #abort = new AbortController()
  #opened = 0
  #isStopping = false
  /** What the end of a stop's grace cut after its final dot. */
  readonly perhaps: PerhapsDelivered[] = []
  #routes: string
  #rules: RuleBook

  constructor({ around, inHand, outbound, resolver, sts, tlsResults, signer, limits, alerts, effects }: CourierOptions) {
    const { config, workers, settings, clock } = around
    this.around = around
    this.signer = signer
    this.alerts = alerts
    this.limits = limits
    this.source = config['delivery.source_address'] || 'default'
    limits.onWanted((key) => this.makingWay.giveWay(key, this.sites))
    this.#outbound = outbound
    this.#effects = effects
    this.blocks = new Blocks({ ...around, alerts, effects, changed: ({ place }) => this.#eased(place) })
    this.scheduler = new Scheduler(around, inHand, this)
    this.settler = new Settler(around, this.scheduler)
    this.bouncer = new Bouncer(around)
    this.notes = new HandNotes(around.spool)
    this.#routes = JSON.stringify(settings().routes)
    this.#rules = around.rules()
    this.schedule = {
      first: config['delivery.retry_first'],
      longest: config['delivery.retry_longest'],
      expiry: config['delivery.expiry'],
    }
    this.sites = new Sites(this, () => this.#rules)
    this.places = new Places(shareOf(config['delivery.connections'], workers))
    this.#routing = new Routing({ resolver, settings, config, clock, rules: around.rules, ...(sts && { sts }) })
    this.tlsSessions = tlsResults === undefined ? null : new TlsSessions(tlsResults, (domain) => this.#routing.last(domain))
  }

  get isStopping(): boolean {
    return this.#isStopping
  }

  /** Connections opened since the start, and open now. */
  get connections(): { readonly opened: number; readonly open: number } {
    return { opened: this.#opened, open: this.sites.open }
  }

  /** Sites with transactions under way, and how many. */
  sending(): ReadonlyMap<string, number> {
    return this.sites.sending()
  }

  /** Begins nothing new; connections end after what they are sending. */
  stop(): void {
    this.#isStopping = true
    this.#abort.abort()
    this.scheduler.stop()
    this.limits.leave()
    this.#effects.leave()
    this.sites.stop()
    this.blocks.stop()
  }

  #eased(place: EffectPlace): void {
    if (this.#isStopping) return
    for (const site of this.sites) if (site.ease.isAt(place)) site.eased()
  }

  /** Cuts what is still being sent. */
  abort(): void {
    for (const site of this.sites) for (const lane of site.lanes) lane.abort()
  }

  /** Routes that stay as they are go on backing off: a new login is no reason to knock again. */
  settingsChanged(): void {
    this.#takeRules()
    const routes = JSON.stringify(this.around.settings().routes)
    if (routes === this.#routes) return
    this.#routes = routes
    this.#routing.forget()
    for (const site of this.sites) {
      if (site.plan.reachedBy === 'route') site.retryNow()
      else site.wakeDomains()
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
    for (const job of waiting) {
      job.stage = 'routing'
      this.offer(job)
    }
    // What sleeps there may belong elsewhere now.
    for (const site of moved) site.wakeDomains()
  }

  /** Forgets what was given up long ago. */
  tidy(): void {
    this.sites.tidy()
  }

  // Courier

  offer(job: Job): void {
    const domain = domainOf(job)
    if (holdsSuspended(this, job)) return
    const plan = this.#routing.plan(domain)
    if (!(plan instanceof Promise)) return this.#follow(job, plan)
    void plan.then((found) => this.#follow(job, found))
  }

  notBefore(domain: Domain): EpochMs {
    const site = this.siteOf(domain)
    if (site === undefined || site.until === 0) return 0
    if (site.isBackingOff) site.putToSleep(domain)
    return site.until
  }

  isFull(domain: Domain): boolean {
    const site = this.siteOf(domain)
    if (site === undefined) return this.#waitsForPlan(domain)
    if (!site.isFullFor(null)) return false
    site.putToSleep(domain)
    return true
  }

  /** While a site is full no rows are read of a domain of which nobody knows yet whether they would wait there: that is asked first. */
  #waitsForPlan(domain: Domain): boolean {
    for (const site of this.#full) if (!site.isFullFor(null)) this.#full.delete(site)
    if (this.#full.size === 0 || this.#routing.asking >= MOST_ASKED || this.#routing.last(domain) !== undefined) return false
    const plan = this.#routing.plan(domain)
    if (!(plan instanceof Promise)) return false
    void plan.then(() => this.scheduler.wakeDomain(domain))
    return true
  }

  waitingOf(domain: Domain, account: AccountId): number {
    return this.siteOf(domain)?.queue.lengthOf(account) ?? 0
  }

  /** Why nothing of a message goes to the domain at the moment, and until when; null: it does. */
  trouble(domain: Domain, head: MessageHead): { readonly reason: string; readonly until: EpochMs } | null {
    const site = this.siteOf(domain, head)
    return site === undefined || !site.isBackingOff || site.reason === null ? null : { reason: site.reason, until: site.until }
  }

  /** Someone wants a message to the domain tried now: the site at which it waits, which its account or a wish of its own may set apart. */
  retryNow(domain: Domain, head: MessageHead): void {
    this.siteOf(domain, head)?.retryNow()
  }

  /** Where the domain's mail goes, or one message of it. */
  siteOf(domain: Domain, head?: MessageHead): Site | undefined {
    const last = this.#routing.last(domain)
    const plan = last === undefined || head === undefined ? last : wishedPlan(last, head)
    return plan?.kind === 'site' ? this.sites.find(plan, domain, head?.account ?? null) : undefined
  }

  /** Where the domain's mail goes as far as was looked up, however long ago. */
  planOf(domain: Domain): Plan | undefined {
    return this.#routing.last(domain)
  }

  /** The same, looked up where it is not known. */
  lookUp(domain: Domain): Plan | Promise<Plan> {
    return this.#routing.last(domain) ?? this.#routing.plan(domain)
  }

  #follow(job: Job, found: Plan): void {
    const plan = wishedPlan(found, job.message.head)
    this.tlsSessions?.planned(plan)
    if (job.stage !== 'routing') return
    if (this.#isStopping) return this.scheduler.putBack(job, this.around.clock.now())
    if (plan.kind === 'site') {
      const site = this.sites.of(plan, domainOf(job), job.message.head.account)
      site.push(job)
      if (site.isFullFor(null)) this.#full.add(site)
    } else if (plan.kind === 'fail') this.fail(job, NOWHERE, plan.cause)
    else this.defer(job, NOWHERE, plan.cause)
  }

  /** Where the job's mail would go is known, or it goes nowhere yet. */
  #retryOf(job: Job): RetrySchedule {
    const domain = domainOf(job)
    const { account } = job.message.head
    const plan = this.#routing.last(domain)
    return this.#rules.at(plan?.kind === 'site' ? destinationOf(plan, domain, account) : { site: '', hosts: [], domain, account }).effective
      .retry
  }

  // CourierRoom

  effective(plan: SitePlan, domain: Domain, account: AccountId | null): Effective {
    return this.#rules.at(destinationOf(plan, domain, account)).effective
  }

  open(target: OutboundTarget): ReturnType<Outbound['open']> {
    return this.#outbound.open(target, this.#abort.signal)
  }

  mayOpen(site: Site): boolean {
    return this.places.take(site, this.sites)
  }

  opened(): void {
    this.#opened++
  }

  closed(site: Site): void {
    this.places.free()
    queueMicrotask(() => this.sites.leave(site))
  }

  cutAfterFinalDot(message: MessageId, recipients: readonly QueuedRecipient[]): void {
    for (const { address } of recipients) this.perhaps.push({ message, recipient: address })
  }

  hasIdle(): void {
    this.sites.hasIdle()
  }

  async settle(job: Job, decisions: readonly Decision[], peerNotifies: boolean): Promise<void> {
    job.stage = 'settling'
    const made = this.bouncer.notify(job.message, decisions, peerNotifies)
    await this.settler.settle(job, decisions, made instanceof Promise ? await made : made)
  }

  fail(job: Job, target: AttemptTarget, cause: Cause): void {
    const attempt = this.#attempt(job, target)
    this.#settleAll(
      job,
      job.rows.map((row) => fail(job.message.head, row, attempt, cause)),
    )
  }

  defer(job: Job, target: AttemptTarget, cause: Cause): void {
    const attempt = this.#attempt(job, target)
    this.#settleAll(
      job,
      job.rows.map((row) => defer(job.message.head, row, attempt, cause)),
    )
  }

  #attempt(job: Job, target: AttemptTarget): Attempt {
    const { clock, random } = this.around
    return { target, now: clock.now(), schedule: this.#retryOf(job), random }
  }

  #settleAll(job: Job, decisions: readonly Decision[]): void {
    this.settle(job, decisions, false).catch((error: unknown) => {
      this.around.log.error('A decision could not be settled.', { message: job.message.head.id, error: messageOf(error) })
    })
  }
}

/** A message may have a wish of its own about TLS. */
function wishedPlan(found: Plan, { tls }: MessageHead): Plan {
  return tls === undefined ? found : planFor(tls, found)
}

function domainOf(job: Job): Domain {
  const [row] = job.rows
  if (row === undefined) throw new Error('a job has a recipient')
  return row.domain
}
