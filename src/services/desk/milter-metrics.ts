// Prometheus metrics of milters, by name: what they said, how long they were waited for, how often they failed, and whether they can be asked.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { MilterSeen } from '../../contract/milters.ts'
import { togetherSeen } from '../../policy/milters/seen.ts'

const VERDICTS = ['accepted', 'rejected', 'deferred', 'discarded', 'quarantined'] as const

export function milterMetrics(registry: Registry, seen: () => readonly MilterSeen[]): void {
  const registers = [registry]
  const all = (): readonly MilterSeen[] => [...togetherSeen(seen()).values()]
  const verdicts = new Counter({
    name: 'hms_milter_messages_total',
    help: 'Messages that a milter saw to their end, by what it said.',
    labelNames: ['milter', 'verdict'],
    registers,
    collect: () => {
      verdicts.reset()
      for (const { name, counts } of all()) for (const verdict of VERDICTS) verdicts.inc({ milter: name, verdict }, counts[verdict])
    },
  })
  const counter = (name: string, help: string, of: (one: MilterSeen) => number): void => {
    const made = new Counter({
      name,
      help,
      labelNames: ['milter'],
      registers,
      collect: () => {
        made.reset()
        for (const one of all()) made.inc({ milter: one.name }, of(one))
      },
    })
  }
  counter('hms_milter_changed_total', 'Messages that a milter changed.', ({ counts }) => counts.changed)
  counter(
    'hms_milter_failures_total',
    'Times that a milter could not be asked, or did not answer as it must.',
    ({ counts }) => counts.failures,
  )
  counter('hms_milter_wait_seconds_total', 'Time that milters were waited for.', ({ counts }) => counts.waited / 1000)
  const gauge = (name: string, help: string, of: (one: MilterSeen) => number): void => {
    const made = new Gauge({
      name,
      help,
      labelNames: ['milter'],
      registers,
      collect: () => {
        made.reset()
        for (const one of all()) made.set({ milter: one.name }, of(one))
      },
    })
  }
  gauge('hms_milter_connections_open', 'Connections to a milter.', ({ open }) => open)
  gauge('hms_milter_failing', 'Whether a milter fails: 1 or 0.', ({ failingSince }) => (failingSince === undefined ? 0 : 1))
}
