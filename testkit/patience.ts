// How long a test waits for what must come about. What comes early costs nothing, so that the patience is longer than any machine is busy:
// a test that fails says that something did not happen, never that it was slow.
import { setTimeout as pause } from 'node:timers/promises'

export const PATIENCE_MS = 120_000
const MOST_BETWEEN_MS = 100

/** Until the next look, in ms: a tenth of what was waited, so that a long wait takes no processor from what it waits for. */
export function untilNextLook(waited: number, least: number): number {
  return Math.max(least, Math.min(MOST_BETWEEN_MS, waited / 10))
}

/** Resolves with what is there once something is (true, an event); looks every few milliseconds, and rejects with what was waited for. */
export async function until<T>(look: () => T, what: string | (() => string) = 'it', every = 10): Promise<Exclude<Awaited<T>, Nothing>> {
  for (const begin = performance.now(); ; await pause(untilNextLook(performance.now() - begin, every))) {
    const seen = await look()
    if (seen !== undefined && seen !== null && seen !== false) return seen as Exclude<Awaited<T>, Nothing>
    if (performance.now() > begin + PATIENCE_MS) throw new Error(`waited in vain: ${typeof what === 'string' ? what : what()}`)
  }
}

type Nothing = undefined | null | false
