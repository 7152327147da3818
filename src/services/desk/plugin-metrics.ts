// Prometheus metrics of plug-ins, by name: calls and what failed of them, how long they took, restarts, and whether they run.
import { Counter, Gauge, type Registry } from 'prom-client'
import type { PluginSeen, PluginView } from '../../contract/plugin-operations.ts'
import { pluginsTogether } from '../../plugins/together.ts'

type Together = NonNullable<PluginView['seen']>

export function pluginMetrics(registry: Registry, seen: () => readonly PluginSeen[]): void {
  const registers = [registry]
  const all = (): ReadonlyMap<string, Together> => pluginsTogether(seen())
  const counter = (name: string, help: string, of: (one: Together) => number): void => {
    const made = new Counter({
      name,
      help,
      labelNames: ['plugin'],
      registers,
      collect: () => {
        made.reset()
        for (const [plugin, one] of all()) made.inc({ plugin }, of(one))
      },
    })
  }
  counter('hms_plugin_calls_total', 'Calls of plug-ins.', ({ counts }) => counts.calls)
  counter('hms_plugin_failures_total', 'Calls of plug-ins that had no answer, or none that makes sense.', ({ counts }) => counts.failed)
  counter('hms_plugin_late_total', 'Calls of plug-ins that had no answer within their budget.', ({ counts }) => counts.late)
  counter('hms_plugin_restarts_total', 'Times that a process of a plug-in fell and was started again.', ({ counts }) => counts.restarts)
  const running = new Gauge({
    name: 'hms_plugin_running',
    help: 'Processes of a plug-in that run, beside the workers and the desk.',
    labelNames: ['plugin'],
    registers,
    collect: () => {
      running.reset()
      for (const [plugin, one] of all()) running.set({ plugin }, one.running)
    },
  })
  const took = new Gauge({
    name: 'hms_plugin_call_seconds',
    help: 'How long calls of a plug-in took at most, by hook: half of them, and 99 of 100.',
    labelNames: ['plugin', 'hook', 'quantile'],
    registers,
    collect: () => {
      took.reset()
      for (const [plugin, { hooks }] of all())
        for (const { hook, p50, p99 } of hooks) {
          took.set({ plugin, hook, quantile: '0.5' }, p50 / 1000)
          took.set({ plugin, hook, quantile: '0.99' }, p99 / 1000)
        }
    },
  })
}
