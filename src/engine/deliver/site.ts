// One site: its ready queue, its connections, and how it is told from others. Whether it takes mail at the moment: site-backoff.ts.
import type { AccountId, Domain, EpochMs, Ms } from '../../base/brand.ts'
import type { Rank } from '../../contract/priority.ts'
import type { Effective } from '../../contract/rules.ts'
import { shareKept } from '../../policy/limits/priority-use.ts'
import type { Job } from '../schedule/in-hand.ts'
import type { JobLimits } from '../limits/job-limits.ts'
import { ReadyQueue } from '../schedule/ready-queue.ts'
import type { Cause } from '../settle/decisions.ts'
import { askConnection, sendAway } from './connection-asks.ts'
import type { CourierRoom } from './courier-room.ts'
import { Lane } from './lane.ts'
import type { SitePlan } from './routing.ts'
import { backoffAlert, SiteBackoff } from './site-backoff.ts'
import { SiteEase } from './site-ease.ts'
import { SiteLanes } from './site-lanes.ts'
import { causeOf, type FailedHost, type HostsOpened, isFinal, isOwn, NO_HOST, SiteHosts, targetOf } from './site-hosts.ts'
import { type LimitedQueue, SiteLimits } from './site-limits.ts'
import { mostReadyWith, SiteRules } from './site-rules.ts'
import { isKept, type Opening, SiteShare } from './site-share.ts'
import { SleepingDomains } from './sleeping-domains.ts'
import { sourceOf, type SourceUse } from './sources.ts'

/** An account with fewer jobs waiting is not kept out of a full site by the mailings of others. */
const OVERTAKING = 16
/** What was sent back to disk for want of room looks again after this even if nobody wakes it. */
const FULL_PATIENCE: Ms = 60_000

type BegunWith = Extract<HostsOpened, { ok: true }>

/** Whose mail it is made for; what rules say of connections is the same for all that it takes. */
export interface SiteFor {
  readonly key: string
  readonly domain: Domain
  /** Where it is for the mail of this account only. */
  readonly account: AccountId | null
  /** What all of it leaves from. */
  readonly source: SourceUse
}

export class Site {
  key: string
  readonly domain: Domain
  account: AccountId | null
  source: SourceUse
  readonly queue: LimitedQueue
  readonly limits: SiteLimits
  plan: SitePlan
  readonly #room: CourierRoom
  readonly #hosts: SiteHosts
  readonly lanes = new SiteLanes()
  /** Domains whose mail stays on disk until the site wakes it. */
  readonly asleep: SleepingDomains
  /** Recipients ready in memory, about; at half of it those on disk are asked for. */
  readonly #mostReady: number
  readonly share: SiteShare
  readonly #rules: SiteRules
  /** What effects leave of it. */
  readonly ease: SiteEase
  readonly #backoff: SiteBackoff

