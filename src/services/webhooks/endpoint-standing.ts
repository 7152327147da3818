// How one endpoint is: when it may be posted to, what is kept of it, and what is shown. It counts what was taken, what failed and what was given up.
import type { EpochMs } from '../../base/brand.ts'
import type { WebhookHealth } from '../../contract/webhooks.ts'
import { Circuit } from '../../policy/webhooks/circuit.ts'
import { healthOf, NEW_STATE } from '../../store/sqlite/webhooks/webhooks-book.ts'
import type { EndpointState } from '../../store/sqlite/webhooks/webhooks-file.ts'
import type { Answer } from './poster.ts'

export class EndpointStanding {
  #state: EndpointState
  readonly circuit: Circuit
  /** It is not yet kept as it is. */
  isChanged = false

  /** `known`: as it was kept. */
  constructor(known: EndpointState | undefined, most: number, now: EpochMs) {
    this.#state = known ?? { ...NEW_STATE, since: now }
    this.circuit = new Circuit({ most, failing: this.#state.failing })
    if (this.#state.state === 'dead' || this.#state.state === 'gone') this.circuit.end(this.#state.state)
  }

  /** What is to be kept. */
  get state(): EndpointState {
    return this.#state
  }

  /** Nothing is posted until somebody says so. */
  get isOver(): boolean {
    const { is } = this.circuit.state
    return is === 'dead' || is === 'gone'
  }

  /** It begins again, as it was kept. */
  reset(known: EndpointState | undefined): void {
    this.#state = known ?? this.#state
    this.circuit.reset()
  }

  /** It is at another address, or was switched off meanwhile: since when it took nothing tells nothing of it. */
  renew(): void {
    if (this.isOver) return
    this.circuit.reset()
    this.#change({ failing: null })
  }

  took(events: number, now: EpochMs): void {
    this.circuit.took()
    const since = this.#state.state === 'well' ? this.#state.since : now
    const told = this.#state.told + events
    this.#change({ state: 'well', since, tookAt: now, told, failing: null })
  }

  /** True: it is left alone now. */
  failed({ status, text, retryAfter }: Answer, now: EpochMs): boolean {
    this.circuit.failed(now, { status, retryAfter })
    const { is } = this.circuit.state
    const state = is === 'dead' || is === 'gone' ? is : is === 'open' ? this.#state.state : 'failing'
    const since = state === this.#state.state ? this.#state.since : now
    const reason = status === null ? text : `it answered ${status}${text === '' ? '' : ` (${text})`}`
    this.#change({ state, since, failure: { at: now, reason }, failing: this.circuit.failing })
    return is !== 'open'
  }

  gaveUp(events: number): void {
    this.#change({ givenUp: this.#state.givenUp + events })
  }

  /** Events were let go of before they were told. */
  missed(day: string, now: EpochMs): void {
    this.#change({ failure: { at: now, reason: `events up to ${day} were let go of before they were told (events.days)` } })
  }

  health({ aside, behindSince }: Pick<WebhookHealth, 'aside' | 'behindSince'>): WebhookHealth {
    const { state } = this.circuit
    return healthOf(this.#state, { nextTry: state.is === 'resting' ? state.until : null, aside, behindSince })
  }

  #change(change: Partial<EndpointState>): void {
    this.#state = { ...this.#state, ...change }
    this.isChanged = true
  }
}
