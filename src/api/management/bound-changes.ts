// Changes that are bound to an ETag (rfc:9110#13.1.1): done only if the thing still is as its caller saw it. Such changes of one thing are made one
// after the other; that nobody else changes it between the look and the change is the operation's to hold (operations/held.ts).
import { Fault } from '../../base/fault.ts'
import { namesEtag } from './answers.ts'

export class BoundChanges {
  /** The last one of each thing. */
  readonly #turns = new Map<string, Promise<unknown>>()

  /** `wanted`: the header. `etag`: of the thing as it is now. `change` is given what throws where it is not so any more. */
  async run<T>(
    thing: string,
    { wanted, etag }: { readonly wanted: string; readonly etag: () => Promise<string> },
    change: (still: () => Promise<void>) => Promise<T>,
  ): Promise<T> {
    const still = async (): Promise<void> => {
      if (!namesEtag(wanted, await etag()))
        throw changedMeanwhile('It is not any more as If-Match has it.', 'Get it anew, and decide again.')
    }
    const before = this.#turns.get(thing) ?? Promise.resolve()
    const mine = before.then(() => change(still))
    const settled = mine.catch(() => {})
    this.#turns.set(thing, settled)
    try {
      return await mine
    } finally {
      if (this.#turns.get(thing) === settled) this.#turns.delete(thing)
    }
  }
}

export function changedMeanwhile(message: string, mend: string): Fault {
  return new Fault('changed-meanwhile', message, { blame: 'caller', mend })
}
