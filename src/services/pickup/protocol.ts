// What a worker and its thread that takes files from pickup folders say to each other.
import type { AccountId, EpochMs, MessageId } from '../../base/brand.ts'
import type { PickupLimits } from '../../message/pickup.ts'
import type { LeftFile, PickupPlace, PickupTerms, Refused, Room } from '../../store/pickup/pickup-folder.ts'

export interface PickupData {
  readonly terms: PickupTerms
  readonly limits: PickupLimits
}

export interface AccountPlace extends PickupPlace {
  readonly account: AccountId
}

export interface Settled {
  readonly account: AccountId
  readonly file: string
  /**
   * Its message is committed; it is not, and is tried again, under the same id or (`anew`) under another one; nobody knows; or why it is no
   * mail: a sentence.
   */
  readonly became: 'sent' | 'later' | 'anew' | 'unsure' | { readonly reason: string }
}

/** First what became of files of before, then the next are taken. */
export interface PickupRequest {
  readonly settled: readonly Settled[]
  readonly places: readonly AccountPlace[]
  readonly room: Room
  /** Of messages to come; as many files are taken at most. */
  readonly ids: readonly MessageId[]
  readonly now: EpochMs
}

export interface PickedFile {
  readonly account: AccountId
  readonly file: string
  readonly id: MessageId
  readonly sender: string
  readonly receivers: readonly string[]
  readonly octets: Uint8Array
}

export interface PickupAnswer {
  readonly files: readonly PickedFile[]
  /** Left by a crash: whether their messages are committed is to be found out, and settled. */
  readonly left: readonly (LeftFile & { readonly account: AccountId })[]
  /** Those that were not used. */
  readonly ids: readonly MessageId[]
  readonly refused: readonly (Refused & { readonly account: AccountId })[]
  /** Folders that cannot be used, and why. */
  readonly troubles: readonly { readonly account: AccountId; readonly trouble: string }[]
  /** There may be more to take now. */
  readonly more: boolean
}
