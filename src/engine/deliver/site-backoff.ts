// Whether a site takes mail at the moment, as far as its own answers tell.
//
//   open         takes jobs and opens connections as the formula wants
//   probing      after trouble: one connection at a time, until the peer deals with us    → open, backing off
//   backing off  nothing is tried and nothing kept in memory until `until`                → probing
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { RetrySchedule } from '../../contract/settings.ts'
import { backoffSchedule, nextDue } from '../../policy/retry.ts'
import type { Cause } from '../settle/decisions.ts'
import type { Surroundings } from '../surroundings.ts'
import type { SitePlan } from './routing.ts'

/** With some connections open and more refused: the peer has had enough. */
const PAUSE_AFTER_REFUSAL: Ms = 30_000

export class SiteBackoff {
  readonly #around: Pick<Surroundings, 'clock' | 'random'>
  #step = 0
  #until: EpochMs = 0
  #reason: string | null = null
  #noMoreUntil: Ms = 0

  constructor(around: Pick<Surroundings, 'clock' | 'random'>) {
    this.#around = around
  }

  /** Until when it backs off; in the past: it does not. */
  get until(): EpochMs {
    return this.#until
  }

  /** Why it backs off or is being probed; null: it is well. */
  get reason(): string | null {
    return this.#reason
  }

  get isOpen(): boolean {
    return this.#step === 0
  }

  /** No connection beside those that are open. */
  get mayOpenOne(): boolean {
    return this.#step > 0 || this.#noMoreUntil > this.#around.clock.mono()
  }

  backOff(cause: Cause, retry: RetrySchedule): void {
    const { clock, random } = this.#around
    this.#step++
    this.#until = nextDue(backoffSchedule(retry), this.#step, clock.now(), random())
    this.#reason = cause.reason
  }

  /** It refused one connection more: those that are open are enough for a while. */
  pause(): void {
    this.#noMoreUntil = this.#around.clock.mono() + PAUSE_AFTER_REFUSAL
  }

  /** Tried again now. */
  end(): void {
    this.#until = 0
  }

  recovered(): void {
    this.#step = 0
    this.#until = 0
    this.#reason = null
  }
}

/** What the owner should know of it; null: nothing, as it may be the peer's own trouble. */
export function backoffAlert(
  { name, reachedBy }: SitePlan,
  { reply, reason }: Cause,
): { readonly what: string; readonly mend: string } | null {
  if (reachedBy === 'route')
    return { what: `The route ${name} backs off: ${reason}`, mend: 'Check the route, its credentials and the server behind it.' }
  return reply === null
    ? null
    : { what: `The site ${name} backs off: ${reason}`, mend: 'Find out why this provider rejects the sending IP address.' }
}
