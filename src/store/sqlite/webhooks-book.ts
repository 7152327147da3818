// What is kept of webhooks, answered over webhooks.db by whoever has it open: the thread of a running server, or `hms` on a home at rest.
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { EpochMs } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import { WEBHOOK_BOUNDS, type WebhookHealth } from '../../contract/webhooks.ts'
import type { WebhookBook, Webhooks } from '../../engine/ports/webhooks.ts'
import { readCursors } from './events.ts'
import { type EndpointState, WebhooksFile } from './webhooks-file.ts'

export const NEW_STATE: Omit<EndpointState, 'since'> = { state: 'new', tookAt: null, failure: null, failing: null, told: 0, givenUp: 0 }

export function tooManyReplays(what = `${WEBHOOK_BOUNDS.replays} replays of the webhook run already.`): Fault {
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
  const known = file.endpoints().get(id) ?? { ...NEW_STATE, since: at }
  file.together(() => {
    if (told !== null) {
      file.setPositions(id, 0, told)
      file.dropAside(id)
    }
    file.putEndpoint(id, { ...known, state: known.told > 0 ? 'well' : 'new', since: at, failing: null })
  })
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
    if (this.#file.replays(id).filter(({ state }) => state === 'running').length >= WEBHOOK_BOUNDS.replays) throw tooManyReplays()
    return this.#file.addReplay(id, replay)
  }

  async replays(id: string) {
    return this.#isThere ? this.#file.replays(id) : []
  }

  async cancelReplay(id: string, n: number, at: EpochMs): Promise<boolean> {
    return this.#isThere && this.#file.endReplay(id, n, 'cancelled', at)
  }

  async changed(begun?: string): Promise<void> {
    if (begun !== undefined) return beginEndpoint(this.#file, begun, this.#told(), this.#now())
    if (!this.#isThere) return
    for (const id of this.#file.endpoints().keys()) if (this.#settings.find(id) === null) this.#file.forget(id)
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
