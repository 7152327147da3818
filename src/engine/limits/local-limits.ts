// The limits kept in this process: the book, the lines of those who wait for room, and what is saved of it.
//
// A line is for one limit that binds. Who is first in it has the turn when there is room, and keeps it until it has asked; who says
// that it does not ask right away, or takes too long, lets the next in. Newcomers do not overtake.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import { type Grant, type LimitAsk, LimitBook, type Refusal } from '../../policy/limits/limit-book.ts'
import type { Limits, LimitStore, LimitWaiter } from '../ports/limits.ts'
import { Waiters } from './waiters.ts'

export interface LocalLimitsOptions {
  readonly clock: Clock
  readonly log: Log
  /** Null: nothing is remembered. */
  readonly store: LimitStore | null
  /** Part of each limit that is kept for higher priorities. */
  readonly share: number
}

interface Line {
  /** As it was asked for last: not all need ask in the same terms, where a pace was lowered meanwhile. */
  ask: LimitAsk
  readonly waiters: Waiters
  timer: Disposable | null
  /** When it has room, as far as is known. */
  at: EpochMs
  isServing: boolean
  /** Until when those who wait were told last that they do. */
  told: EpochMs
}

/** Who has the turn asks within this time, or the next has it too. */
const TURN: Ms = 20
const SAVE_AGAIN: Ms = 1000
const WORTH_TELLING: Ms = 2000

export class LocalLimits implements Limits {
  readonly #options: LocalLimitsOptions
  readonly #lines = new Map<string, Line>()
  /** Where each stands. */
  readonly #places = new Map<LimitWaiter, Line>()
  /** Who has the turn, and from which line. */
  readonly #turns = new Map<LimitWaiter, Line>()
  #wanted: (key: string, by: LimitWaiter) => void = () => {}
  #book: LimitBook | null = null
  #state: 'unopened' | 'opening' | 'open' | 'leaving' | 'closed' = 'unopened'
  #held = 0
  /** Told of before the book was open. */
  readonly #heldBefore = new Set<Grant>()
  #isSaving = false
  readonly #left = Promise.withResolvers<void>()
  #lastNow: EpochMs = 0
  #lastMono: Ms = 0

  constructor(options: LocalLimitsOptions) {
    this.#options = options
  }

  ask(asks: readonly LimitAsk[], octets: number, waiter: LimitWaiter): Grant | Refusal {
    const from = this.#turns.get(waiter)
    if (from !== undefined) this.#turns.delete(waiter)
    const before = from === undefined ? this.#lineBefore(asks, waiter) : null
    const answer = before ?? this.#decide(asks, octets, waiter)
    if (answer.kind === 'granted') {
      this.forget(waiter)
      if (isHolding(asks)) this.#held++
    } else this.#wait(waiter, answer, octets)
    if (from !== undefined) this.#serve(from)
    return answer
  }

