// Sites as providers.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ReportRow } from '../../../../client/src/index.ts'
import { REPORT_FIGURES, type ReportFigures } from '../../../../src/contract/report-figures.ts'
import { byProvider } from './providers.ts'

const figures = (delivered: number): ReportFigures =>
  ({ ...Object.fromEntries(REPORT_FIGURES.map((one) => [one, 0])), delivered }) as unknown as ReportFigures
const TIMES = { p50: 1, p90: 2, p99: 3 }

test('sites of one provider are one row without quantiles, others stay as they are, the most first', () => {
  const row = (value: string | null, delivered: number, provider?: string): ReportRow => ({
    at: null,
    account: null,
    value,
    ...(provider !== undefined && { provider }),
    figures: figures(delivered),
    times: TIMES,
    before: provider === undefined ? null : figures(1),
  })
  const found = byProvider(
    [row('mx.a.example', 5, 'Big'), row('mx.small.example', 7), row('mx.b.example', 4, 'Big'), row(null, 1)],
    'delivered',
  )
  assert.deepEqual(
    found.map(({ value, figures, times, before }) => [value, figures.delivered, times, before?.delivered]),
    [
      ['Big', 9, null, 2],
      ['mx.small.example', 7, TIMES, undefined],
      [null, 1, TIMES, undefined],
    ],
  )
})
