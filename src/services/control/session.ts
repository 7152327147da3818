// One worker as control knows it: what it holds, what it waits for, and what it is to be told.
import { addAbortListener } from 'node:events'
import type { EpochMs } from '../../base/brand.ts'
import type { ControlCalls } from '../../contract/bus.ts'
import type { LocalLimits } from '../../engine/limits/local-limits.ts'
import type { Rank } from '../../contract/priority.ts'
import type { LimitWaiter } from '../../engine/ports/limits.ts'
import type { Grant, LimitAsk } from '../../policy/limits/limit-book.ts'

type Asked = ControlCalls['control.ask']['params']
type News = ControlCalls['control.news']['result']
type Refused = ControlCalls['control.ask']['result']['refused']

interface Waiting extends LimitWaiter {
  readonly rank: Rank
  asked: Asked
  /** What bound as it was told last, and whether with a time. */
  bound: string
}

export class ControlSession {
  readonly #limits: LocalLimits
  /** What it holds, by what the grant looks like when it comes back. */
  readonly #held = new Map<string, Grant[]>()
  readonly #counts = new Map<string, number>()
  readonly #waiting = new Map<number, Waiting>()
  #granted: { id: number; grants: readonly Grant[] }[] = []
  #refused: News['refused'][number][] = []
  #wanted = new Set<string>()
  #listener: (() => void) | null = null
  #isConnected = true

  constructor(limits: LocalLimits, held: readonly Grant[]) {
    this.#limits = limits
    for (const grant of held) {
      limits.hold(grant)
      this.#keep(grant)
    }
  }

  isOf(waiter: unknown): boolean {
    return [...this.#waiting.values()].includes(waiter as Waiting)
  }

  holds(key: string): number {
    return this.#counts.get(key) ?? 0
  }

  ask(asked: Asked): ControlCalls['control.ask']['result'] {
    const waiting = this.#waiting.get(asked.id) ?? this.#waitingFor(asked)
    waiting.asked = asked
    // Known before it asks: whether others make room depends on who waits.
    this.#waiting.set(asked.id, waiting)
    const { granted, refused } = this.#take(waiting)
    waiting.bound = boundBy(refused)
    if (granted.length === 0) return { granted, refused }
    this.#waiting.delete(asked.id)
    return { granted, refused: null }
  }

  forget(id: number): void {
    const waiting = this.#waiting.get(id)
    if (waiting !== undefined) this.#limits.forget(waiting)
    this.#waiting.delete(id)
  }

  takeBack({ ended, unused }: ControlCalls['control.return']['params']): void {
    for (const grant of ended) {
      const own = this.#drop(grant)
      if (own !== null) this.#limits.release(own)
    }
    for (const grant of unused) {
      const own = isHolding(grant.asks) ? this.#drop(grant) : grant
      if (own !== null) this.#limits.giveBack(own)
    }
  }

  tellWanted(key: string): void {
    this.#wanted.add(key)
    this.#listener?.()
  }

  /** Waits until there is something to tell. */
  async news(signal: AbortSignal): Promise<News> {
    while (this.#granted.length + this.#refused.length + this.#wanted.size === 0 && !signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#listener = resolve
      // The signal is that of the connection, which may last for months.
      using _gone = addAbortListener(signal, () => resolve())
      await promise
    }
    const news = { granted: this.#granted, refused: this.#refused, wanted: [...this.#wanted] }
    this.#granted = []
    this.#refused = []
    this.#wanted = new Set()
    return news
  }

  /** It may be back in a moment: what it holds is held, what it waits for is not. */
  disconnected(): void {
    this.#isConnected = false
    for (const id of this.#waiting.keys()) this.forget(id)
    this.#listener?.()
  }

  /** Whatever it held is held no longer, or was told anew. */
  end(): void {
    this.disconnected()
    for (const grants of this.#held.values()) for (const grant of grants) this.#limits.release(grant)
    this.#held.clear()
    this.#counts.clear()
  }

  #waitingFor(asked: Asked): Waiting {
    const waiting: Waiting = {
      asked,
      bound: '',
      rank: asked.rank,
      roomMade: () => {
        if (!this.#isConnected) return false
        const { granted, refused } = this.#take(waiting)
        if (granted.length === 0) {
          this.#tellRefused(waiting, refused)
          return false
        }
        this.#waiting.delete(waiting.asked.id)
        this.#granted.push({ id: waiting.asked.id, grants: granted })
        this.#listener?.()
        return true
      },
      told: ({ which, until }) => {
        const at = waiting.asked.asks.findIndex(({ key }) => key === which.key)
        this.#tellRefused(waiting, { which: at, until: Number.isFinite(until) ? until : null })
      },
      starves: () => waiting.asked.starves,
    }
    return waiting
  }

  /** Something else binds now than it was told, as others had what it waited for. */
  #tellRefused(waiting: Waiting, refused: Refused): void {
    const bound = boundBy(refused)
    if (refused === null || bound === waiting.bound) return
    waiting.bound = bound
    this.#refused.push({ id: waiting.asked.id, ...refused })
    this.#listener?.()
  }

  /** As much as there is, up to what was asked for; for the first of it it waits. */
  #take(waiting: Waiting): { granted: Grant[]; refused: { which: number; until: EpochMs | null } | null } {
    const { asks, octets, most } = waiting.asked
    const granted: Grant[] = []
    while (granted.length < most) {
      const answer = this.#limits.ask(asks as readonly LimitAsk[], octets, waiting)
      if (answer.kind === 'refused') {
        if (granted.length > 0) this.#limits.forget(waiting)
        const { which, until } = answer
        return { granted, refused: { which: asks.findIndex(({ key }) => key === which.key), until: Number.isFinite(until) ? until : null } }
      }
      if (isHolding(asks)) this.#keep(answer)
      granted.push(answer)
    }
    return { granted, refused: null }
  }

  #keep(grant: Grant): void {
    const name = nameOf(grant)
    const alike = this.#held.get(name)
    if (alike === undefined) this.#held.set(name, [grant])
    else alike.push(grant)
    for (const { key, span } of grant.asks) if (span === null) this.#counts.set(key, this.holds(key) + 1)
  }

  /** Null: it is not known here (it came back twice, over two connections). */
  #drop(grant: Grant): Grant | null {
    const name = nameOf(grant)
    const grants = this.#held.get(name)
    const own = grants?.pop() ?? null
    if (grants?.length === 0) this.#held.delete(name)
    if (own !== null) for (const { key, span } of own.asks) if (span === null) this.#counts.set(key, Math.max(0, this.holds(key) - 1))
    return own
  }
}

function boundBy(refused: Refused): string {
  return refused === null ? '' : `${refused.which} ${refused.until !== null}`
}

function nameOf({ asks, at }: Grant): string {
  return `${at} ${asks.map(({ key }) => key).join(' ')}`
}

function isHolding(asks: readonly { readonly span: number | null }[]): boolean {
  return asks.some(({ span }) => span === null)
}
