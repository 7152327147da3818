// How many more connections one site wants, and which of them are kept for mail of higher priority: as in policy/limits/held-count.ts. Where
// rules count connections over all workers, what they granted decides.
import type { Clock } from '../../base/clock.ts'
import { NORMAL_RANK, type Rank } from '../../contract/priority.ts'
import type { Grant } from '../../policy/limits/limit-book.ts'
import { keptOf, PriorityUse } from '../../policy/limits/priority-use.ts'
import { connectionsWanted, transactionsOf } from '../../policy/sites.ts'
import type { Place } from './places.ts'
import type { SiteLanes } from './site-lanes.ts'
import type { LimitedQueue } from './site-limits.ts'

/** A connection that is being opened. */
export interface Opening {
  readonly grant: Grant | null
  /** Of the mail that it is for. */
  readonly rank: Rank
  readonly place: Place
  /** Only mail of higher priority is to use it. */
  readonly isKept: boolean
}

export class SiteShare {
  readonly #share: number
  readonly #clock: Clock
  /** Null: all mail was alike so far. */
  #use: PriorityUse | null = null
  #opening = 0
  #openingKept = 0

  constructor(share: number, clock: Clock) {
    this.#share = share
    this.#clock = clock
  }

  /** Connections that are being opened. */
  get opening(): number {
    return this.#opening
  }

  begins({ isKept }: Opening): void {
    this.#opening++
    if (isKept) this.#openingKept++
  }

  ended({ isKept }: Opening): void {
    this.#opening--
    if (isKept) this.#openingKept--
  }

  note(rank: Rank): void {
    if (rank === NORMAL_RANK) return
    this.#use ??= new PriorityUse()
    this.#use.note(rank, this.#clock.now())
  }

  /** The lowest that takes what is kept; 0: all do, as nothing is. */
  get least(): Rank {
    return this.#use?.keptFor(this.#clock.now()) ?? 0
  }

  /** Whether there is something for a connection that is kept. */
  hasWork(queue: LimitedQueue): boolean {
    return queue.ready(this.least) > 0
  }

  /** How many of so many connections are kept. */
  keptOf(most: number): number {
    return this.least === 0 ? 0 : keptOf(most, this.#share)
  }

  /** The lowest priority that one more of `most` connections is wanted for, each message with at most so many recipients; above 0 it is one that is kept. Null: none is wanted. */
  wanted(queue: LimitedQueue, lanes: SiteLanes, { most, recipients }: { readonly most: number; readonly recipients: number }): Rank | null {
    if (queue.ready() === 0) return null
    if (this.#opening > 0 && queue.next()?.limited?.isPaced === true) return null
    const { least } = this
    const kept = this.keptOf(most)
    const keptOpen = lanes.kept + this.#openingKept
    if (kept > 0 && keptOpen < Math.min(kept, queue.ready(least))) return least
    const open = lanes.all.size + this.#opening - (kept > 0 ? keptOpen : 0)
    const waiting = transactionsOf({ ready: queue.ready(), length: queue.length, rows: queue.rows() }, recipients)
    return open < connectionsWanted(waiting + lanes.all.size, most - kept) ? 0 : null
  }
}

/** Whether what was granted to a connection is out of what is kept; null: nobody counts connections. */
export function isKept(grant: Grant | null): boolean | null {
  let isCounted = false
  for (const [i, { span }] of (grant?.asks ?? []).entries()) {
    if (span !== null) continue
    if ((grant?.kept?.[i] ?? 0) > 0) return true
    isCounted = true
  }
  return isCounted ? false : null
}
