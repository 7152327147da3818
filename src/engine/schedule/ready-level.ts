// What waits for a site at one priority. Accounts share the turns by their weights, whatever limits their mail is under; the mailings of an
// account take turns. What is under the same limits is a stream: where its limits have no room it is parked, and the others go on.
import type { AccountId } from '../../base/brand.ts'
import type { Rank } from '../../contract/priority.ts'
import type { Job, WaitingCount } from './in-hand.ts'
import { MailingTurns } from './mailing-turns.ts'
import { type InTurn, TurnHeap } from './turn-heap.ts'

/** Jobs that fall under the same limits; `limited` says which, null is none. */
export interface Stream<Limited> {
  readonly rank: Rank
  readonly limited: Limited | null
  /** Without those that went along with others of their messages. */
  readonly length: number
  /** Its limits had no room when it was looked at last. */
  readonly isParked: boolean
  /** Told when nothing of it is left, though nobody asked for it: what was parked may have been claimed for something else. */
  onGone: (() => void) | null
}

/** Whether the job may go now; otherwise its stream is parked until `unpark`. */
export type Gate<Limited> = (job: Job, stream: Stream<Limited>) => boolean

/** One account at this priority: how far its turns are. */
interface Share {
  pass: number
  length: number
}

/** What an account has in one stream. */
class Party implements InTurn {
  readonly share: Share
  readonly jobs = new MailingTurns()

  constructor(share: Share) {
    this.share = share
  }

  get pass(): number {
    return this.share.pass
  }
}

class LimitedStream<Limited> implements Stream<Limited>, InTurn, WaitingCount {
  readonly rank: Rank
  readonly limited: Limited | null
  readonly parties = new Map<AccountId, Party>()
  readonly turns = new TurnHeap<Party>()
  length = 0
  /** With those that are only still in their places. */
  places = 0
  isParked = false
  onGone: (() => void) | null = null

  constructor(rank: Rank, limited: Limited | null) {
    this.rank = rank
    this.limited = limited
  }

  get pass(): number {
    return this.turns.first()?.pass ?? Infinity
  }
}

export class ReadyLevel<Limited> {
  readonly rank: Rank
  readonly #weightOf: (account: AccountId) => number
  readonly #shares = new Map<AccountId, Share>()
  readonly #streams = new Map<Limited | null, LimitedStream<Limited>>()
  /** Streams that may go. */
  readonly #turns = new TurnHeap<LimitedStream<Limited>>()
  /** Second tries: their accounts do not wait for their turns. */
  readonly #front: { readonly job: Job; readonly limited: Limited | null }[] = []
  /** The pass of who had the last turn. */
  #now = 0
  #parked = 0

  constructor(rank: Rank, weightOf: (account: AccountId) => number) {
    this.rank = rank
    this.#weightOf = weightOf
  }

  get parked(): number {
    return this.#parked
  }

  lengthOf(account: AccountId): number {
    return this.#shares.get(account)?.length ?? 0
  }

