// What is kept of webhooks, answered over webhooks.db by whoever has it open: the thread of a running server, or `hms` on a home at rest.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { EpochMs } from '../../../base/brand.ts'
import { Fault } from '../../../base/fault.ts'
import { WEBHOOK_BOUNDS, type WebhookHealth, type WebhookReplay } from '../../../contract/webhooks.ts'
import type { NewReplay, WebhookBook, Webhooks } from '../../../engine/ports/webhooks.ts'
import { readCursors } from '../events/events.ts'
import { type EndpointState, WebhooksFile } from './webhooks-file.ts'

export const NEW_STATE: Omit<EndpointState, 'since'> = { state: 'new', tookAt: null, failure: null, failing: null, told: 0, givenUp: 0 }

const DAY = 86_400_000

export function tooManyReplays(what: string): Fault {
  return new Fault('too-many-replays', what, {
    blame: 'caller',
    mend: "Wait until one is done, or end it with 'hms webhook replay cancel'.",
  })
}

export function healthOf(state: EndpointState, now: Pick<WebhookHealth, 'nextTry' | 'aside' | 'behindSince'>): WebhookHealth {
  const { failing: _failing, ...shown } = state
  return { ...shown, ...now }
}

/** It is told what happens from now on. */
export function beginEndpoint(file: WebhooksFile, id: string, told: ReadonlyMap<number, number>, at: EpochMs): void {
  file.together(() => {
    file.setPositions(id, 0, told)
    file.putEndpoint(id, { ...NEW_STATE, since: at })
  })
}

/** One that is dead or gone begins again: where it stopped, or from now on, `told` being the present; null: where it stopped. */
export function resumeEndpoint(file: WebhooksFile, id: string, told: ReadonlyMap<number, number> | null, at: EpochMs): void {
  const known = file.endpoint(id) ?? { ...NEW_STATE, since: at }
  file.together(() => {
    if (told !== null) {
      file.setPositions(id, 0, told)
      file.dropAside(id)
    }
    file.putEndpoint(id, { ...known, state: known.told > 0 ? 'well' : 'new', since: at, failing: null })
  })
}

export interface ReplayingWebhook {
  readonly id: string
  readonly account: number
  /** All webhooks of the account. */
  readonly siblings: readonly string[]
}

/** Within the bounds of the webhook and of its account; what is to come is told anyway. `mayBegin`: looks further, and throws. */
export function beginReplay(
  file: WebhooksFile,
  { id, account, siblings }: ReplayingWebhook,
  replay: NewReplay,
  mayBegin: () => void = () => {},
): WebhookReplay {
  const { replays, replaysOfAccount, replaysADay } = WEBHOOK_BOUNDS
  const counts = siblings.map((one) => file.countReplays(one, replay.at - DAY))
  const running = counts.reduce((sum, one) => sum + one.running, 0)
  const begun = counts.reduce((sum, one) => sum + one.begun, 0)
  if (file.countReplays(id, replay.at).running >= replays) throw tooManyReplays(`${replays} replays of the webhook run already.`)
  if (running >= replaysOfAccount) throw tooManyReplays(`${replaysOfAccount} replays of account ${account} run already.`)
  if (begun >= replaysADay) throw tooManyReplays(`Account ${account} started ${replaysADay} replays in a day.`)
  mayBegin()
  return file.addReplay(id, { ...replay, to: Math.min(replay.to, replay.at) })
}

/** Nothing is opened before it is asked for, and nothing made before there is something to keep. */
export class WebhooksAtRest implements WebhookBook, Disposable {
  readonly #path: string
  readonly #settings: Webhooks
  readonly #now: () => EpochMs
  #opened: WebhooksFile | null = null

  /** `path`: of webhooks.db, beside which the events are. */
  constructor(path: string, settings: Webhooks, now: () => EpochMs) {
    this.#path = path
    this.#settings = settings
    this.#now = now
  }

  [Symbol.dispose](): void {
    this.#opened?.[Symbol.dispose]()
    this.#opened = null
  }

  async health(ids: readonly string[]): Promise<ReadonlyMap<string, WebhookHealth>> {
    if (!this.#isThere) return new Map()
    const states = this.#file.endpoints()
    return new Map(
      ids.flatMap((id) => {
        const state = states.get(id)
        return state === undefined
          ? []
          : [[id, healthOf(state, { nextTry: null, aside: this.#file.aside(id).length, behindSince: null })] as const]
      }),
    )
  }

  async attempts(id: string, asked: Parameters<WebhookBook['attempts']>[1]) {
    return this.#isThere ? this.#file.attempts(id, asked) : []
  }

  async test(): Promise<never> {
    throw new Fault('not-running', 'Webhooks are tried while the server runs.', { blame: 'caller', mend: "Start it with 'hms start'." })
  }

  async resume(id: string, from: 'stopped' | 'now', at: EpochMs): Promise<void> {
    resumeEndpoint(this.#file, id, from === 'now' ? this.#told() : null, at)
  }

  async startReplay(id: string, replay: Parameters<WebhookBook['startReplay']>[1]) {
    const account = this.#settings.find(id)?.account
    const siblings = account === undefined ? [id] : this.#settings.list(account).map((one) => one.id)
    return beginReplay(this.#file, { id, account: account ?? 0, siblings }, replay)
  }

  async replays(id: string) {
    return this.#isThere ? this.#file.replays(id) : []
  }

  async cancelReplay(id: string, n: number, at: EpochMs): Promise<boolean> {
    return this.#isThere && this.#file.endReplay(id, n, 'cancelled', at)
  }

  async changed(id: string, isNew = false): Promise<void> {
    if (isNew) beginEndpoint(this.#file, id, this.#told(), this.#now())
    else if (this.#isThere && this.#settings.find(id) === null) this.#file.forget(id)
  }

  #told(): ReadonlyMap<number, number> {
    return readCursors(join(dirname(this.#path), 'events')) ?? new Map()
  }

  get #isThere(): boolean {
    return this.#opened !== null || existsSync(this.#path)
  }

  get #file(): WebhooksFile {
    return (this.#opened ??= new WebhooksFile(this.#path))
  }
}
