// The effects of a worker that shares them with others: control decides, and every worker sees the same. Until control answers, what was
// remembered at the start, or known last, holds on.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { EffectReport, Happening, HeldEffect } from '../../contract/blocks.ts'
import type { ControlCalls } from '../../contract/bus.ts'
import type { Effects } from '../../engine/ports/effects.ts'
import { type BusClient, connectBus } from '../../net/bus/client.ts'

export interface RemoteEffectsOptions {
  readonly path: string
  readonly version: string
  readonly clock: Clock
  readonly log: Log
  readonly before: readonly HeldEffect[]
}

const RETRY: Ms = 100
/** Reports that wait for control; beyond, the oldest go: such replies come again. */
const MOST_UNSENT = 1000
const CHANGE_WITHIN: Ms = 3000

export class RemoteEffects implements Effects, Disposable {
  readonly #options: RemoteEffectsOptions
  readonly #known: Map<string, HeldEffect>
  readonly #listeners: ((happening: Happening) => void)[] = []
  #unsent: EffectReport[] = []
  #isSending = false
  #client: BusClient<ControlCalls> | null = null
  #isClosed = false

  constructor(options: RemoteEffectsOptions) {
    this.#options = options
    this.#known = new Map(options.before.map((effect) => [effect.id, effect]))
    void this.#keep()
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#client?.[Symbol.dispose]()
  }

  current(): readonly HeldEffect[] {
    const now = this.#options.clock.now()
    return [...this.#known.values()].filter(({ holding }) => holding.recoversUntil > now)
  }

  report(report: EffectReport): void {
    this.#unsent.push(report)
    if (this.#unsent.length > MOST_UNSENT) this.#unsent.shift()
    void this.#send()
  }

  async change(id: string, until: EpochMs | null, by: string): Promise<boolean> {
    const client = this.#client
    if (client === null)
      throw new Fault('control-missing', 'The process that keeps effects does not answer at the moment.', {
        blame: 'owner',
        temporary: true,
        mend: 'Try again in a second: it is started again by itself.',
      })
    const { found } = await client.call('control.effect', { id, until, by }, { timeout: CHANGE_WITHIN })
    return found
  }

  leave(): void {
    // Control is told by its launcher.
  }

  onHappening(fn: (happening: Happening) => void): void {
    this.#listeners.push(fn)
  }

  async #send(): Promise<void> {
    if (this.#isSending) return
    this.#isSending = true
    while (this.#client !== null && this.#unsent.length > 0) {
      const reports = this.#unsent
      this.#unsent = []
      try {
        await this.#client.call('control.report', { reports })
      } catch {
        // The connection ended: they go to the next. One that was taken twice changes nothing.
        this.#unsent = [...reports, ...this.#unsent].slice(-MOST_UNSENT)
        break
      }
    }
    this.#isSending = false
  }

  /** Connects, again and again. */
  async #keep(): Promise<void> {
    const { path, version, clock, log } = this.#options
    while (!this.#isClosed) {
      try {
        this.#client = await connectBus<ControlCalls>(path, { version })
        void this.#send()
        await this.#follow(this.#client)
      } catch (error) {
        if (!this.#isClosed) log.debug('control does not answer', { reason: messageOf(error) })
      }
      this.#client?.[Symbol.dispose]()
      this.#client = null
      if (!this.#isClosed) await new Promise<void>((resolve) => void clock.after(RETRY, resolve))
    }
  }

  async #follow(client: BusClient<ControlCalls>): Promise<void> {
    let [name, after] = ['', 0]
    while (!this.#isClosed) {
      const told = await client.call('control.effects', { name, after })
      ;[name, after] = [told.name, told.upTo]
      if (told.all !== null) this.#compare(told.all)
      for (const happening of told.happened) this.#happened(happening)
    }
  }

  /** All that holds: what is not known happened, and what is known and does not hold has ended. */
  #compare(all: readonly HeldEffect[]): void {
    const at = this.#options.clock.now()
    const held = new Set(all.map(({ id }) => id))
    for (const effect of this.#known.values()) if (!held.has(effect.id)) this.#happened({ at, kind: 'ended', effect, by: 'time' })
    for (const effect of all)
      if (this.#known.get(effect.id)?.holding.changedAt !== effect.holding.changedAt)
        this.#happened({ at, kind: 'begun', effect, by: `rule ${effect.rule}` })
  }

  #happened(happening: Happening): void {
    const { kind, effect } = happening
    if (kind === 'ended') this.#known.delete(effect.id)
    else if (kind !== 'alert') this.#known.set(effect.id, effect)
    for (const fn of this.#listeners) fn(happening)
  }
}
