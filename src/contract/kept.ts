// Copies of mail that was delivered, of accounts that ask for them.
import type { AccountId, EpochMs, MessageId } from '../base/brand.ts'
import type { Count, Limit1000, MailAddress, OctetPiece, SearchText, SearchTime } from './forms.ts'

/** Where a search in copies goes on: the `next` of the page before. @minLength 1 @maxLength 100 @pattern ^[0-9.-]+:[0-9]+$ */
export type KeptPlace = string

/** How long copies of delivered mail are kept, and how much of it; the oldest go first. */
export interface Keep {
  /** @integer @minimum 1 @maximum 3650 */
  readonly days: number
  /** Octets on the disk. @integer @minimum 1048576 @maximum 1000000000000000 */
  readonly bytes: number
}

/** Bounds of `Keep`. */
export const KEEP_DAYS = { least: 1, most: 3650 } as const
export const KEEP_BYTES = { least: 2 ** 20, most: 1e15 } as const

export interface KeptRecipient {
  readonly address: string
  /** What a template was filled with for him, as JSON; absent: it was none. */
  readonly data?: string
  /** His name, where the template was given one. */
  readonly name?: string
}

/** One delivery of a message: to those who took it together. */
export interface KeptDelivery {
  readonly message: MessageId
  readonly at: EpochMs
  readonly acceptedAt: EpochMs
  readonly sender: string
  /** Null: it has none, or is a template. */
  readonly subject: string | null
  readonly recipients: readonly KeptRecipient[]
  readonly clientId: string | null
  readonly mailing: string | null
  /** Octets as stored. */
  readonly size: number
  /** What is kept is the template, of which each recipient's message was made. */
  readonly isTemplate: boolean
}

export interface KeptMessage {
  /** The newest first; at most 1,000. */
  readonly deliveries: readonly KeptDelivery[]
  /** The header as it was kept; null: of a template, or the copy is gone before its deliveries. */
  readonly header: string | null
}

export interface KeptOperations {
  /** Newest days first. `next`: there may be more, even where this page is empty. */
  'kept.find': {
    params: {
      account: AccountId
      /** Of a recipient. */
      address?: MailAddress
      message?: MessageId
      /** A part of it; upper and lower case are the same. */
      subject?: SearchText
      since?: SearchTime
      after?: KeptPlace
      limit?: Limit1000
    }
    result: { readonly deliveries: readonly KeptDelivery[]; readonly next: string | null }
  }
  'kept.show': { params: { account: AccountId; message: MessageId }; result: KeptMessage }
  /** Up to 1 MiB of the octets of a copy. `address`: of a template, as it is made for this recipient, without marks of tracking and signature. */
  'kept.raw': { params: { account: AccountId; message: MessageId; address?: MailAddress; from?: Count }; result: OctetPiece }
}
