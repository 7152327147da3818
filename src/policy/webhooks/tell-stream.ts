// Events on their way to one endpoint, from where it was told up to where was read: gathered into posts, which go in the order of their events as
// far as they are about the same messages, and beside one another otherwise. The position is before the oldest that is not settled. Pure.
//
//   waiting  another post before it is about one of its messages  → ready
//   ready    it may go                                            → going
//   going    it is under way                                      → settled, delayed
//   delayed  it failed, and may go again at `due`                 → going, settled (it was set aside or given up)
//   settled  nothing is left to do; it is held while one before it of its shard is not settled
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { NumberedEvent } from '../../contract/events.ts'

export interface Telling {
  readonly event: NumberedEvent
  readonly number: number
  readonly octets: number
}

export interface TellPost {
  readonly shard: number
  /** It is of the events above `from`, up to `upTo`. */
  readonly from: number
  readonly upTo: number
  /** Its place among all posts of the stream. */
  readonly place: number
  events: readonly Telling[]
  readonly octets: number
  /** Which reading of the stream it is of: what is of another is of no account any more. */
  readonly run: number
  state: 'waiting' | 'ready' | 'going' | 'delayed' | 'settled'
  tries: number
  /** When it failed first. */
  since: EpochMs | null
  due: EpochMs
}

export interface ShardEvents {
  readonly shard: number
  readonly after: number
  readonly upTo: number
  readonly events: Iterable<Telling>
}

export interface StreamTerms {
  /** Events of a post, and how long one waits for others. */
  readonly batch: { readonly events: number; readonly wait: Ms }
  readonly wants: (event: NumberedEvent) => boolean
  /** Whether events of a message go aside, behind others of it. */
  readonly isAside: (message: string) => boolean
}

interface Position {
  readonly after: number
  readonly cuts: readonly number[]
}

interface ShardState {
  /** Up to here was read. */
  reached: number
  /** Where posts ended before, ascending. */
  cuts: number[]
  forming: { from: number; events: Telling[]; octets: number; since: EpochMs } | null
  /** In the order of their numbers. */
  posts: TellPost[]
}

/** Octets of events after which a post is full. */
const LARGEST_POST = 256 * 1024
/** Posts among which the one is looked for that was tried least. */
const LOOKED_AT = 64
/** Posts that are settled behind one that is not. */
const MOST_HELD = 20_000

export class TellStream {
  #terms: StreamTerms
  readonly #shards = new Map<number, ShardState>()
  /** Posts that are about a message and not settled, in their order. */
  readonly #about = new Map<string, TellPost[]>()
  #ready: TellPost[] = []
  #delayed: TellPost[] = []
  /** Shards whose position changed since it was asked for. */
  readonly #moved = new Set<number>()
  #events = 0
  #octets = 0
  #held = 0
  #run = 0
  #posts = 0

  constructor(terms: StreamTerms, positions: ReadonlyMap<number, Position>) {
    this.#terms = terms
    for (const [shard, { after, cuts }] of positions) this.#shards.set(shard, { reached: after, cuts: [...cuts], forming: null, posts: [] })
  }

  set terms(terms: StreamTerms) {
    this.#terms = terms
  }

  /** Events that are held, and their octets. */
  get events(): number {
    return this.#events
  }

  get octets(): number {
    return this.#octets
  }

  get isFull(): boolean {
    return this.#held >= MOST_HELD
  }

