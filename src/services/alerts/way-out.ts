// One way by which alerts leave, whichever it is: what waits is handed over, a few at once, again later where that failed, until it is given
// up after some hours.
import type { EpochMs } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import { nextTry } from '../../policy/alerts/webhook.ts'
import type { TriedWay } from '../../store/sqlite/desk/alerts.ts'
import type { AlertBook, LeavingAlert } from './alert-book.ts'

export interface AlertSender {
  readonly way: TriedWay
  readonly isOn: boolean
  /** Handed over at once. */
  readonly atOnce: number
  /** Something waits: whether it goes now. */
  isDue(now: EpochMs): boolean
  /** Never rejects. `isFinal`: it will not be taken later either. */
  send(alerts: readonly LeavingAlert[], now: EpochMs): Promise<{ readonly reason: string; readonly isFinal: boolean } | null>
}

/** In one look, so that a storm does not keep the desk from everything else. */
const ROUNDS = 20

export class WayOut {
  readonly #sender: AlertSender
  readonly #book: AlertBook
  readonly #log: Log
  #isBusy = false
  #failing: { readonly since: EpochMs; reason: string } | null = null

  constructor(sender: AlertSender, book: AlertBook, log: Log) {
    this.#sender = sender
    this.#book = book
    this.#log = log
  }

  get isOn(): boolean {
    return this.#sender.isOn
  }

  get way(): TriedWay {
    return this.#sender.way
  }

  /** Since when nothing could be handed over, and why; null: the last one could. */
  get failing(): { readonly since: EpochMs; readonly reason: string } | null {
    return this.#failing
  }

  async look(now: () => EpochMs): Promise<void> {
    if (!this.isOn || this.#isBusy) return
    this.#isBusy = true
    try {
      for (let left = ROUNDS; left > 0 && (await this.#round(now)); left--);
    } catch (error) {
      this.#log.error('Alerts could not be handed over; it is tried again.', { way: this.way, error: messageOf(error) })
    }
    this.#isBusy = false
  }

  /** Whether more may follow: where one was not taken, others would not be either. */
  async #round(now: () => EpochMs): Promise<boolean> {
    const { way, atOnce } = this.#sender
    const alerts = this.#book.waiting(way, now(), atOnce)
    if (alerts.length === 0 || !this.#sender.isDue(now())) return false
    const failure = await this.#sender.send(alerts, now())
    const at = now()
    if (failure === null) {
      for (const alert of alerts) this.#book.left(way, alert)
      this.#failing = null
      return true
    }
    const { reason, isFinal } = failure
    this.#failing = { since: this.#failing?.since ?? at, reason }
    for (const alert of alerts) this.#book.failed(way, alert, isFinal ? null : nextTry(alert.tries, at))
    this.#log.warn('An alert was not taken; it is tried again later, for some hours.', { way, alerts: alerts.length, reason })
    return false
  }
}
