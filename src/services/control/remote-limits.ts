// The limits of a worker that shares them with others: asked for at control, answered at once from what control has granted already.
// What is granted for rates is used within a moment or given back; what is held is held until it ends, whatever becomes of control.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { ControlCalls } from '../../contract/bus.ts'
import { NORMAL_RANK, type Rank } from '../../contract/priority.ts'
import type { Limits, LimitWaiter } from '../../engine/ports/limits.ts'
import { type BusClient, connectBus } from '../../net/bus/client.ts'
import type { Grant, LimitAsk, Refusal } from '../../policy/limits/limit-book.ts'

export interface RemoteLimitsOptions {
  readonly path: string
  readonly slot: number
  readonly version: string
  readonly clock: Clock
  readonly log: Log
}

/** What is asked for in the same words and at the same priority, and who waits for it here. */
interface Kind {
  readonly id: number
  readonly rank: Rank
  readonly asks: readonly LimitAsk[]
  readonly isHolding: boolean
  readonly waiters: Map<LimitWaiter, number>
  tokens: { readonly grant: Grant; readonly since: Ms }[]
  /** An answer is under way, or control tells when there is room. */
  isAsked: boolean
  /** How many are asked for at once. */
  bundle: number
  which: LimitAsk
  until: EpochMs
}

/** The window is longer than it must be by more than this: what is used so late still keeps it. */
const TOKEN_LIFE: Ms = 200
const MOST_BUNDLE = 32
/** Asks under way at once: a connection takes a thousand calls, and has others to carry. */
const MOST_ASKS = 256
const RETRY: Ms = 100

export class RemoteLimits implements Limits, Disposable {
  readonly #options: RemoteLimitsOptions
  readonly #kinds = new WeakMap<readonly LimitAsk[], (Kind | undefined)[]>()
  readonly #wantedKinds = new Map<number, Kind>()
  /** They are asked about when others have their answer. */
  readonly #queued = new Set<Kind>()
  #asks = 0
  /** They have tokens. */
  readonly #stocked = new Set<Kind>()
  readonly #places = new Map<LimitWaiter, Kind>()
  readonly #turns = new Set<LimitWaiter>()
  readonly #held = new Set<Grant>()
  #ended: Grant[] = []
  #unused: Grant[] = []
  #client: BusClient<ControlCalls> | null = null
  #wanted: (key: string, by: null) => void = () => {}
  #isFlushing = false
  #lastId = 0
  #isClosed = false
  #isLeaving = false

  constructor(options: RemoteLimitsOptions) {
    this.#options = options
    void this.#keep()
  }

  [Symbol.dispose](): void {
    this.#isClosed = true
    this.#client?.[Symbol.dispose]()
  }

  ask(asks: readonly LimitAsk[], octets: number, waiter: LimitWaiter): Grant | Refusal {
    const kind = this.#kindOf(asks, waiter.rank ?? NORMAL_RANK)
    const hasTurn = this.#turns.delete(waiter)
    const isFirst = hasTurn || kind.waiters.size === (kind.waiters.has(waiter) ? 1 : 0)
    const grant = isFirst ? this.#use(kind, octets) : null
    if (grant !== null) {
      this.forget(waiter)
      if (kind.isHolding) this.#held.add(grant)
      return grant
    }
    const place = this.#places.get(waiter)
    if (place !== kind) this.forget(waiter)
    kind.waiters.set(waiter, octets)
    this.#places.set(waiter, kind)
    this.#request(kind)
    return { kind: 'refused', which: kind.which, until: kind.until }
  }

  release(grant: Grant): void {
    this.#held.delete(grant)
    // Of rates alone there is nothing to tell.
    if (isHolding(grant.asks)) this.#send(this.#ended, grant)
  }

  giveBack(grant: Grant): void {
    this.#held.delete(grant)
    this.#send(this.#unused, grant)
  }

