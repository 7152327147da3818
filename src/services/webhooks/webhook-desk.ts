// Webhooks as the desk has them: a thread that is started where there is an endpoint, hears what is committed, and is started anew where it ends by an
// error of its own; the desk and the mail go on meanwhile, and events wait in the store.
import { Worker } from 'node:worker_threads'
import type { EpochMs, Ms } from '../../base/brand.ts'
import { type Clock } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { MailEventKind } from '../../contract/events.ts'
import type { WebhookHealth, WebhooksStatus } from '../../contract/webhooks.ts'
import type { AlarmFacts } from '../../engine/ports/alarm-facts.ts'
import type { AttemptsAsked, NewReplay, WebhookBook, Webhooks } from '../../engine/ports/webhooks.ts'
import type { CommittedFeed } from '../following/committed-feed.ts'
import { LineHandover } from '../following/line-handover.ts'
import type { FromWebhooks, ToWebhooks, WebhookCallName, WebhookCalls, WebhooksSeen, WebhookThreadData } from './protocol.ts'

export interface WebhookDeskParts {
  readonly data: WebhookThreadData
  readonly settings: Webhooks
  readonly feed: CommittedFeed
  readonly facts: AlarmFacts
  readonly clock: Clock
  readonly log: Log
}

interface Waiting {
  resolve(answer: unknown): void
  reject(error: Error): void
}

interface Running {
  readonly worker: Worker
  readonly handover: LineHandover
  readonly hearing: Disposable
}

const FIRST_PAUSE: Ms = 1000
const LONGEST_PAUSE: Ms = 60_000
/** It ran so long that the next end is another matter. */
const WELL_AFTER: Ms = 300_000
/** Of the heap of the thread, whatever comes: the desk is not to be taken along. */
const MOST_HEAP_MB = 2048

export class WebhookDesk implements WebhookBook, AsyncDisposable {
  readonly #parts: WebhookDeskParts
  #running: Running | null = null
  #pause: Ms = FIRST_PAUSE
  #again: Disposable | null = null
  #waiting = new Map<number, Waiting>()
  #last = 0
  #seen: WebhooksSeen | null = null
  #isClosed = false

  constructor(parts: WebhookDeskParts) {
    this.#parts = parts
    if (parts.settings.list().length > 0) this.#start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#running
    this.#again?.[Symbol.dispose]()
    if (running !== null) await this.#ask('close', {}).catch(() => undefined)
    this.#isClosed = true
    running?.hearing[Symbol.dispose]()
    await running?.worker.terminate()
  }

  /** What the thread said last; null: there is none. */
  get seen(): WebhooksSeen | null {
    return this.#running === null ? null : this.#seen
  }

  /** Nothing where there is none. */
  status(): { readonly webhooks?: WebhooksStatus } {
    const seen = this.seen
    if (seen === null || seen.endpoints.length === 0) return {}
    const count = (...states: readonly string[]): number => seen.endpoints.filter(({ on, state }) => on && states.includes(state)).length
    const { told, givenUp } = seen
    return {
      webhooks: {
        well: count('new', 'well'),
        failing: count('failing'),
        dead: count('dead', 'gone'),
        off: seen.endpoints.filter(({ on }) => !on).length,
        told,
        givenUp,
      },
    }
  }

  async health(ids: readonly string[]): Promise<ReadonlyMap<string, WebhookHealth>> {
    return ids.length === 0 ? new Map() : new Map(await this.#ask('health', { ids }))
  }

  attempts(id: string, asked: AttemptsAsked) {
    return this.#ask('attempts', { id, asked })
  }

  test(id: string, kinds: readonly MailEventKind[]) {
    return this.#ask('test', { id, kinds })
  }

  async resume(id: string, from: 'stopped' | 'now', at: EpochMs): Promise<void> {
    await this.#ask('resume', { id, from, at })
  }

  startReplay(id: string, replay: NewReplay) {
    return this.#ask('startReplay', { id, replay })
  }

  replays(id: string) {
    return this.#ask('replays', { id })
  }

  cancelReplay(id: string, n: number): Promise<boolean> {
    return this.#ask('cancelReplay', { id, n })
  }

  async changed(id: string, isNew = false): Promise<void> {
    await this.#ask('changed', { id, isNew })
  }

  #start(): Running {
    const { data, feed } = this.#parts
    const worker = new Worker(new URL('./webhook-thread.ts', import.meta.url), {
      name: 'webhooks',
      workerData: data,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxOldGenerationSizeMb: MOST_HEAP_MB },
    })
    worker.unref()
    const began = this.#parts.clock.mono()
    const handover = new LineHandover((lines, transfer) => worker.postMessage({ kind: 'lines', lines } satisfies ToWebhooks, transfer))
    const running = { worker, handover, hearing: feed.add((told) => handover.committed(told)) }
    worker.on('message', (message: FromWebhooks) => this.#heard(running, message))
    worker.on('error', (error) => this.#parts.log.error('the thread of webhooks ended; it is started anew', { error: error.message }))
    worker.on('exit', () => this.#ended(running, this.#parts.clock.mono() - began))
    this.#running = running
    return running
  }

  #ended(running: Running, ran: Ms): void {
    running.hearing[Symbol.dispose]()
    if (this.#running === running) this.#running = null
    const mend = 'Try again in a moment; the log of the server tells why.'
    const gone = new Fault('webhooks-silent', 'What posts to webhooks is being started anew.', { blame: 'owner', temporary: true, mend })
    for (const { reject } of this.#waiting.values()) reject(gone)
    this.#waiting.clear()
    if (this.#isClosed) return
    if (ran > WELL_AFTER) this.#pause = FIRST_PAUSE
    this.#again = this.#parts.clock.after(this.#pause, () => {
      if (!this.#isClosed && this.#running === null) this.#start()
    })
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE)
  }

  #heard({ handover }: Running, message: FromWebhooks): void {
    switch (message.kind) {
      case 'took':
        return handover.took(message.octets)
      case 'log':
        return this.#parts.log[message.level](message.message, message.fields)
      case 'seen':
        this.#seen = message.seen
        return this.#tellDead(message.seen)
      case 'answer':
        this.#waiting.get(message.id)?.resolve(message.answer)
        break
      case 'error': {
        const { code, message: text, blame = 'owner', mend } = message.error
        const error = code === null ? new Error(text) : new Fault(code, text, { blame, ...(mend !== undefined && { mend }) })
        this.#waiting.get(message.id)?.reject(error)
      }
    }
    this.#waiting.delete(message.id)
    if (this.#waiting.size === 0) this.#running?.worker.unref()
  }

  #tellDead({ endpoints }: WebhooksSeen): void {
    const dead = endpoints.filter(({ on, state }) => on && (state === 'dead' || state === 'gone'))
    this.#parts.facts.report(
      'webhook-dead',
      dead.map(({ id, name, account, state, failure }) => {
        const why =
          state === 'gone' ? 'answered that it is gone' : `took nothing for three days${failure === null ? '' : `: ${failure.reason}`}`
        return { subject: id, value: 1, words: `The webhook ${id} (${name}) of account ${account} ${why}.` }
      }),
    )
  }

  #ask<N extends WebhookCallName>(name: N, params: WebhookCalls[N]['params']): Promise<WebhookCalls[N]['answer']> {
    const { worker } = this.#running ?? this.#start()
    const id = ++this.#last
    worker.ref()
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: resolve as Waiting['resolve'], reject })
      worker.postMessage({ kind: 'call', id, name, params } satisfies ToWebhooks)
    })
  }
}
