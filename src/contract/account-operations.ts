// Operations on accounts, and on the logins and keys that hand in mail for them.
import type { AccountId, EpochMs } from '../base/brand.ts'
import type { AccountState, QuotaChange, QuotaUse, Quotas } from './accounts.ts'
import type { AccountName, ExpiryTime, Networks, NewPassword } from './forms.ts'
import type { Account, AccountChange, SmtpCredential } from './settings.ts'
import type { StreamKind } from './streams.ts'
import type { Tracking, TrackingHostState } from './tracking.ts'

/** Why an account is in its state. @minLength 1 @maxLength 300 @pattern ^[^\r\n\0]+$ */
export type StateReason = string
/** Name of a login, or of a key. @minLength 1 @maxLength 128 @example "account-1001" */
export type LoginName = string
/** Name of a stream; upper and lower case are the same. @pattern ^[A-Za-z0-9][A-Za-z0-9-]{0,31}$ @example "newsletter" */
export type StreamName = string

export interface NewCredential {
  readonly user: string
  /** Shown once, kept nowhere. */
  readonly password: string
}

/** `api`: a key for injection. `ses`: one that signs calls as those to SES are. */
export const KEY_KINDS = ['api', 'ses'] as const
export type KeyKind = (typeof KEY_KINDS)[number]

/** Shown once, kept as a hash. */
export interface NewApiKey {
  readonly user: string
  readonly key: string
}

/** Shown once, kept sealed. */
export interface NewSesKey {
  readonly user: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export type CredentialView = Pick<SmtpCredential, 'user' | 'account' | 'networks'> & {
  readonly kind: 'smtp' | KeyKind
  readonly stream: string | null
  /** Null: never. */
  readonly expiresAt: EpochMs | null
  /** Of a login the last time that it logged in; null: not yet, or before it was noted. */
  readonly lastUse: EpochMs | null
}

export interface AccountOperations {
  'account.list': { params: Record<never, never>; result: readonly Account[] }
  'account.add': { params: { name: AccountName }; result: { account: Account; credential: NewCredential } }
  'account.set': { params: { id: AccountId; change: AccountChange }; result: Account }
  'account.show': { params: { id: AccountId }; result: { account: Account; use: readonly QuotaUse[] } }
  /** What is not named stays as it is; null: none. */
  'account.quota': { params: { id: AccountId; quotas: QuotaChange }; result: { quotas: Quotas } }
  /** `until`: then it is again what it was before. `released`: recipients that were kept back and may leave now. */
  'account.state': {
    params: { id: AccountId; state: AccountState; reason?: StateReason; until?: EpochMs }
    result: { account: Account; released: number }
  }
  /** A stream that is there already gets the kind. */
  'account.streams.add': { params: { id: AccountId; name: StreamName; kind: StreamKind }; result: Account }
  'account.streams.remove': { params: { id: AccountId; name: StreamName }; result: { removed: boolean } }
  /** What is not named stays. `words`: all of them anew. */
  'account.tracking.set': { params: { id: AccountId; change: Partial<Tracking> }; result: Account }
  /** Hosts of links, and whether they answer; none where no server ran since they were set. */
  'tracking.hosts': { params: Record<never, never>; result: readonly TrackingHostState[] }
  'credential.list': { params: { account?: AccountId; user?: LoginName }; result: readonly CredentialView[] }
  'credential.add': {
    params: { account: AccountId; user?: LoginName; password?: NewPassword; networks?: Networks; expiresAt?: ExpiryTime | null }
    /** `replaced`: the login was there, and its password before is worth nothing any more. */
    result: NewCredential & { readonly replaced: boolean }
  }
  'credential.key': {
    params: { account: AccountId; kind: KeyKind; networks?: Networks; expiresAt?: ExpiryTime | null }
    result: NewApiKey | NewSesKey
  }
  /** What is not named stays. Null: the stream of the account; it never expires. */
  'credential.set': {
    params: { user: LoginName; stream?: StreamName | null; expiresAt?: ExpiryTime | null }
    result: CredentialView
  }
  /** What is not named stays as it is; null: none. */
  'credential.quota': { params: { user: LoginName; quotas: QuotaChange }; result: { quotas: Quotas } }
  'credential.remove': { params: { user: LoginName }; result: { removed: boolean } }
}
