// Posts Delivery Alerts to the owner's webhook, one after the other, again where it is not taken, until it is given up.
import { readFileSync } from 'node:fs'
import type { EpochMs } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Https, HttpsAnswer } from '../../net/trust/https.ts'
import { nextTry, readSecret, webhookPost } from '../../policy/alerts/webhook.ts'
import type { AlertLog, WaitingAlert } from '../../store/sqlite/alerts.ts'

export interface AlertWebhookOptions {
  readonly alerts: AlertLog
  /** `https://…`; empty: there is none. */
  readonly url: string
  /** Empty: it is not signed. */
  readonly secretFile: string
  /** Ids begin with it, so that those of two servers differ. */
  readonly installation: string
  readonly https: Https
  readonly log: Log
}

const LARGEST_ANSWER = 64 * 1024
/** Posted in one look, so that a storm does not keep the desk from everything else. */
const AT_ONCE = 20
const GONE = 410

export class AlertWebhook {
  readonly #options: AlertWebhookOptions
  readonly #url: URL | null
  #isPosting = false

  constructor(options: AlertWebhookOptions) {
    this.#options = options
    this.#url = URL.canParse(options.url) ? new URL(options.url) : null
    if (options.url !== '' && !this.isOn) options.log.error('alerts.webhook is no https:// address: alerts are not posted.')
  }

  /** Whether alerts go there. */
  get isOn(): boolean {
    return this.#url?.protocol === 'https:'
  }

  async look(now: () => EpochMs): Promise<void> {
    if (!this.isOn || this.#isPosting) return
    this.#isPosting = true
    try {
      const { alerts } = this.#options
      let left = AT_ONCE
      for (let alert = alerts.unposted(now()); alert !== undefined && left-- > 0; alert = alerts.unposted(now()))
        if (!(await this.#post(alert, now()))) break
    } catch (error) {
      this.#options.log.error('Alerts could not be posted; it is tried again.', { error: messageOf(error) })
    }
    this.#isPosting = false
  }

  /** Whether it was taken: where it was not, others would not be either. */
  async #post(alert: WaitingAlert, now: EpochMs): Promise<boolean> {
    const { alerts, log, installation } = this.#options
    const answer = await this.#send(alert, `alert-${installation.slice(0, 8)}-${alert.id}`, now)
    if (answer.ok && answer.status >= 200 && answer.status < 300) {
      alerts.posted(alert.id)
      return true
    }
    const reason = answer.ok ? `it answered ${answer.status}` : answer.reason
    const next = answer.ok && answer.status === GONE ? null : nextTry(alert.tries, now)
    log.warn(next === null ? 'An alert was given up.' : 'An alert was not taken by the webhook.', { id: alert.id, reason })
    alerts.notPosted(alert.id, next)
    return false
  }

  async #send(
    { id: _id, mail: _mail, webhook: _webhook, tries: _tries, ...content }: WaitingAlert,
    id: string,
    now: EpochMs,
  ): Promise<HttpsAnswer> {
    const url = this.#url
    const secret = this.#secret()
    if (url === null || secret === undefined) return { ok: false, kind: 'network', reason: 'the file of its secret cannot be used' }
    const { headers, body } = webhookPost(content, { id, now, secret })
    const port = url.port === '' ? 443 : Number(url.port)
    const post = { type: 'application/json', body, headers }
    return this.#options.https({ host: url.hostname, port, path: `${url.pathname}${url.search}`, most: LARGEST_ANSWER, post })
  }

  /** Read at each post, so that a new one counts at once. Undefined: it cannot be used. */
  #secret(): Buffer | null | undefined {
    const { secretFile, log } = this.#options
    if (secretFile === '') return null
    try {
      const read = readSecret(readFileSync(secretFile, 'utf8').split('\n', 1)[0] ?? '')
      if ('octets' in read) return read.octets
      log.error('The secret of the webhook cannot be used.', { file: secretFile, reason: `it ${read.problem}` })
    } catch (error) {
      log.error('The secret of the webhook cannot be used.', { file: secretFile, reason: messageOf(error) })
    }
    return undefined
  }
}
