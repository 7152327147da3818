// What was changed, by whom, and how it was before: a record a change.
import type { AccountId, EpochMs } from '../base/brand.ts'
import type { AfterRecord, Limit1000, SearchText, SearchTime } from './forms.ts'
import type { Via } from './actor.ts'

export interface AuditRecord {
  readonly id: number
  readonly at: EpochMs
  /** A user, a key, the system's user at the shell, or what did it by itself (`rule …`, `brake …`, `time`). */
  readonly by: string
  readonly via: Via
  /** Whence, where it was the network. */
  readonly address: string | null
  /** What happened, such as `account set`, `route removed`, `queue delete`. */
  readonly action: string
  /** The operation that was called; null: nobody called one, or a version before this one wrote it down. */
  readonly operation: string | null
  /** To what: its name, or what was chosen, in words. */
  readonly subject: string
  readonly account: AccountId | null
  /** As it was; null: it was not there, or it is of the kind that has no state of its own. Secrets are told as `(not shown)`. */
  readonly before: unknown
  /** As it is since; null: it is gone. What has no state of its own (mail of the queue): `asked` and `told`, what was asked for and what came of it. */
  readonly after: unknown
}

export interface AuditFilter {
  /** Part of the name of who did it. */
  readonly who?: SearchText
  /** How the action begins: `queue`, `account set`. */
  readonly action?: SearchText
  /** Part of what it was done to. */
  readonly subject?: SearchText
  readonly account?: AccountId
  readonly operation?: SearchText
  readonly since?: SearchTime
  readonly until?: SearchTime
}

export interface AuditPage {
  /** Newest first. Fewer than asked for where many had to be looked through: `next` says whether there may be more. */
  readonly records: readonly AuditRecord[]
  /** To go on with as `after`; null: there is nothing older. */
  readonly next: number | null
}

export interface AuditOperations {
  'audit.list': { params: AuditFilter & { after?: AfterRecord; limit?: Limit1000 }; result: AuditPage }
}
