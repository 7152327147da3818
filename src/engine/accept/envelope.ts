// What a message under reception is told of, and what it asks of whoever takes all of them in.
import type { AccountId, Ms } from '../../base/brand.ts'
import type { Labels } from '../../contract/events.ts'
import type { Account } from '../../contract/settings.ts'
import type { MergeDocument, TrackingWishes } from '../../message/merge/document.ts'
import type { Header } from '../../message/header.ts'
import type { HeaderFacts } from '../../message/prepare.ts'
import type { Rewritten } from '../../message/tracking/rewrite.ts'
import type { Reply } from '../../smtp/reply.ts'
import type { Client, MailRequest } from '../../smtp/server/handler.ts'
import type { Allowance, QuotaGate } from '../accounts/quota-gate.ts'
import type { NewMessage, NewRecipient } from '../ports/spool.ts'
import type { Surroundings } from '../surroundings.ts'
import type { BlockPool } from './blocks.ts'

export interface Envelope {
  readonly client: Client
  readonly account: Account
  readonly request: MailRequest
  readonly recipients: readonly NewRecipient[]
  /** He may not submit: it is for domains of ours alone, and stays as it came. */
  readonly isStranger: boolean
  /** Null: no quota holds for it. */
  readonly allowance: Allowance | null
  readonly asked?: Asked
  /** A filter wants a person to look at it before it leaves. */
  readonly held?: NewMessage['held']
}

/** What whoever hands a message in says of it beside its header. */
export interface Asked {
  readonly labels?: Labels
  /** What is left out is as the account has it. */
  readonly tracking?: TrackingWishes
}

/** What is stored of a message that is made for each recipient. */
export interface Merging {
  /** The message of one of them. */
  readonly octets: Buffer
  readonly document: Omit<MergeDocument, 'front'>
  /** By address, what is in the row of each. */
  readonly rows: ReadonlyMap<string, string>
}

/** A message that was kept whole before: its block is given back as one of the intake's own. */
export interface KeptMessage {
  readonly block: Buffer
  readonly length: number
  readonly header: Header
}

/** What an intake asks of the acceptor. */
export interface IntakeHost {
  readonly around: Surroundings
  readonly blocks: BlockPool
  readonly quotas: Pick<QuotaGate, 'take'>
  /** How long mail of the account to these recipients may wait at the longest. */
  expiryFor(account: AccountId, recipients: readonly NewRecipient[]): Ms
  /** What the account's settings say against the message, once its header was read. */
  refuse(envelope: Envelope, facts: HeaderFacts): Reply | null
  /** Runs what takes a whole large message into memory, one at a time. */
  alone<T>(work: () => Promise<T>): Promise<T>
  /** It was made ready for tracking. */
  rewritten(what: Rewritten, envelope: Envelope): void
  /** The message is committed. */
  accepted(message: NewMessage, envelope: Envelope): void
}
