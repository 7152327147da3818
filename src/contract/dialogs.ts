// What was said on connections to receivers in attempts that did not end well, as it is kept and shown (docs/guides/queue.md).
import type { AccountId, EpochMs, MessageId, Ms } from '../base/brand.ts'
import type { MailAddress } from './forms.ts'

/** Which attempts have their dialog kept: those that did not deliver, every one, none. */
export const DIALOGS_KEPT = ['failures', 'all', 'none'] as const

/** Characters of one dialog; what is beyond them is left out in its middle. */
export const MOST_DIALOG = 8192
/** Recipients of one that are named. */
export const MOST_DIALOG_RECIPIENTS = 100
/** Dialogs of a message that are told of. */
export const MOST_DIALOGS = 100

export interface DialogLine {
  /** `us`: this server; `peer`: the receiver; `note`: what happened between. */
  readonly from: 'us' | 'peer' | 'note'
  /** Since the connection was begun. */
  readonly after: Ms
  /** As it was said, at most 1,000 characters: escape it before showing it. Credentials and the octets of messages are left out. */
  readonly text: string
}

/** What was said on one connection in an attempt, its opening before it. */
export interface AttemptDialog {
  /** When it was over. The events of the attempt have the same. */
  readonly at: EpochMs
  readonly account: AccountId
  readonly message: MessageId
  /** Whom the attempt did not deliver to (or did, where all dialogs are kept): at most 100, and how many more. */
  readonly recipients: readonly string[]
  readonly more: number
  /** It broke off, and another connection was tried at once: no event tells of it. */
  readonly again: boolean
  readonly host: string
  readonly address: string
  readonly port: number
  /** When the connection was begun; one that is kept may have had other messages before. */
  readonly begun: EpochMs
  readonly lines: readonly DialogLine[]
}

export interface DialogOperations {
  /** Oldest first, at most the newest 100. `recipient`: of attempts at this one. */
  'queue.dialogs': { params: { id: MessageId; recipient?: MailAddress }; result: { dialogs: readonly AttemptDialog[] } }
}
