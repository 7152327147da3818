// Effects kept in this process: the book, its time, and what is saved of it. What is decided counts at once and is saved a moment later:
// what a crash in between loses, the next such reply begins again.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { EffectReport, Happening, HeldEffect } from '../../contract/blocks.ts'
import { EffectBook } from '../../policy/blocks/effect-book.ts'
import type { Effects, EffectStore } from '../ports/effects.ts'

export interface LocalEffectsOptions {
  readonly clock: Clock
  readonly log: Log
  /** What was remembered. */
  readonly before: readonly HeldEffect[]
  /** Null: nothing outlives this process. */
  readonly store: EffectStore | null
}

const SAVE_AGAIN: Ms = 1000
const TIDY_EVERY: Ms = 60_000
/** Happenings that wait for a disk that does not take them; the oldest go. */
const MOST_UNSAVED = 10_000

export class LocalEffects implements Effects, AsyncDisposable {
  readonly #options: LocalEffectsOptions
  readonly #book = new EffectBook()
  readonly #listeners: ((happening: Happening) => void)[] = []
  #unsaved: Happening[] = []
  #saving: Promise<void> | null = null
  #timer: Disposable | null = null
  #timerAt: EpochMs = Infinity
  #tidiedAt: EpochMs
  #hasLeft = false

  constructor(options: LocalEffectsOptions) {
    this.#options = options
    this.#tidiedAt = options.clock.now()
    this.#book.restore(options.before)
    this.#endOver()
  }

  current(): readonly HeldEffect[] {
    return this.#book.held(this.#options.clock.now())
  }

  report(report: EffectReport): void {
    const now = this.#options.clock.now()
    if (now - this.#tidiedAt > TIDY_EVERY) {
      this.#tidiedAt = now
      this.#book.tidy(now)
    }
    this.#happened(this.#book.report(report, now))
  }

  change(id: string, until: EpochMs | null, by: string): Promise<boolean> {
    const now = this.#options.clock.now()
    const found = this.#book.has(id, now)
    this.#happened(this.#book.change(id, until, by, now))
    return Promise.resolve(found)
  }

  onHappening(fn: (happening: Happening) => void): void {
    this.#listeners.push(fn)
  }

  leave(): void {
    this.#hasLeft = true
    this.#timer?.[Symbol.dispose]()
  }

  /** Resolves when everything is saved, or cannot be. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.leave()
    await this.#saving
    try {
      await this.#options.store?.close()
    } catch (error) {
      this.#options.log.error('What is held back could not be saved at the end.', { error: messageOf(error) })
    }
  }

  #happened(happenings: readonly Happening[]): void {
    if (happenings.length === 0) return
    for (const happening of happenings) {
      const { kind, effect, by } = happening
      const { rule, place, cause, id, holding } = effect
      const about = { id, ...place, rule, block: holding.block.name, by, until: new Date(holding.until).toISOString(), cause }
      this.#options.log.info(`An effect: ${kind}.`, about)
      for (const fn of this.#listeners) fn(happening)
      if (kind !== 'ended' && kind !== 'alert') this.#arm(holding.recoversUntil)
    }
    this.#keep(happenings)
  }

  #keep(happenings: readonly Happening[]): void {
    if (this.#options.store === null || this.#hasLeft) return
    this.#unsaved.push(...happenings)
    if (this.#unsaved.length > MOST_UNSAVED) this.#unsaved.splice(0, this.#unsaved.length - MOST_UNSAVED)
    this.#saving ??= this.#save(this.#options.store).finally(() => (this.#saving = null))
  }

  async #save(store: EffectStore): Promise<void> {
    const { log, clock } = this.#options
    // What happens together is saved together.
    await Promise.resolve()
    while (this.#unsaved.length > 0) {
      const batch = this.#unsaved
      this.#unsaved = []
      try {
        await store.save(batch)
      } catch (error) {
        log.error('What is held back could not be saved; it is tried again.', { error: messageOf(error) })
        if (this.#hasLeft) return
        this.#unsaved = [...batch, ...this.#unsaved].slice(-MOST_UNSAVED)
        await new Promise<void>((resolve) => void clock.after(SAVE_AGAIN, resolve))
      }
    }
  }

  /** One timer, for what is over next. */
  #arm(at: EpochMs): void {
    if (at >= this.#timerAt || this.#hasLeft) return
    this.#timer?.[Symbol.dispose]()
    this.#timerAt = at
    this.#timer = this.#options.clock.after(Math.max(1, at - this.#options.clock.now()), () => this.#endOver())
  }

  #endOver(): void {
    this.#timerAt = Infinity
    this.#happened(this.#book.over(this.#options.clock.now()))
    const next = this.#book.nextOver()
    if (next !== null) this.#arm(next)
  }
}
