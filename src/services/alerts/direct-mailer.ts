// Alarms by mail that does not go through this server's queue: what happens together is one mail, at most one a minute.
import { randomUUID } from 'node:crypto'
import type { EpochMs } from '../../base/brand.ts'
import type { Log } from '../../base/log.ts'
import type { Config } from '../../contract/options.ts'
import { composeAlertMail } from '../../message/alert-mail.ts'
import { type DirectMailServer, parseMailServer, sendDirectly } from '../../net/alerts/direct-mail.ts'
import { MailPace } from '../../policy/alerts/mail-pace.ts'
import { mailboxesIn } from './alert-mailer.ts'
import type { LeavingAlert } from './alert-book.ts'
import type { AlertSender } from './way-out.ts'

const EVERY = 60_000
const GATHERED = 5000
const MOST_OWNERS = 20

export class DirectMailer implements AlertSender {
  readonly way = 'smtp'
  readonly atOnce = 50
  readonly #server: DirectMailServer | null
  readonly #to: readonly string[]
  readonly #from: string | null
  readonly #pace = new MailPace(EVERY, GATHERED)

  constructor(config: Config, { from, hostName, log }: { readonly from: string; readonly hostName: string; readonly log: Log }) {
    const asked = config['alerts.smtp_host']
    const tls = config['alerts.smtp_tls']
    const place = parseMailServer(asked, tls)
    const login = { user: config['alerts.smtp_user'], passwordFile: config['alerts.smtp_password_file'] }
    this.#server = place === null ? null : { ...place, tls, ...login, name: hostName }
    this.#to = mailboxesIn(config['alerts.mail_to'])
      .slice(0, MOST_OWNERS)
      .map(({ address }) => address)
    this.#from = mailboxesIn(from)[0]?.address ?? null
    if (asked !== '' && !this.isOn) log.error('alerts.smtp_host is no host, or alerts.mail_to no address: alarms are not mailed that way.')
  }

  get isOn(): boolean {
    return this.#server !== null && this.#to.length > 0 && this.#from !== null
  }

  isDue(now: EpochMs): boolean {
    return this.#pace.isDue(now)
  }

  async send(alerts: readonly LeavingAlert[], at: EpochMs): Promise<{ readonly reason: string; readonly isFinal: boolean } | null> {
    const [to] = this.#to
    if (this.#server === null || this.#from === null || to === undefined) return null
    const octets = composeAlertMail({
      from: this.#from,
      to: this.#to.join('>, <'),
      host: this.#server.name,
      id: randomUUID(),
      at,
      alerts,
      more: 0,
    })
    const reason = await sendDirectly(this.#server, { from: this.#from, to: this.#to, octets })
    if (reason !== null) return { reason, isFinal: false }
    this.#pace.sent(at)
    return null
  }
}
