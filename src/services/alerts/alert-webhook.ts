// Posts Delivery Alerts to the owner's webhook, one after the other.
import { readFileSync } from 'node:fs'
import type { EpochMs } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Https, HttpsAnswer } from '../../net/trust/https.ts'
import { readSecret, webhookPost } from '../../policy/alerts/webhook.ts'
import type { LeavingAlert } from './alert-book.ts'
import type { AlertSender } from './way-out.ts'

export interface AlertWebhookOptions {
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
const GONE = 410

export class AlertWebhook implements AlertSender {
  readonly way = 'webhook'
  readonly atOnce = 1
  readonly #options: AlertWebhookOptions
  readonly #url: URL | null

  constructor(options: AlertWebhookOptions) {
    this.#options = options
    this.#url = URL.canParse(options.url) ? new URL(options.url) : null
    if (options.url !== '' && !this.isOn) options.log.error('alerts.webhook is no https:// address: alerts are not posted.')
  }

  /** Whether alerts go there. */
  get isOn(): boolean {
    return this.#url?.protocol === 'https:'
  }

  isDue(_now: EpochMs): boolean {
    return true
  }

  async send([alert]: readonly LeavingAlert[], now: EpochMs): Promise<{ readonly reason: string; readonly isFinal: boolean } | null> {
    if (alert === undefined) return null
    const answer = await this.#post(alert, now)
    if (answer.ok && answer.status >= 200 && answer.status < 300) return null
    const reason = answer.ok ? `it answered ${answer.status}` : answer.reason
    return { reason, isFinal: answer.ok && answer.status === GONE }
  }

  async #post({ id: _id, tries: _tries, isInMemory: _place, name, ...content }: LeavingAlert, now: EpochMs): Promise<HttpsAnswer> {
    const url = this.#url
    const secret = this.#secret()
    if (url === null || secret === undefined) return { ok: false, kind: 'network', reason: 'the file of its secret cannot be used' }
    const id = `alert-${this.#options.installation.slice(0, 8)}-${name}`
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
