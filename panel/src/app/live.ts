// What goes on, as the server tells it. However many parts of a page look at the same, there is one connection for it; what comes is told to
// them at most four times a second, however much comes. A connection that is lost is made again by the client, and people are told meanwhile.
import { useSyncExternalStore } from 'react'
import { HmsClient, type NewestEvents, type NumberedEvent, type Status, type StreamEvent } from '../../../client/src/index.ts'
import { type Totals, withTotals } from './rates.ts'

type Link = 'connecting' | 'open' | 'lost'

interface Live<T> {
  readonly link: Link
  readonly value: T
}

const TOLD_EVERY = 250
/** The server says something every ten seconds. */
const LONGEST_SILENCE = 25_000
/** Kept for a moment when nobody looks: pages change. */
const LINGER = 2_000

/** Makes a value of what comes, which may be much: cheap. */
interface Feed<T, Row> {
  readonly first: T
  readonly open: (client: HmsClient, signal: AbortSignal) => AsyncIterable<StreamEvent<Row>>
  readonly take: (row: Row, event: StreamEvent<Row>) => void
  /** What has come, for the parts of the page. */
  readonly show: (before: T) => T
}

class LiveSource<T, Row> {
  readonly #feed: Feed<T, Row>
  readonly #listeners = new Set<() => void>()
  #now: Live<T>
  #link: Link = 'connecting'
  #stop: AbortController | null = null
  #timer: ReturnType<typeof setTimeout> | null = null
  #leaving: ReturnType<typeof setTimeout> | null = null

  constructor(feed: Feed<T, Row>) {
    this.#feed = feed
    this.#now = { link: 'connecting', value: feed.first }
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    if (this.#leaving !== null) clearTimeout(this.#leaving)
    this.#leaving = null
    if (this.#stop === null) void this.#run()
    return () => {
      this.#listeners.delete(listener)
      if (this.#listeners.size === 0) this.#leaving = setTimeout(() => this.#end(), LINGER)
    }
  }

  readonly snapshot = (): Live<T> => this.#now

  #end(): void {
    this.#stop?.abort()
    this.#stop = null
  }

  async #run(): Promise<void> {
    const stop = new AbortController()
    this.#stop = stop
    this.#link = 'connecting'
    const client = new HmsClient({ url: '', fetch: (input, init) => this.#fetched(stop, input, init) })
    try {
      for await (const event of this.#feed.open(client, stop.signal)) {
        this.#feed.take(event.data, event)
        this.#tell()
      }
    } catch {
      // The session ended, or it is not theirs to see: the next call of the page says so in words.
      if (!stop.signal.aborted) this.#linked('lost')
    }
    if (this.#stop === stop) this.#stop = null
  }

  /** Watches over the connection of a stream. */
  async #fetched(stop: AbortController, input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
    try {
      const response = await fetch(input, init)
      if (response.body === null || !response.ok) return response
      this.#linked('open')
      return new Response(this.#watched(response.body, stop), { status: response.status, headers: response.headers })
    } catch (error) {
      if (!stop.signal.aborted) this.#linked('lost')
      throw error
    }
  }

  /** Ends where the connection breaks or says nothing for too long: the client makes another one then. */
  #watched(body: ReadableStream<Uint8Array>, stop: AbortController): ReadableStream<Uint8Array> {
    const reader = body.getReader()
    return new ReadableStream({
      pull: async (controller) => {
        const { promise: silence, resolve } = Promise.withResolvers<null>()
        const timer = setTimeout(() => resolve(null), LONGEST_SILENCE)
        const got = await Promise.race([reader.read().catch(() => null), silence])
        clearTimeout(timer)
        if (got !== null && !got.done) return controller.enqueue(got.value)
        if (!stop.signal.aborted) this.#linked('lost')
        controller.close()
        await reader.cancel().catch(() => {})
      },
      cancel: (reason) => reader.cancel(reason),
    })
  }

  #linked(link: Link): void {
    this.#link = link
    this.#tell()
  }

  #tell(): void {
    if (this.#timer !== null) return
    this.#timer = setTimeout(() => {
      this.#timer = null
      this.#now = { link: this.#link, value: this.#feed.show(this.#now.value) }
      for (const listener of this.#listeners) listener()
    }, TOLD_EVERY)
  }
}

interface StatusSeen {
  readonly status: Status
  readonly history: readonly Totals[]
}

function statusSource(): LiveSource<StatusSeen | null, Status> {
  let last: StatusSeen | null = null
  return new LiveSource<StatusSeen | null, Status>({
    first: null,
    open: (client, signal) => client.status.getStream({ signal }),
    take: (status) => {
      const { accepted, delivered, deferred, failed } = status
      last = { status, history: withTotals(last?.history ?? [], { at: Date.now(), accepted, delivered, deferred, failed }) }
    },
    show: () => last,
  })
}

interface Tail {
  /** The newest first. */
  readonly events: readonly NumberedEvent[]
  /** So many came since the page looked. */
  readonly seen: number
}

const MOST_SHOWN = 50

/** The server sends no more than is shown, and says how many it left out: work here is the same however much comes. */
function tailSource(): LiveSource<Tail, NewestEvents> {
  let now: Tail = { events: [], seen: 0 }
  return new LiveSource<Tail, NewestEvents>({
    first: now,
    open: (client, signal) => client.events.newestStream({ most: MOST_SHOWN }, { signal }),
    take: ({ events, left }) => {
      now = { events: [...events.toReversed(), ...now.events].slice(0, MOST_SHOWN), seen: now.seen + left + events.length }
    },
    show: () => now,
  })
}

const NO_TOTALS: readonly Totals[] = []
const status = statusSource()
const tail = tailSource()

/** How the server is, at most a second old; null until it is known. */
export function useLiveStatus(): Live<Status | null> {
  const { link, value } = useLive(status)
  return { link, value: value?.status ?? null }
}

/** Totals of the last minutes, as they came. */
export function useTotals(): readonly Totals[] {
  return useLive(status).value?.history ?? NO_TOTALS
}

/** The newest events, and how many came. */
export function useTail(): Live<Tail> {
  return useLive(tail)
}

function useLive<T, Row>(source: LiveSource<T, Row>): Live<T> {
  return useSyncExternalStore(source.subscribe, source.snapshot)
}
