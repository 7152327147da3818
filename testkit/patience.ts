// How long a test waits for what must come about. What comes early costs nothing, so that the patience is longer than any machine is busy:
// a test that fails says that something did not happen, never that it was slow.
import { setTimeout as pause } from 'node:timers/promises'

export const PATIENCE_MS = 120_000
const MOST_BETWEEN_MS = 250

/** A look at another process takes both of them a while, and longer on a busy machine: looks are a fifth of a wait at the most. */
const PAUSE_PER_LOOK = 4

/** Until the next look, in ms, where the last one took so long: waiting takes little of the processor from what is waited for. */
export function untilNextLook(took: number, least: number): number {
  return Math.max(least, Math.min(MOST_BETWEEN_MS, took * PAUSE_PER_LOOK))
}

/** Resolves with what is there once something is (true, an event); looks every few milliseconds, and rejects with what was waited for. */
export async function until<T>(look: () => T, what: string | (() => string) = 'it', every = 10): Promise<Exclude<Awaited<T>, Nothing>> {
  for (const end = performance.now() + PATIENCE_MS; ;) {
    const began = performance.now()
    const seen = await look()
    if (seen !== undefined && seen !== null && seen !== false) return seen as Exclude<Awaited<T>, Nothing>
    if (performance.now() > end) throw new Error(`waited in vain: ${typeof what === 'string' ? what : what()}`)
    await pause(untilNextLook(performance.now() - began, every))
  }
}

type Nothing = undefined | null | false
