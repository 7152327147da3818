// Who waits for one limit, in the order of their turns: higher priorities first, and of one priority who came first.
import { NORMAL_RANK, type Rank, RANKS } from '../../contract/priority.ts'
import type { LimitWaiter } from '../ports/limits.ts'

export class Waiters {
  /** By rank, each with the octets that it asked for; null: nobody of that priority waited yet. */
  readonly #byRank: (Map<LimitWaiter, number> | null)[] = [null, null, null]

  get size(): number {
    let size = 0
    for (const waiters of this.#byRank) size += waiters?.size ?? 0
    return size
  }

  *[Symbol.iterator](): Iterator<[LimitWaiter, number]> {
    for (const rank of RANKS) yield* this.#byRank[rank] ?? []
  }

  /** Somebody else of its priority or above waits. */
  isBefore(waiter: LimitWaiter): boolean {
    for (let rank: number = rankOf(waiter); rank <= 2; rank++) {
      const waiters = this.#byRank[rank]
      if (waiters !== null && waiters !== undefined && waiters.size > (waiters.has(waiter) ? 1 : 0)) return true
    }
    return false
  }

  add(waiter: LimitWaiter, octets: number): void {
    const rank = rankOf(waiter)
    ;(this.#byRank[rank] ??= new Map()).set(waiter, octets)
  }

  delete(waiter: LimitWaiter): void {
    this.#byRank[rankOf(waiter)]?.delete(waiter)
  }
}

function rankOf({ rank }: LimitWaiter): Rank {
  return rank ?? NORMAL_RANK
}
