// How a milter does, of all workers together: what was counted is added up, and it fails where it fails for one of them.
import type { MilterCounts, MilterSeen } from '../../contract/milters.ts'

/** By name. */
export function togetherSeen(seen: readonly MilterSeen[]): ReadonlyMap<string, MilterSeen> {
  const found = new Map<string, MilterSeen>()
  for (const one of seen) {
    const before = found.get(one.name)
    found.set(one.name, before === undefined ? one : both(before, one))
  }
  return found
}

const RANKS = ['new', 'well', 'resting'] as const

function both(a: MilterSeen, b: MilterSeen): MilterSeen {
  const counts = Object.fromEntries(Object.entries(a.counts).map(([name, value]) => [name, value + b.counts[name as keyof MilterCounts]]))
  const worse = RANKS.indexOf(a.state) < RANKS.indexOf(b.state) ? b : a
  const failing = earliest(a, b)
  return {
    name: a.name,
    counts: counts as unknown as MilterCounts,
    open: a.open + b.open,
    state: worse.state,
    ...(worse.until !== undefined && { until: worse.until }),
    ...(failing?.failingSince !== undefined && { failingSince: failing.failingSince, failure: failing.failure ?? '' }),
  }
}

function earliest(a: MilterSeen, b: MilterSeen): MilterSeen | undefined {
  return [a, b].filter((one) => one.failingSince !== undefined).toSorted((x, y) => (x.failingSince ?? 0) - (y.failingSince ?? 0))[0]
}
