// How an account stands with the installation: what its mail may do, since when, by whom and why.
import type { EpochMs } from '../base/brand.ts'

/**
 * `trial`: new, with quotas of its own and no high priority. `limited`: the same for one that is watched. `held`: its mail is taken and none
 * of it leaves. `suspended`: its mail is refused, and what is in the queue does not leave.
 */
export const ACCOUNT_STATES = ['trial', 'active', 'limited', 'held', 'suspended'] as const
export type AccountState = (typeof ACCOUNT_STATES)[number]

/** How an account came to its state. */
export interface Standing {
  readonly reason: string
  /** A user, `hms` at the shell, `brake NAME`, or `time`. */
  readonly by: string
  readonly since: EpochMs
  /** Then it is `after` by itself; null: until somebody says so. */
  readonly until: EpochMs | null
  readonly after: AccountState
  /** Since when its mail was kept back, over changes between `held` and `suspended`; null: none of it is held for that any more. */
  readonly heldSince: EpochMs | null
}

export const LONGEST_REASON = 300

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** How much of its mail is taken: in times that slide (a month is 30 days), and at once. */
export const QUOTAS = {
  messagesPerHour: { counts: 'messages', span: HOUR, words: 'messages an hour' },
  messagesPerDay: { counts: 'messages', span: DAY, words: 'messages a day' },
  messagesPerMonth: { counts: 'messages', span: 30 * DAY, words: 'messages in 30 days' },
  recipientsPerHour: { counts: 'recipients', span: HOUR, words: 'recipients an hour' },
  recipientsPerDay: { counts: 'recipients', span: DAY, words: 'recipients a day' },
  recipientsPerMonth: { counts: 'recipients', span: 30 * DAY, words: 'recipients in 30 days' },
  recipientsPerMessage: { counts: 'recipients', span: null, words: 'recipients a message' },
  queuedMessages: { counts: 'queue', span: null, words: 'messages in the queue' },
  queuedBytes: { counts: 'queue', span: null, words: 'octets in the queue' },
} as const

export type QuotaName = keyof typeof QUOTAS
export const QUOTA_NAMES = Object.keys(QUOTAS) as readonly QuotaName[]
/** What is not named has none. */
export type Quotas = { readonly [K in QuotaName]?: number }
export type QuotaChange = { readonly [K in QuotaName]?: number | null }

/** A quota and how much of it is used up. */
export interface QuotaUse {
  /** Of a login; null: of the account. */
  readonly user: string | null
  readonly quota: QuotaName
  readonly limit: number
  /** Null: it is not counted over time, or the server does not run. */
  readonly used: number | null
}
