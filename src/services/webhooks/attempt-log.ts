// Posts that were tried, on their way into the file: written together now and then, of an endpoint that is told much only the last of those that went well.
import type { WebhookAttempt } from '../../contract/webhooks.ts'
import type { WebhooksFile } from '../../store/sqlite/webhooks/webhooks-file.ts'

type Attempt = Omit<WebhookAttempt, 'n'>

/** Of an endpoint, between two times that they are written. */
const MOST_WAITING = 100

export class AttemptLog {
  readonly #waiting = new Map<string, Attempt[]>()

  add(endpoint: string, attempt: Attempt): void {
    const waiting = this.#waiting.get(endpoint) ?? []
    this.#waiting.set(endpoint, waiting)
    waiting.push(attempt)
    if (waiting.length <= MOST_WAITING) return
    const well = waiting.findIndex(({ ok }) => ok)
    waiting.splice(Math.max(0, well), 1)
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0
  }

  /** Within a transaction. */
  flush(file: WebhooksFile): void {
    for (const [endpoint, attempts] of this.#waiting) for (const attempt of attempts) file.addAttempt(endpoint, attempt)
    this.#waiting.clear()
  }
}
