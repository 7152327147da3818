// Operations on mail that waits: what is chosen of it, what is seen of it, and what is done with it.
import type { AccountId, EpochMs, MessageId } from '../base/brand.ts'
import type { QueueCriteria, SiteName } from './criteria.ts'
import type { NumberedEvent } from './events.ts'
import type { DomainName, Limit1000, Limit10000, MailAddress, Note, RecordNumber, RoutePattern, SourceName } from './forms.ts'
import type { Priority } from './priority.ts'
import type { ProviderName } from './source-operations.ts'
import type { Rebinding, Suspension } from './settings.ts'
import type { ProviderNow, SiteReply, SitesNow, TopOrder, Why } from './why.ts'

export interface QueueSelection extends QueueCriteria {
  /** @maxItems 10000 */
  readonly ids?: readonly MessageId[]
  readonly state?: 'waiting' | 'held'
  /** A recipient to the letter, but for A to Z and a to z: `*` and `?` are no more than they are. */
  readonly address?: MailAddress
  /** The last reply, or why it is held, to the letter. @minLength 1 @maxLength 2000 */
  readonly reason?: string
}

/** What a count gave, to do exactly that: what was accepted later is left out, and where more matches than was counted nothing is done. @minLength 1 @maxLength 100 @pattern ^[\w.-]+$ */
export type QueueCounted = string

export interface CountedSelection extends QueueSelection {
  /** The same criteria must be there as when it was counted. */
  readonly counted?: QueueCounted
}

/** A list counts no further: so many or more. */
export const MOST_MORE = 10_000

export interface QueueEntry {
  readonly id: MessageId
  readonly account: AccountId
  readonly sender: string
  readonly size: number
  readonly acceptedAt: EpochMs
  readonly expiresAt: EpochMs
  readonly clientId: string | null
  readonly mailing: string | null
  readonly priority: Priority
  readonly stream: string
  readonly recipients: readonly {
    readonly address: string
    readonly state: 'waiting' | 'held' | 'sending'
    readonly due: EpochMs
    readonly attempts: number
    readonly lastReply: string | null
  }[]
  /** Recipients that match beyond those named here (a list names 100 of a message, `queue.show` 1,000); in a list at most `MOST_MORE`. */
  readonly more: number
}

export interface QueueOperations {
  'queue.list': {
    params: { selection: QueueSelection; after?: MessageId; limit: Limit10000 }
    result: { entries: readonly QueueEntry[]; next: MessageId | null }
  }
  /** `counted`: for what is done with what was counted. */
  'queue.count': { params: { selection: QueueSelection }; result: { messages: number; recipients: number; counted: QueueCounted } }
  'queue.show': { params: { id: MessageId }; result: { entry: QueueEntry | null; header: string | null; events: readonly NumberedEvent[] } }
  'queue.act': {
    params: { action: 'retry' | 'hold' | 'release' | 'delete' | 'bounce'; selection: CountedSelection }
    result: { recipients: number }
  }
  /** Exactly one of the three. A domain: what holds most of its mail. */
  'queue.why': { params: { message?: MessageId; recipient?: string; domain?: DomainName }; result: Why }
  /** The sites that mail goes to, as they are now. `limit`: 1 to 1,000. */
  'sites.top': {
    params: { domain?: DomainName; account?: AccountId; site?: SiteName; provider?: ProviderName; by?: TopOrder; limit?: Limit1000 }
    result: SitesNow
  }
  /** The same by provider of the rules; null: sites of none. */
  'sites.providers': { params: Record<never, never>; result: readonly ProviderNow[] }
  /** What sites answered in the last hour to mail that they did not take, the most frequent first, at most 1,000. */
  'sites.replies': { params: { site?: SiteName; provider?: ProviderName }; result: readonly SiteReply[] }
  'queue.rebindings': { params: Record<never, never>; result: readonly Rebinding[] }
  /** Mail that is in the queue now goes by the pool, or by the route of that pattern; with `now` it is tried at once. Null: nothing matches, or `dryRun`. */
  'queue.rebind': {
    params: { selection: CountedSelection; pool?: SourceName; route?: RoutePattern; now?: boolean; dryRun?: boolean }
    result: { rebinding: Rebinding | null; recipients: number }
  }
  /** What is left of it goes as the rules say. */
  'queue.unbind': { params: { id: RecordNumber }; result: { removed: boolean } }
  'queue.suspensions': { params: { account?: AccountId; id?: RecordNumber }; result: readonly Suspension[] }
  /** Without a criterion everything is suspended. What matches and waits is held at once. */
  'queue.suspend': {
    params: QueueCriteria & { note?: Note }
    result: { suspension: Suspension; held: number }
  }
  /** What it held is let go. */
  'queue.resume': { params: { id: RecordNumber }; result: { removed: boolean; released: number } }
  'spool.check': { params: Record<never, never>; result: { recipients: number; problems: readonly string[] } }
}
