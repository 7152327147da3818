// Delivery Alerts at the desk: what happened to effects and accounts, and the alarms that begin and end, are written down, listed, and leave by
// the ways that the owner set. Nothing of it is in the way of mail.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { every, systemClock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import { ALARMS, type AlarmName } from '../../contract/alarm-table.ts'
import type { AlertWays, FiringAlarm } from '../../contract/alarms.ts'
import type { AlertContent, DeliveryAlert } from '../../contract/alerts.ts'
import type { Config } from '../../contract/options.ts'
import type { LocalMessage } from '../../engine/accept/post.ts'
import type { SettingsStore } from '../../engine/ports/stores.ts'
import { deskFile, effectsFile } from '../../lifecycle/home-files.ts'
import { systemAddresses } from '../../net/system-addresses.ts'
import { createHttps, type Https } from '../../net/trust/https.ts'
import { MailPace } from '../../policy/alerts/mail-pace.ts'
import { HappeningReader } from '../../store/sqlite/desk/happenings.ts'
import { AlarmWatch, type NewsAlert } from '../alarms/alarm-watch.ts'
import { Heartbeat } from '../alarms/heartbeat.ts'
import type { AlarmRoom } from '../alarms/alarm-room.ts'
import { WayProbe } from '../alarms/way-probe.ts'
import { hostNameOf } from '../host-name.ts'
import type { SettingsWatch } from '../settings-watch.ts'
import { AlertBook } from './alert-book.ts'
import { AlertMailer } from './alert-mailer.ts'
import { AlertWebhook } from './alert-webhook.ts'
import { DirectMailer } from './direct-mailer.ts'
import { EffectFollower } from './effect-follower.ts'
import { SyslogSender } from './syslog-sender.ts'
import { WayOut } from './way-out.ts'

export interface AlertDeskParts {
  readonly home: string
  readonly config: Config
  readonly settings: SettingsStore
  /** The newest of them. */
  readonly watch: Pick<SettingsWatch, 'current'>
  readonly book: AlertBook
  readonly room: AlarmRoom
  /** Whether mail is accepted at this moment. */
  readonly isReady: () => boolean
  /** Through the queue of a worker. */
  readonly post: (message: LocalMessage) => Promise<void>
  readonly log: Log
}

const LOOK_EVERY: Ms = 500
/** What is over, or somebody did himself, is listed and posted; of alarms, people hear that they are over. */
const MAILED: ReadonlySet<AlertContent['kind']> = new Set([
  'effect.begun',
  'effect.tightened',
  'effect.alert',
  'account.braked',
  'account.warned',
  'trouble.begun',
  'trouble.ended',
  'test',
])
/** Mailed without the queue where there is such a way: what they say may be that the queue is broken. */
const DIRECT: ReadonlySet<AlertContent['kind']> = new Set(['trouble.begun', 'trouble.ended', 'test'])

export class AlertDesk implements Disposable {
  readonly #parts: AlertDeskParts
  readonly #opened = new DisposableStack()
  readonly #mailer: AlertMailer
  readonly #ways: Readonly<Record<'webhook' | 'syslog' | 'smtp', WayOut>>
  readonly #follower: EffectFollower
  readonly #alarms: AlarmWatch
  readonly #heartbeat: Heartbeat