  /** Somebody holds it already, whatever the limits say. It is released as if it had been granted. */
  hold(grant: Grant): void {
    this.#held++
    if (this.#book === null) this.#heldBefore.add(grant)
    else this.#book.hold(grant)
  }

  release(grant: Grant): void {
    this.#heldBefore.delete(grant)
    this.#book?.release(grant)
    this.#ended(grant)
  }

  giveBack(grant: Grant): void {
    this.#book?.giveBack(grant)
    this.#ended(grant)
  }

  forget(waiter: LimitWaiter): void {
    this.#turns.delete(waiter)
    const line = this.#places.get(waiter)
    if (line === undefined) return
    this.#places.delete(waiter)
    line.waiters.delete(waiter)
    if (line.waiters.size === 0) this.#drop(line)
  }

  onWanted(fn: (key: string, by: LimitWaiter) => void): void {
    this.#wanted = fn
  }

  async used(keys: readonly string[]): Promise<readonly number[]> {
    if (this.#state === 'unopened') await this.#open()
    const [book, now] = [this.#book, this.#now()]
    if (book === null) throw new Error('what was counted is not read yet')
    return keys.map((key) => book.used(key, now))
  }

  leave(): void {
    if (this.#state === 'unopened') this.#state = 'closed'
    if (this.#state === 'open' || this.#state === 'opening') this.#state = 'leaving'
    if (this.#held === 0) void this.close()
  }

  /** Resolves when, after `leave`, the last of what was held is released. */
  get left(): Promise<void> {
    return this.#left.promise
  }

  /** Resolves when the next keeper may go on from here. */
  async close(): Promise<void> {
    const book = this.#book
    for (const line of this.#lines.values()) this.#drop(line)
    this.#places.clear()
    if (this.#state !== 'unopened') this.#state = 'closed'
    this.#book = null
    if (book === null) return this.#left.resolve()
    try {
      await this.#options.store?.close(book.close(this.#now()))
    } catch (error) {
      this.#options.log.error('What the limits have counted could not be saved at the end.', { error: messageOf(error) })
    }
    this.#left.resolve()
  }

  #decide(asks: readonly LimitAsk[], octets: number, { rank }: LimitWaiter): Grant | Refusal {
    if (this.#book !== null && this.#state === 'open') return this.#book.ask(asks, octets, this.#now(), rank)
    if (this.#state === 'unopened') void this.#open()
    const [which] = asks
    if (which === undefined) throw new Error('nobody asks for nothing')
    return { kind: 'refused', which, until: Infinity }
  }

  async #open(): Promise<void> {
    const { store, clock, log, share } = this.#options
    this.#state = 'opening'
    this.#lastNow = clock.now()
    this.#lastMono = clock.mono()
    try {
      const { rates, isClean } = (await store?.open()) ?? { rates: [], isClean: true }
      const now = this.#now()
      const save = store === null ? null : (): void => queueMicrotask(() => void this.#save(store))
      this.#book = new LimitBook({ save, blindSince: isClean ? null : now, share })
      this.#book.restore(rates, now)
      for (const grant of this.#heldBefore) this.#book.hold(grant)
      this.#heldBefore.clear()
      if (this.#state === 'opening') this.#state = 'open'
      else void this.close()
    } catch (error) {
      log.error('What the limits have counted cannot be read; what is limited waits, and it is tried again.', { error: messageOf(error) })
      if (this.#state === 'opening') clock.after(SAVE_AGAIN, () => void this.#open())
    }
    for (const line of this.#lines.values()) this.#serve(line)
  }

  async #save(store: LimitStore): Promise<void> {
    const book = this.#book
    if (this.#isSaving || book === null) return
    this.#isSaving = true
    for (let rates = book.unsaved(this.#now()); rates.length > 0 && this.#book === book; rates = book.unsaved(this.#now())) {
      try {
        await store.save(rates)
        book.saved(rates)
      } catch (error) {
        book.notSaved(rates)
        this.#options.log.error('What the limits have counted could not be saved; what is limited by hour or day waits.', {
          error: messageOf(error),
        })
        await new Promise<void>((resolve) => void this.#options.clock.after(SAVE_AGAIN, resolve))
      }
      for (const { key } of rates) this.#serveKey(key)
    }
    this.#isSaving = false
  }

  /** The time of the day that never goes back: where the machine's clock does, it goes on with the monotonic one. */
  #now(): EpochMs {
    const { clock } = this.#options
    const mono = clock.mono()
    this.#lastNow = Math.max(clock.now(), this.#lastNow + mono - this.#lastMono)
    this.#lastMono = mono
    return this.#lastNow
  }

  /** Others who wait for one of these come first, unless they are of lower priority. */
  #lineBefore(asks: readonly LimitAsk[], waiter: LimitWaiter): Refusal | null {
    if (this.#lines.size === 0) return null
    for (const { key } of asks) {
      const line = this.#lines.get(key)
      if (line?.waiters.isBefore(waiter) === true) return { kind: 'refused', which: line.ask, until: line.at }
    }
    return null
  }

  #wait(waiter: LimitWaiter, { which, until }: Refusal, octets: number): void {
    const old = this.#places.get(waiter)
    if (old?.ask.key !== which.key) this.forget(waiter)
    let line = this.#lines.get(which.key)
    if (line === undefined) {
      line = { ask: which, waiters: new Waiters(), timer: null, at: until, isServing: false, told: until }
      this.#lines.set(which.key, line)
    }
    line.ask = which
    line.waiters.add(waiter, octets)
    this.#places.set(waiter, line)
    if (line.timer === null || until < line.at) this.#arm(line, until)
    if (this.#state === 'open' && waiter.starves?.(which.key) === true) this.#wanted(which.key, waiter)
  }

  #arm(line: Line, at: EpochMs): void {
    line.timer?.[Symbol.dispose]()
    line.at = at
    line.timer = at === Infinity ? null : this.#options.clock.after(at - this.#now(), () => this.#serve(line))
  }

  #drop(line: Line): void {
    line.timer?.[Symbol.dispose]()
    line.timer = null
    if (this.#lines.get(line.ask.key) === line) this.#lines.delete(line.ask.key)
  }

  #serveKey(key: string): void {
    const line = this.#lines.get(key)
    if (line !== undefined) this.#serve(line)
  }

  /** Gives the turn to the first who asks right away, while there is room. */
  #serve(line: Line): void {
    if (line.isServing || this.#lines.get(line.ask.key) !== line) return
    line.isServing = true
    for (const [waiter, octets] of line.waiters) {
      if (this.#book === null || this.#state !== 'open') break
      const until = this.#book.until(line.ask, octets, this.#now(), waiter.rank)
      if (until > 0) {
        this.#arm(line, until)
        this.#tellUntil(line, until)
        break
      }
      line.waiters.delete(waiter)
      this.#places.delete(waiter)
      this.#turns.set(waiter, line)
      this.#arm(line, this.#now() + TURN)
      const asks = waiter.roomMade()
      // Who is refused here once more, in terms of its own, waits for the timer: to ask again at once would never end.
      if ((asks && this.#turns.has(waiter)) || this.#places.get(waiter) === line) break
    }
    line.isServing = false
    if (line.waiters.size === 0) this.#drop(line)
    else this.#tellWanted(line)
  }

  /** Others had what it waited for: until when that may take is known only now. What is over in a moment is not worth a word. */
  #tellUntil(line: Line, until: EpochMs): void {
    if (!Number.isFinite(until) || until - this.#now() < WORTH_TELLING || Math.abs(until - line.told) < WORTH_TELLING) return
    line.told = until
    const refusal: Refusal = { kind: 'refused', which: line.ask, until }
    for (const waiter of Array.from(line.waiters, ([one]) => one)) waiter.told?.(refusal)
  }

  /** Who has got it meanwhile has to know, too, that others have none of it. */
  #tellWanted({ ask: { key, span }, waiters }: Line): void {
    if (span !== null) return
    for (const [waiter] of waiters) if (waiter.starves?.(key) === true) return this.#wanted(key, waiter)
  }

  #ended({ asks }: Grant): void {
    if (isHolding(asks)) this.#held--
    if (this.#state === 'leaving' && this.#held === 0) void this.close()
    else if (this.#lines.size > 0) for (const { key } of asks) this.#serveKey(key)
  }
}

function isHolding(asks: readonly LimitAsk[]): boolean {
  return asks.some(({ span }) => span === null)
}
