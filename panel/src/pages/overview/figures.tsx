// What became of mail in a day, a week or a month, against the same time a week before; and how long delivery took.
import { SegmentedControl } from '@mantine/core'
import { useQueries } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { SeriesChart } from '../../parts/chart.tsx'
import { allTimes, changeText } from '../../parts/compared.ts'
import { Card, Figure, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { common } from '../../texts/common.ts'
import { dayOf, hourOf, roughly, share, span, zone } from '../../texts/format.ts'
import { overview } from '../../texts/overview.ts'

const words = overview.figures
const DAY = 86_400_000
const WEEK = 7 * DAY
const LOOK_EVERY = 60_000
const SPANS = {
  day: { length: DAY, interval: 'hour', step: 3_600_000, label: hourOf },
  week: { length: WEEK, interval: 'hour', step: 3_600_000, label: dayOf },
  month: { length: 30 * DAY, interval: 'day', step: DAY, label: dayOf },
} as const
type SpanName = keyof typeof SPANS
type Report = Awaited<ReturnType<typeof api.reports.query>>
type Figures = Report['total']['figures']

/** Of the hour or the day that goes on, so that the same is asked for a while. */
const endOf = (step: number): number => Math.floor(Date.now() / step) * step + step

function useReports(name: SpanName) {
  const { length, interval, step } = SPANS[name]
  const end = endOf(step)
  const query = (to: number) => ({
    from: new Date(to - length).toISOString(),
    to: new Date(to).toISOString(),
    zone: zone(),
    interval,
    limit: 1000,
  })
  const of = (to: number) => ({
    queryKey: ['reports', name, to],
    queryFn: ({ signal }: { readonly signal: AbortSignal }) => api.reports.query(query(to), { signal }),
    refetchInterval: LOOK_EVERY,
  })
  const [now, before] = useQueries({ queries: [of(end), of(end - WEEK)] })
  return { now, before }
}

export function FiguresCard(): ReactNode {
  const [name, setName] = useState<SpanName>('day')
  const { now, before } = useReports(name)
  const choice = (
    <SegmentedControl
      size="xs"
      aria-label={words.span}
      value={name}
      data={(Object.keys(SPANS) as SpanName[]).map((value) => ({ value, label: words.spans[value] }))}
      onChange={(value) => setName(value as SpanName)}
    />
  )
  return (
    <Card flush title={words.title} {...(now.data?.isBehind === true && { about: words.behind })} actions={choice}>
      {now.error !== null && <ProblemNotice error={now.error} again={() => void now.refetch()} />}
      {now.data === undefined ? (
        now.error === null && (
          <div className="hms-figures-box">
            <Waiting lines={6} />
          </div>
        )
      ) : (
        <Shown name={name} report={now.data} before={before.data?.total.figures} />
      )}
    </Card>
  )
}

interface ShownProps {
  readonly name: SpanName
  readonly report: Report
  readonly before: Figures | undefined
}

const failedOf = ({ failed, expired }: Figures): number => failed + expired

function Shown({ name, report, before }: ShownProps): ReactNode {
  const { figures, times } = report.total
  const part = (value: number): string => (figures.recipients === 0 ? '' : `${share(value / figures.recipients)} · `)
  const note = (value: number, was: number | undefined): string => (was === undefined ? '' : changeText(value, was))
  return (
    <>
      <dl className="hms-figures hms-figures-in">
        <Figure label={words.accepted} value={roughly(figures.recipients)} note={note(figures.recipients, before?.recipients)} />
        <Figure
          label={words.delivered}
          value={roughly(figures.delivered)}
          note={part(figures.delivered) + note(figures.delivered, before?.delivered)}
        />
        <Figure label={words.deferred} value={roughly(figures.deferred)} note={note(figures.deferred, before?.deferred)} />
        <Figure
          label={words.failed}
          value={roughly(failedOf(figures))}
          note={part(failedOf(figures)) + note(failedOf(figures), before === undefined ? undefined : failedOf(before))}
        />
        <Figure
          label={words.complained}
          value={roughly(figures.complained)}
          note={part(figures.complained) + note(figures.complained, before?.complained)}
        />
      </dl>
      <div className="hms-figures-box">
        <CountChart name={name} report={report} />
      </div>
      <dl className="hms-figures hms-figures-in hms-figures-top">
        {(['p50', 'p90', 'p99'] as const).map((p) => (
          <Figure key={p} label={words[p]} value={times === null ? common.none : span(times[p])} />
        ))}
      </dl>
      <div className="hms-figures-box">
        <TimesChart name={name} report={report} />
      </div>
    </>
  )
}

type Row = Report['data'][number]

/** A value for each hour or day of the span; rows are only of those in which something happened. */
function valuesOf(
  report: Report,
  times: readonly number[],
  value: (row: Row) => number | null,
  none: 0 | null,
): readonly (number | null)[] {
  const rows = new Map(report.data.map((row) => [row.at, row]))
  return times.map((at) => {
    const row = rows.get(at)
    return row === undefined ? none : value(row)
  })
}

function CountChart({ name, report }: { readonly name: SpanName; readonly report: Report }): ReactNode {
  const { step, label } = SPANS[name]
  const times = allTimes(report, step)
  const of = (value: (row: Row) => number): readonly (number | null)[] => valuesOf(report, times, value, 0)
  return (
    <SeriesChart
      label={words.chart}
      times={times}
      timeLabel={label}
      series={[
        { name: words.accepted, color: 4, values: of(({ figures }) => figures.recipients) },
        { name: words.delivered, color: 1, values: of(({ figures }) => figures.delivered) },
        { name: words.deferred, color: 2, values: of(({ figures }) => figures.deferred) },
        { name: words.failed, color: 3, values: of(({ figures }) => failedOf(figures)) },
      ]}
    />
  )
}

function TimesChart({ name, report }: { readonly name: SpanName; readonly report: Report }): ReactNode {
  const { step, label } = SPANS[name]
  const times = allTimes(report, step)
  return (
    <SeriesChart
      label={words.timesChart}
      times={times}
      timeLabel={label}
      format={span}
      height={160}
      series={(
        [
          ['p50', 1],
          ['p90', 2],
          ['p99', 4],
        ] as const
      ).map(([p, color]) => ({ name: words.p[p], color, values: valuesOf(report, times, (row) => row.times?.[p] ?? null, null) }))}
    />
  )
}
