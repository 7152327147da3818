// The alarms of a desk put together: its probes, over what the desk knows, and where other rooms tell what they saw.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { WorkerFacts } from '../../contract/bus.ts'
import type { DiskUse } from '../../contract/data-kept.ts'
import type { Config } from '../../contract/options.ts'
import type { PluginSeen } from '../../contract/plugin-operations.ts'
import type { Status } from '../../contract/operations.ts'
import type { Settings } from '../../contract/settings.ts'
import type { EventStore } from '../../engine/ports/stores.ts'
import type { AlertBook } from '../alerts/alert-book.ts'
import { hostNameOf } from '../host-name.ts'
import { AccountProbe } from './account-probe.ts'
import { ClockProbe } from './clock-probe.ts'
import { MachineProbe } from './machine-probe.ts'
import { OutsideProbe } from './outside-probe.ts'
import { type Probe, ToldFacts } from './probe.ts'
import { WorkerProbe } from './worker-probe.ts'

export interface AlarmRoomParts {
  readonly home: string
  readonly config: Config
  readonly settings: () => Settings
  readonly events: Pick<EventStore, 'totals'>
  readonly book: AlertBook
  readonly facts: () => Promise<readonly WorkerFacts[]>
  readonly restarts: (within: Ms, now: EpochMs) => readonly { readonly slot: number; readonly times: number }[]
  readonly troubles: () => Status['alerts']
  /** Plug-ins beside the desk. */
  readonly notices: () => readonly PluginSeen[]
  /** How long the disk lasts. */
  readonly disk: () => DiskUse['disk']
  readonly log: Log
}

export class AlarmRoom implements Disposable {
  /** Where rooms that look themselves tell what they saw. */
  readonly facts = new ToldFacts()
  readonly outside: OutsideProbe
  readonly probes: readonly Probe[]
  readonly #opened = new DisposableStack()
  readonly #time: ClockProbe

  constructor({ home, config, settings, events, book, facts, restarts, troubles, notices, disk, log }: AlarmRoomParts) {
    const around = { home, config, clock: systemClock }
    const own = { routes: () => settings().routes, hostName: hostNameOf(config), disk }
    const machine = this.#opened.use(new MachineProbe({ ...around, ...own }))
    this.#time = this.#opened.use(new ClockProbe({ servers: config['alerts.time_servers'], log }))
    const totals = (): ReturnType<EventStore['totals']> => events.totals()
    const workers = this.#opened.use(new WorkerProbe({ clock: systemClock, facts, restarts, troubles, notices, totals }))
    this.outside = this.#opened.use(new OutsideProbe({ ...around, settings, book }))
    this.probes = [workers, machine, this.#time, this.outside, new AccountProbe(settings), this.facts]
  }

  [Symbol.dispose](): void {
    this.#opened[Symbol.dispose]()
  }

  readonly heard = (date: EpochMs): void => this.#time.heard(date)
}
