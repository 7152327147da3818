// What a simulated provider really allows, for each source by itself. No test's rules are made from this file: it is drawn from a seed,
// at or a little above what the provider is said to allow, or below it where a provider is stricter than it says.
import { writeFileSync } from 'node:fs'
import type { Ms } from '../../src/base/brand.ts'

export interface HiddenLimits {
  /** MAIL commands in any 60 s and any 60 min. */
  readonly perMinute?: number
  readonly perHour?: number
  /** At once. */
  readonly connections?: number
  /** New ones in any 60 s. */
  readonly connectionsPerMinute?: number
  readonly messagesPerConnection?: number
  /** A recipient of a source is deferred until so long after its first attempt. */
  readonly greylist?: Ms
  /** The answer to a message comes after a time between these. */
  readonly answersAfter?: readonly [least: Ms, most: Ms]
  readonly block?: HiddenBlock
}

/** From `after` its first connection on a source is blocked for `lasts`; who knocks meanwhile is blocked until `quiet` after that. */
export interface HiddenBlock {
  readonly after: Ms
  readonly lasts: Ms
  readonly quiet: Ms
  /** Only these sources; all, unless given. */
  readonly sources?: readonly string[]
}

/** By domain; each domain has one server of its own. */
export type HiddenSites = Readonly<Record<string, HiddenLimits>>

const COUNTS = ['perMinute', 'perHour', 'connectionsPerMinute'] as const
const MOST_ABOVE = 0.02

/** The same numbers from the same seed. */
export function drawFrom(seed: number): () => number {
  let state = (seed * 2_654_435_761) % 2_147_483_647 || 1
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

/**
 * `said`: what providers are said to allow. `stricter`: of what they say these really allow that part. Writes the file and answers
 * nothing: who makes rules does not know it.
 */
export function hideLimits(file: string, said: HiddenSites, seed: number, stricter: Readonly<Record<string, number>> = {}): void {
  const draw = drawFrom(seed)
  const sites = Object.entries(said).map(([domain, limits]) => {
    const real: Record<string, unknown> = { ...limits }
    for (const name of COUNTS) {
      const count = limits[name]
      if (count !== undefined) real[name] = Math.floor(count * (stricter[domain] ?? 1 + draw() * MOST_ABOVE))
    }
    if (limits.block !== undefined) real['block'] = { ...limits.block, after: Math.round(limits.block.after * (0.8 + 0.4 * draw())) }
    return [domain, real]
  })
  writeFileSync(file, JSON.stringify(Object.fromEntries(sites), null, 1))
}
