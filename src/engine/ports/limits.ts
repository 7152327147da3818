// Limits as the engine knows them: whether something may happen now, under all limits that it falls under. The answer is there at once,
// wherever the limits are kept; who is refused is told when to ask again, so that nobody polls.
import type { Rank } from '../../contract/priority.ts'
import type { Grant, LimitAsk, Refusal, SavedRate } from '../../policy/limits/limit-book.ts'

/** Who asks. It stands in one line at a time, that of the limit which bound when it asked last. */
export interface LimitWaiter {
  /** Of what it asks for; undefined: normal. Higher ones come first, and a share of each limit is kept for them. */
  readonly rank?: Rank
  /** Its turn: there may be room. Returns whether it asks again right away; otherwise the next has the turn too. */
  roomMade(): boolean
  /** Where limits are kept elsewhere: what binds, and until when, is known only after the refusal. */
  told?(refusal: Refusal): void
  /** Whether it has nothing at all of what the limit counts: then somebody who has makes room. */
  starves?(key: string): boolean
}

export interface Limits {
  /** All or nothing. After a refusal the waiter is told. `octets`: of the message. */
  ask(asks: readonly LimitAsk[], octets: number, waiter: LimitWaiter): Grant | Refusal
  /** What was held (a connection) is held no longer. */
  release(grant: Grant): void
  /** What was granted did not happen. */
  giveBack(grant: Grant): void
  /** The waiter wants nothing any more. */
  forget(waiter: LimitWaiter): void
  /** `fn` is told the key of what is held here and wanted by others: a connection that may end should end. */
  onWanted(fn: (key: string, by: LimitWaiter | null) => void): void
  /** What rates took in their windows that end now. Rejects where nobody who counts answers. */
  used(keys: readonly string[]): Promise<readonly number[]>
  /** Nothing more is asked for. What the next keeper of the limits has to know is handed over once nothing is held any more. */
  leave(): void
}

/** What outlives the process. One has it open at a time. */
export interface LimitStore {
  /** Resolves when it is this process's turn. `isClean`: its last keeper told all that it had granted. */
  open(): Promise<{ readonly rates: readonly SavedRate[]; readonly isClean: boolean }>
  /** Resolves when they are on disk. */
  save(rates: readonly SavedRate[]): Promise<void>
  /** The last word. Nobody else opens it before. */
  close(rates: readonly SavedRate[]): Promise<void>
}
