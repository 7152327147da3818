// How busy this process is: its memory, its share of a processor, and how late its event loop is. The loop is watched only while somebody looks:
// a watch wakes the process 50 times a second.
import { availableParallelism, loadavg, totalmem } from 'node:os'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import type { Ms } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import type { OwnUse, ProcessUse } from '../contract/machine.ts'

/** So many milliseconds lie between two looks at the loop. */
const RESOLUTION: Ms = 20
/** A look after which nobody looks is the last for now. */
const WATCHED_FOR: Ms = 60_000
/** What was counted is of so long at most; less than this apart, two who look are told the same. */
const WINDOW: Ms = 10_000
const LEAST: Ms = 500
const NANOSECONDS = 1e6

interface Look {
  readonly at: Ms
  readonly processor: number
}

export class ProcessWatch implements Disposable {
  readonly #clock: Clock
  #loop: ReturnType<typeof monitorEventLoopDelay> | null = null
  #end: Disposable | null = null
  #last: Look | null = null
  #told: ProcessUse | null = null
  #since: Ms = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  read(): ProcessUse {
    const at = this.#clock.mono()
    this.#watch(at)
    if (this.#told !== null && this.#last !== null && at - this.#last.at < LEAST) return this.#told
    const { user, system } = process.cpuUsage()
    const processor = (user + system) / 1000
    const before = this.#last
    this.#last = { at, processor }
    this.#told = {
      memory: process.memoryUsage.rss(),
      processor: before === null ? null : (processor - before.processor) / (at - before.at),
      lateness: before === null ? null : this.#lateness(at),
    }
    return this.#told
  }

  [Symbol.dispose](): void {
    this.#loop?.disable()
    this.#end?.[Symbol.dispose]()
    this.#loop = this.#end = this.#last = this.#told = null
  }

  #watch(at: Ms): void {
    if (this.#loop === null) {
      this.#loop = monitorEventLoopDelay({ resolution: RESOLUTION })
      this.#loop.enable()
      this.#since = at
    }
    this.#end?.[Symbol.dispose]()
    this.#end = this.#clock.after(WATCHED_FOR, () => this[Symbol.dispose]())
  }

  #lateness(at: Ms): Ms | null {
    const loop = this.#loop
    if (loop === null || loop.count === 0) return this.#told?.lateness ?? null
    const late = Math.max(0, loop.percentile(99) / NANOSECONDS - RESOLUTION)
    if (at - this.#since > WINDOW) {
      loop.reset()
      this.#since = at
    }
    return Math.round(late * 10) / 10
  }
}

/** Of the machine, and of this process as the desk's. */
export function ownUse(watch: ProcessWatch): OwnUse {
  // 0, or more than there is: the control group sets no bound.
  const bound = process.constrainedMemory()
  const bytes = bound > 0 ? Math.min(bound, totalmem()) : totalmem()
  return {
    processors: availableParallelism(),
    load: loadavg()[0] ?? 0,
    memory: { bytes, free: Math.min(bytes, process.availableMemory()) },
    desk: watch.read(),
  }
}
