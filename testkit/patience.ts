// How long a test waits for what must come about. What comes early costs nothing, so that the patience is longer than any machine is busy:
// a test that fails says that something did not happen, never that it was slow.
import { setTimeout as pause } from 'node:timers/promises'

export const PATIENCE_MS = 120_000

/** Resolves with what is there once something is (true, an event); looks every few milliseconds, and rejects with what was waited for. */
export async function until<T>(look: () => T, what: string | (() => string) = 'it', every = 10): Promise<Exclude<Awaited<T>, Nothing>> {
  for (const end = performance.now() + PATIENCE_MS; ; await pause(every)) {
    const seen = await look()
    if (seen !== undefined && seen !== null && seen !== false) return seen as Exclude<Awaited<T>, Nothing>
    if (performance.now() > end) throw new Error(`waited in vain: ${typeof what === 'string' ? what : what()}`)
  }
}

type Nothing = undefined | null | false
