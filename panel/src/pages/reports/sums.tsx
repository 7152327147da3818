// What became of all of it: figures against the time of the same length before, and lines over time.
import type { ReactNode } from 'react'
import { SeriesChart } from '../../parts/chart.tsx'
import { allTimes, changeText } from '../../parts/compared.ts'
import { Card, Figure } from '../../parts/layout.tsx'
import type { ReportFigures } from '../../../../src/contract/report-figures.ts'
import type { api } from '../../app/api.ts'
import { common } from '../../texts/common.ts'
import { dateOf, dayOf, hourOf, roughly, share, span } from '../../texts/format.ts'
import { reports } from '../../texts/reports.ts'

const words = reports.sums
const STEPS = { hour: 3_600_000, day: 86_400_000 } as const
export type Report = Awaited<ReturnType<typeof api.reports.query>>

export const failedOf = ({ failed, expired }: ReportFigures): number => failed + expired
export const bouncedOf = ({ bouncedHard, bouncedSoft }: ReportFigures): number => bouncedHard + bouncedSoft

interface SumsProps {
  readonly report: Report
  readonly interval: keyof typeof STEPS
}

export function Sums({ report, interval }: SumsProps): ReactNode {
  const { from, to, zone, isBehind, total } = report
  const { figures, times, before } = total
  const note = (of: (figures: ReportFigures) => number): string =>
    [
      ...(figures.recipients === 0 ? [] : [words.ofAccepted(share(of(figures) / figures.recipients))]),
      ...(before === null ? [] : [changeText(of(figures), of(before), reports.change)]),
    ].join(' · ')
  const change = before === null ? undefined : changeText(figures.recipients, before.recipients, reports.change)
  return (
    <Card title={words.title(dateOf(from), dateOf(to - 1))} about={isBehind ? words.behind : words.zone(zone)} flush>
      <dl className="hms-figures hms-report-figures">
        <Figure label={reports.figures.recipients} value={roughly(figures.recipients)} note={change} />
        <Figure label={reports.figures.delivered} value={roughly(figures.delivered)} note={note(({ delivered }) => delivered)} />
        <Figure label={words.failed} value={roughly(failedOf(figures))} note={note(failedOf)} />
        <Figure label={words.bounced} value={roughly(bouncedOf(figures))} note={note(bouncedOf)} />
        <Figure label={reports.figures.complained} value={roughly(figures.complained)} note={note(({ complained }) => complained)} />
        <Figure label={words.half} value={times === null ? common.none : span(times.p50)} />
        <Figure label={words.most} value={times === null ? common.none : span(times.p99)} />
      </dl>
      <div className="hms-report-chart">
        <Chart report={report} interval={interval} />
      </div>
    </Card>
  )
}

function Chart({ report, interval }: SumsProps): ReactNode {
  const times = allTimes(report, STEPS[interval])
  const rows = new Map(report.data.map((row) => [row.at, row]))
  const of = (value: (figures: ReportFigures) => number): readonly number[] =>
    times.map((at) => {
      const row = rows.get(at)
      return row === undefined ? 0 : value(row.figures)
    })
  return (
    <SeriesChart
      label={words.chart}
      times={times}
      timeLabel={interval === 'hour' ? hourOf : dayOf}
      series={[
        { name: reports.figures.recipients, color: 4, values: of(({ recipients }) => recipients) },
        { name: reports.figures.delivered, color: 1, values: of(({ delivered }) => delivered) },
        { name: reports.figures.deferred, color: 2, values: of(({ deferred }) => deferred) },
        { name: words.failed, color: 3, values: of(failedOf) },
      ]}
    />
  )
}
