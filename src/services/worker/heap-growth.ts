// How far V8 lets the old space of this process grow before it looks for what died: by a step of about the same size whatever lives there.
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

/** Keeps V8 told until it is disposed of. */
export function keepHeapGrowth(clock: Clock): Disposable {
  let told = LEAST
  const look = (): void => {
    const percent = growthPercent(v8.getHeapStatistics().used_heap_size)
    // V8 reads it when it has marked; node has no other way to it.
    if (Math.abs(percent - told) >= 10) v8.setFlagsFromString(`--heap-growing-percent=${(told = percent)}`)
  }
  look()
  return every(clock, LOOK_EVERY, look)
}
