// By what mail of the queue is chosen, for whatever is done with it now (operations.ts) or with what comes (suspensions).
// What only a recipient that is queued has (an id, a state, a last reply) is in `QueueSelection`.
import type { AddressPattern, MailingId, SourceName } from './forms.ts'
import type { AccountId, Domain, EpochMs } from '../base/brand.ts'

/** A site as `sites.top` names it. @minLength 1 @maxLength 400 */
export type SiteName = string

/** What matches all that is given. */
export interface QueueCriteria {
  readonly domain?: Domain
  readonly account?: AccountId
  readonly mailing?: MailingId
  /** Patterns of addresses without regard to case: `*` for anything, `?` for one character. */
  readonly recipient?: AddressPattern
  readonly sender?: AddressPattern
  /** When it was accepted: before the one, and not before the other. */
  readonly acceptedBefore?: EpochMs
  readonly acceptedAfter?: EpochMs
  /** Where it goes, as `hms top` names it, and what it leaves from: known while the server runs only. */
  readonly site?: SiteName
  readonly source?: SourceName
}
