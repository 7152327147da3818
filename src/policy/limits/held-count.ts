// How many there are at once (connections), and how many of them are out of the share that is kept for mail of higher priority: lower
// priorities have the rest, higher ones the share first and then the rest.
import type { EpochMs } from '../../base/brand.ts'
import type { Rank } from '../../contract/priority.ts'
import { keptOf, PriorityUse } from './priority-use.ts'

export class HeldCount {
  readonly #use = new PriorityUse()
  #all = 0
  #kept = 0

  get all(): number {
    return this.#all
  }

  note(rank: Rank, now: EpochMs): void {
    this.#use.note(rank, now)
  }

  keptFor(now: EpochMs): Rank | null {
    return this.#use.keptFor(now)
  }

  hasRoom(limit: number, share: number, rank: Rank, now: EpochMs): boolean {
    if (this.#all >= limit) return false
    return this.#hasOwn(limit, share, rank, now) || this.#isUnkept(now) || this.#all - this.#kept < limit - keptOf(limit, share)
  }

  /** One more, where there is room; returns how much of it is out of what is kept. */
  take(limit: number, share: number, rank: Rank, now: EpochMs): 0 | 1 {
    const kept = this.#hasOwn(limit, share, rank, now) ? 1 : 0
    this.add(kept)
    return kept
  }

  add(kept: number): void {
    this.#all++
    this.#kept += kept
  }

  remove(kept: number): void {
    this.#all--
    this.#kept -= kept
  }

  #isUnkept(now: EpochMs): boolean {
    return this.#use.keptFor(now) === null
  }

  #hasOwn(limit: number, share: number, rank: Rank, now: EpochMs): boolean {
    const keptFor = this.#use.keptFor(now)
    return keptFor !== null && rank >= keptFor && this.#kept < keptOf(limit, share)
  }
}
