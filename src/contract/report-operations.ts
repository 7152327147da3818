// Reports of what became of mail: what is asked, and the answer.
import type { AccountId, EpochMs, Ms } from '../base/brand.ts'
import type { StreamName } from './account-operations.ts'
import type { SiteName } from './criteria.ts'
import type { DomainName, Limit1000, MailingId, SourceName } from './forms.ts'
import type { ReportFacet, ReportFigure, ReportFigures, ReportInterval } from './report-figures.ts'

/** A day (`2026-11-22`), or a moment (rfc:3339). @minLength 10 @maxLength 40 @example "2026-11-22" */
export type ReportTime = string
/** A time zone such as `Europe/Vienna`. @minLength 1 @maxLength 64 @example "Europe/Vienna" */
export type ZoneName = string
/** A failure code. @pattern ^[1-9]\d{3}$ @example "2001" */
export type CodeText = string
/** Where a list goes on: the `next` of the page before. @pattern ^\d{1,6}$ */
export type ReportPlace = string

/** How long deliveries took from acceptance on: so many of 100 no longer than this. */
export interface ReportTimes {
  readonly p50: Ms
  readonly p90: Ms
  readonly p99: Ms
}

export interface ReportRow {
  /** When its hour, day or month begins; null: all of the span. */
  readonly at: EpochMs | null
  /** Where it is of one account. */
  readonly account: AccountId | null
  /** What it is about; empty: mail that has none, such as no mailing. Null: rare ones together, or where the report is not divided. */
  readonly value: string | null
  /** Where it is about a site of a provider that delivery rules know. */
  readonly provider?: string
  readonly figures: ReportFigures
  /** Null: nothing was delivered, or it is not kept. */
  readonly times: ReportTimes | null
  /** In the span before. */
  readonly before: ReportFigures | null
}

export interface Report {
  readonly from: EpochMs
  /** Not of the span any more. */
  readonly to: EpochMs
  /** Whose days and months it has; UTC where only those are kept. */
  readonly zone: string
  readonly interval: ReportInterval
  readonly by: ReportFacet | null
  readonly order: ReportFigure
  readonly rows: readonly ReportRow[]
  readonly total: Pick<ReportRow, 'figures' | 'times' | 'before'>
  readonly next: ReportPlace | null
  /** Not all that happened is counted yet: the rest is, in a moment or when a rebuild is done. */
  readonly isBehind: boolean
}

export interface ReportQuestion {
  /** The first day, or from when on; 30 days back unless said. */
  from?: ReportTime
  /** The last day, or until when; now unless said. */
  to?: ReportTime
  /** Of days, and of `from` and `to`; UTC unless said. */
  zone?: ZoneName
  /** What a row is of; the whole span unless said. */
  interval?: ReportInterval
  by?: ReportFacet
  account?: AccountId
  stream?: StreamName
  mailing?: MailingId
  domain?: DomainName
  site?: SiteName
  source?: SourceName
  code?: CodeText
  /** The figure that values come in the order of; `recipients` or `delivered` unless said. */
  order?: ReportFigure
  limit?: Limit1000
  after?: ReportPlace
  /** Beside what is asked for, the span of the same length before. */
  compare?: boolean
}

/** From which day (UTC) on it counts again; null: no events are kept. */
export interface ReportRebuild {
  readonly since: string | null
}

export interface ReportOperations {
  /** What became of mail in a span of time. */
  'report.query': { params: ReportQuestion; result: Report }
  /** Counts again what happened in the days whose events are kept. */
  'report.rebuild': { params: Record<never, never>; result: ReportRebuild }
}
