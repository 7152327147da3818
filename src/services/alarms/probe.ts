// What looks at something now and then, and what it saw last. Rooms that look themselves tell it here (`AlarmFacts`).
import type { EpochMs } from '../../base/brand.ts'
import type { AlarmName } from '../../contract/alarm-table.ts'
import type { AlarmFacts } from '../../engine/ports/alarm-facts.ts'
import type { Reading } from '../../policy/alarms/machine.ts'

export interface Probe {
  /** What it saw last, of each alarm that it knows something of. */
  readings(now: EpochMs): Iterable<readonly [AlarmName, readonly Reading[]]>
}

export class ToldFacts implements AlarmFacts, Probe {
  readonly #told = new Map<AlarmName, readonly Reading[]>()

  report(alarm: AlarmName, readings: readonly Reading[]): void {
    this.#told.set(alarm, readings)
  }

  readings(): Iterable<readonly [AlarmName, readonly Reading[]]> {
    return this.#told
  }
}