  /** Streams in which the account has something, or all. */
  *streams(account?: AccountId): Iterable<Stream<Limited>> {
    for (const stream of this.#streams.values()) if (account === undefined || stream.parties.has(account)) yield stream
  }

  /** What the next in turn falls under; undefined: there is none. */
  next(): Limited | null | undefined {
    const front = this.#front.at(-1)
    return front === undefined ? this.#turns.first()?.limited : front.limited
  }

  /** The job that is next in turn; null: there is none. */
  first(): Job | null {
    return this.#front.at(-1)?.job ?? this.#turns.first()?.turns.first()?.jobs.first() ?? null
  }

  push(job: Job, limited: Limited | null): void {
    this.#put(job, limited, false)
  }

  pushFront(job: Job, limited: Limited | null): void {
    this.#front.push({ job, limited })
  }

  #put(job: Job, limited: Limited | null, isFirst: boolean): LimitedStream<Limited> {
    let stream = this.#streams.get(limited)
    if (stream === undefined) this.#streams.set(limited, (stream = new LimitedStream(this.rank, limited)))
    const { account } = job.message.head
    let party = stream.parties.get(account)
    const before = stream.pass
    if (party === undefined) {
      stream.parties.set(account, (party = new Party(this.#shareOf(account))))
      stream.turns.add(party)
    }
    party.share.length++
    if (isFirst) party.jobs.pushFront(job)
    else party.jobs.push(job)
    stream.places++
    stream.length++
    job.stream = stream
    if (stream.isParked) this.#parked++
    else if (before === Infinity) this.#turns.add(stream)
    // An account whose turn is nearer came to others.
    else if (stream.pass < before) {
      this.#turns.remove(stream)
      this.#turns.add(stream)
    }
    return stream
  }

  /** Who comes has its turn after one of everybody, as if it had been here: coming and going gains nothing. */
  #shareOf(account: AccountId): Share {
    let share = this.#shares.get(account)
    if (share === undefined) {
      share = { pass: this.#now + 1 / this.#weightOf(account), length: 0 }
      this.#shares.set(account, share)
    }
    return share
  }

  /** The next job that may go, or that is ready no longer; null where there is none. */
  take(gate: Gate<Limited> | null): Job | null {
    return this.#nextInFront(gate) ?? this.#nextInTurn(gate)
  }

  #nextInFront(gate: Gate<Limited> | null): Job | null {
    for (let one = this.#front.pop(); one !== undefined; one = this.#front.pop()) {
      if (gate === null || !isReady(one.job)) return one.job
      const { job, limited } = one
      const stream = this.#put(job, limited, true)
      // In front of its account; whoever asks goes by the limits of the stream, which are the same for all in it.
      if (!stream.isParked && gate(job, stream)) return this.#shift(stream, job)
      this.#park(stream)
    }
    return null
  }

  #nextInTurn(gate: Gate<Limited> | null): Job | null {
    for (let stream = this.#turns.first(); stream !== undefined; stream = this.#turns.first()) {
      const job = stream.turns.first()?.jobs.first() ?? null
      if (job === null) {
        this.#turns.removeFirst()
        continue
      }
      if (gate === null || !isReady(job) || gate(job, stream)) return this.#shift(stream, job)
      this.#park(stream)
    }
    return null
  }

  /** Takes the job, which is the first of its account, out of the stream; what is empty then goes. */
  #shift(stream: LimitedStream<Limited>, job: Job): Job {
    const { account } = job.message.head
    const party = stream.parties.get(account)
    if (party === undefined) return job
    party.jobs.shift()
    const { share } = party
    if (isReady(job)) {
      this.#now = Math.max(this.#now, share.pass)
      share.pass += 1 / this.#weightOf(account)
    }
    this.left(job)
    stream.places--
    if (party.jobs.length === 0) {
      stream.parties.delete(account)
      stream.turns.remove(party)
    }
    if (--share.length === 0) this.#shares.delete(account)
    if (stream.places === 0) this.#drop(stream)
    return job
  }

  /** It is taken, or goes along with another of its message: then it keeps its place until its turn, and counts no longer. */
  left(job: Job): void {
    const { stream } = job
    if (stream === null) return
    job.stream = null
    stream.length--
    if (stream.isParked) this.#parked--
  }

  #drop(stream: LimitedStream<Limited>): void {
    this.#streams.delete(stream.limited)
    if (!stream.isParked) this.#turns.remove(stream)
    stream.onGone?.()
  }

  #park(stream: LimitedStream<Limited>): void {
    if (stream.isParked) return
    this.#turns.remove(stream)
    stream.isParked = true
    this.#parked += stream.length
  }

  /** There may be room under its limits. */
  unpark(stream: Stream<Limited>): void {
    const own = this.#streams.get(stream.limited)
    if (own === undefined || own !== stream || !own.isParked) return
    own.isParked = false
    this.#parked -= own.length
    this.#turns.add(own)
  }
}

export function isReady(job: Job): boolean {
  return job.stage === 'ready' && job.rows.length > 0
}
