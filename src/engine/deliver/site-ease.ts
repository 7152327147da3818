// What effects leave of one site: until when nothing, how many connections, and what becomes of one job's mail.
import type { EpochMs } from '../../base/brand.ts'
import type { EffectPlace } from '../../contract/blocks.ts'
import { type Rank, rankOf } from '../../contract/priority.ts'
import { BACKOFF_RULE, backoffBlock, type BackoffKind, type BackoffSettings } from '../../policy/blocks/backing-off.ts'
import type { Observed } from '../../policy/blocks/holding.ts'
import type { RuleBook } from '../../policy/rules/book.ts'
import { shareOf } from '../../policy/sites.ts'
import { EasedLimits } from '../limits/eased-limits.ts'
import type { JobLimits } from '../limits/job-limits.ts'
import type { RecipientResult } from '../ports/outbound.ts'
import type { Job } from '../schedule/in-hand.ts'
import type { KnownReply, Whose } from './blocks.ts'
import type { CourierRoom } from './courier-room.ts'
import type { Lane } from './lane.ts'
import type { SitePlan } from './routing.ts'
import { SitePulse } from './site-pulse.ts'
import { settleStopped } from './stopped-mail.ts'

/** A slow pace needs a connection for so many messages a minute. Of what is left each worker has its part. */
const PER_CONNECTION = 60

/** The site as it is now. */
export interface EasedSite {
  readonly plan: SitePlan
  readonly source: { readonly name: string }
  /** Its open connections. */
  readonly lanes: { readonly all: ReadonlySet<Lane> }
  readonly effective: { readonly settings: BackoffSettings }
}

export class SiteEase {
  readonly #room: CourierRoom
  readonly #site: EasedSite
  /** None before something was held back. */
  #limits: EasedLimits | null = null
  readonly #pulse: SitePulse
  #known: { readonly plan: SitePlan; readonly source: string; readonly rules: RuleBook; readonly spot: EffectPlace } | null = null

  constructor(room: CourierRoom, site: EasedSite) {
    this.#room = room
    this.#site = site
    this.#pulse = new SitePulse(room.around.workers)
  }

  get #eased(): EasedLimits {
    return (this.#limits ??= new EasedLimits(this.#room.around.workers))
  }

  /** The same object while nothing of it changed: several look here for each message where something holds anywhere. */
  get spot(): EffectPlace {
    const { plan, source } = this.#site
    const rules = this.#room.around.rules()
    if (this.#known === null || this.#known.plan !== plan || this.#known.source !== source.name || this.#known.rules !== rules)
      this.#known = { plan, source: source.name, rules, spot: this.#room.blocks.spotOf(plan, source.name) }
    return this.#known.spot
  }

  /** Nothing leaves until then; 0: it may. */
  get pausedUntil(): EpochMs {
    return this.#room.blocks.isQuiet ? 0 : this.#room.blocks.ease(this.spot).pausedUntil
  }

  /** Whether mail of it may be meant. */
  isAt({ account: _account, mailing: _mailing, ...place }: EffectPlace): boolean {
    const { spot } = this
    return (Object.keys(place) as (keyof typeof place)[]).every((scope) => place[scope] === spot[scope])
  }

  get reason(): string | null {
    return this.#room.blocks.isQuiet ? null : this.#room.blocks.reason(this.spot)
  }

  /** Connections, of those that rules allow. */
  most(allowed: number): number {
    if (this.#room.blocks.isQuiet) return allowed
    const { connections, perMinute } = this.#room.blocks.ease(this.spot)
    const { workers } = this.#room.around
    return Math.min(allowed, shareOf(connections, workers), Math.ceil(perMinute / workers / PER_CONNECTION))
  }

  /** The priority that the job has here. */
  rankOf({ message: { head } }: Job): Rank {
    return this.#room.blocks.isQuiet ? rankOf(head) : this.#room.blocks.rankOf(this.spot, head)
  }

  /** The job's limits, with those of effects. */
  limited(base: JobLimits | null, job: Job): JobLimits | null {
    const { blocks, around } = this.#room
    if (blocks.isQuiet) return base
    return this.#eased.of(base, blocks.heldFor(this.spot, job.message.head), around.clock.now())
  }

  /** Where connections are asked for, one that was opened before holds nothing and ends, so that it is counted. */
  endUncounted(lanes: Iterable<Lane>): void {
    const { blocks, around } = this.#room
    const { open } = this.#eased.asks(blocks.heldFor(this.spot, null), around.clock.now())
    if (open.length === 0) return
    for (const lane of lanes) if (!open.every(({ key }) => lane.holds(key))) lane.end()
  }

  /** Whether the job's mail waits by itself or fails, and that was seen to. */
  stops(job: Job): boolean {
    const { blocks } = this.#room
    if (blocks.isQuiet) return false
    const stopped = blocks.stopped(this.spot, job.message.head)
    if (stopped === null) return false
    settleStopped(this.#room, job, this.#site.plan, stopped)
    return true
  }

  /** Does what rules say of replies to somebody's mail. */
  act(known: readonly KnownReply[], whose: Whose): void {
    if (known.length > 0) this.#room.blocks.act(this.spot, whose, known, this.#observed())
  }

  /** A message was answered: too many that were put off are backed off from. */
  answered(results: readonly RecipientResult[], now: EpochMs): void {
    const { settings } = this.#site.effective
    const cause = this.#pulse.answered(results, settings, now)
    if (cause !== null) this.#backOff('deferrals', cause, settings)
  }

  /** A connection was tried. `trouble`: why there is none. */
  tried(trouble: string | null): void {
    const { plan, effective } = this.#site
    // The simulator stands for many servers.
    if (plan.reachedBy === 'simulator') return
    const { settings } = effective
    const cause = this.#pulse.tried(trouble, settings, this.#room.around.clock.now())
    if (cause !== null) this.#backOff('failures', cause, settings)
  }

  #backOff(kind: BackoffKind, cause: string, settings: BackoffSettings): void {
    this.#room.blocks.report(
      this.spot,
      null,
      { ruleKey: `backoff ${kind}`, rule: BACKOFF_RULE, block: backoffBlock(kind, settings), cause },
      this.#observed(),
    )
  }

  /** Mail of all workers is alike: each has its part of it. */
  #observed(): Observed {
    const { workers, clock } = this.#room.around
    return { rate: this.#pulse.rate(clock.now()) * workers, connections: this.#site.lanes.all.size * workers }
  }
}
