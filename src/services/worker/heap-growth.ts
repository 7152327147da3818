// How large V8 lets the heaps of a worker become: threads have small young generations, and the old space grows before V8 looks for what died,
// by a step of about the same size whatever lives there.
// A part of what lives would be too little for a small heap, as marking begins one young generation ahead of the limit, and too much
// for a large one.
import v8 from 'node:v8'
import type { Ms } from '../../base/brand.ts'
import { type Clock, every } from '../../base/clock.ts'

const STEP = 80 * 1024 * 1024
/** In hundredths of what lives. */
const LEAST = 50
const MOST = 150
const LOOK_EVERY: Ms = 2000

/** For a heap of so many octets. */
export function growthPercent(heap: number): number {
  return Math.round(Math.min(MOST, Math.max(LEAST, (100 * STEP) / heap)))
}

/**
 * Half of a young generation, in MB, of threads that are made from now on: what they read or write passes through, and what one of the event
 * loop's size holds would only lie there.
 */
const THREAD_SEMI_SPACE = 4

/** Keeps V8 told until it is disposed of. */
export function keepHeapGrowth(clock: Clock): Disposable {
  // V8 reads it when it makes a heap: ours is made.
  v8.setFlagsFromString(`--max-semi-space-size=${THREAD_SEMI_SPACE}`)
  let told = LEAST
  const look = (): void => {
    const percent = growthPercent(v8.getHeapStatistics().used_heap_size)
    // V8 reads it when it has marked; node has no other way to it.
    if (Math.abs(percent - told) >= 10) v8.setFlagsFromString(`--heap-growing-percent=${(told = percent)}`)
  }
  look()
  return every(clock, LOOK_EVERY, look)
}
