// Who is suppressed, as acceptance and delivery ask: all recipients of a message in one question, and none at all while no list of the
// account has an entry.
import type { AccountId, EpochMs } from '../../base/brand.ts'
import type { SuppressionEntry, SuppressionFlood, SuppressionList, SuppressionReason } from '../../contract/suppression.ts'

/** The entry that stands against a recipient. */
export interface SuppressedBy {
  readonly list: string
  readonly target: string
  readonly reason: SuppressionReason
  readonly at: EpochMs
}

export interface Suppressions {
  /** False: the list has no entry, as far as is known, and need not be asked. */
  has(list: string): boolean
  /**
   * For each address (as the envelope has it) what stands against it, or null. `stream`: of the message; null: only what stands against
   * all mail. Rejects with an Error where the list cannot be read.
   */
  find(list: string, stream: string | null, addresses: readonly string[]): Promise<readonly (SuppressedBy | null)[]>
}

export type PutEntry = Omit<SuppressionEntry, 'list'>

/** How an address is erased: whether it stays suppressed, and whether it is only counted. */
export interface ErasureChange {
  readonly suppress: boolean
  readonly dryRun: boolean
  readonly at: EpochMs
}

/** Where an export stands: behind this entry; an empty stream is that of all mail. */
export interface EntryPlace {
  readonly target: string
  readonly stream: string
}

/** Which entries of a list are wanted; null: whatever they have. `match`: as `EntryPart` of the contract, in lower case. */
export interface EntryCriteria {
  readonly match: string | null
  readonly reason: SuppressionReason | null
  readonly origin: string | null
  readonly since: EpochMs | null
  readonly until: EpochMs | null
}

/** `looked`: how many were looked at; where that is fewer than asked for, the list is at its end. `last`: the last that was looked at. */
export interface EntriesFound {
  readonly entries: readonly SuppressionEntry[]
  readonly looked: number
  readonly last: EntryPlace | null
}

/** `from`: parts of one import have the same. */
export interface GatheredPart {
  readonly from: string
  readonly isLast: boolean
}

/** Additions that the program made of itself at a site, or of a domain, in a time. */
export interface AdditionSpan {
  readonly site: string
  readonly since: EpochMs
  readonly until: EpochMs
}
export interface AdditionView {
  readonly id: number
  readonly target: string
  readonly reply: string
}

export interface ListsWanted {
  readonly name?: string | undefined
  /** Of it alone. */
  readonly account?: AccountId | undefined
}

/** The lists as whoever keeps them has them. What names a list that is not there rejects with a Fault `no-list`. */
export interface SuppressionBook {
  lists(of?: ListsWanted): Promise<readonly SuppressionList[]>
  /** False: there is one of that name. */
  create(name: string, account: AccountId | null): Promise<boolean>
  /** Removes a list with all that is on it, in slices. */
  drop(name: string): Promise<void>
  /** All or none; those that are there get what is said now. */
  put(list: string, entries: readonly PutEntry[]): Promise<{ readonly added: number; readonly changed: number }>
  /**
   * The same of a part of many, written with those before it once they are worth a commit, or with the `last`: rows in no order change
   * nearly every page of a list, and so cost the disk the same whether they are many or few. Counts are of what was written.
   */
  gather(list: string, entries: readonly PutEntry[], part: GatheredPart): Promise<{ readonly added: number; readonly changed: number }>
  /** `stream` undefined: of every stream and of all mail. Gives how many there were; `dryRun` leaves them. */
  remove(list: string, targets: readonly string[], stream: string | null | undefined, dryRun?: boolean): Promise<number>
  /** What stands against an address, or is of a domain or pattern as it is written. */
  find(target: string, list: string | null, now: EpochMs): Promise<readonly SuppressionEntry[]>
  page(list: string, after: EntryPlace | null, limit: number): Promise<readonly SuppressionEntry[]>
  /** Those of the next `look` entries that fit. */
  search(list: string, criteria: EntryCriteria, after: EntryPlace | null, look: number): Promise<EntriesFound>
  review(): Promise<readonly SuppressionFlood[]>
  /** What a flood holds is suppressed (`accept`) or forgotten; null: there is none of that site. */
  settle(site: string, accept: boolean, now: EpochMs): Promise<number | null>
  additions(span: AdditionSpan): AsyncIterable<readonly AdditionView[]>
  erase(address: string, change: ErasureChange): Promise<{ readonly removed: number; readonly lists: number }>
  /** Takes additions back. Gives how many were in force or held. */
  undo(ids: readonly number[]): Promise<number>
}
