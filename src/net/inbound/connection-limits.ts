// How many sessions may be open, in all and from one address, and how fast they may come. Shared by all SMTP listeners of
// a worker. An IPv6 client counts as its /64: whoever has one address there has all of them.
import type { Clock } from '../../base/clock.ts'
import { networkKey } from '../../policy/networks.ts'
import { SlidingCounts } from '../../policy/rates.ts'

export interface ConnectionLimitOptions {
  /** `smtp.sessions`, `smtp.sessions_per_address`, `smtp.connections_per_minute`: this worker's part of them. */
  readonly sessions: number
  readonly sessionsPerAddress: number
  readonly connectionsPerMinute: number
  readonly clock: Clock
}

/** What is over its limit, in words for the client. */
export type LimitReached = 'too many connections' | 'too many connections from your address' | 'too many new connections from your address'

const MINUTE = 60_000
/** Addresses whose rate is remembered; beyond it the longest known are forgotten. */
const MOST_ADDRESSES = 100_000

export class ConnectionLimits {
  readonly #options: ConnectionLimitOptions
  readonly #open = new Map<string, number>()
  readonly #rates = new SlidingCounts(MINUTE, MOST_ADDRESSES)
  #total = 0

  constructor(options: ConnectionLimitOptions) {
    this.#options = options
  }

  /** Sessions open now, those of proxies that have not named their client included. */
  get open(): number {
    return this.#total
  }

  /** Takes a place for a connection whose client is not known yet (PROXY), or says why there is none. */
  enter(): LimitReached | null {
    if (this.#total >= this.#options.sessions) return 'too many connections'
    this.#total++
    return null
  }

  /** Counts the client of a connection that has a place. When refused, only `leave(null)` is left to call. */
  admit(address: string): LimitReached | null {
    const { clock, connectionsPerMinute, sessionsPerAddress } = this.#options
    const key = networkKey(address)
    if (this.#rates.add(key, clock.mono()) > connectionsPerMinute) return 'too many new connections from your address'
    const open = this.#open.get(key) ?? 0
    if (open >= sessionsPerAddress) return 'too many connections from your address'
    this.#open.set(key, open + 1)
    return null
  }

  /** Gives the place back; `address`: the client, where it was admitted. */
  leave(address: string | null): void {
    this.#total--
    if (address === null) return
    const key = networkKey(address)
    const open = this.#open.get(key) ?? 0
    if (open > 1) this.#open.set(key, open - 1)
    else this.#open.delete(key)
  }
}
