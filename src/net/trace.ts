// The live SMTP dialog of connections that somebody watches. While nobody does, a connection asks `hears` before each line and nothing else
// happens. Credentials are left out before a line is kept, and the octets of messages never come here.
import type { Ms } from '../base/brand.ts'
import type { Clock } from '../base/clock.ts'
import type { TraceFilter, TraceLine } from '../contract/bus.ts'
import { compileNetworks } from '../policy/networks.ts'
import { CredentialsLeftOut } from './credentials.ts'

/** Who does not come back is no watcher any more. */
const WATCHED_FOR: Ms = 10_000
const MOST_WATCHERS = 4
/** What a watcher has not fetched; older lines are dropped and counted. */
const MOST_LINES = 5000
/** Of a connection that no watcher was seen to want yet: its greeting and sign-on. */
const MOST_HELD = 60
const MOST_LENGTH = 1000
const ENVELOPE = /^(?:MAIL FROM|RCPT TO):\s*<[^>]*@([^>@]+)>/i

type Said = Pick<TraceLine, 'from' | 'text' | 'at'>
type Ear = (line: Omit<TraceLine, 'way'>) => void

export interface TraceBatch {
  readonly lines: readonly TraceLine[]
  /** What to ask for next. */
  readonly next: number
  /** Lines that were dropped, as they were not fetched in time. */
  readonly missed: number
}

class Watcher {
  until: Ms = 0
  /** Asks no more for the end of the connection that it came by. */
  letGo: () => void = () => {}
  readonly #filter: TraceFilter
  readonly #covers: (address: string) => boolean
  readonly #lines: TraceLine[] = []
  #first = 0
  #dropped = 0
  readonly #known = new WeakSet<Traced>()

  constructor(filter: TraceFilter) {
    this.#filter = filter
    const networks = filter.address === null ? null : compileNetworks([filter.address])
    this.#covers = (address) => networks === null || networks.has(address)
  }

  hear(traced: Traced, said: Said): void {
    if (!this.#known.has(traced)) {
      if (!this.#wants(traced)) return
      this.#known.add(traced)
      for (const before of traced.held) this.#keep(traced, before)
    }
    this.#keep(traced, said)
  }

  take(after: number): TraceBatch {
    const done = Math.min(this.#lines.length, Math.max(0, after - this.#first))
    this.#lines.splice(0, done)
    this.#first += done
    const missed = this.#dropped
    this.#dropped = 0
    return { lines: this.#lines.slice(), next: this.#first + this.#lines.length, missed }
  }

  #wants({ way, address, domains }: Traced): boolean {
    const { way: wanted, domain } = this.#filter
    if (wanted !== null && wanted !== way) return false
    return this.#covers(address) && (domain === null || domains.has(domain))
  }

  #keep({ way, number, address }: Traced, said: Said): void {
    if (this.#lines.length === MOST_LINES) {
      this.#lines.shift()
      this.#first++
      this.#dropped++
    }
    this.#lines.push({ way, connection: number, peer: address, ...said })
  }
}

/** One connection, from when a line of it was first heard while somebody watches. */
export class Traced {
  readonly way: TraceLine['way']
  readonly address: string
  readonly number: number
  readonly domains = new Set<string>()
  readonly held: Said[] = []
  readonly #hub: TraceHub
  readonly #credentials = new CredentialsLeftOut()

  constructor(hub: TraceHub, number: number, way: TraceLine['way'], address: string) {
    this.#hub = hub
    this.number = number
    this.way = way
    this.address = address
  }

  /** Whole lines, with or without their CRLF. */
  hear(from: TraceLine['from'], text: string): void {
    for (const line of text.split('\r\n')) if (line !== '') this.#line(from, line.slice(0, MOST_LENGTH))
  }

  #line(from: TraceLine['from'], line: string): void {
    const isClient = from === (this.way === 'in' ? 'peer' : 'us')
    const text = from === 'note' ? line : isClient ? this.#credentials.client(line) : this.#credentials.server(line)
    const said = { from, text, at: this.#hub.now() }
    const [, domain] = isClient && this.#hub.isWatched ? (ENVELOPE.exec(text) ?? []) : []
    if (domain !== undefined && this.domains.size < 100) this.domains.add(domain.toLowerCase())
    this.#hub.tell(this, said)
    if (this.#hub.isWatched && this.held.length < MOST_HELD) this.held.push(said)
  }
}

export class TraceHub {
  readonly #clock: Clock
  readonly #ears = { in: new Set<Ear>(), out: new Set<Ear>() }
  readonly #watchers = new Map<string, Watcher>()
  #connections = 0
  /** Kept, as it is asked before each line. */
  #hears = { in: false, out: false }
  #isSweeping = false

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether anybody wants lines of such connections: to be asked before each line. */
  hears(way: TraceLine['way']): boolean {
    return this.#hears[way]
  }

  /** Whether anybody came to watch some connections: he wants to know what a dialog is about, and how it began. */
  get isWatched(): boolean {
    return this.#watchers.size > 0
  }

  #renew(): void {
    const { isWatched } = this
    this.#hears = { in: isWatched || this.#ears.in.size > 0, out: isWatched || this.#ears.out.size > 0 }
  }

  now(): number {
    return this.#clock.now()
  }

  open(way: TraceLine['way'], address: string): Traced {
    return new Traced(this, ++this.#connections, way, address)
  }

  tell(traced: Traced, said: Said): void {
    for (const watcher of this.#watchers.values()) watcher.hear(traced, said)
    const { way, number, address } = traced
    const { from, text, at } = said
    for (const ear of this.#ears[way]) ear({ connection: number, peer: address, from, text, at })
  }

  /** Every line of one way from now on. Whoever hears it must not make the connection wait. */
  attach(way: TraceLine['way'], ear: Ear): Disposable {
    this.#ears[way].add(ear)
    this.#renew()
    return {
      [Symbol.dispose]: () => {
        this.#ears[way].delete(ear)
        this.#renew()
      },
    }
  }

  /** Begins to watch, or goes on. Null: too many watch already. `gone`: what the first call came by has ended, and so has the watching. */
  pull(id: string, filter: TraceFilter, after: number, gone?: AbortSignal): TraceBatch | null {
    let watcher = this.#watchers.get(id)
    if (watcher === undefined) {
      if (this.#watchers.size === MOST_WATCHERS || gone?.aborted === true) return null
      this.#watchers.set(id, (watcher = new Watcher(filter)))
      const leave = (): void => this.leave(id)
      gone?.addEventListener('abort', leave)
      watcher.letGo = () => gone?.removeEventListener('abort', leave)
      this.#renew()
      if (!this.#isSweeping) this.#sweepLater()
    }
    watcher.until = this.#clock.mono() + WATCHED_FOR
    return watcher.take(after)
  }

  /** Who watched makes place at once. */
  leave(id: string): void {
    this.#watchers.get(id)?.letGo()
    this.#watchers.delete(id)
    this.#renew()
  }

  #sweepLater(): void {
    this.#isSweeping = true
    this.#clock.after(WATCHED_FOR, () => {
      const now = this.#clock.mono()
      for (const [id, { until }] of this.#watchers) if (until <= now) this.leave(id)
      this.#isSweeping = this.#watchers.size > 0
      if (this.#isSweeping) this.#sweepLater()
    })
  }
}
