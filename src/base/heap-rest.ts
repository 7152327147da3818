// Gives back memory once this process (or thread) has nothing to do, and keeps that of a thread small which keeps little. What starts or works
// leaves behind young generations of up to three times `--max-semi-space-size` and pages half full of what died; V8 sees to both when it
// allocates, which who rests does not. A collection of a small heap takes some tens of milliseconds, in which nobody waits for an answer; of a
// large one longer, and it is left alone.
import v8 from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Ms } from './brand.ts'
import { type Clock, every } from './clock.ts'

const MB = 1024 * 1024
const LOOK_EVERY: Ms = 5000
const SMALL_LOOK_EVERY: Ms = 500
/** Looks without work before. */
const RESTFUL_LOOKS = 2
/** The share of time in which an event loop that rests may still be busy: probes, counters, somebody who asks for the status. */
const AT_REST = 0.05
const LEAST_GAIN = 4 * MB
const MOST_HEAP = 96 * MB
/** In looks: a server with a message a second does not collect all the time. */
const LEAST_BETWEEN = 12

export interface HeapLook {
  /** Share of the time since the look before, 0 to 1. */
  readonly busy: number
  /** Octets that live, and dead ones that were not collected. */
  readonly used: number
  /** Octets that the heap has of the system. */
  readonly held: number
}

/** Decides look by look. */
export class RestJudge {
  #restful = 0
  #since = LEAST_BETWEEN
  /** What was held after the last collection; null: there was none, and its start is garbage enough. */
  #heldAfter: number | null = null

  /** True: collect now, and then tell what is held. */
  look({ busy, used, held }: HeapLook): boolean {
    this.#since++
    this.#restful = busy <= AT_REST ? this.#restful + 1 : 0
    const gain = this.#heldAfter === null ? Number.POSITIVE_INFINITY : held - this.#heldAfter
    return this.#restful >= RESTFUL_LOOKS && this.#since >= LEAST_BETWEEN && used <= MOST_HEAP && gain >= LEAST_GAIN
  }

  collected(held: number): void {
    this.#heldAfter = held
    this.#since = 0
  }
}

/** Until it is disposed of. */
export function keepHeapAtRest(clock: Clock): Disposable {
  const judge = new RestJudge()
  let last = performance.eventLoopUtilization()
  return every(clock, LOOK_EVERY, () => {
    const now = performance.eventLoopUtilization()
    const { utilization: busy } = performance.eventLoopUtilization(now, last)
    last = now
    const { used_heap_size: used, total_physical_size: held } = v8.getHeapStatistics()
    if (!judge.look({ busy, used, held })) return
    collect('last-resort')
    judge.collected(v8.getHeapStatistics().total_physical_size)
  })
}

/**
 * For a thread that keeps little and works all day: collects whenever `step` octets have come to what lived after the last time. V8 lets each
 * thread of a process fill what `--initial-old-space-size` gives the process before it first looks. Until it is disposed of.
 */
export function keepHeapSmall(clock: Clock, step: number): Disposable {
  let lived = 0
  return every(clock, SMALL_LOOK_EVERY, () => {
    if (heapNow() - lived < step) return
    collect('regular')
    lived = heapNow()
  })
}

/** What the heap has, and the buffers that it holds. */
function heapNow(): number {
  const { used_heap_size: used, external_memory: outside } = v8.getHeapStatistics()
  return used + outside
}

let gc: NodeJS.GCFunction | null = null

/** Node has no other way to it than the function that tests use. */
function collect(flavor: 'regular' | 'last-resort'): void {
  if (gc === null) {
    v8.setFlagsFromString('--expose-gc')
    gc = runInNewContext('gc') as NodeJS.GCFunction
  }
  gc({ type: 'major', execution: 'sync', flavor })
}
