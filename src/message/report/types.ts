// What a message that came back says: the result of reading it (report.ts), before anything is judged or proved.
import type { ReportKind } from '../../contract/feedback.ts'

/** As a notification says it (rfc:3464#2.3.3). */
export type ReportedAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded'

export interface ReportedRecipient {
  /** The address that mail was sent to, in lower case only in its domain; null where the message names none. */
  readonly address: string | null
  /** What the notification calls its final one, where that is another. */
  readonly finalRecipient: string | null
  readonly action: ReportedAction | null
  /** rfc:3463, `5.1.1`; null where none was said. */
  readonly status: string | null
  /** What the refusing server said, on one line; empty where nothing was said. */
  readonly diagnostic: string
  readonly remoteMta: string | null
}

/** What is known of the message that came back. */
export interface OriginalMessage {
  readonly messageId: string | null
  readonly from: string | null
  readonly to: readonly string[]
  readonly subject: string | null
  readonly returnPath: string | null
  readonly feedbackId: string | null
}

/** A complaint or another report about mail of ours. */
export interface Feedback {
  readonly format: 'arf' | 'xarf' | 'jmrp' | 'other'
  /** `abuse`, `fraud`, `virus`, `other`, `not-spam`, `opt-out`, `auth-failure`…, in lower case as it was said. */
  readonly type: string
  readonly reporter: string | null
  readonly sourceIp: string | null
  readonly reportedDomain: string | null
  readonly mailFrom: string | null
  readonly arrivedAt: string | null
  readonly incidents: number
}

/** A receiver's sums about mail in our name. */
export type AggregateReport = DmarcSums | TlsSums

export interface DmarcSums {
  readonly kind: 'dmarc'
  readonly organization: string
  readonly reportId: string
  readonly domain: string
  readonly policy: string
  /** Seconds since 1970. */
  readonly begin: number
  readonly end: number
  readonly messages: number
  readonly aligned: number
  readonly dkimAligned: number
  readonly spfAligned: number
  readonly dispositions: { readonly none: number; readonly quarantine: number; readonly reject: number }
  /** By address, most mail first. */
  readonly sources: readonly { readonly ip: string; readonly messages: number; readonly aligned: number }[]
  /** Rows beyond the most that is read. */
  readonly isCut: boolean
}

export interface TlsSums {
  readonly kind: 'tls-rpt'
  readonly organization: string
  readonly reportId: string
  readonly begin: string
  readonly end: string
  readonly policies: readonly { readonly domain: string; readonly type: string; readonly succeeded: number; readonly failed: number }[]
  readonly failures: readonly { readonly result: string; readonly host: string; readonly sessions: number }[]
  readonly isCut: boolean
}

export interface Report {
  readonly kind: ReportKind
  /** How it was known: `dsn`, `exim`, `arf`… */
  readonly format: string
  readonly recipients: readonly ReportedRecipient[]
  /** The first of `tokens`. */
  readonly token: string | null
  /** Everything that may be a token of ours, likeliest first: whoever has the keys proves it. */
  readonly tokens: readonly string[]
  readonly original: OriginalMessage | null
  readonly feedback: Feedback | null
  readonly aggregate: AggregateReport | null
  /** What it says to people, without the original, for the classifier. */
  readonly text: string
  /** How each part was read, for `hms bounce explain`. */
  readonly parts: readonly { readonly path: string; readonly type: string; readonly use: string }[]
  /** Whether there was more than is read (bounds.ts). */
  readonly isCut: boolean
}
