// The owner's plug-ins beside a worker: each runs in a process of its own for as long as the worker does.
import { machineClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { PLUGIN_HOOKS } from '../../contract/plugins.ts'
import type { SessionFilters } from '../../engine/ports/filters.ts'
import { PluginFilters } from '../../plugins/plugin-filters.ts'
import { type PluginAlert, PluginSet } from '../../plugins/plugin-set.ts'
import type { Launch } from '../launch.ts'

export interface Plugins extends AsyncDisposable {
  readonly filters: SessionFilters
  alerts(): readonly PluginAlert[]
}

/** `areServing`: what a trial sends itself is nobody's mail, and no plug-in sees it. */
export async function openPlugins({ home }: Launch, log: Log, areServing: () => boolean): Promise<Plugins> {
  const set = await PluginSet.open({ home, hooks: PLUGIN_HOOKS, clock: machineClock, log })
  return {
    filters: new PluginFilters(() => (areServing() ? set.runners : [])),
    alerts: () => set.alerts(),
    [Symbol.asyncDispose]: () => set[Symbol.asyncDispose](),
  }
}
