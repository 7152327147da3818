// What sites and their connections ask of the courier that keeps them all.
import type { AccountId, Domain, EpochMs, MessageId, Ms } from '../../base/brand.ts'
import type { AttemptTarget, MailEvent } from '../../contract/events.ts'
import type { Rank } from '../../contract/priority.ts'
import type { Effective } from '../../contract/rules.ts'
import type { RetrySchedule } from '../../contract/settings.ts'
import type { Alerts } from '../alerts.ts'
import type { Bouncer } from '../bounce/bouncer.ts'
import type { DeliveryFilters } from '../ports/delivery-filters.ts'
import type { Effects } from '../ports/effects.ts'
import type { Inbox } from '../ports/feedback.ts'
import type { Limits } from '../ports/limits.ts'
import type { Outbound, OutboundTarget } from '../ports/outbound.ts'
import type { MailResolver } from '../ports/resolver.ts'
import type { Signer } from '../ports/signer.ts'
import type { NewMessage, QueuedRecipient } from '../ports/spool.ts'
import type { StsSource, TlsResultSink } from '../ports/trust.ts'
import type { InHand, Job } from '../schedule/in-hand.ts'
import type { Scheduler } from '../schedule/scheduler.ts'
import type { Cause, Decision } from '../settle/decisions.ts'
import type { Settler } from '../settle/settler.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Blocks } from './blocks.ts'
import type { HandNotes } from './hand-notes.ts'
import type { Lane } from './lane.ts'
import type { LargePosts } from './large-posts.ts'
import type { MergedMail } from './merged.ts'
import type { Place } from './places.ts'
import type { SitePlan } from './routing.ts'
import type { Site } from './site.ts'
import type { Sources } from './sources.ts'
import type { Standings } from './standings.ts'
import type { TlsSessions } from './tls-sessions.ts'
import type { WarmRoom } from './warm-room.ts'

/** What is committed with decisions beside notifications. */
export interface Besides {
  readonly told: readonly MailEvent[]
  readonly append: readonly NewMessage[]
}

/** What a courier is made of. */
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
  /** Without it no mail for own domains is read. */
  readonly inbox?: Inbox
  /** The owner's code; null: nobody is asked. */
  readonly deliveryFilters: DeliveryFilters | null
}

export interface CourierRoom {
  readonly around: Surroundings
  readonly scheduler: Scheduler
  readonly settler: Settler
  readonly bouncer: Bouncer
  readonly signer: Signer
  readonly notes: HandNotes
  readonly merged: MergedMail
  /** Null: nobody counts. */
  readonly tlsSessions: TlsSessions | null
  readonly alerts: Alerts
  readonly blocks: Blocks
  readonly schedule: RetrySchedule
  readonly isStopping: boolean
  readonly limits: Limits
  readonly sources: Sources
  readonly warm: WarmRoom<Site>
  readonly largePosts: LargePosts
  /** What the owner's code said of mail. */
  readonly standings: Standings
  /** What the rules say of mail to a domain at a site; `account` null: of anybody's. */
  effective(plan: SitePlan, domain: Domain, account: AccountId | null): Effective
  /** The end of a stop's grace cut the connection after the final dot: the peer may have what these recipients were sent. */
  cutAfterFinalDot(message: MessageId, recipients: readonly QueuedRecipient[]): void
  open(target: OutboundTarget): ReturnType<Outbound['open']>
  /** Takes a place for one more connection, for mail of a priority, under the limit of all; null: there is none, the site is poked when one closes. */
  mayOpen(site: Site, rank: Rank): Place | null
  opened(lane: Lane): void
  /** A connection takes no more mail, and is about to be closed. */
  ended(lane: Lane): void
  /** A connection, or the attempt at one, ended. */
  closed(site: Site, place: Place): void
  /** A connection is without work: the sweep that ends old ones goes on. */
  hasIdle(site: Site): void
  /** Settles decisions with the notifications that they give rise to. Resolves after the commit. */
  settle(job: Job, decisions: readonly Decision[], peerNotifies: boolean, besides?: Besides): Promise<void>
  fail(job: Job, target: AttemptTarget, cause: Cause): void
  /** `wait`: it is tried again after that, not by its schedule. */
  defer(job: Job, target: AttemptTarget, cause: Cause, wait?: Ms | null): void
  /** It is not tried before `until`, and that is no attempt: others of its domain go on meanwhile. */
  postpone(job: Job, until: EpochMs, reason: string): void
}
