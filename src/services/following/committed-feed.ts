// Who is told of events as soon as the desk has committed them: none of them waits, or makes the desk wait.
import type { ShardLines } from '../../engine/ports/event-follower.ts'

/** Whoever keeps the lines copies them: their memory is used for others. */
export type CommittedEar = (told: ShardLines) => void

export class CommittedFeed {
  readonly #ears = new Set<CommittedEar>()

  constructor(...ears: readonly CommittedEar[]) {
    for (const ear of ears) this.#ears.add(ear)
  }

  add(ear: CommittedEar): Disposable {
    this.#ears.add(ear)
    return { [Symbol.dispose]: () => void this.#ears.delete(ear) }
  }

  readonly committed: CommittedEar = (told) => {
    for (const ear of this.#ears) ear(told)
  }
}
