// What it may cost to fill in one message, all of its sources together: characters, steps, time. Steps are the same on every machine and come
// long before the time does, which is that of the processor: as long as one message is filled in, a worker does nothing else, but a machine that
// is busy with others is no fault of a template.
import type { Context } from 'liquidjs'
import { ownProcessor } from '../../base/clock.ts'

/** Characters of all that is made, on its way and in the end. */
export const MOST_MADE = 4 * 1024 * 1024
/** A newsletter with a hundred articles takes some thousand; so many are a twentieth of a second. */
export const MOST_STEPS = 150_000
const LONGEST_MS = 250
/** Of each member of a list that is looked through. */
const STEPS_OF_MEMBER = 4
/** Characters that are gone through in the time of a step. */
const CHARACTERS_OF_STEP = 256

/** What the errors of liquidjs begin with, too. */
export const TOO_LARGE = 'memory alloc limit exceeded'
export const TOO_SLOW = 'template render limit'
export const TOO_MANY_STEPS = 'template steps limit'

/** In the places where liquidjs has limits of its own for each source. */
export class Allowance {
  #made = 0
  #steps = 0
  /** When the processor's time is looked at, and what there was of it at first. */
  #until: number | null = null
  #began = 0
  #isSecond = false

  /** Characters, or members of a list. */
  use(count: number): void {
    // Of ranges that go backwards it is less than nothing.
    if (count > 0) this.#made += Number(count)
    if (this.#made > MOST_MADE) throw new Error(TOO_LARGE)
    if (count > 0) this.step(count / CHARACTERS_OF_STEP)
  }

  /** Before each tag, field and piece of text. */
  check(now: number): void {
    if (this.#until === null) {
      this.#until = now + LONGEST_MS
      this.#began = ownProcessor()
    } else if (now > this.#until) this.#until = now + this.#left()
    this.step(1)
  }

  #left(): number {
    const left = LONGEST_MS - (ownProcessor() - this.#began)
    if (left <= 0) throw new Error(TOO_SLOW)
    return left
  }

  /** Begins anew, once: whether it may. */
  again(): boolean {
    if (this.#isSecond) return false
    this.#isSecond = true
    this.#made = 0
    this.#steps = 0
    this.#until = null
    return true
  }

  step(count: number): void {
    this.#steps += count
    if (this.#steps > MOST_STEPS) throw new Error(TOO_MANY_STEPS)
  }
}

/** Counts what it takes to go through values. */
export function weigh({ renderLimit }: Context, values: readonly unknown[]): void {
  const allowance: unknown = renderLimit
  if (allowance instanceof Allowance) for (const value of values) allowance.step(stepsOf(value))
}

function stepsOf(value: unknown): number {
  if (Array.isArray(value)) return value.length * STEPS_OF_MEMBER
  return typeof value === 'string' ? value.length / CHARACTERS_OF_STEP : 1
}
