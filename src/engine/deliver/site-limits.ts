// What a site asks of the limits: before it opens a connection, and before a message leaves at MAIL FROM. Who is refused is parked and
// comes back when the limits say so. What binds now is kept for whoever asks why.
import type { AccountId, Domain, EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { AttemptTarget } from '../../contract/events.ts'
import { type Rank } from '../../contract/priority.ts'
import type { Effective } from '../../contract/rules.ts'
import type { Grant, Refusal } from '../../policy/limits/limit-book.ts'
import { isWarmup, type JobLimits, KnownLimits } from '../limits/job-limits.ts'
import { warmCapsOf, type WarmCapsParts } from '../limits/warm-caps.ts'
import type { Limits, LimitWaiter } from '../ports/limits.ts'
import type { Job } from '../schedule/in-hand.ts'
import type { Stream } from '../schedule/ready-level.ts'
import type { ReadyQueue } from '../schedule/ready-queue.ts'

export type LimitedQueue = ReadyQueue<JobLimits>

/** Another host is tried where the limits allow it this soon; otherwise the site is tried again later. */
const AGAIN_WITHIN: Ms = 1000

export interface SiteLimitsParts {
  readonly limits: Limits
  readonly clock: Clock
  readonly queue: LimitedQueue
  /** What the rules say. */
  readonly effectiveFor: (job: Job) => Effective
  /** Those limits with what effects add. */
  readonly eased: (limits: JobLimits | null, job: Job) => JobLimits | null
  readonly around: WarmCapsParts
  /** A cap of warm-up has no room until then. */
  readonly capRefused: (key: string, until: EpochMs, rank: Rank) => void
  readonly site: string
  /** What mail leaves from, as limits name it. */
  readonly source: string
  readonly poolOf: (job: Job, effective: Effective) => string | null
  /** A stream may go on. Returns whether a connection without work takes it up right away. */
  readonly mayGoOn: () => boolean
  /** A connection may be opened. Returns whether one is. */
  readonly mayOpen: () => boolean
  /** Whether a connection of the site holds what a limit counts. */
  readonly holds: (key: string) => boolean
}

interface Parked extends LimitWaiter {
  readonly refusal: Refusal
}

/** A connection may be opened for mail of a priority, with what it holds (null: there is no limit), or not now. */
export type OpenAnswer = { readonly ok: true; readonly rank: Rank; readonly grant: Grant | null } | { readonly ok: false }

/** Asks for connections, for mail of one priority. */
interface Opener extends LimitWaiter {
  readonly rank: Rank
  refusal: Refusal | null
}

export class SiteLimits {
  readonly #parts: SiteLimitsParts
  readonly #known = new KnownLimits()
  readonly #parked = new Map<Stream<JobLimits>, Parked>()
  /** By rank. */
  readonly #openers: (Opener | null)[] = [null, null, null]

  constructor(parts: SiteLimitsParts) {
    this.#parts = parts
  }

  of(job: Job): JobLimits | null {
    const [row] = job.rows
    if (row === undefined) return null
    const { effectiveFor, eased, around, site, source, poolOf } = this.#parts
    const effective = effectiveFor(job)
    const names = { site, source, pool: poolOf(job, effective), domain: row.domain, account: job.message.head.account }
    const caps = warmCapsOf(around, source, effective.provider, job.message.head)
    return eased(this.#known.of(effective, names, caps), job)
  }

  /** Recipients of one transaction, of those that rules allow: caps of warm-up count each copy. */
  mostRecipients(job: Job, allowed: number): number {
    if (this.#parts.around.rules().warmups === null) return allowed
    return (this.of(job)?.warm?.asks.length ?? 0) > 0 ? 1 : allowed
  }

  /** As events name it: with what is warmed up and had a part in it. */
  targetOf(job: Job, target: AttemptTarget): AttemptTarget {
    const keys = this.#parts.around.rules().warmups === null ? [] : (this.of(job)?.warm?.keys ?? [])
    return keys.length === 0 ? target : { ...target, warmup: keys }
  }

  /** For the next in turn, of this priority or above. */
  askOpen(least: Rank): OpenAnswer {
    const next = this.#parts.queue.next(least)
    if (next === null) return { ok: false }
    const { rank, limited } = next
    if (limited === null || limited.open.length === 0) return { ok: true, rank, grant: null }
    const opener = (this.#openers[rank] ??= this.#newOpener(rank))
    if (opener.refusal !== null) return { ok: false }
    const answer = this.#parts.limits.ask(limited.open, 0, opener)
    if (answer.kind === 'granted') return { ok: true, rank, grant: answer }
    opener.refusal = answer
    return { ok: false }
  }

  #newOpener(rank: Rank): Opener {
    const { holds, mayOpen } = this.#parts
    const opener: Opener = {
      rank,
      refusal: null,
      roomMade: () => {
        opener.refusal = null
        return mayOpen()
      },
      starves: (key) => !holds(key),
    }
    return opener
  }

  /** For one more attempt at a connection that was granted for mail of a priority: what it holds, it holds. */
  async mayTryAgain(grant: Grant | null, rank: Rank): Promise<boolean> {
    const asks = grant?.asks.filter(({ span }) => span !== null) ?? []
    if (asks.length === 0) return true
    const { limits, clock } = this.#parts
    const asked = Promise.withResolvers<boolean>()
    const isGranted = (): boolean => limits.ask(asks, 0, waiter).kind === 'granted'
    const waiter: LimitWaiter = {
      rank,
      roomMade: () => {
        if (isGranted()) asked.resolve(true)
        return true
      },
    }
    if (isGranted()) return true
    using _patience = clock.after(AGAIN_WITHIN, () => asked.resolve(false))
    const mayGoOn = await asked.promise
    limits.forget(waiter)
    return mayGoOn
  }

  /** Whether the first of a stream leaves now, on a connection that had messages before or is new. */
  mayLeave(job: Job, stream: Stream<JobLimits>, isFirst: boolean): boolean {
    const { limited } = stream
    if (limited === null) return true
    const asks = isFirst ? limited.firstMessage : limited.message
    if (asks.length === 0) return true
    const waiter = this.#parked.get(stream) ?? this.#waiterOf(stream)
    const answer = this.#parts.limits.ask(asks, job.message.head.size, waiter)
    if (answer.kind === 'granted') {
      this.#parked.delete(stream)
      job.grant = answer
      return true
    }
    this.#refused(stream, waiter, answer)
    return false
  }

  #refused(stream: Stream<JobLimits>, waiter: LimitWaiter, refusal: Refusal): void {
    this.#parked.set(stream, Object.assign(waiter, { refusal }))
    stream.onGone ??= () => this.#gone(stream)
    if (isWarmup(refusal.which)) this.#parts.capRefused(capOf(refusal), refusal.until, stream.rank)
  }

  #gone(stream: Stream<JobLimits>): void {
    const waiter = this.#parked.get(stream)
    if (waiter === undefined) return
    this.#parked.delete(stream)
    this.#parts.limits.forget(waiter)
  }

  /** Messages that wait for room under caps of warm-up, by their keys. */
  parkedUnderCaps(): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const [{ length }, { refusal }] of this.#parked)
      if (isWarmup(refusal.which)) counts.set(capOf(refusal), (counts.get(capOf(refusal)) ?? 0) + length)
    return counts
  }

  /** No connection was begun. */
  neverOpened(grant: Grant | null): void {
    if (grant !== null) this.#parts.limits.giveBack(grant)
  }

  closed(grant: Grant | null): void {
    if (grant !== null) this.#parts.limits.release(grant)
  }

  /** The transaction is over, or was never begun. */
  left(grant: Grant | null, wasBegun: boolean): void {
    if (wasBegun) this.closed(grant)
    else this.neverOpened(grant)
  }

  /** Nothing waits any more, or all is to be asked for anew. */
  forget(): void {
    for (const waiter of this.#parked.values()) this.#parts.limits.forget(waiter)
    this.#parked.clear()
    for (const opener of this.#openers) {
      if (opener === null) continue
      this.#parts.limits.forget(opener)
      opener.refusal = null
    }
  }

  /** What binds mail of a domain and an account now, or that of whom most waits; null: nothing. */
  binding({ domain, account }: { readonly domain: Domain | null; readonly account: AccountId | null }): Refusal | null {
    return this.#parkedFor(domain, account) ?? this.#openers.findLast((opener) => opener?.refusal != null)?.refusal ?? null
  }

  #parkedFor(domain: Domain | null, account: AccountId | null): Refusal | null {
    let longest = 0
    let found: Refusal | null = null
    for (const stream of this.#parts.queue.streams(account ?? undefined)) {
      const parked = this.#parked.get(stream)
      if (parked === undefined || stream.length <= longest || !mayCount(parked.refusal, domain)) continue
      longest = stream.length
      found = parked.refusal
    }
    return found
  }

  #waiterOf(stream: Stream<JobLimits>): LimitWaiter {
    const waiter: LimitWaiter = {
      rank: stream.rank,
      told: (refusal) => {
        if (this.#parked.get(stream) === waiter) this.#refused(stream, waiter, refusal)
      },
      roomMade: () => {
        this.#parts.queue.unpark(stream)
        return this.#parts.mayGoOn()
      },
    }
    return waiter
  }
}

/** The key of a cap: that of its limit without the name of the limit. */
function capOf({ which: { key } }: Refusal): string {
  return key.slice(key.indexOf(' ') + 1)
}

/** A limit by domain counts one domain only. */
function mayCount({ which }: Refusal, domain: Domain | null): boolean {
  const counted = / domain=(\S+)/.exec(which.key)?.[1]
  return domain === null || counted === undefined || counted === domain
}
