// Rows of sites as rows of providers: those that the rules know under one name are added up.
import type { ReportRow } from '../../../../client/src/index.ts'
import { REPORT_FIGURES, type ReportFigure, type ReportFigures } from '../../../../src/contract/report-figures.ts'

/** Quantiles cannot be added up: a row of several sites has none. */
export function byProvider(rows: readonly ReportRow[], order: ReportFigure): readonly ReportRow[] {
  const groups = Map.groupBy(rows, ({ provider, value }) => provider ?? value)
  const all = [...groups].map(([value, group]): ReportRow => {
    const [first] = group
    if (first === undefined || group.length === 1) return { ...(first ?? EMPTY), value }
    const before = group.flatMap((row) => row.before ?? [])
    return {
      at: null,
      account: null,
      value,
      figures: sum(group.map((row) => row.figures)),
      times: null,
      before: before.length === 0 ? null : sum(before),
    }
  })
  return all.toSorted((a, b) => b.figures[order] - a.figures[order])
}

function sum(all: readonly ReportFigures[]): ReportFigures {
  const total = (figure: ReportFigure): number => all.reduce((sum, figures) => sum + figures[figure], 0)
  return Object.fromEntries(REPORT_FIGURES.map((figure) => [figure, total(figure)])) as Record<ReportFigure, number>
}

const EMPTY: ReportRow = { at: null, account: null, value: null, figures: sum([]), times: null, before: null }