  constructor(room: CourierRoom, plan: SitePlan, { key, domain, account, source }: SiteFor) {
    this.#room = room
    this.key = key
    this.domain = domain
    this.account = account
    this.source = source
    this.plan = plan
    this.queue = new ReadyQueue<JobLimits>((whose) => room.around.settings().accounts.get(whose)?.weight ?? 1)
    this.share = new SiteShare(shareKept(room.around.config), room.around.clock)
    this.#backoff = new SiteBackoff(room.around)
    this.ease = new SiteEase(room, this)
    this.#rules = new SiteRules(room.around.workers, () => room.effective(this.plan, this.domain, this.account))
    this.asleep = new SleepingDomains(room, () => this.#roomOnDisk)
    this.limits = new SiteLimits({
      limits: room.limits,
      clock: room.around.clock,
      queue: this.queue,
      effectiveFor: (job) => this.effectiveFor(job),
      eased: (limits, job) => this.ease.limited(limits, job),
      around: room.around,
      capRefused: (key, until, rank) => room.warm.refused(key, until, rank),
      site: plan.name,
      source: source.name,
      poolOf: (job, effective) => job.pool ?? room.sources.poolFor(effective, job.message.head),
      mayGoOn: () => this.#wakeOne(),
      mayOpen: () => this.#mayOpenNow(),
      holds: (key) => this.lanes.holds(key),
    })
    this.#hosts = new SiteHosts(room, { settings: (change) => this.#rules.connectionWith(change), source: () => this.source })
    this.#mostReady = mostReadyWith(room.around.config['spool.memory'])
  }

  get connections(): number {
    return this.lanes.all.size + this.share.opening
  }

  get mostConnections(): number {
    return this.ease.most(this.#rules.mostConnections)
  }

  get mayOpenOne(): boolean {
    return this.#backoff.mayOpenOne
  }

  get isDone(): boolean {
    return this.connections === 0 && this.queue.length === 0 && this.#backoff.isOpen && !this.isBackingOff
  }

  /** Of backing off or a pause; in the past: neither. */
  get until(): EpochMs {
    return Math.max(this.#backoff.until, this.ease.pausedUntil)
  }

  /** Why it backs off or is being probed; null: it is well. */
  get reason(): string | null {
    return this.#backoff.reason ?? this.ease.reason
  }

  get isBackingOff(): boolean {
    return this.until > this.#room.around.clock.now()
  }

  /** What rules say of its connections. */
  get effective(): Effective {
    return this.#rules.effective
  }

  /** What they say of one job's mail. */
  effectiveFor(job: Job): Effective {
    const domain = job.rows[0]?.domain ?? this.domain
    const mayDiffer = this.#room.around.rules().differs || this.#room.standings.hasRules
    return mayDiffer ? this.#room.effective(this.plan, domain, job.message.head.account) : this.effective
  }

  /** Other rules: connections stay, but those beyond the new limit, and those whose TLS is not what is asked for now, end in order. */
  takeRules(): void {
    if (!this.#rules.renew().mayGoOn) for (const lane of this.lanes.all) lane.end()
    this.#endSurplus()
    this.poke()
  }

  /** Its source is another one by now, or out: connections end in order. */
  takeSource(): void {
    const { sources } = this.#room
    const source = sources.use(this.source.name)
    if (source !== this.source || !sources.goesOn(source.name)) for (const lane of this.lanes.all) lane.end()
    this.source = source ?? this.source
  }

  /** Connections beyond the limit end after what they are sending, those without work first. */
  #endSurplus(): void {
    this.lanes.endSurplus(this.mostConnections)
  }

  push(job: Job): void {
    if (this.#refuses(job)) return
    // What one read brought beyond the limit is kept: to read it again would cost more.
    const { head } = job.message
    const { rank } = job
    if (this.queue.rows(rank) >= 2 * this.#mostReady && this.isFullFor(head.account, rank))
      return this.#putBack(job, this.#room.around.clock.now() + FULL_PATIENCE)
    this.share.note(rank)
    this.queue.push(job, this.limits.of(job))
    this.poke()
  }

  /** A second try, before all others. */
  pushAgain(job: Job): void {
    if (this.#refuses(job)) return
    this.queue.pushFront(job, this.limits.of(job))
    this.poke()
  }

  /** While it backs off, nothing is kept in memory; what an effect holds waits on disk by itself. */
  #refuses(job: Job): boolean {
    job.message.waitsAt(this.key, job)
    job.rank = this.ease.rankOf(job)
    if (!this.isBackingOff) return this.ease.stops(job)
    this.#putBack(job, this.until)
    return true
  }

  #putBack(job: Job, until: EpochMs): void {
    // Other mail of the domain goes on: read from disk, this would stand in its way again and again.
    if (this.isBackingOff && (this.account !== null || !this.source.isDefault || this.#room.around.settings().rebindings.length > 0))
      return this.#room.postpone(job, until, this.reason ?? `The site ${this.plan.name} backs off.`)
    for (const { domain } of job.rows) this.asleep.add(domain)
    this.#room.scheduler.putBack(job, until)
  }

  /** So much of this priority and above is ready that the rest waits on disk; an account with little waiting is let in all the same. */
  isFullFor(account: AccountId | null, rank: Rank = 0): boolean {
    return this.queue.rows(rank) >= this.#mostReady && (account === null || this.queue.lengthOf(account, rank) >= OVERTAKING)
  }

  /**
   * The next job, with what else of its message is ready for this site; for a connection that may be kept for higher priorities and has
   * room for so many recipients yet.
   */
  take(isFirst: boolean, isForHigher: boolean, room: number): Job | null {
    const least = isForHigher ? this.share.least : 0
    const job = this.queue.take((next, stream) => this.limits.mayLeave(next, stream, isFirst), least)
    this.asleep.wakeSome()
    if (job === null) return null
    job.stage = 'sending'
    if (job.grant !== null) this.poke()
    const isAlike = (other: Job): boolean => this.limits.of(other) === this.limits.of(job)
    const isAlone = job.message.head.perRecipient === true || this.plan.reachedBy === 'post'
    const most = isAlone ? 1 : Math.min(room, this.limits.mostRecipients(job, this.effectiveFor(job).settings.recipients_per_message))
    if (job.rows.length > most) this.#leaveRest(job, most)
    if (isAlone) return job
    for (;;) {
      const other = job.message.companion(this.key, most - job.rows.length, isAlike)
      if (other === null) return job
      this.queue.leaves(other)
      this.#room.scheduler.inHand.join(job, other)
    }
  }

  /** What is beyond the recipients of one transaction goes next. */
  #leaveRest(job: Job, most: number): void {
    const rest = this.#room.scheduler.inHand.split(job, job.rows.slice(most), 'ready')
    this.queue.pushFront(rest, this.limits.of(rest))
    this.poke()
  }

  /** Gives waiting jobs to idle connections and opens as many more as are wanted. */
  poke(): void {
    if (this.queue.ready() === 0) return
    while (this.lanes.wakeOne(this.share.hasWork(this.queue)));
    if (this.isBackingOff || this.#room.isStopping) return
    while (this.#openOne());
  }

  /** One more connection, where it is wanted and may be. */
  #openOne(): boolean {
    const { recipients_per_message: recipients } = this.effective.settings
    const wanted = this.share.wanted(this.queue, this.lanes, { most: this.mayOpenOne ? 1 : this.mostConnections, recipients })
    const answer = wanted === null ? null : this.limits.askOpen(wanted)
    if (answer?.ok !== true) return false
    const place = this.#room.mayOpen(this, answer.rank)
    if (place === null) this.limits.neverOpened(answer.grant)
    else void this.#open({ ...answer, place, isKept: isKept(answer.grant) ?? wanted !== 0 })
    return place !== null
  }

  /** What effects hold back here changed: what waits in memory falls under other limits now. */
  eased(): void {
    if (this.isBackingOff) return this.#standDown()
    for (const job of this.drain()) this.push(job)
    this.ease.endUncounted(this.lanes.all)
    this.#endSurplus()
    this.asleep.wakeAll()
    this.poke()
  }

  /** What was parked may go on: a connection without work takes it up, or one is opened for it. */
  #wakeOne(): boolean {
    const isTaken = this.lanes.wakeOne(this.share.hasWork(this.queue))
    if (!isTaken) this.poke()
    return isTaken
  }

  #mayOpenNow(): boolean {
    const before = this.share.opening
    this.poke()
    return this.share.opening > before
  }

  /** Everything that waits here; it is asked for anew. */
  drain(): readonly Job[] {
    this.limits.forget()
    return this.queue.drain()
  }

  idle(lane: Lane): void {
    this.lanes.idle(lane)
    this.#room.hasIdle(this)
  }

  ended(lane: Lane): void {
    this.lanes.ended(lane)
    this.#room.ended(lane)
    this.#room.closed(this, lane.place)
    this.poke()
  }

  /** The peer took a message, or refused one for its own sake. */
  isWelcome(): void {
    if (this.#backoff.isOpen) return
    this.#backoff.recovered()
    this.#room.alerts.clear(this.key)
    this.asleep.wakeAll()
    this.poke()
  }

  /** Someone asked to try again now. */
  retryNow(): void {
    this.#backoff.end()
    this.asleep.wakeAll()
    this.poke()
  }

  /** For how many recipients that are on disk there is room; none before half of what was there is gone. */
  get #roomOnDisk(): number {
    const isWanted = this.#backoff.isOpen && !this.isBackingOff && this.queue.rows() <= this.#mostReady / 2
    return isWanted ? this.#mostReady - this.queue.rows() : 0
  }

  /** The address lost a connection: others are tried first. */
  distrust(address: string): void {
    this.#hosts.distrust(address)
  }

  /** Nothing is tried for a while; what waits in memory goes back to disk. The owner is told where it is about us. */
  backOff(cause: Cause): void {
    if (this.isBackingOff) return
    const { around, alerts } = this.#room
    this.#backoff.backOff(cause, this.effective.retry)
    around.log.info('A site backs off.', { site: this.plan.name, reason: cause.reason, until: new Date(this.#backoff.until).toISOString() })
    const alert = backoffAlert(this.plan, cause)
    if (alert !== null) alerts.raise(this.key, alert.what, alert.mend, this.plan.reachedBy !== 'route')
    this.#standDown()
  }

  /** What waits in memory goes back to disk until it may be tried again. */
  #standDown(): void {
    const { until } = this
    for (const job of this.drain()) this.#putBack(job, until)
    this.lanes.endIdle(Infinity)
  }

  async #open(opening: Opening): Promise<void> {
    const { grant, rank, place } = opening
    this.share.begins(opening)
    const { tls } = this.effective.settings
    const opened = await this.#hosts.open(this.plan, this.account === null || this.plan.reachedBy !== 'mx' ? 'none' : tls, {
      mayTryAgain: () => this.limits.mayTryAgain(grant, rank),
      isOver: () => this.#room.isStopping || this.isBackingOff,
      ask: (host) => askConnection(this.#room, this, rank, host),
    })
    this.share.ended(opening)
    if (opened.ok) return this.#begin(opened, tls, opening)
    this.#room.closed(this, place)
    if (opened.isRefused) {
      sendAway(this.#room, this)
      return this.limits.neverOpened(grant)
    }
    if (!this.#room.isStopping) this.#cannotOpen(opened.failures)
    // Last, as others of this site may go on with it.
    if (opened.failures.some(isOwn)) this.limits.neverOpened(grant)
    else this.limits.closed(grant)
  }

  /** `tls`: what was asked for when it was begun; the rules may have changed meanwhile. */
  #begin({ connection, change }: BegunWith, tls: string, opening: Opening): void {
    const lane = new Lane({ ...opening, room: this.#room, site: this, connection, change })
    this.lanes.add(lane)
    this.#room.opened(lane)
    this.ease.tried(null)
    if (tls !== this.effective.settings.tls) lane.end()
    if (this.lanes.all.size > this.mostConnections) this.#endSurplus()
    void lane.run()
  }

  /**
   * No host could be used. With other connections open, or still being opened (a refusal is quicker than a greeting), the peer has had
   * enough of them; otherwise the site backs off.
   */
  #cannotOpen(failures: readonly FailedHost[]): void {
    const own = failures.find(isOwn)
    if (own !== undefined && !this.source.isDefault) return this.#room.sources.failed(this.source, own.failure.reason)
    const told = failures.find(({ failure }) => failure.reply !== null) ?? failures.at(-1)
    const known = this.#room.blocks.find(this.plan, this.domain, told?.failure.reply ?? null)
    if (this.connections > 0) {
      this.#backoff.pause()
      if (told !== undefined) this.ease.tried(causeOf(told).reason)
      return this.ease.act(known, null)
    }
    if (this.isBackingOff) return
    const cause = told === undefined ? NO_HOST : causeOf(told, failures)
    const target = { ...targetOf(this.plan, told), ...sourceOf(this.source) }
    const isBlock = known.some(({ block }) => !block.onlyAlert)
    if (failures.length > 0 && !isBlock && failures.every((one) => isFinal(this.plan, one))) {
      for (const job of this.drain()) this.#room.fail(job, target, cause)
      this.asleep.wakeAll()
      return
    }
    const job = this.queue.take()
    if (job !== null) job.stage = 'sending'
    this.ease.act(known, job?.message.head ?? null)
    this.backOff(cause)
    if (job === null) return
    for (const { domain } of job.rows) this.asleep.add(domain)
    this.#room.defer(job, cause.reply === null ? target : this.limits.targetOf(job, target), cause)
  }
}
