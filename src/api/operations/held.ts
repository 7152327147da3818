// A change that holds only if what its caller saw is still so, whoever else changes something in the same instant: this process, another connection
// of it, or another process. The versions of the stores are noted, then the caller's look is repeated, and the first write finds in its own
// transaction whether a version has moved since. If one has, nothing was written, and all of it begins anew; if what he saw is another by
// now, the look says so.
import { Fault } from '../../base/fault.ts'
import type { AccessBook } from '../../engine/ports/access.ts'

/** Thrown by a first write, which is not done. */
export const MOVED = Symbol('moved')

/** So often others may come between; each time somebody's change was done. */
const MOST_TRIES = 50

/** The versions that a change is made over. */
export class Held {
  readonly #settings: number
  #hasWritten = false
  readonly access: AccessBook

  /** Before the look. */
  constructor({ settings, access }: { readonly settings: { version(): number }; readonly access: AccessBook }) {
    this.#settings = settings.version()
    this.access = this.#watched(access, access, access.version())
  }

  /** Within the transaction of a change of the settings; `version` is that before it. */
  begins(version: number): void {
    if (!this.#hasWritten && version !== this.#settings) throw MOVED
    this.#hasWritten = true
  }

  /** Its calls are synchronous and nobody else writes the file: what is looked at before one is so when it is done. */
  #watched<T extends object>(part: T, book: AccessBook, seen: string): T {
    return new Proxy(part, {
      get: (target, name): unknown => {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value === 'object' && value !== null) return this.#watched(value, book, seen)
        if (typeof value !== 'function') return value
        return (...values: readonly unknown[]): unknown => {
          if (!this.#hasWritten && book.version() !== seen) throw MOVED
          const result: unknown = Reflect.apply(value, target, values)
          if (book.version() !== seen) this.#hasWritten = true
          return result
        }
      },
    })
  }
}

/** Runs `change` over what `still` has found to be as it was seen. */
export async function whileStill<T>(hold: () => Held, still: () => Promise<void>, change: (held: Held) => Promise<T>): Promise<T> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const held = hold()
    await still()
    try {
      return await change(held)
    } catch (error) {
      if (error !== MOVED) throw error
    }
  }
  throw new Fault('changed-meanwhile', 'Others change the settings all the time.', { blame: 'caller', mend: 'Try again in a moment.' })
}
