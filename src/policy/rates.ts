// Counting over a sliding window, for many keys, in bounded memory: the window of now and the share of the one before that
// still reaches into it. And what follows from failed logins: first a delay that grows, then a refusal for a time.
import type { EpochMs, Ms } from '../base/brand.ts'

interface Window {
  start: number
  now: number
  before: number
}

/** Events per key within the last `window` ms, an estimate that is exact for an even flow. */
export class SlidingCounts {
  readonly #windows = new Map<string, Window>()
  readonly #span: Ms
  readonly #mostKeys: number

  constructor(span: Ms, mostKeys: number) {
    this.#span = span
    this.#mostKeys = mostKeys
  }

  get keys(): number {
    return this.#windows.size
  }

  /** Counts `n` more and returns the count with them. */
  add(key: string, now: EpochMs, n = 1): number {
    let window = this.#windows.get(key)
    if (window === undefined) {
      if (this.#windows.size >= this.#mostKeys) this.#forget(now)
      window = { start: this.#startOf(now), now: 0, before: 0 }
      this.#windows.set(key, window)
    }
    this.#roll(window, now)
    window.now += n
    return this.#estimate(window, now)
  }

  count(key: string, now: EpochMs): number {
    const window = this.#windows.get(key)
    if (window === undefined) return 0
    this.#roll(window, now)
    return this.#estimate(window, now)
  }

  clear(key: string): void {
    this.#windows.delete(key)
  }

  #startOf(now: EpochMs): number {
    return now - (now % this.#span)
  }

  #roll(window: Window, now: EpochMs): void {
    const start = this.#startOf(now)
    if (start === window.start) return
    window.before = start - window.start === this.#span ? window.now : 0
    window.now = 0
    window.start = start
  }

  #estimate({ start, now: current, before }: Window, now: EpochMs): number {
    return current + before * (1 - (now - start) / this.#span)
  }

  /** Makes room: what has run out, else the oldest tenth (an attacker with many addresses must not fill the memory). */
  #forget(now: EpochMs): void {
    const old = this.#startOf(now) - this.#span
    for (const [key, window] of this.#windows) if (window.start < old) this.#windows.delete(key)
    let surplus = this.#windows.size - Math.floor(this.#mostKeys * 0.9)
    for (const key of this.#windows.keys()) {
      if (surplus-- <= 0) break
      this.#windows.delete(key)
    }
  }
}

export interface LoginLimits {
  /** Failures within `window` before refusal. */
  readonly failures: number
  readonly window: Ms
  /** How long logins are refused then. */
  readonly block: Ms
}

/** What to do with a login before it is checked. */
export type LoginVerdict = { readonly kind: 'check'; readonly delay: Ms } | { readonly kind: 'refuse'; readonly until: EpochMs }

const FIRST_DELAY: Ms = 250
const LONGEST_DELAY: Ms = 10_000
/** A network that logged in lately holds customers: one who mistypes must not lock out the others behind the same address. */
const KNOWN_NETWORK_FACTOR = 10
/** Failures of a whole network around an address, in `failures`, before its unknown addresses are refused. */
const SURROUNDING_FACTOR = 5
const KNOWN_FOR: Ms = 24 * 3600 * 1000

/** Where a login comes from. */
export interface LoginOrigin {
  /** The address, or the /64 of an IPv6 address (`networkKey`). */
  readonly network: string
  /** The network around it (`surroundingKey`). */
  readonly surrounding: string
}

/**
 * Failed logins by user from a network, by network, by the network around it, and by user. The first three are slowed and then
 * refused; a network from which someone logged in lately is not refused for its neighbours' sake. A user's own count only slows, and
 * only where the user has not logged in from lately: anyone may fail in a customer's name, and must not lock the customer out by it.
 */
export class LoginGuard {
  readonly #limits: LoginLimits
  readonly #mostKeys: number
  readonly #failures: SlidingCounts
  readonly #refused = new Map<string, EpochMs>()
  readonly #known = new Map<string, EpochMs>()

  constructor(limits: LoginLimits, mostKeys = 100_000) {
    this.#limits = limits
    this.#mostKeys = mostKeys
    this.#failures = new SlidingCounts(limits.window, mostKeys)
  }

  /** `trusted`: counted and slowed, never refused. */
  before({ network, surrounding }: LoginOrigin, user: string, trusted: boolean, now: EpochMs): LoginVerdict {
    const pair = pairKey(network, user)
    const known = trusted || this.#isKnown(network, now)
    if (!trusted) {
      const around = known ? 0 : this.#refusedUntil(surrounding, now)
      const until = Math.max(this.#refusedUntil(network, now), this.#refusedUntil(pair, now), around)
      if (until > now) return { kind: 'refuse', until }
    }
    // By the pair only where the network is known: others behind it are not slowed by one who mistypes.
    const here = known ? this.#failures.count(pair, now) : this.#failures.count(network, now)
    const elsewhere = trusted || this.#isKnown(pair, now) ? 0 : this.#failures.count(userKey(user), now) - this.#limits.failures
    return { kind: 'check', delay: delayAfter(Math.round(Math.max(here, elsewhere))) }
  }

  failed({ network, surrounding }: LoginOrigin, user: string, now: EpochMs): void {
    const { failures } = this.#limits
    const pair = pairKey(network, user)
    const ofNetwork = this.#isKnown(network, now) ? failures * KNOWN_NETWORK_FACTOR : failures
    if (this.#failures.add(pair, now) >= failures) this.#refuse(pair, now)
    if (this.#failures.add(network, now) >= ofNetwork) this.#refuse(network, now)
    if (this.#failures.add(surrounding, now) >= failures * SURROUNDING_FACTOR) this.#refuse(surrounding, now)
    this.#failures.add(userKey(user), now)
  }

  succeeded({ network }: LoginOrigin, user: string, now: EpochMs): void {
    const pair = pairKey(network, user)
    this.#failures.clear(pair)
    bounded(this.#known, this.#mostKeys).set(network, now)
    bounded(this.#known, this.#mostKeys).set(pair, now)
  }

  #isKnown(key: string, now: EpochMs): boolean {
    return now - (this.#known.get(key) ?? -Infinity) < KNOWN_FOR
  }

  #refusedUntil(key: string, now: EpochMs): EpochMs {
    const until = this.#refused.get(key)
    if (until === undefined) return 0
    if (until <= now) {
      this.#refused.delete(key)
      this.#failures.clear(key)
    }
    return until
  }

  #refuse(key: string, now: EpochMs): void {
    bounded(this.#refused, this.#mostKeys).set(key, now + this.#limits.block)
  }
}

function pairKey(network: string, user: string): string {
  // Cut: the name is the client's, up to 9,000 characters of it, and it is kept.
  return `${network} ${user.slice(0, 100).toLowerCase()}`
}

function userKey(user: string): string {
  return pairKey('*', user)
}

function delayAfter(failures: number): Ms {
  return failures <= 0 ? 0 : Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(failures - 1, 10))
}

/** The map with room for one more: the oldest entry leaves where it is full. */
function bounded<V>(map: Map<string, V>, most: number): Map<string, V> {
  if (map.size >= most) for (const key of map.keys()) if (map.size >= most) map.delete(key)
  return map
}
