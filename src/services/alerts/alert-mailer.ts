// Mails Delivery Alerts to the owner, through the queue of this server, as few mails as the pace allows.
import { randomUUID } from 'node:crypto'
import type { EpochMs } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { LocalMessage } from '../../engine/accept/post.ts'
import { composeAlertMail } from '../../message/alert-mail.ts'
import type { MailPace } from '../../policy/alerts/mail-pace.ts'
import { parseMailbox } from '../../smtp/address.ts'
import type { AlertLog } from '../../store/sqlite/desk/alerts.ts'

type Mailbox = Exclude<ReturnType<typeof parseMailbox>, string>

export interface AlertMailerOptions {
  readonly alerts: AlertLog
  readonly pace: MailPace
  /** Addresses with commas between them. */
  readonly to: string
  readonly from: string
  readonly hostName: string
  readonly post: (message: LocalMessage) => Promise<void>
  readonly log: Log
}

/** Told in full in one mail. */
const MOST_TOLD = 50
const MOST_OWNERS = 20

export class AlertMailer {
  readonly #options: AlertMailerOptions
  readonly #to: readonly Mailbox[]
  readonly #from: Mailbox | null
  #isSending = false

  constructor(options: AlertMailerOptions) {
    this.#options = options
    const [from = null, ...wrongFrom] = mailboxesIn(options.from)
    this.#to = mailboxesIn(options.to).slice(0, MOST_OWNERS)
    this.#from = wrongFrom.length === 0 ? from : null
    const isAsked = options.to.trim() !== ''
    if (isAsked && !this.isOn) options.log.error('alerts.mail_to or alerts.mail_from is no address: alerts are not mailed.')
  }

  /** Whether alerts go by mail. */
  get isOn(): boolean {
    return this.#to.length > 0 && this.#from !== null
  }

  async look(now: EpochMs): Promise<void> {
    const { alerts, pace, log } = this.#options
    if (!this.isOn || this.#isSending) return
    this.#isSending = true
    try {
      const newest = alerts.newestUnmailed()
      if (newest === 0 || !pace.isDue(now)) return
      await this.#send(now)
      alerts.mailed(newest)
      pace.sent(now)
    } catch (error) {
      log.warn('Alerts could not be mailed; it is tried again.', { reason: messageOf(error) })
    } finally {
      this.#isSending = false
    }
  }

  async #send(at: EpochMs): Promise<void> {
    const { hostName, post, alerts } = this.#options
    const from = this.#from
    if (from === null) return
    const told = alerts.unmailed(MOST_TOLD)
    const more = told.count - told.alerts.length
    for (const { address } of this.#to) {
      const octets = composeAlertMail({ from: from.address, to: address, host: hostName, id: randomUUID(), at, alerts: told.alerts, more })
      await post({ to: address, authorDomain: from.domain, octets, priority: 'high' })
    }
  }
}

export function mailboxesIn(text: string): readonly Mailbox[] {
  return text.split(',').flatMap((one) => {
    const read = parseMailbox(one.trim(), false)
    return typeof read === 'string' ? [] : [read]
  })
}