  forget(waiter: LimitWaiter): void {
    this.#turns.delete(waiter)
    const kind = this.#places.get(waiter)
    if (kind === undefined) return
    this.#places.delete(waiter)
    kind.waiters.delete(waiter)
    if (kind.waiters.size > 0) return
    this.#wantedKinds.delete(kind.id)
    if (!kind.isAsked) return
    kind.isAsked = false
    if (this.#queued.delete(kind)) return
    void this.#client?.call('control.forget', { id: kind.id }).catch(() => {})
  }

  onWanted(fn: (key: string, by: null) => void): void {
    this.#wanted = fn
  }

  async used(keys: readonly string[]): Promise<readonly number[]> {
    if (this.#client === null) throw new Error('control does not answer')
    return (await this.#client.call('control.used', { keys })).used
  }

  leave(): void {
    this.#isLeaving = true
  }

  /** A token that is fresh and large enough. */
  #use(kind: Kind, octets: number): Grant | null {
    const now = this.#options.clock.mono()
    for (let token = kind.tokens.shift(); token !== undefined; token = kind.tokens.shift()) {
      if (now - token.since <= TOKEN_LIFE && token.grant.octets >= octets) return token.grant
      this.#send(this.#unused, token.grant)
      kind.bundle = 1
    }
    return null
  }

  #kindOf(asks: readonly LimitAsk[], rank: Rank): Kind {
    let byRank = this.#kinds.get(asks)
    if (byRank === undefined) this.#kinds.set(asks, (byRank = []))
    return (byRank[rank] ??= this.#newKind(asks, rank))
  }

  #newKind(asks: readonly LimitAsk[], rank: Rank): Kind {
    const [which] = asks
    if (which === undefined) throw new Error('nobody asks for nothing')
    const id = ++this.#lastId
    const nothing = { waiters: new Map(), tokens: [], isAsked: false, bundle: 1, until: Infinity }
    return { ...nothing, id, rank, asks, isHolding: isHolding(asks), which }
  }

  #request(kind: Kind): void {
    this.#wantedKinds.set(kind.id, kind)
    if (kind.isAsked || this.#isLeaving || this.#client === null) return
    if (kind.waiters.size === 0) return
    kind.isAsked = true
    this.#queued.add(kind)
    this.#askMore()
  }

  #askMore(): void {
    for (const kind of this.#queued) {
      if (this.#asks >= MOST_ASKS || this.#client === null) return
      this.#queued.delete(kind)
      const [first] = kind.waiters
      if (first === undefined) kind.isAsked = false
      else void this.#ask(kind, first, this.#client)
    }
  }

  async #ask(kind: Kind, [waiter, octets]: readonly [LimitWaiter, number], client: BusClient<ControlCalls>): Promise<void> {
    const { id, asks, rank } = kind
    const starves = asks.some(({ key, span }) => span === null && waiter.starves?.(key) === true)
    this.#asks++
    try {
      const { granted, refused } = await client.call('control.ask', { id, asks, octets, most: kind.bundle, starves, rank })
      if (refused !== null) this.#refused(kind, refused)
      if (granted.length > 0) this.#granted(kind, granted)
    } catch {
      kind.isAsked = false
      // Where the connection ended all is asked for anew on the next; else too much was asked at once.
      if (!client.ended) this.#options.clock.after(RETRY, () => this.#wantedKinds.has(id) && this.#request(kind))
    } finally {
      this.#asks--
      this.#askMore()
    }
  }

