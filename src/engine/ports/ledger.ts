// What was handed in under a key, at most once over crashes, workers and restarts: the ids that a message will have are written down before it
// is committed, and the answer after, so that whoever finds ids without an answer can look which of them became messages.
import type { AccountId, EpochMs, MessageId } from '../../base/brand.ts'

/** Keys of an account; what they begin with says whose they are, such as `http:` or `job:7:`. */
export interface LedgerKey {
  readonly account: AccountId
  readonly key: string
}

export interface LedgerEntry extends LedgerKey {
  /** Of the request: another one under the same key is refused. */
  readonly digest: string
  /** Reserved for its messages, in their order. */
  readonly ids: readonly MessageId[]
  /** Until when it is kept; null: until it is forgotten. */
  readonly until: EpochMs | null
}

/**
 * `new`: the ids are written down, go on. `done`: as it was answered. `other-request`: the key was used for another one. `under-way`: a
 * process that lives is at it. `no-room`: the account has as many keys as leave room for those of others. `left`: one was that died or could not say so, with these ids; it is the caller's now.
 */
export type Begun =
  | { readonly state: 'new' | 'other-request' | 'under-way' | 'no-room' }
  | { readonly state: 'done'; readonly answer: string }
  | { readonly state: 'left'; readonly ids: readonly MessageId[]; readonly note?: string; readonly since: EpochMs }

export interface Ledger {
  /** Resolves after the commit. Rejects with a Fault `spool-full` or `spool-failing` where nothing can be written down. */
  begin(entry: LedgerEntry): Promise<Begun>
  /** Other ids for what is under way, and what whoever goes on with it has to know (empty: nothing), after the commit. */
  renew(key: LedgerKey, ids: readonly MessageId[], note?: string): Promise<void>
  /** Where that rejects, the key is `left`. */
  done(key: LedgerKey, answer: string): Promise<void>
  /** Nothing came of it, or nobody asks any more: the key is as if it was never used. */
  forget(key: LedgerKey): Promise<void>
  /** All keys of the account that begin so. */
  forgetAll(account: AccountId, prefix: string): Promise<void>
  /** It is nobody's: the next who begins it finds it `left`. */
  leave(key: LedgerKey): Promise<void>
}

/** Whether messages of a process that died were committed since then, wherever they are now. Rejects with a Fault where that cannot be told at the moment. */
export type WasCommitted = (ids: readonly MessageId[], since: EpochMs) => Promise<readonly boolean[]>
