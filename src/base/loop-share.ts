// Work that holds an event loop which others need, for many callers: one piece at a time; after it all of them rest as long as it took, and its
// caller four times as long. So half of the loop is everybody's, and nobody alone has more than a fifth of it.
import type { Ms } from './brand.ts'
import type { Clock } from './clock.ts'

/** Of what it took. */
const REST = { ofCaller: 4, ofAll: 1 } as const

/** Those of one line go one after the other. */
class Line {
  readonly #clock: Clock
  readonly #rest: number
  #last: Promise<unknown> = Promise.resolve()
  #until: Ms = 0
  #count = 0

  constructor(clock: Clock, rest: number) {
    this.#clock = clock
    this.#rest = rest
  }

  /** `work` tells what it took, and never rejects. */
  async run(work: () => Promise<Ms>): Promise<Ms> {
    this.#count++
    const mine = this.#last.then(async () => {
      const wait = this.#until - this.#clock.mono()
      if (wait > 0) await new Promise<void>((resolve) => void this.#clock.after(wait, resolve))
      const took = await work()
      this.#until = this.#clock.mono() + this.#rest * took
      this.#count--
      return took
    })
    this.#last = mine
    return mine
  }

  get isOver(): boolean {
    return this.#count === 0 && this.#until <= this.#clock.mono()
  }
}

export class LoopShare {
  readonly #clock: Clock
  readonly #all: Line
  /** Of callers who work, wait or rest. */
  readonly #callers = new Map<string, Line>()

  constructor(clock: Clock) {
    this.#clock = clock
    this.#all = new Line(clock, REST.ofAll)
  }

  async run<T>(caller: string, work: () => T | Promise<T>): Promise<T> {
    let made: { readonly value: T } | { readonly error: unknown } | null = null
    const timed = async (): Promise<Ms> => {
      const began = this.#clock.mono()
      try {
        made = { value: await work() }
      } catch (error) {
        made = { error }
      }
      return this.#clock.mono() - began
    }
    await this.#lineOf(caller).run(() => this.#all.run(timed))
    return outcomeOf<T>(made)
  }

  #lineOf(caller: string): Line {
    for (const [name, line] of this.#callers) if (line.isOver) this.#callers.delete(name)
    const line = this.#callers.get(caller) ?? new Line(this.#clock, REST.ofCaller)
    this.#callers.set(caller, line)
    return line
  }
}

function outcomeOf<T>(made: { readonly value: T } | { readonly error: unknown } | null): T {
  if (made === null) throw new Error('it was not run')
  if ('error' in made) throw made.error
  return made.value
}