  /** Up to here each shard was read. */
  reached(): Map<number, number> {
    return new Map([...this.#shards].map(([shard, { reached }]) => [shard, reached]))
  }

  reachedOf(shard: number): number {
    return this.#shards.get(shard)?.reached ?? 0
  }

  /** What was read next, of a shard, from where it was read to; gives what goes aside, as others of its messages did. */
  take({ shard, upTo, events }: ShardEvents, now: EpochMs): readonly Telling[] {
    const state = this.#stateOf(shard)
    const aside: Telling[] = []
    for (const telling of events) {
      if (telling.number <= state.reached || !this.#terms.wants(telling.event)) continue
      this.#cutBefore(shard, state, telling.number)
      if (this.#terms.isAside(telling.event.message)) aside.push(telling)
      else this.#add(shard, state, telling, now)
    }
    this.#cutBefore(shard, state, upTo + 1)
    state.reached = Math.max(state.reached, upTo)
    this.#moved.add(shard)
    return aside
  }

  /** Ends posts whose oldest event waited long enough; gives when the next is due. */
  close(now: EpochMs): EpochMs | null {
    let next: EpochMs | null = null
    for (const [shard, state] of this.#shards) {
      const due = state.forming === null ? null : state.forming.since + this.#terms.batch.wait
      if (due !== null && due <= now) this.#end(shard, state, null)
      else if (due !== null) next = Math.min(next ?? Infinity, due)
    }
    return next
  }

  /** One that may go now. `triesOf`: of those that may, what was tried least, as it is to show whether the endpoint is well. */
  next(now: EpochMs, triesOf: ((post: TellPost) => number) | null = null): TellPost | null {
    const late = this.#delayed.findIndex(({ due }) => due <= now)
    const isLate = late >= 0 && (triesOf === null || this.#ready.length === 0)
    const post = isLate ? this.#delayed.splice(late, 1)[0] : this.#ready.splice(triesOf === null ? 0 : this.#least(triesOf), 1)[0]
    if (post === undefined) return null
    post.state = 'going'
    return post
  }

  #least(triesOf: (post: TellPost) => number): number {
    const tries = this.#ready.slice(0, LOOKED_AT).map(triesOf)
    return Math.max(0, tries.indexOf(Math.min(...tries)))
  }

  /** When the next that failed is due; null: none did. */
  get due(): EpochMs | null {
    return this.#delayed.length === 0 ? null : Math.min(...this.#delayed.map(({ due }) => due))
  }

  get hasReady(): boolean {
    return this.#ready.length > 0
  }

  failed(post: TellPost, now: EpochMs, due: EpochMs): void {
    post.state = 'delayed'
    post.tries++
    post.since ??= now
    post.due = due
    if (this.#isHere(post)) this.#delayed.push(post)
  }

  /** It was taken, set aside, or given up. */
  settled(post: TellPost): void {
    if (!this.#isHere(post) || post.state === 'settled') return
    if (post.state === 'delayed') this.#delayed = this.#delayed.filter((one) => one !== post)
    if (post.state === 'ready') this.#ready = this.#ready.filter((one) => one !== post)
    post.state = 'settled'
    for (const message of messagesOf(post)) this.#letOn(message, post)
    this.#events -= post.events.length
    this.#octets -= post.octets
    post.events = []
    const state = this.#stateOf(post.shard)
    while (state.posts[0]?.state === 'settled') {
      state.posts.shift()
      this.#held--
    }
    this.#moved.add(post.shard)
  }

  /** The post, and all that wait for it: what goes aside with it, in their order. */
  behind(post: TellPost): readonly TellPost[] {
    const found = new Set([post])
    for (const one of found)
      for (const message of messagesOf(one)) {
        const queue = this.#about.get(message) ?? []
        for (const other of queue.slice(queue.indexOf(one) + 1)) found.add(other)
      }
    return [...found].toSorted((a, b) => a.place - b.place)
  }

  get hasMoved(): boolean {
    return this.#moved.size > 0
  }

  /** Positions that changed since the last call. */
  moved(): ReadonlyMap<number, Position> {
    const moved = new Map([...this.#moved].map((shard) => [shard, this.#positionOf(this.#stateOf(shard))]))
    this.#moved.clear()
    return moved
  }

  /** Lets go of what is held: it is read again, from the position on. What is under way is settled by nobody. */
  drop(): void {
    for (const state of this.#shards.values()) {
      const { after, cuts } = this.#positionOf(state)
      Object.assign(state, { reached: after, cuts: [...cuts], forming: null, posts: [] })
    }
    this.#about.clear()
    this.#ready = []
    this.#delayed = []
    this.#events = this.#octets = this.#held = 0
    this.#run++
  }

  /** When the oldest event that is held happened. */
  get oldest(): EpochMs | null {
    let oldest: EpochMs | null = null
    for (const { posts, forming } of this.#shards.values())
      for (const first of [posts[0]?.events[0], forming?.events[0]])
        if (first !== undefined) oldest = Math.min(oldest ?? Infinity, first.event.at)
    return oldest
  }

  #stateOf(shard: number): ShardState {
    const state = this.#shards.get(shard) ?? { reached: 0, cuts: [], forming: null, posts: [] }
    this.#shards.set(shard, state)
    return state
  }

  #positionOf({ posts, forming, reached, cuts }: ShardState): Position {
    const [first] = posts
    const after = first?.from ?? forming?.from ?? reached
    return { after, cuts: this.#terms.batch.events === 1 ? [] : [...posts.map(({ upTo }) => upTo), ...cuts] }
  }

  #add(shard: number, state: ShardState, telling: Telling, now: EpochMs): void {
    this.#events++
    this.#octets += telling.octets
    state.forming ??= { from: state.posts.at(-1)?.upTo ?? this.#positionOf(state).after, events: [], octets: 0, since: now }
    state.forming.events.push(telling)
    state.forming.octets += telling.octets
    const isCut = state.cuts[0] === telling.number
    const isFull = state.forming.events.length >= this.#terms.batch.events || state.forming.octets >= LARGEST_POST
    if (isCut || (isFull && state.cuts.length === 0)) this.#end(shard, state, null)
  }

  /** Posts end where they ended before. */
  #cutBefore(shard: number, state: ShardState, number: number): void {
    while (state.cuts[0] !== undefined && state.cuts[0] < number) {
      const cut = state.cuts[0]
      if (state.forming === null) state.cuts.shift()
      else this.#end(shard, state, cut)
    }
  }

  #end(shard: number, state: ShardState, cut: number | null): void {
    const { forming } = state
    if (forming === null) return
    const upTo = cut ?? forming.events.at(-1)?.number ?? state.reached
    if (state.cuts[0] !== undefined && state.cuts[0] <= upTo) state.cuts.shift()
    state.forming = null
    const { from, events, octets } = forming
    const place = ++this.#posts
    const post: TellPost = { shard, from, upTo, place, events, octets, run: this.#run, state: 'ready', tries: 0, since: null, due: 0 }
    state.posts.push(post)
    this.#held++
    for (const message of messagesOf(post)) {
      const queue = this.#about.get(message)
      if (queue === undefined) this.#about.set(message, [post])
      else {
        queue.push(post)
        post.state = 'waiting'
      }
    }
    if (post.state === 'ready') this.#ready.push(post)
    this.#moved.add(shard)
  }

  /** The post is done with a message: the next about it may go, unless it waits for another. */
  #letOn(message: string, post: TellPost): void {
    const queue = this.#about.get(message)
    const at = queue?.indexOf(post) ?? -1
    if (queue === undefined || at < 0) return
    queue.splice(at, 1)
    const [next] = queue
    if (next === undefined) this.#about.delete(message)
    else if (next.state === 'waiting' && this.#isFirst(next)) {
      next.state = 'ready'
      this.#ready.push(next)
    }
  }

  #isFirst(post: TellPost): boolean {
    return messagesOf(post).every((message) => this.#about.get(message)?.[0] === post)
  }

  #isHere(post: TellPost): boolean {
    return post.run === this.#run
  }
}

export function messagesOf({ events }: Pick<TellPost, 'events'>): readonly string[] {
  return [...new Set(events.map(({ event }) => event.message as string))]
}
