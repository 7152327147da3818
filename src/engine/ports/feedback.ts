// What comes back by mail, as the engine knows it: how a message that came is read, and what is known of the mail that it is about.
import type { EpochMs, MessageId } from '../../base/brand.ts'
import type { SentRecipient } from '../../contract/sent.ts'
import type { ReportSum } from '../../contract/sums.ts'
import type { Report } from '../../message/report/types.ts'
import type { JudgedRecipient } from '../report/judge.ts'
import type { Body } from './spool.ts'

/** A message for an own domain, as the spool has it: our trace field on top. */
export interface CameIn {
  readonly body: Body
  /** Envelope sender; empty for `<>`. */
  readonly sender: string
}

export type ProofResult = 'pass' | 'fail' | 'softfail' | 'neutral' | 'none' | 'policy' | 'temperror' | 'permerror'

/** Who stands behind a message, as far as the DNS proves it (rfc:8601). */
export interface Proof {
  /** `sender`: of the envelope; of a message from `<>` the mailbox that stands for it (rfc:7208#2.4). */
  readonly spf: { readonly result: ProofResult; readonly sender: string }
  /** Its signatures, at most some. */
  readonly dkim: readonly { readonly result: ProofResult; readonly domain: string; readonly selector: string }[]
  readonly dmarc: { readonly result: ProofResult; readonly domain: string }
  readonly arc: ProofResult
  /** The only address in From; null: there is none, or several. */
  readonly from: string | null
}

/** What a message says, what each recipient that it names is said to be, and who proves to have sent it. */
export interface Reading {
  readonly report: Report
  /** Beside `report.recipients`. */
  readonly judged: readonly JudgedRecipient[]
  readonly proof: Proof
  /** Address of who handed it in, as our trace field has it; null: it has none. */
  readonly client: string | null
}

export interface MailReader {
  /** In bounded time and memory. Rejects where the message cannot be read: with a reason in words. */
  read(mail: CameIn): Promise<Reading>
  /** The octets of a body that is in a file. */
  contents(path: string): AsyncIterable<Uint8Array>
}

/** Takes what receivers sum up. Rejects where nobody answers now; the same again is harmless. */
export interface SumsTaker {
  take(sums: readonly ReportSum[]): Promise<void>
}

/** A recipient that mail was sent to. */
export type SentTo = Omit<SentRecipient, 'n' | 'at'>
/** The last mail to an address. */
export type LastSent = Pick<SentRecipient, 'account' | 'message' | 'at'>

/** The index of what was sent. */
export interface SentLookup {
  /** Null: it is not known (any more); `ahead`: it may come yet. Rejects where nobody answers now. */
  find(message: MessageId, n: number): Promise<SentTo | 'ahead' | null>
  /** The newest first, at most some. It looks through all of these days: to be asked seldom. */
  search(address: string, since: EpochMs): Promise<readonly LastSent[]>
}

/** What reading mail for own domains needs. */
export interface Inbox {
  readonly reader: MailReader
  readonly sent: SentLookup
  readonly sums: SumsTaker
}
