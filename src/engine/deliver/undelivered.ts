// What becomes of a whole job without a transaction: it fails, is tried again by its schedule, or later without an attempt.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { AttemptTarget } from '../../contract/events.ts'
import type { RetrySchedule } from '../../contract/settings.ts'
import { nextDue } from '../../policy/retry.ts'
import type { Job } from '../schedule/in-hand.ts'
import { type Attempt, type Cause, type Decision, defer, fail, NOWHERE, putOff } from '../settle/decisions.ts'
import type { CourierRoom } from './courier-room.ts'
import { keepOpenings } from './kept-dialogs.ts'

export class Undelivered {
  readonly #room: CourierRoom
  readonly #retryOf: (job: Job) => RetrySchedule

  constructor(room: CourierRoom, retryOf: (job: Job) => RetrySchedule) {
    this.#room = room
    this.#retryOf = retryOf
  }

  fail(job: Job, target: AttemptTarget, cause: Cause): void {
    const attempt = this.#attempt(job, target)
    keepOpenings(this.#room, job, attempt.now, cause.dialogs)
    this.#settleAll(
      job,
      job.rows.map((row) => fail(job.message.head, row, attempt, cause)),
    )
  }

  /** `wait`: it is tried again after that; null: by its schedule. */
  defer(job: Job, target: AttemptTarget, cause: Cause, wait: Ms | null = null): void {
    const usual = this.#attempt(job, target)
    const attempt = wait === null ? usual : { ...usual, schedule: { ...usual.schedule, first: wait, longest: wait } }
    keepOpenings(this.#room, job, attempt.now, cause.dialogs)
    this.#settleAll(
      job,
      job.rows.map((row) => defer(job.message.head, row, attempt, cause)),
    )
  }

  /** It could not be tried: by its schedule again, and that is no attempt. */
  putOff(job: Job, target: AttemptTarget, cause: Cause): void {
    const { now, schedule, random } = this.#attempt(job, target)
    const decisions = job.rows.map((row) => {
      const until = nextDue(schedule, Math.max(1, row.attempts), now, random())
      return putOff(job.message.head, row, { target, now, until }, cause)
    })
    this.#settleAll(job, decisions)
  }

  postpone(job: Job, until: EpochMs, reason: string): void {
    const cause: Cause = { code: 4999, reason, reply: null, status: '4.4.1' }
    const how = { target: NOWHERE, now: this.#room.around.clock.now(), until }
    this.#settleAll(
      job,
      job.rows.map((row) => putOff(job.message.head, row, how, cause)),
    )
  }

  #attempt(job: Job, target: AttemptTarget): Attempt {
    const { clock, random } = this.#room.around
    return { target, now: clock.now(), schedule: this.#retryOf(job), random }
  }

  #settleAll(job: Job, decisions: readonly Decision[]): void {
    this.#room.settle(job, decisions, false).catch((error: unknown) => {
      this.#room.around.log.error('A decision could not be settled.', { id: job.message.head.id, error: messageOf(error) })
    })
  }
}
