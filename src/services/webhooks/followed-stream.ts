// Events of an account on their way to an endpoint, with where they come from: what the desk has just committed while the stream has read all before
// it, and the event store where it has not. One for what happens, and one for each replay.
import type { EpochMs } from '../../base/brand.ts'
import type { FollowFilter } from '../../engine/ports/event-follower.ts'
import { readEvents } from '../../message/event-line.ts'
import { type StreamTerms, type Telling, type TellPost, TellStream } from '../../policy/webhooks/tell-stream.ts'
import { DayFollower } from '../../store/sqlite/events/event-follower.ts'
import type { StreamPosition } from '../../store/sqlite/webhooks/webhooks-file.ts'

export interface FollowedParts {
  /** 0: what happens; else the number of a replay. */
  readonly number: number
  /** Where the events are. */
  readonly folder: string
  readonly filter: FollowFilter
  readonly terms: StreamTerms
  readonly positions: ReadonlyMap<number, StreamPosition>
}

/** Events of one reading at most. */
const MOST_READ = 1000
/** Failures that are remembered of posts that are let go of meanwhile. */
const MOST_REMEMBERED = 256

interface Failed {
  readonly tries: number
  readonly since: EpochMs | null
}

/** What a reading gave: events that go aside, nothing more for now, or that events were let go of before they were read, up to a day. */
export type Read = { readonly aside: readonly Telling[]; readonly isEnd: boolean; readonly gap: string | null }

export class FollowedStream {
  readonly number: number
  readonly told: TellStream
  readonly #parts: FollowedParts
  #follower: DayFollower | null = null
  #isBehind = true
  readonly #failed = new Map<string, Failed>()

  constructor(parts: FollowedParts) {
    this.number = parts.number
    this.#parts = parts
    this.told = new TellStream(parts.terms, parts.positions)
  }

  /** There may be something in the store that it has not read. */
  get isBehind(): boolean {
    return this.#isBehind
  }

  /** What was just committed; gives what goes aside, or null: it is not read to there, or has no room, and reads it later. */
  hear(shard: number, after: number, upTo: number, events: readonly Telling[], hasRoom: boolean, now: EpochMs): readonly Telling[] | null {
    const reached = this.told.reachedOf(shard)
    if (upTo <= reached) return []
    if (this.#isBehind || reached < after || (events.length > 0 && !hasRoom)) {
      // A reading that is under way looked before this was committed.
      this.look()
      return null
    }
    return this.told.take({ shard, after, upTo, events }, now)
  }

  /** Something was committed that nobody handed over. */
  look(): void {
    this.#isBehind = true
    this.#follower?.look()
  }

  /** Reads on in the store: once, in bounded time. */
  read(octets: number, now: EpochMs): Read {
    const { folder, filter } = this.#parts
    this.#follower ??= new DayFollower({ folder, from: this.told.reached(), events: MOST_READ, octets, ...filter })
    const found = this.#follower.next()
    if (found === null) {
      this.#follower = null
      this.#isBehind = false
      return { aside: [], isEnd: true, gap: null }
    }
    if (found.kind === 'gap') return { aside: [], isEnd: false, gap: found.day }
    const { shard, after, upTo, lines } = found
    return { aside: this.told.take({ shard, after, upTo, events: tellingsOf(lines) }, now), isEnd: false, gap: null }
  }

  /** Lets go of what is held. */
  drop(): void {
    this.told.drop()
    this.#follower = null
    this.#isBehind = true
  }

  /** The next that may go, with what is remembered of it; `probing`: one that was tried least. */
  next(now: EpochMs, probing: boolean): TellPost | null {
    const post = this.told.next(now, probing ? (one) => this.#failed.get(keyOf(one))?.tries ?? one.tries : null)
    const known = post === null ? undefined : this.#failed.get(keyOf(post))
    if (post !== null && known !== undefined && post.tries === 0) Object.assign(post, known)
    return post
  }

  failed(post: TellPost, now: EpochMs, due: EpochMs): void {
    this.told.failed(post, now, due)
    this.#failed.delete(keyOf(post))
    this.#failed.set(keyOf(post), { tries: post.tries, since: post.since })
    if (this.#failed.size > MOST_REMEMBERED) for (const oldest of this.#failed.keys()) return void this.#failed.delete(oldest)
  }

  settled(post: TellPost): void {
    this.#failed.delete(keyOf(post))
    this.told.settled(post)
  }
}

function keyOf({ shard, upTo }: Pick<TellPost, 'shard' | 'upTo'>): string {
  return `${shard}.${upTo}`
}

export function* tellingsOf(lines: Uint8Array): Generator<Telling> {
  for (const { event, number, start, end } of readEvents(lines)) yield { event, number, octets: end - start }
}
