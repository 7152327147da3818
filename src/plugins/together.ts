// How a plug-in does, of all workers together: what was counted is added up, and it is as well as where it is worst.
import type { PluginCounts, PluginSeen, PluginState, PluginView } from '../contract/plugin-operations.ts'
import { hookTime } from './meter.ts'

type Together = NonNullable<PluginView['seen']>

const RANKS = ['ready', 'starting', 'down', 'off'] as const satisfies readonly PluginState[]

/** By name. */
export function pluginsTogether(seen: readonly PluginSeen[]): ReadonlyMap<string, Together> {
  const byName = Map.groupBy(seen, ({ name }) => name)
  return new Map([...byName].map(([name, each]) => [name, together(each)]))
}

function together(each: readonly PluginSeen[]): Together {
  const worst = each.toSorted((a, b) => RANKS.indexOf(b.state) - RANKS.indexOf(a.state))[0]
  const sum = (count: keyof PluginCounts): number => each.reduce((total, { counts }) => total + counts[count], 0)
  const hooks = Map.groupBy(
    each.flatMap((one) => one.hooks),
    ({ hook }) => hook,
  )
  return {
    state: worst?.state ?? 'off',
    running: each.filter(({ state }) => state === 'ready').length,
    of: each.length,
    trouble: each.find(({ trouble }) => trouble !== null)?.trouble ?? null,
    counts: { calls: sum('calls'), failed: sum('failed'), late: sum('late'), restarts: sum('restarts') },
    failing: Math.max(...each.map(({ failing }) => failing)),
    hooks: [...hooks].map(([hook, parts]) =>
      hookTime(
        hook,
        parts.map(({ times }) => times),
      ),
    ),
  }
}
