// Who searches events and makes indexes for a store: itself, a step a turn of its event loop, or a thread of its own while there is
// something to search, as the desk has it.
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { Fault, type FaultOptions } from '../../../base/fault.ts'
import type { EventPage } from '../../../engine/ports/stores.ts'
import { indexDay } from './event-index-build.ts'
import { type EventQuestion, EventRun } from './event-run.ts'
import type { EventsRequest } from './events-thread.ts'
import type { StoreError } from '../spool/protocol.ts'
import { RestingLink } from '../resting-link.ts'
import { ThreadLink } from '../thread-link.ts'

/** Searches under way at once: each has a file open, and a block or two in memory. */
const MOST_SEARCHES = 64

export interface EventSearcher extends Disposable {
  search(question: EventQuestion, signal?: AbortSignal): Promise<EventPage>
  index(day: string, late: number): Promise<number>
}

/** Where nobody else needs the event loop. */
export class OwnSearcher implements EventSearcher {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  [Symbol.dispose](): void {}

  async search(question: EventQuestion, signal?: AbortSignal): Promise<EventPage> {
    using run = new EventRun(this.#folder, question)
    for (;;) {
      if (signal?.aborted === true) run.end()
      if (!run.step()) return run.page
      await turn()
    }
  }

  index(day: string, late: number): Promise<number> {
    return indexDay(join(this.#folder, `${day}.db`), late, turn)
  }
}

export class ThreadSearcher implements EventSearcher {
  readonly #folder: string
  readonly #link: RestingLink
  #tickets = 0
  #underWay = 0

  constructor(folder: string) {
    this.#folder = folder
    const url = new URL('./events-thread.ts', import.meta.url)
    this.#link = new RestingLink(() => new ThreadLink('events', url, { folder }, () => {}))
  }

  [Symbol.dispose](): void {
    void this.#link.ended()
  }

  async search(question: EventQuestion, signal?: AbortSignal): Promise<EventPage> {
    if (this.#underWay >= MOST_SEARCHES)
      throw new Fault('events-busy', `${MOST_SEARCHES} searches of events are under way.`, {
        blame: 'caller',
        temporary: true,
        mend: 'Try again in some seconds, or ask for less.',
      })
    const ticket = ++this.#tickets
    const end = (): void => this.#link.post({ end: ticket })
    this.#underWay++
    try {
      const answer = this.#ask({ name: 'search', ticket, question, isEnded: signal?.aborted === true })
      signal?.addEventListener('abort', end, { once: true })
      return (await answer) as EventPage
    } finally {
      this.#underWay--
      signal?.removeEventListener('abort', end)
    }
  }

  async index(day: string, late: number): Promise<number> {
    return (await this.#ask({ name: 'index', day, late })) as number
  }

  async #ask(request: EventsRequest): Promise<unknown> {
    try {
      return await this.#link.ask(request)
    } catch (error) {
      const { message, fault } = error as StoreError & { readonly fault: (FaultOptions & { code: string; message: string }) | null }
      throw fault === null ? new Error(`${this.#folder}: ${message}`, { cause: error }) : new Fault(fault.code, fault.message, fault)
    }
  }
}
