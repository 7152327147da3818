// Reading events in the order in which they happened to each shard, from a place that the reader remembers. Unlike a search it misses none
// and tells none twice: whoever commits its own work together with the position acts on each event exactly once.
import type { AccountId, EpochMs } from '../../base/brand.ts'

/** For each shard the number up to which its events were read; a shard that is not in it: none. */
export type EventPosition = ReadonlyMap<number, number>

/** What the desk has just committed, or what was read: whole lines of one shard in the order of their numbers, which lie above `after` and up to `upTo`. */
export interface ShardLines {
  readonly shard: number
  /** Up to here the reader had read before. */
  readonly after: number
  /** Up to here it has read with it: its new position, also where nothing of it was for the reader. */
  readonly upTo: number
  /** Lines as in message/event-line.ts; may be empty. */
  readonly lines: Uint8Array
}

export type Followed =
  | ({ readonly kind: 'events' } & ShardLines)
  /** Days up to `day` (`2026-11-22`) were let go of before they were read; of `shard` events up to number `upTo` were among them. The position stays: what is left of them comes next. */
  | { readonly kind: 'gap'; readonly shard: number; readonly after: number; readonly upTo: number; readonly day: string }

export interface FollowFilter {
  /** Of one account alone. */
  readonly account?: AccountId
  /** That happened from then on. */
  readonly since?: EpochMs
  /** That happened up to then. */
  readonly until?: EpochMs
}

export interface EventFollower {
  /** Up to where it has given out; a copy. */
  position(): Map<number, number>
  /** From here on again, where what it gave out could not be used. */
  seek(position: EventPosition): void
  /** What the desk has just committed; keeps it where it fits, within bounds. What it lets go of is read from the disk. */
  offer(lines: ShardLines): void
  /** Looks at the disk at the next `next`, whatever was offered. */
  look(): void
  /** The next of any shard; null: nothing is left for now. Works in bounded time and keeps no file open afterwards. */
  next(): Followed | null
}
