// A report as a table of text with commas (rfc:4180), for spreadsheets: a line a row, figures as numbers.
import { CSV_END, csvSafeRow } from '../../base/csv.ts'
import { REPORT_FIGURES } from '../../contract/report-figures.ts'
import type { ReportRow } from '../../contract/report-operations.ts'

const HEAD = [
  'at',
  'account',
  'value',
  'provider',
  ...REPORT_FIGURES,
  'p50',
  'p90',
  'p99',
  ...REPORT_FIGURES.map((name) => `before.${name}`),
]

/** `divided`: a row without a value is what was folded. */
export function reportCsv(rows: readonly ReportRow[], divided: boolean): string {
  const compared = rows.some(({ before }) => before !== null)
  const width = HEAD.length - (compared ? 0 : REPORT_FIGURES.length)
  const lines = rows.map(({ at, account, value, provider, figures, times, before }) => [
    at === null ? '' : new Date(at).toISOString(),
    account ?? '',
    value ?? (divided ? '(other)' : ''),
    provider ?? '',
    ...REPORT_FIGURES.map((name) => figures[name]),
    times?.p50 ?? '',
    times?.p90 ?? '',
    times?.p99 ?? '',
    ...(compared ? REPORT_FIGURES.map((name) => before?.[name] ?? '') : []),
  ])
  return [HEAD.slice(0, width), ...lines].map((line) => csvSafeRow(line) + CSV_END).join('')
}
