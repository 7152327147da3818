// Prometheus metrics of plug-ins, by name: calls and what failed of them, how long they took, restarts, and whether they run.
import type { Registry } from 'prom-client'
import type { PluginSeen, PluginView } from '../../contract/plugin-operations.ts'
import { pluginsTogether } from '../../plugins/together.ts'
import { addCounter, addGauge } from './metrics-by-name.ts'

type Together = NonNullable<PluginView['seen']>
const COUNTERS: readonly (readonly [name: string, help: string, of: (one: Together) => number])[] = [
  ['hms_plugin_calls_total', 'Calls of plug-ins.', ({ counts }) => counts.calls],
  ['hms_plugin_failures_total', 'Calls of plug-ins that had no answer, or none that makes sense.', ({ counts }) => counts.failed],
  ['hms_plugin_late_total', 'Calls of plug-ins that had no answer within their budget.', ({ counts }) => counts.late],
  ['hms_plugin_restarts_total', 'Times that a process of a plug-in fell and was started again.', ({ counts }) => counts.restarts],
]

export function pluginMetrics(registry: Registry, seen: () => readonly PluginSeen[]): void {
  const all = (): readonly (readonly [string, Together])[] => [...pluginsTogether(seen())]
  for (const [name, help, of] of COUNTERS)
    addCounter(registry, { name, help, labels: ['plugin'], rows: () => all().map(([plugin, one]) => [{ plugin }, of(one)] as const) })
  addGauge(registry, {
    name: 'hms_plugin_running',
    help: 'Processes of a plug-in that run, beside the workers and the desk.',
    labels: ['plugin'],
    rows: () => all().map(([plugin, { running }]) => [{ plugin }, running] as const),
  })
  addGauge(registry, {
    name: 'hms_plugin_call_seconds',
    help: 'How long calls of a plug-in took at most, by hook: half of them, and 99 of 100.',
    labels: ['plugin', 'hook', 'quantile'],
    rows: () =>
      all().flatMap(([plugin, { hooks }]) =>
        hooks.flatMap(({ hook, p50, p99 }) => [
          [{ plugin, hook, quantile: '0.5' }, p50 / 1000] as const,
          [{ plugin, hook, quantile: '0.99' }, p99 / 1000] as const,
        ]),
      ),
  })
}
