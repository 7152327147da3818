// Rows of sites as rows of providers: those that the rules know under one name are added up.
import type { ReportRow } from '../../../../client/src/index.ts'
import { REPORT_FIGURES, type ReportFigure, type ReportFigures } from '../../../../src/contract/report-figures.ts'

/** Quantiles cannot be added up: a row of several sites has none. */
export function byProvider(rows: readonly ReportRow[], order: ReportFigure): readonly ReportRow[] {
  const groups = Map.groupBy(rows, ({ provider, value }) => provider ?? value)
  const all = [...groups].map(([value, group]): ReportRow => {
    const [only] = group
    if (only !== undefined && group.length === 1) return rowOf(value, only.figures, only.times, only.before)
    const before = group.flatMap((row) => row.before ?? [])
    return rowOf(value, sum(group.map(({ figures }) => figures)), null, before.length === 0 ? null : sum(before))
  })
  return all.toSorted((a, b) => b.figures[order] - a.figures[order])
}

function sum(all: readonly ReportFigures[]): ReportFigures {
  const total = (figure: ReportFigure): number => all.reduce((sum, figures) => sum + figures[figure], 0)
  return Object.fromEntries(REPORT_FIGURES.map((figure) => [figure, total(figure)])) as Record<ReportFigure, number>
}

const rowOf = (value: string | null, figures: ReportFigures, times: ReportRow['times'], before: ReportFigures | null): ReportRow => ({
  at: null,
  account: null,
  value,
  figures,
  times,
  before,
})
