// The times at which lines wake, as a heap with one timer for the earliest. An entry whose line meanwhile has another time is
// skipped when its turn comes, so that a change costs a push and no search.
import type { EpochMs } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Line } from './lines.ts'

interface Entry {
  readonly at: EpochMs
  readonly line: Line
}

/** Entries from which on those that are skipped are looked for: a line may wake in a month, and be gone today. */
const MANY = 10_000

/** Lines that wake in one turn: with very many domains, others want theirs. */
const AT_ONCE = 500

export class WakeHeap implements Disposable {
  #entries: Entry[] = []
  readonly #clock: Clock
  readonly #wake: (lines: readonly Line[]) => void
  #timer: Disposable | null = null
  #timerAt: EpochMs = Infinity
  #tidyAt = MANY

  constructor(clock: Clock, wake: (lines: readonly Line[]) => void) {
    this.#clock = clock
    this.#wake = wake
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
    this.#timerAt = Infinity
    this.#entries.length = 0
  }

  /** The line wakes at this time, unless it already wakes earlier. */
  at(line: Line, at: EpochMs): void {
    if (at >= line.wakeAt) return
    line.wakeAt = at
    this.#push({ at, line })
    if (at < this.#timerAt) this.#arm()
  }

  #arm(): void {
    const [first] = this.#entries
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
    this.#timerAt = first?.at ?? Infinity
    if (first === undefined) return
    this.#timer = this.#clock.after(Math.max(0, first.at - this.#clock.now()), () => this.#due())
  }

  #due(): void {
    const now = this.#clock.now()
    const lines: Line[] = []
    for (let entry = this.#entries[0]; entry !== undefined && entry.at <= now && lines.length < AT_ONCE; entry = this.#entries[0]) {
      this.#pop()
      if (entry.line.wakeAt !== entry.at) continue
      entry.line.wakeAt = Infinity
      lines.push(entry.line)
    }
    this.#arm()
    if (lines.length > 0) this.#wake(lines)
  }

  /** Those that would be skipped go. What is in order of time is a heap. */
  #tidy(): void {
    this.#entries = this.#entries.filter(({ at, line }) => line.wakeAt === at).toSorted((a, b) => a.at - b.at)
    this.#tidyAt = Math.max(MANY, 2 * this.#entries.length)
  }

  #push(entry: Entry): void {
    if (this.#entries.length >= this.#tidyAt) this.#tidy()
    const entries = this.#entries
    let i = entries.push(entry) - 1
    while (i > 0) {
      const up = (i - 1) >> 1
      const parent = entries[up]
      if (parent === undefined || parent.at <= entry.at) break
      entries[i] = parent
      i = up
    }
    entries[i] = entry
  }

  #pop(): void {
    const entries = this.#entries
    const last = entries.pop()
    if (last === undefined || entries.length === 0) return
    let i = 0
    for (;;) {
      let down = 2 * i + 1
      const [left, right] = [entries[down], entries[down + 1]]
      if (left === undefined) break
      if (right !== undefined && right.at < left.at) down++
      const child = entries[down]
      if (child === undefined || child.at >= last.at) break
      entries[i] = child
      i = down
    }
    entries[i] = last
  }
}
