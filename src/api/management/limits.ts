// How much of the desk one caller may have, and all together: calls under way, calls a minute, and streams.
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import type { Principal } from '../../contract/access.ts'
import { networkKey } from '../../policy/networks.ts'

export interface CallBounds {
  readonly callsPerMinute: number
  /** Of those, ones that may change something: each is a sync of the disk, a record of the audit, and a look of every worker. */
  readonly changesPerMinute: number
}

const UNDER_WAY = { all: 200, each: 32, account: 50, accounts: 150 } as const
const STREAMS = { all: 200, each: 20, account: 50, accounts: 150 } as const
/** Logins that are slowed wait long: they take no place of others, and connections are bounded. */
const OF_STRANGERS = { all: 10_000, each: 8, account: 8, accounts: 10_000 } as const
const MINUTE: Ms = 60_000
/** Callers whose pace is remembered; those who were quiet for a minute need not be. */
const MOST_PACES = 10_000

/** Who calls, and with whom the places are shared: whoever makes many users or keys keeps nobody else from them. */
export interface Caller {
  readonly name: string
  /** Null: whoever runs the server. */
  readonly group: string | null
  readonly isStranger: boolean
}

/** `principal` null: nobody knows yet who calls. */
export function callerOf(principal: Pick<Principal, 'name' | 'account'> | null, address: string): Caller {
  if (principal === null) return { name: `strangers from ${networkKey(address)}`, group: null, isStranger: true }
  return { name: principal.name, group: principal.account === null ? null : `account ${principal.account}`, isStranger: false }
}

export interface Places {
  readonly all: number
  readonly each: number
  /** Of users and keys of one account. */
  readonly account: number
  /** Of those of all accounts: whoever runs the server finds what is left. */
  readonly accounts: number
}

interface Pace {
  left: number
  at: Ms
}

/** A refusal that says when to come again. */
export class TooMuch extends Fault {
  /** Seconds. */
  readonly retryAfter: number

  constructor(code: string, message: string, retryAfter: number) {
    super(code, message, { blame: 'caller', temporary: true, mend: `Try again in ${retryAfter} s.` })
    this.retryAfter = retryAfter
  }
}

export class CallLimits {
  readonly #calls: Paces
  readonly #changes: Paces
  readonly #underWay = new SharedPlaces(UNDER_WAY, 'calls are under way')
  readonly #strangers = new SharedPlaces(OF_STRANGERS, 'calls are under way')
  readonly #streams = new SharedPlaces(STREAMS, 'streams are open')

  constructor({ callsPerMinute, changesPerMinute }: CallBounds, clock: Clock) {
    this.#calls = new Paces(callsPerMinute, 'calls', clock)
    this.#changes = new Paces(changesPerMinute, 'changes', clock)
  }

  /** One call; throws where it is one too many. Disposed when it is answered. */
  enter(caller: Caller, mayChange = false): Disposable {
    // Whoever makes many keys for an account does not call more often by that.
    const who = caller.group === null ? [caller.name] : [caller.name, groupName(caller.group)]
    this.#calls.take(who)
    if (mayChange && !caller.isStranger) this.#changes.take(who)
    return (caller.isStranger ? this.#strangers : this.#underWay).enter(caller)
  }

  enterStream(caller: Caller): Disposable {
    return this.#streams.enter(caller)
  }
}

/** Groups have names that no caller has. */
const groupName = (group: string): string => `all of ${group}`
const ACCOUNTS = 'all of all accounts'

/** Buckets of a minute's calls that fill as time goes by. */
class Paces {
  readonly #perMinute: number
  readonly #words: string
  readonly #clock: Clock
  readonly #known = new Map<string, Pace>()

  constructor(perMinute: number, words: string, clock: Clock) {
    this.#perMinute = perMinute
    this.#words = words
    this.#clock = clock
  }

  /** One of each, or of none. */
  take(callers: readonly string[]): void {
    const now = this.#clock.mono()
    const paces = callers.map((caller) => [caller, this.#paceOf(caller, now)] as const)
    for (const [caller, { left }] of paces) if (left < 1) throw this.#tooMany(caller, left)
    for (const [, pace] of paces) pace.left--
  }

  #tooMany(caller: string, left: number): TooMuch {
    const wait = Math.ceil(((1 - left) * MINUTE) / this.#perMinute / 1000)
    return new TooMuch('too-many-calls', `More than ${this.#perMinute} ${this.#words} in a minute came for ${caller}.`, Math.max(1, wait))
  }

  #paceOf(caller: string, now: Ms): Pace {
    const known = this.#known.get(caller)
    const pace = known ?? { left: this.#perMinute, at: now }
    pace.left = Math.min(this.#perMinute, pace.left + ((now - pace.at) * this.#perMinute) / MINUTE)
    pace.at = now
    if (known === undefined) this.#remember(caller, pace, now)
    return pace
  }

  #remember(caller: string, pace: Pace, now: Ms): void {
    if (this.#known.size >= MOST_PACES) for (const [other, { at }] of this.#known) if (now - at >= MINUTE) this.#known.delete(other)
    if (this.#known.size < MOST_PACES) this.#known.set(caller, pace)
  }
}

/** Places that callers hold as long as something of theirs is done. */
export class SharedPlaces {
  readonly #most: Places
  readonly #words: string
  readonly #by = new Map<string, number>()
  #all = 0

  constructor(most: Places, words: string) {
    this.#most = most
    this.#words = words
  }

  enter({ name, group }: Caller): Disposable {
    const { all, each, account, accounts } = this.#most
    this.#require(name, each)
    if (group !== null) this.#require(groupName(group), account)
    this.#requireRoom(this.#all, all)
    if (group !== null) this.#requireRoom(this.#by.get(ACCOUNTS) ?? 0, accounts)
    const counted = group === null ? [name] : [name, groupName(group), ACCOUNTS]
    this.#all++
    for (const one of counted) this.#by.set(one, (this.#by.get(one) ?? 0) + 1)
    let isLeft = false
    return {
      [Symbol.dispose]: () => {
        if (isLeft) return
        isLeft = true
        this.#all--
        for (const one of counted) this.#leave(one)
      },
    }
  }

  #require(who: string, most: number): void {
    const own = this.#by.get(who) ?? 0
    if (own >= most) throw new TooMuch('too-many-calls', `${own} ${this.#words} for ${who}, as many as may be.`, 1)
  }

  #requireRoom(held: number, most: number): void {
    if (held >= most) throw new TooMuch('api-busy', `${held} ${this.#words}, as many as may be.`, 1)
  }

  #leave(who: string): void {
    const left = (this.#by.get(who) ?? 1) - 1
    if (left === 0) this.#by.delete(who)
    else this.#by.set(who, left)
  }
}
