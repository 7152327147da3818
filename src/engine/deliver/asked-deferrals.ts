// Deferrals that somebody may want to be failures: taken out of what is settled, asked about, and settled by themselves. What was delivered beside
// them is written down at once: after a crash it must not be sent again.
import { OWN_SITE } from '../../contract/events.ts'
import type { DeliveryFilters } from '../ports/delivery-filters.ts'
import type { Job } from '../schedule/in-hand.ts'
import { type Decision, failInstead } from '../settle/decisions.ts'
import type { CourierRoom } from './courier-room.ts'

export type Commit = (job: Job, decisions: readonly Decision[]) => Promise<void>

export class AskedDeferrals {
  readonly #room: Pick<CourierRoom, 'scheduler'>
  readonly #filters: DeliveryFilters | null
  #open = 0

  constructor(room: Pick<CourierRoom, 'scheduler'>, filters: DeliveryFilters | null) {
    this.#room = room
    this.#filters = filters
  }

  /** Parts of jobs whose answers or commits are waited for. */
  get open(): number {
    return this.#open
  }

  /** Gives what is to be settled now; the rest of the job is apart, and is handed to `commit` once it was asked about. */
  withhold(job: Job, decided: readonly Decision[], commit: Commit): readonly Decision[] {
    const filters = this.#filters
    if (filters === null || !filters.asks.deferral || job.message.head.ours === true) return decided
    const asked: { readonly decision: Decision; readonly answer: Promise<Decision> }[] = []
    for (const decision of decided) {
      const answer = this.#ask(filters, job, decision)
      if (answer !== null) asked.push({ decision, answer })
    }
    if (asked.length === 0) return decided
    const apart = new Set(asked.map(({ decision }) => decision))
    const rows = asked.map(({ decision }) => decision.row)
    const part = this.#room.scheduler.inHand.split(job, rows, 'settling')
    this.#open++
    void this.#settle(
      part,
      asked.map(({ answer }) => answer),
      commit,
    )
    return decided.filter((decision) => !apart.has(decision))
  }

  /** Null: it is no attempt that failed, or nobody is asked. */
  #ask(filters: DeliveryFilters, { message: { head } }: Job, decision: Decision): Promise<Decision> | null {
    const { event, row } = decision
    if (event.kind !== 'deferred' || event.attempt <= row.attempts || event.site === OWN_SITE) return null
    const answer = filters.deferral(event)
    return answer === null ? null : answer.then((why) => (why === null ? decision : failInstead(head, decision, event, why)))
  }

  async #settle(part: Job, answers: readonly Promise<Decision>[], commit: Commit): Promise<void> {
    try {
      await commit(part, await Promise.all(answers))
    } catch {
      // Whoever commits told the log; what became of it only a restart knows.
    } finally {
      this.#open--
    }
  }
}
