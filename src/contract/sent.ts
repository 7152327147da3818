// What is remembered of mail that may come back: to whom it was sent, by message and number of the recipient, which is what a token says.
import type { AccountId, EpochMs, MessageId } from '../base/brand.ts'

/** A recipient that mail was sent to. */
export interface SentRecipient {
  readonly account: AccountId
  readonly message: MessageId
  /** Number within its message. */
  readonly n: number
  readonly address: string
  readonly clientId: string | null
  readonly mailing: string | null
  readonly stream: string
  /** When the message was accepted. */
  readonly at: EpochMs
}

/** What a token names. */
export type SentPlace = Pick<SentRecipient, 'message' | 'n'>

/** `ahead`: it is newer than all that the index was told of its shard, and may come yet; null: it is not known (any more). */
export type SentAnswer = SentRecipient | 'ahead' | null

/** Of one question. */
export const MOST_PLACES = 1000
