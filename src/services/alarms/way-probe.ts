// Ways that alerts leave by, and for how long nothing could be handed over.
import type { EpochMs } from '../../base/brand.ts'
import type { AlarmName } from '../../contract/alarm-table.ts'
import type { Reading } from '../../policy/alarms/machine.ts'
import type { WayOut } from '../alerts/way-out.ts'
import type { Probe } from './probe.ts'

export class WayProbe implements Probe {
  readonly #ways: readonly WayOut[]

  constructor(ways: readonly WayOut[]) {
    this.#ways = ways
  }

  *readings(now: EpochMs): Iterable<readonly [AlarmName, readonly Reading[]]> {
    yield [
      'way-dead',
      this.#ways.flatMap(({ way, failing }) => {
        if (failing === null) return []
        const words = `Alerts cannot be sent by ${way}: ${failing.reason}.`
        return [{ subject: way, value: now - failing.since, words }]
      }),
    ]
  }
}
