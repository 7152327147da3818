// What goes on this second, and in the last five minutes.
import { useInterval } from '@mantine/hooks'
import { type ReactNode, useState } from 'react'
import { useLiveStatus, useTotals } from '../../app/live.ts'
import { type Counted, ratesOf, STEP, stepsUntil } from '../../app/rates.ts'
import { SeriesChart } from '../../parts/chart.tsx'
import { Card, Figure, Waiting } from '../../parts/layout.tsx'
import { number, roughly, timeOfDay } from '../../texts/format.ts'
import { overview } from '../../texts/overview.ts'

const words = overview.now
const SERIES: readonly (readonly [Counted, 1 | 2 | 3 | 4 | 5])[] = [
  ['accepted', 4],
  ['delivered', 1],
  ['deferred', 2],
  ['failed', 3],
]
const rateText = (rate: number | null | undefined): string =>
  rate === null || rate === undefined ? number(0) : number(rate < 10 ? Math.round(rate * 10) / 10 : Math.round(rate))

export function Now(): ReactNode {
  const { value } = useLiveStatus()
  const history = useTotals()
  const [now, setNow] = useState(() => Date.now())
  useInterval(() => setNow(Date.now()), STEP, { autoInvoke: true })
  if (value === null)
    return (
      <Card title={words.title}>
        <Waiting lines={6} />
      </Card>
    )
  const steps = stepsUntil(now)
  const rates = SERIES.map(([name, color]) => ({ name: words.series[name], color, values: ratesOf(history, steps, name) }))
  const sum = (what: 'inboundOpen' | 'outboundOpen' | 'sending'): number => value.workers.reduce((all, worker) => all + worker[what], 0)
  return (
    <Card title={words.title} about={words.about} flush>
      <dl className="hms-figures hms-figures-in">
        <Figure label={words.accepted} value={rateText(rates[0]?.values.at(-1))} />
        <Figure label={words.delivered} value={rateText(rates[1]?.values.at(-1))} />
        <Figure label={words.queued} value={roughly(value.queued)} />
        <Figure label={words.sending} value={roughly(sum('sending'))} />
        <Figure
          label={words.connections}
          value={roughly(sum('inboundOpen') + sum('outboundOpen'))}
          note={words.connectionsNote(number(sum('inboundOpen')), number(sum('outboundOpen')))}
        />
      </dl>
      <div className="hms-figures-box">
        <SeriesChart label={words.chart} times={steps} series={rates} timeLabel={timeOfDay} />
      </div>
    </Card>
  )
}
