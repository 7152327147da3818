// What receivers sum up about mail in our name: DMARC (rfc:7489#7.2) and TLS-RPT (rfc:8460), a row for each report, domain and day.
import type { EpochMs } from '../base/brand.ts'

export interface DmarcCounts {
  readonly messages: number
  /** Passed DMARC; by DKIM; by SPF. */
  readonly aligned: number
  readonly dkim: number
  readonly spf: number
  readonly quarantined: number
  readonly rejected: number
}

/** Where mail in our name came from that did not pass DMARC. */
export interface DmarcSource {
  readonly ip: string
  readonly messages: number
  /** Of them, passed DMARC. */
  readonly aligned: number
}

export interface TlsCounts {
  readonly succeeded: number
  readonly failed: number
  /** Sessions that failed, by the kind of failure. */
  readonly failures: Readonly<Record<string, number>>
}

interface DmarcReportCounts extends DmarcCounts {
  /** Those with most that failed; left out by versions before. */
  readonly sources?: readonly DmarcSource[]
}

interface SumBase {
  /** Whose the report is, as the DNS proves it; or as it says itself, where nothing proves it. */
  readonly reporter: string
  readonly isProved: boolean
  /** Its own id. */
  readonly report: string
  readonly domain: string
  /** Number since 1970 (UTC) of the day that it begins in. */
  readonly day: number
}
export type ReportSum =
  | (SumBase & { readonly kind: 'dmarc'; readonly counts: DmarcReportCounts })
  | (SumBase & { readonly kind: 'tls'; readonly counts: TlsCounts })

/** Of all reports about a domain and a day that are proved; `unproved`: how many others there were. */
interface DayBase {
  readonly domain: string
  /** When it begins. */
  readonly day: EpochMs
  readonly reporters: readonly string[]
  readonly unproved: number
}
/** `sources`: addresses with most mail that failed, the most first; not all where they are very many. */
export interface DmarcDay extends DayBase, DmarcCounts {
  readonly sources: readonly DmarcSource[]
}
export type TlsDay = DayBase & TlsCounts
