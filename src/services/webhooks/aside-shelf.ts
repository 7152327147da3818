// Posts that an endpoint refuses while it takes others: they and what comes later about the same messages are tried on their own schedule, in
// their order, until they are taken or given up. What is kept of them are the numbers of their events.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Telling } from '../../policy/webhooks/tell-stream.ts'
import { DEAD_AFTER } from '../../policy/webhooks/circuit.ts'
import type { AsidePost, EventRef, WebhooksFile } from '../../store/sqlite/webhooks/webhooks-file.ts'

/** Events of an endpoint that may be set aside: where there are more, it stands still as a whole. */
export const MOST_ASIDE = 1000
const RETRIES: readonly Ms[] = [10_000, 60_000, 300_000, 900_000]
const LONGEST: Ms = 3_600_000
/** Before the first try of one that follows another. */
const AT_ONCE = 0

interface Item extends AsidePost {
  isGoing: boolean
}

export class AsideShelf {
  readonly #endpoint: string
  readonly #file: WebhooksFile
  #items: Item[]
  /** Streams and messages that something here is about. */
  #messages = new Set<string>()
  /** Streams and events that are here. */
  #events = new Set<string>()

  constructor(endpoint: string, file: WebhooksFile) {
    this.#endpoint = endpoint
    this.#file = file
    this.#items = file.aside(endpoint).map((item) => Object.assign(item, { isGoing: false }))
    this.#count()
  }

  /** Events. */
  get size(): number {
    return this.#items.reduce((sum, { refs }) => sum + refs.length, 0)
  }

  get oldest(): EpochMs | null {
    const times = this.#items.flatMap(({ refs }) => refs.slice(0, 1).map(({ at }) => at))
    return times.length === 0 ? null : Math.min(...times)
  }

  has(stream: number, message: string): boolean {
    return this.#messages.has(`${stream} ${message}`)
  }

  /** After a crash what was set aside may be read again. */
  holds(stream: number, { event }: Telling): boolean {
    return this.#events.has(`${stream} ${event.id}`)
  }

  hasAny(stream: number): boolean {
    return this.#items.some((item) => item.stream === stream)
  }

  hasRoom(events: number): boolean {
    return this.size + events <= MOST_ASIDE
  }

  /** Within a transaction. */
  add(stream: number, events: readonly Telling[], tries: number, now: EpochMs): void {
    const refs = events.map(({ event }): EventRef => ({ id: event.id, at: event.at, message: event.message }))
    const item = { stream, refs, tries, since: now, due: now + (tries === 0 ? AT_ONCE : (RETRIES[0] ?? LONGEST)) }
    this.#items.push({ ...item, n: this.#file.addAside(this.#endpoint, item), isGoing: false })
    for (const ref of refs) {
      this.#messages.add(`${stream} ${ref.message}`)
      this.#events.add(`${stream} ${ref.id}`)
    }
  }

  /** The next that may go now: nothing before it is about one of its messages. */
  next(now: EpochMs): AsidePost | null {
    for (const item of this.#first()) {
      if (item.isGoing || item.due > now) continue
      item.isGoing = true
      return item
    }
    return null
  }

  get due(): EpochMs | null {
    let due: EpochMs | null = null
    for (const item of this.#first()) if (!item.isGoing) due = Math.min(due ?? Infinity, item.due)
    return due
  }

  /** It was taken, or is given up. */
  remove({ n }: Pick<AsidePost, 'n'>): void {
    this.#items = this.#items.filter((item) => item.n !== n)
    this.#count()
    this.#file.removeAside(n)
  }

  /** True: it is given up, and gone. */
  failed({ n }: Pick<AsidePost, 'n'>, now: EpochMs): boolean {
    const at = this.#items.findIndex((item) => item.n === n)
    const item = this.#items[at]
    if (item === undefined) return false
    if (now - item.since >= DEAD_AFTER) {
      this.remove(item)
      return true
    }
    const tries = item.tries + 1
    const due = now + (RETRIES[tries - TRIES_BEFORE] ?? LONGEST)
    this.#items[at] = { ...item, tries, due, isGoing: false }
    this.#file.putOffAside(n, tries, due)
    return false
  }

  drop(stream: number | null): void {
    this.#items = stream === null ? [] : this.#items.filter((item) => item.stream !== stream)
    this.#count()
  }

  /** Those before which nothing is about one of their messages. */
  *#first(): Generator<Item> {
    const seen = new Set<string>()
    for (const item of this.#items) {
      const messages = item.refs.map(({ message }) => `${item.stream} ${message}`)
      if (!messages.some((message) => seen.has(message))) yield item
      for (const message of messages) seen.add(message)
    }
  }

  #count(): void {
    this.#messages = new Set(this.#items.flatMap(({ stream, refs }) => refs.map(({ message }) => `${stream} ${message}`)))
    this.#events = new Set(this.#items.flatMap(({ stream, refs }) => refs.map(({ id }) => `${stream} ${id}`)))
  }
}

/** What was tried in line. */
const TRIES_BEFORE = 3
