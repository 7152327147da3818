// Alarms and Delivery Alerts of a desk, over what it knows.
import { machineClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { PluginSeen } from '../../contract/plugin-operations.ts'
import type { Status } from '../../contract/operations.ts'
import type { DiskUse } from '../../contract/data-kept.ts'
import type { Config } from '../../contract/options.ts'
import type { EventStore, SettingsStore } from '../../engine/ports/stores.ts'
import { AlarmRoom } from '../alarms/alarm-room.ts'
import type { Restarts } from '../desk/restarts.ts'
import type { SettingsWatch } from '../settings-watch.ts'
import type { WorkerLinks } from '../desk/worker-links.ts'
import { AlertDesk, openAlertBook } from './alert-desk.ts'

export interface AlertsParts {
  readonly home: string
  readonly config: Config
  readonly settings: SettingsStore
  readonly events: Pick<EventStore, 'totals'>
  readonly watch: Pick<SettingsWatch, 'current'>
  readonly links: WorkerLinks
  readonly restarts: Restarts
  /** What is wrong now. */
  readonly troubles: () => Status['alerts']
  /** Plug-ins beside the desk. */
  readonly notices: () => readonly PluginSeen[]
  /** How long the disk lasts. */
  readonly disk: () => DiskUse['disk']
  readonly log: Log
}

export function openAlerts({
  home,
  config,
  settings,
  events,
  watch,
  links,
  restarts,
  troubles,
  notices,
  disk,
  log,
}: AlertsParts): OpenAlerts {
  using opened = new DisposableStack()
  const book = opened.use(openAlertBook(home, log))
  const room = opened.use(
    new AlarmRoom({
      home,
      config,
      events,
      book,
      settings: () => watch.current,
      facts: async () => (await links.some('alarms.facts', {})).answers,
      restarts: (within, now) => restarts.within(within, now),
      troubles,
      notices,
      disk,
      log,
    }),
  )
  const desk = opened.use(
    new AlertDesk({
      home,
      config,
      settings,
      watch,
      room,
      book,
      isReady: () => links.ready(machineClock.now()),
      post: async ({ to, authorDomain, octets, priority }) => {
        await links.any('mail.post', { to, authorDomain, octets: octets.toString('base64'), ...(priority && { priority }) })
      },
      log,
    }),
  )
  const held = opened.move()
  return { desk, room, [Symbol.dispose]: () => held.dispose() }
}

export interface OpenAlerts extends Disposable {
  readonly desk: AlertDesk
  readonly room: AlarmRoom
}
