// Two counts over a window that slides in twelve steps: what counts is at least eleven twelfths of it, and never more than the whole.
import type { EpochMs, Ms } from '../../base/brand.ts'

const STEPS = 12

export class BrakeWindow {
  readonly #whole = new Float64Array(STEPS)
  readonly #part = new Float64Array(STEPS)
  #span: Ms
  /** Number of the newest step, since 1970. */
  #step = -Infinity
  whole = 0
  part = 0

  constructor(span: Ms) {
    this.#span = span
  }

  /** Of another length, what was counted so far means nothing. */
  add(now: EpochMs, span: Ms, whole: number, part: number): void {
    if (span !== this.#span) this.#begin(span)
    const step = Math.floor((now * STEPS) / span)
    if (step > this.#step) this.#roll(step)
    const at = ((this.#step % STEPS) + STEPS) % STEPS
    this.#whole[at] = (this.#whole[at] ?? 0) + whole
    this.#part[at] = (this.#part[at] ?? 0) + part
    this.whole += whole
    this.part += part
  }

  #begin(span: Ms): void {
    this.#span = span
    this.#step = -Infinity
    this.#whole.fill(0)
    this.#part.fill(0)
    this.whole = this.part = 0
  }

  #roll(step: number): void {
    const gone = Math.min(STEPS, step - this.#step)
    for (let i = 1; i <= gone; i++) {
      const at = ((((this.#step === -Infinity ? step : this.#step) + i) % STEPS) + STEPS) % STEPS
      this.whole -= this.#whole[at] ?? 0
      this.part -= this.#part[at] ?? 0
      this.#whole[at] = 0
      this.#part[at] = 0
    }
    this.#step = step
  }
}
