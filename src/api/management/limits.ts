// How much of the desk one caller may have, and all together: calls under way, calls a minute, and streams.
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'

export interface CallBounds {
  readonly callsPerMinute: number
}

const UNDER_WAY = { all: 200, each: 32 } as const
const STREAMS = { all: 200, each: 20 } as const
const MINUTE: Ms = 60_000
/** Callers whose pace is remembered; those who were quiet for a minute need not be. */
const MOST_PACES = 10_000

interface Pace {
  left: number
  at: Ms
}

/** A refusal that says when to come again. */
export class TooMuch extends Fault {
  /** Seconds. */
  readonly retryAfter: number

  constructor(code: string, message: string, retryAfter: number) {
    super(code, message, { blame: 'caller', temporary: true, mend: `Try again in ${retryAfter} s.` })
    this.retryAfter = retryAfter
  }
}

export class CallLimits {
  readonly #perMinute: number
  readonly #clock: Clock
  readonly #paces = new Map<string, Pace>()
  readonly #underWay = new Counts(UNDER_WAY, 'calls are under way')
  readonly #streams = new Counts(STREAMS, 'streams are open')

  constructor({ callsPerMinute }: CallBounds, clock: Clock) {
    this.#perMinute = callsPerMinute
    this.#clock = clock
  }

  /** One call; throws where it is one too many. Disposed when it is answered. */
  enter(caller: string): Disposable {
    this.#pace(caller)
    return this.#underWay.enter(caller)
  }

  enterStream(caller: string): Disposable {
    return this.#streams.enter(caller)
  }

  /** A bucket of a minute's calls that fills as time goes by. */
  #pace(caller: string): void {
    const now = this.#clock.mono()
    const pace = this.#paces.get(caller) ?? { left: this.#perMinute, at: now }
    pace.left = Math.min(this.#perMinute, pace.left + ((now - pace.at) * this.#perMinute) / MINUTE)
    pace.at = now
    if (!this.#paces.has(caller)) this.#remember(caller, pace, now)
    if (pace.left < 1) {
      const wait = Math.ceil(((1 - pace.left) * MINUTE) / this.#perMinute / 1000)
      throw new TooMuch('too-many-calls', `More than ${this.#perMinute} calls in a minute came for ${caller}.`, Math.max(1, wait))
    }
    pace.left--
  }

  #remember(caller: string, pace: Pace, now: Ms): void {
    if (this.#paces.size >= MOST_PACES) for (const [known, { at }] of this.#paces) if (now - at >= MINUTE) this.#paces.delete(known)
    if (this.#paces.size < MOST_PACES) this.#paces.set(caller, pace)
  }
}

class Counts {
  readonly #most: { readonly all: number; readonly each: number }
  readonly #words: string
  readonly #by = new Map<string, number>()
  #all = 0

  constructor(most: { readonly all: number; readonly each: number }, words: string) {
    this.#most = most
    this.#words = words
  }

  enter(caller: string): Disposable {
    const own = this.#by.get(caller) ?? 0
    if (own >= this.#most.each) throw new TooMuch('too-many-calls', `${own} ${this.#words} for ${caller}, as many as may be.`, 1)
    if (this.#all >= this.#most.all) throw new TooMuch('api-busy', `${this.#all} ${this.#words}, as many as may be.`, 1)
    this.#all++
    this.#by.set(caller, own + 1)
    let isLeft = false
    return {
      [Symbol.dispose]: () => {
        if (isLeft) return
        isLeft = true
        this.#all--
        const left = (this.#by.get(caller) ?? 1) - 1
        if (left === 0) this.#by.delete(caller)
        else this.#by.set(caller, left)
      },
    }
  }
}
