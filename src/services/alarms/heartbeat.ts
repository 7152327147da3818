// Asks for an address of the owner's each minute while mail is accepted and delivered: a watcher there misses it when this server, its
// machine or its network is silent, which nobody here could tell.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Log } from '../../base/log.ts'
import type { Https } from '../../net/trust/https.ts'

export interface HeartbeatParts {
  readonly url: string
  readonly https: Https
  /** Whether mail is accepted and delivered. */
  readonly isWell: () => boolean
  readonly log: Log
}

const EVERY: Ms = 60_000
/** After one that was not answered. */
const AGAIN: Ms = 10_000
const MOST_OCTETS = 64 * 1024

export class Heartbeat {
  readonly #parts: HeartbeatParts
  readonly #url: URL | null
  #due: EpochMs = 0
  #isBusy = false
  #isFailing = false

  constructor(parts: HeartbeatParts) {
    this.#parts = parts
    this.#url = URL.canParse(parts.url) ? new URL(parts.url) : null
    if (parts.url !== '' && this.#url?.protocol !== 'https:')
      parts.log.error('alerts.heartbeat_url is no https:// address: it is not asked for.')
  }

  async look(now: EpochMs): Promise<void> {
    const { https, isWell, log } = this.#parts
    const url = this.#url
    if (url?.protocol !== 'https:' || this.#isBusy || now < this.#due || !isWell()) return
    this.#isBusy = true
    const port = url.port === '' ? 443 : Number(url.port)
    const answer = await https({ host: url.hostname, port, path: `${url.pathname}${url.search}`, most: MOST_OCTETS })
    const isTaken = answer.ok && answer.status >= 200 && answer.status < 300
    if (!isTaken && !this.#isFailing)
      log.warn('The heartbeat is not taken.', { reason: answer.ok ? `it answered ${answer.status}` : answer.reason })
    this.#isFailing = !isTaken
    this.#due = now + (isTaken ? EVERY : AGAIN)
    this.#isBusy = false
  }
}