  constructor(parts: AlertDeskParts) {
    const { home, config, settings, post, log, book } = parts
    this.#parts = parts
    const reader = this.#opened.use(new HappeningReader(effectsFile(home)))
    const hostName = hostNameOf(config)
    const from = config['alerts.mail_from'] || `postmaster@${hostName}`
    const pace = new MailPace(config['alerts.mail_every'])
    this.#mailer = new AlertMailer({ alerts: book.disk, pace, to: config['alerts.mail_to'], from, hostName, post, log })
    const https = listening(createHttps({ resolver: systemAddresses, allowPrivate: true, clock: systemClock }), parts.room.heard)
    const webhook = new AlertWebhook({
      url: config['alerts.webhook'],
      secretFile: config['alerts.webhook_secret_file'],
      installation: settings.installation(),
      // The owner named it: it may be in his own network.
      https,
      log,
    })
    this.#ways = {
      webhook: new WayOut(webhook, book, log),
      syslog: new WayOut(new SyslogSender(config['alerts.syslog'], hostName, log), book, log),
      smtp: new WayOut(new DirectMailer(config, { from, hostName, log }), book, log),
    }
    this.#follower = new EffectFollower({ reader, settings, post: (told) => this.#add(told), log })
    const probes = [...parts.room.probes, new WayProbe(Object.values(this.#ways))]
    this.#alarms = new AlarmWatch(book.kept('state'), { probes, settings: () => parts.watch.current.alarms, now: systemClock.now() })
    const isWell = (): boolean => parts.isReady() && !this.#alarms.isBroken
    this.#heartbeat = new Heartbeat({ url: config['alerts.heartbeat_url'], https, isWell, log })
    this.#opened.use(every(systemClock, LOOK_EVERY, () => this.#look()))
  }

  [Symbol.dispose](): void {
    this.#opened[Symbol.dispose]()
  }

  list(limit: number): readonly DeliveryAlert[] {
    return this.#parts.book.list(limit)
  }

  firing(): readonly FiringAlarm[] {
    return this.#alarms.firing()
  }

  /** One to try whether it arrives; of an alarm, in its words. */
  test(by: string, alarm: { readonly name: AlarmName; readonly subject: string | null } | null = null): AlertWays {
    const at = systemClock.now()
    const what =
      alarm === null ? 'A test of Delivery Alerts' : `A test of the alarm ${[alarm.name, alarm.subject].filter(Boolean).join(' ')}`
    const about = alarm === null ? {} : { alarm: aboutAlarm(alarm.name, alarm.subject) }
    const mend = alarm === null ? 'No action needed.' : `No action needed. When it is not a test: ${ALARMS[alarm.name].mend}`
    this.#add([{ source: `test ${at} ${by}`, at, kind: 'test', what: `${what}, as ${by} asked.`, mend, effect: null, by, ...about }])
    const { webhook, syslog, smtp } = this.#ways
    return { mail: this.#mailer.isOn, webhook: webhook.isOn, syslog: syslog.isOn, smtp: smtp.isOn }
  }

  /** An alarm is as shipped again. */
  reset(name: AlarmName, subject: string | null): void {
    this.#parts.room.outside.accept(name, subject)
    this.#alarms.reset(name, subject)
  }

  /** What happened to accounts. Each source once. */
  tell(alerts: readonly NewsAlert[]): void {
    this.#add(alerts)
  }

  #look(): void {
    const now = systemClock.now()
    const { book, log } = this.#parts
    try {
      book.look(now)
      this.#follower.look()
      const { alerts, kept } = this.#alarms.look(now)
      this.#add(alerts, kept)
    } catch (error) {
      log.error('Alerts could not be told; it is tried again.', { error: messageOf(error) })
    }
    void this.#mailer.look(now)
    for (const way of Object.values(this.#ways)) void way.look(() => systemClock.now())
    void this.#heartbeat.look(now)
  }

  /** What the machine tells is not; of a brake that held an account its own alert tells. */
  #isSilent({ kind, alarm, at }: NewsAlert): boolean {
    return kind === 'account.braked' && alarm !== undefined && this.#alarms.isSilent(alarm.name, alarm.subjects[0] ?? null, at)
  }

  #add(told: readonly NewsAlert[], states: ReadonlyMap<string, unknown> = new Map()): void {
    const { webhook, syslog, smtp } = this.#ways
    this.#parts.book.add(
      told.map((one) => {
        if (this.#isSilent(one)) return { ...one, mail: 'none', webhook: 'none' }
        const isDirect = smtp.isOn && DIRECT.has(one.kind)
        return {
          ...one,
          mail: this.#mailer.isOn && MAILED.has(one.kind) && (!isDirect || one.kind === 'test') ? 'waits' : 'none',
          webhook: webhook.isOn ? 'waits' : 'none',
          syslog: syslog.isOn ? 'waits' : 'none',
          smtp: isDirect ? 'waits' : 'none',
        }
      }),
      { kind: 'state', values: states },
    )
  }
}

function aboutAlarm(name: AlarmName, subject: string | null): NonNullable<AlertContent['alarm']> {
  return { name, severity: ALARMS[name].severity, subjects: subject === null ? [] : [subject], count: 1 }
}

/** What their answers say of the time is heard. */
function listening(https: Https, heard: (date: EpochMs) => void): Https {
  return async (asked) => {
    const answer = await https(asked)
    if (answer.ok && answer.date !== undefined) heard(answer.date)
    return answer
  }
}

export function openAlertBook(home: string, log: Log): AlertBook {
  return new AlertBook(deskFile(home), { log, now: systemClock.now() })
}
