// What of the desk is about data that is kept: housekeeping by the clock, and the answers to who asks.
import type { Ms } from '../../base/brand.ts'
import { every, systemClock } from '../../base/clock.ts'
import type { DataDesk } from '../../engine/ports/data-kept.ts'
import { DiskDesk } from './disk-desk.ts'
import { Housekeeping, type HousekeepingParts } from './housekeeping.ts'

const EVERY: Ms = 10 * 60_000

export function keepData(parts: Omit<HousekeepingParts, 'disk'>): DataDesk & Disposable {
  const disk = new DiskDesk(parts.home, parts.config)
  const housekeeping = new Housekeeping({ ...parts, disk })
  const timer = every(systemClock, EVERY, () => void housekeeping.run(systemClock.now()))
  return { use: () => disk.use(), [Symbol.dispose]: () => timer[Symbol.dispose]() }
}
