// Prometheus metrics of milters, by name: what they said, how long they were waited for, how often they failed, and whether they can be asked.
import type { Registry } from 'prom-client'
import type { MilterSeen } from '../../contract/milters.ts'
import { togetherSeen } from '../../policy/milters/seen.ts'
import { addCounter, addGauge } from './metrics-by-name.ts'

const VERDICTS = ['accepted', 'rejected', 'deferred', 'discarded', 'quarantined'] as const
type Row = readonly [name: string, help: string, of: (one: MilterSeen) => number]
const COUNTERS: readonly Row[] = [
  ['hms_milter_changed_total', 'Messages that a milter changed.', ({ counts }) => counts.changed],
  ['hms_milter_failures_total', 'Times that a milter could not be asked, or did not answer as it must.', ({ counts }) => counts.failures],
  ['hms_milter_wait_seconds_total', 'Time that milters were waited for.', ({ counts }) => counts.waited / 1000],
]
const GAUGES: readonly Row[] = [
  ['hms_milter_connections_open', 'Connections to a milter.', ({ open }) => open],
  ['hms_milter_failing', 'Whether a milter fails: 1 or 0.', ({ failingSince }) => (failingSince === undefined ? 0 : 1)],
]

export function milterMetrics(registry: Registry, seen: () => readonly MilterSeen[]): void {
  const all = (): readonly MilterSeen[] => [...togetherSeen(seen()).values()]
  addCounter(registry, {
    name: 'hms_milter_messages_total',
    help: 'Messages that a milter saw to their end, by what it said.',
    labels: ['milter', 'verdict'],
    rows: () => all().flatMap(({ name, counts }) => VERDICTS.map((verdict) => [{ milter: name, verdict }, counts[verdict]] as const)),
  })
  for (const [add, rows] of [
    [addCounter, COUNTERS],
    [addGauge, GAUGES],
  ] as const)
    for (const [name, help, of] of rows)
      add(registry, { name, help, labels: ['milter'], rows: () => all().map((one) => [{ milter: one.name }, of(one)] as const) })
}
