// Metrics that have a row for each of something (milters, plug-ins): read anew at every look, so that what is gone has no row any more.
import { Counter, Gauge, type Registry } from 'prom-client'

type Labels<Name extends string> = Readonly<Record<Name, string>>

interface Metric<Name extends string> {
  readonly name: string
  readonly help: string
  readonly labels: readonly Name[]
  readonly rows: () => Iterable<readonly [Labels<Name>, number]>
}

export function addCounter<Name extends string>(registry: Registry, { name, help, labels, rows }: Metric<Name>): void {
  const counter = new Counter({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    collect: () => {
      counter.reset()
      for (const [of, value] of rows()) counter.inc(of, value)
    },
  })
}

export function addGauge<Name extends string>(registry: Registry, { name, help, labels, rows }: Metric<Name>): void {
  const gauge = new Gauge({
    name,
    help,
    labelNames: labels,
    registers: [registry],
    collect: () => {
      gauge.reset()
      for (const [of, value] of rows()) gauge.set(of, value)
    },
  })
}
