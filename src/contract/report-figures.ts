// What reports count, and by what: names that the API, the commands and the rollups on disk share. See docs/guides/reports.md.

/** In the order of their columns on disk. Recipients unless said otherwise; `queuedFor`: milliseconds, summed over what was delivered. */
export const REPORT_FIGURES = [
  'messages',
  'recipients',
  'octets',
  'delivered',
  'deliveredOctets',
  'deferred',
  'failed',
  'expired',
  'deleted',
  'bouncedHard',
  'bouncedSoft',
  'bouncedOther',
  'complained',
  'unsubscribed',
  'opened',
  'openedByMachine',
  'clicked',
  'clickedByMachine',
  'queuedFor',
] as const
export type ReportFigure = (typeof REPORT_FIGURES)[number]
export type ReportFigures = Readonly<Record<ReportFigure, number>>

/** What a report can be divided by, or be about. */
export const REPORT_FACETS = ['account', 'stream', 'mailing', 'domain', 'site', 'source', 'code'] as const
export type ReportFacet = (typeof REPORT_FACETS)[number]

export const REPORT_INTERVALS = ['hour', 'day', 'month', 'total'] as const
export type ReportInterval = (typeof REPORT_INTERVALS)[number]
