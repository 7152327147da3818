// Delivery Alerts at the desk: what happened to effects and what is wrong is written down, listed, mailed and posted. Nothing of it is in
// the way of mail.
import type { Ms } from '../../base/brand.ts'
import { every, systemClock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { AlertContent, DeliveryAlert } from '../../contract/alerts.ts'
import type { Config } from '../../contract/options.ts'
import type { LocalMessage } from '../../engine/accept/post.ts'
import type { SettingsStore } from '../../engine/ports/stores.ts'
import { deskFile, effectsFile } from '../../lifecycle/home-files.ts'
import { systemAddresses } from '../../net/system-addresses.ts'
import { createHttps } from '../../net/trust/https.ts'
import { MailPace } from '../../policy/alerts/mail-pace.ts'
import { type Trouble, Troubles } from '../../policy/alerts/troubles.ts'
import { AlertLog } from '../../store/sqlite/alerts.ts'
import { HappeningReader } from '../../store/sqlite/happenings.ts'
import { hostNameOf } from '../host-name.ts'
import { AlertMailer } from './alert-mailer.ts'
import { AlertWebhook } from './alert-webhook.ts'
import { EffectFollower } from './effect-follower.ts'

export interface AlertDeskParts {
  readonly home: string
  readonly config: Config
  readonly settings: SettingsStore
  /** What is wrong now. */
  readonly troubles: () => readonly Trouble[]
  /** Through the queue of a worker. */
  readonly post: (message: LocalMessage) => Promise<void>
  readonly log: Log
}

const LOOK_EVERY: Ms = 500
/** What is over, or somebody did himself, is listed and posted. */
const MAILED: ReadonlySet<AlertContent['kind']> = new Set([
  'effect.begun',
  'effect.tightened',
  'effect.alert',
  'account.braked',
  'account.warned',
  'trouble.begun',
  'test',
])
/** Alerts of effects are told by what happened to them. */
const OF_EFFECTS = /^block /

export class AlertDesk implements Disposable {
  readonly #parts: AlertDeskParts
  readonly #opened = new DisposableStack()
  readonly #alerts: AlertLog
  readonly #mailer: AlertMailer
  readonly #webhook: AlertWebhook
  readonly #follower: EffectFollower
  readonly #troubles = new Troubles()

  constructor(parts: AlertDeskParts) {
    const { home, config, settings, post, log } = parts
    this.#parts = parts
    const alerts = this.#opened.use(new AlertLog(deskFile(home)))
    const reader = this.#opened.use(new HappeningReader(effectsFile(home)))
    this.#alerts = alerts
    const hostName = hostNameOf(config)
    const from = config['alerts.mail_from'] || `postmaster@${hostName}`
    const pace = new MailPace(config['alerts.mail_every'])
    this.#mailer = new AlertMailer({ alerts, pace, to: config['alerts.mail_to'], from, hostName, post, log })
    this.#webhook = new AlertWebhook({
      alerts,
      url: config['alerts.webhook'],
      secretFile: config['alerts.webhook_secret_file'],
      installation: settings.installation(),
      // The owner named it: it may be in his own network.
      https: createHttps({ resolver: systemAddresses, allowPrivate: true, clock: systemClock }),
      log,
    })
    this.#follower = new EffectFollower({ reader, settings, post: (told) => this.#add(told), log })
    this.#opened.use(every(systemClock, LOOK_EVERY, () => this.#look()))
  }

  [Symbol.dispose](): void {
    this.#opened[Symbol.dispose]()
  }

  list(limit: number): readonly DeliveryAlert[] {
    return this.#alerts.list(limit)
  }

  /** One to try whether it arrives. */
  test(by: string): { readonly mail: boolean; readonly webhook: boolean } {
    const at = systemClock.now()
    const what = `A test of Delivery Alerts, as ${by} asked.`
    this.#add([{ source: `test ${at} ${by}`, at, kind: 'test', what, mend: 'Nothing is to be done.', effect: null, by }])
    return { mail: this.#mailer.isOn, webhook: this.#webhook.isOn }
  }

  /** What happened to accounts. Each source once. */
  tell(alerts: readonly (AlertContent & { readonly source: string })[]): void {
    this.#add(alerts)
  }

  #look(): void {
    const now = systemClock.now()
    try {
      this.#follower.look()
      const troubles = this.#parts.troubles().filter(({ key }) => key === undefined || !OF_EFFECTS.test(key))
      this.#add(this.#troubles.look(troubles, now))
      void this.#mailer.look(now)
      void this.#webhook.look(() => systemClock.now())
    } catch (error) {
      this.#parts.log.error('Alerts could not be told; it is tried again.', { error: messageOf(error) })
    }
  }

  #add(told: readonly (AlertContent & { readonly source: string })[]): void {
    if (told.length === 0) return
    this.#alerts.add(
      told.map((one) => ({
        ...one,
        mail: this.#mailer.isOn && MAILED.has(one.kind) ? 'waits' : 'none',
        webhook: this.#webhook.isOn ? 'waits' : 'none',
      })),
    )
  }
}
