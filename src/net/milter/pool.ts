// The connections of one worker to one milter: as many as its owner allows, kept where the milter can serve another session on them, and none
// while it rests after failures. Who has one and does not use it gives it up for who waits.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Milter, MilterCounts, MilterSeen } from '../../contract/milters.ts'
import { MilterRest } from '../../policy/milters/rest.ts'
import type { ChangeBounds } from '../../smtp/milter/changes.ts'
import type { Agreement } from '../../smtp/milter/negotiation.ts'
import { type MilterPlace, parseMilterPlace } from '../../smtp/milter/place.ts'
import { type MilterFailure, MilterLink } from './link.ts'

/** A kept connection that nobody used for so long is closed: milters end them after a while themselves. */
const KEPT_FOR: Ms = 30_000

export type Counted = keyof MilterCounts

export interface Lease {
  readonly link: MilterLink
  /** It served a session before. */
  readonly isKept: boolean
}

interface Idle {
  readonly link: MilterLink
  readonly timer: Disposable
}

export interface PoolParts {
  readonly clock: Clock
  readonly bounds: ChangeBounds
  readonly log: Log
}

/** Who has a lease and is between two messages. */
export interface Idler {
  /** Give it back now. */
  giveUp(): void
}

export class MilterPool {
  readonly milter: Milter
  readonly place: MilterPlace
  readonly #clock: Clock
  readonly #bounds: ChangeBounds
  readonly #log: Log
  readonly #rest = new MilterRest()
  readonly #counts: { -readonly [K in Counted]: number } = {
    messages: 0,
    accepted: 0,
    changed: 0,
    rejected: 0,
    deferred: 0,
    discarded: 0,
    quarantined: 0,
    failures: 0,
    waited: 0,
  }
  readonly #links = new Set<MilterLink>()
  readonly #idle: Idle[] = []
  readonly #idlers = new Set<Idler>()
  readonly #waiting: (() => void)[] = []
  #agreement: Agreement | null = null
  #trial: Disposable | null = null
  #opening = 0
  #isClosed = false

  constructor(milter: Milter, { clock, bounds, log }: PoolParts) {
    const place = parseMilterPlace(milter.address)
    if (place === null) throw new Error('an address that was set is one')
    this.milter = milter
    this.place = place
    this.#clock = clock
    this.#bounds = bounds
    this.#log = log
  }

  get seen(): MilterSeen {
    const { failingSince, until, why } = this.#rest
    return {
      name: this.milter.name,
      counts: { ...this.#counts },
      open: this.#links.size,
      state: until === null ? (this.#counts.messages + this.#links.size + this.#counts.failures === 0 ? 'new' : 'well') : 'resting',
      ...(until !== null && { until }),
      ...(failingSince !== null && { failingSince, failure: why }),
    }
  }

  get isClosed(): boolean {
    return this.#isClosed
  }

  count(what: Counted, by = 1): void {
    this.#counts[what] += by
  }

  /** A connection, or why there is none. */
  async take(): Promise<Lease | MilterFailure> {
    if (!this.#rest.mayAsk(this.#now)) return { failed: 'resting', why: this.#rest.why }
    const until = this.#clock.mono() + this.milter.timeouts.connect
    for (;;) {
      const kept = this.#kept()
      if (kept !== null) return kept
      // Who was waiting may find that somebody else was quicker.
      if (this.#links.size + this.#opening < this.milter.connections || this.#isClosed) return this.open()
      if (this.#freed()) continue
      if (!(await this.#room(until))) return { failed: 'busy', why: `has all of its ${this.milter.connections} connections in use` }
    }
  }

  /** Whether who does not use his connection gave it up. */
  #freed(): boolean {
    const [idler] = this.#idlers
    if (idler === undefined) return false
    this.#idlers.delete(idler)
    idler.giveUp()
    return true
  }

  /** A new connection, whatever there is. */
  async open(): Promise<Lease | MilterFailure> {
    this.#opening++
    const { connect: limit } = this.milter.timeouts
    const link = await MilterLink.open(this.place, { clock: this.#clock, bounds: this.#bounds, limit })
    this.#opening--
    if ('failed' in link) {
      this.#next()
      return link
    }
    if (this.#isClosed) {
      link.close()
      return { failed: 'gone', why: 'is asked no more' }
    }
    this.#agreement = link.agreement
    this.#links.add(link)
    link.ended = () => {
      this.#links.delete(link)
      this.#next()
    }
    return { link, isKept: false }
  }

  /** The session on it is over. */
  giveBack(link: MilterLink): void {
    if (!link.quit() || this.#isClosed) {
      if (link.isUsable) link.close()
      return
    }
    const timer = this.#clock.after(KEPT_FOR, () => {
      this.#forget(link)
      link.close()
    })
    this.#idle.push({ link, timer })
    this.#next()
  }

  /** Who could do without its connection for now. */
  idles(idler: Idler): void {
    if (this.#waiting.length > 0) idler.giveUp()
    else this.#idlers.add(idler)
  }

  works(idler: Idler): void {
    this.#idlers.delete(idler)
  }

  /** Whether what it says to a client's name and greeting may matter; unknown before it was ever met. */
  get mindsSessions(): boolean {
    const { skip } = this.milter
    const agreement = this.#agreement
    const minds = (step: 'connect' | 'helo'): boolean =>
      !skip.includes(step) && (agreement === null || (!agreement.skipped.has(step) && !agreement.silent.has(step)))
    return minds('connect') || minds('helo')
  }

  answered(): void {
    if (this.#rest.failingSince !== null) this.#log.info('A milter answers again.', { milter: this.milter.name })
    this.#rest.answered()
  }

  failed({ failed, why }: MilterFailure): void {
    this.count('failures')
    if (failed === 'busy' || failed === 'resting') return
    if (this.#rest.failingSince === null) this.#log.warn(`The milter ${why}.`, { milter: this.milter.name, address: this.milter.address })
    this.#rest.failed(this.#now, why, failed === 'away')
    this.#tryLater()
  }

  /** When the rest is over it is looked whether the milter is there, so that no message has to. */
  #tryLater(): void {
    const { until } = this.#rest
    this.#trial?.[Symbol.dispose]()
    if (until === null || this.#isClosed) return
    this.#trial = this.#clock.after(Math.max(0, until - this.#now), () => void this.#try())
  }

  async #try(): Promise<void> {
    if (this.#isClosed || !this.#rest.mayAsk(this.#now)) return this.#tryLater()
    const lease = await this.open()
    if ('failed' in lease) return this.failed(lease)
    this.#rest.reached()
    if (this.#rest.failingSince === null) this.#log.info('A milter can be reached again.', { milter: this.milter.name })
    this.giveBack(lease.link)
  }

  /** Sessions that have a connection keep it to their end. */
  close(): void {
    this.#isClosed = true
    this.#trial?.[Symbol.dispose]()
    for (const { link, timer } of this.#idle.splice(0)) {
      timer[Symbol.dispose]()
      link.close()
    }
    for (const idler of this.#idlers) idler.giveUp()
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Whatever is under way ends. */
  end(): void {
    this.close()
    for (const link of this.#links) link.close()
  }

  get #now(): EpochMs {
    return this.#clock.now()
  }

  #kept(): Lease | null {
    for (let idle = this.#idle.pop(); idle !== undefined; idle = this.#idle.pop()) {
      idle.timer[Symbol.dispose]()
      if (idle.link.isUsable) return { link: idle.link, isKept: true }
    }
    return null
  }

  #forget(link: MilterLink): void {
    const at = this.#idle.findIndex((idle) => idle.link === link)
    if (at >= 0) this.#idle.splice(at, 1)
  }

  /** Waits for room for one connection more, until that time of the monotonic clock. */
  async #room(until: Ms): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const wake = (): void => resolve(true)
    const timer = this.#clock.after(Math.max(0, until - this.#clock.mono()), () => {
      const at = this.#waiting.indexOf(wake)
      if (at >= 0) this.#waiting.splice(at, 1)
      resolve(false)
    })
    this.#waiting.push(wake)
    return promise.finally(() => timer[Symbol.dispose]())
  }

  #next(): void {
    this.#waiting.shift()?.()
  }
}