  #refused(kind: Kind, { which, until }: { readonly which: number; readonly until: EpochMs | null }): void {
    kind.which = kind.asks[which] ?? kind.which
    kind.until = until ?? Infinity
    const refusal: Refusal = { kind: 'refused', which: kind.which, until: kind.until }
    for (const one of kind.waiters.keys()) one.told?.(refusal)
  }

  #granted(kind: Kind, grants: readonly Grant[]): void {
    const since = this.#options.clock.mono()
    kind.isAsked = false
    // What all was used of is asked for in a larger bundle; what is held, and what goes by its size, one by one.
    const isPlain = !kind.isHolding && kind.asks.every(({ counts }) => counts === 'one')
    if (isPlain && kind.tokens.length === 0) kind.bundle = Math.min(MOST_BUNDLE, kind.bundle * 2)
    for (const grant of grants) kind.tokens.push({ grant: { ...grant, asks: kind.asks }, since })
    this.#stocked.add(kind)
    this.#sweepSoon(kind)
    for (const waiter of [...kind.waiters.keys()].slice(0, grants.length)) {
      kind.waiters.delete(waiter)
      this.#places.delete(waiter)
      this.#turns.add(waiter)
      waiter.roomMade()
    }
    if (kind.waiters.size > 0) this.#request(kind)
    else this.#wantedKinds.delete(kind.id)
  }

  /** What nobody used in time goes back. */
  #sweepSoon(kind: Kind): void {
    this.#options.clock.after(TOKEN_LIFE + 10, () => {
      const old = this.#options.clock.mono() - TOKEN_LIFE
      while ((kind.tokens[0]?.since ?? Infinity) <= old) {
        const token = kind.tokens.shift()
        if (token !== undefined) this.#send(this.#unused, token.grant)
        kind.bundle = 1
      }
      if (kind.tokens.length === 0) this.#stocked.delete(kind)
    })
  }

  #send(list: Grant[], grant: Grant): void {
    list.push(grant)
    if (this.#isFlushing) return
    this.#isFlushing = true
    this.#options.clock.after(0, () => this.#flush())
  }

  #flush(): void {
    this.#isFlushing = false
    const [client, ended, unused] = [this.#client, this.#ended, this.#unused]
    this.#ended = []
    this.#unused = []
    // Without a connection nothing is lost: the next hello says what is held.
    client?.call('control.return', { ended, unused }).catch(() => {
      if (client.ended) return
      this.#ended.push(...ended)
      this.#unused.push(...unused)
      if (this.#isFlushing) return
      this.#isFlushing = true
      this.#options.clock.after(RETRY, () => this.#flush())
    })
  }

  /** Connects, again and again. */
  async #keep(): Promise<void> {
    const { path, version, slot, clock, log } = this.#options
    while (!this.#isClosed) {
      try {
        const client = await connectBus<ControlCalls>(path, { version })
        const held = [...this.#held]
        await client.call('control.hello', { slot, pid: process.pid, held })
        this.#client = client
        this.#endedMeanwhile(held)
        for (const kind of this.#wantedKinds.values()) this.#request(kind)
        await this.#listen(client)
      } catch (error) {
        if (!this.#isClosed) log.debug('control does not answer', { reason: messageOf(error) })
      }
      this.#client?.[Symbol.dispose]()
      this.#client = null
      this.#forgetGranted()
      await new Promise<void>((resolve) => void clock.after(RETRY, resolve))
    }
  }

  /** It was told as held, and its end was told to nobody. */
  #endedMeanwhile(told: readonly Grant[]): void {
    for (const grant of told)
      if (!this.#held.has(grant) && !this.#ended.includes(grant) && !this.#unused.includes(grant)) this.#send(this.#ended, grant)
  }

  /** What was granted and not used is not known to the next control. */
  #forgetGranted(): void {
    for (const kind of this.#wantedKinds.values()) kind.isAsked = false
    this.#queued.clear()
    for (const kind of this.#stocked) kind.tokens = []
    this.#stocked.clear()
  }

  async #listen(client: BusClient<ControlCalls>): Promise<void> {
    const byId = (id: number): Kind | undefined => this.#wantedKinds.get(id)
    while (!this.#isClosed) {
      const { granted, refused, wanted } = await client.call('control.news', {})
      for (const { id, ...binds } of refused) {
        const kind = byId(id)
        if (kind !== undefined) this.#refused(kind, binds)
      }
      for (const { id, grants } of granted) {
        const kind = byId(id)
        if (kind === undefined) for (const grant of grants) this.#send(this.#unused, grant)
        else this.#granted(kind, grants)
      }
      for (const key of wanted) this.#wanted(key, null)
    }
  }
}

function isHolding(asks: readonly LimitAsk[]): boolean {
  return asks.some(({ span }) => span === null)
}
