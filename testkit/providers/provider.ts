// One simulated provider: what it answers to whom. It counts by source address and by time stamps in the clock that it is given, and
// writes down all that came, so that a test reckons for itself what was kept.
import type { EpochMs, Ms } from '../../src/base/brand.ts'
import type { HiddenLimits } from './hidden-limits.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** What came from one source. */
export interface SourceRecord {
  /** Each MAIL command. */
  readonly mails: EpochMs[]
  /** Each message that was taken. */
  readonly taken: EpochMs[]
  /** For how long each of those was kept waiting for its answer. */
  readonly waited: Ms[]
  /** Each connection: begun, and ended by QUIT or without (0: not yet). */
  readonly connections: [begun: EpochMs, ended: EpochMs][]
  /** What was refused for its limits or for a block, in its words, and when. */
  readonly refused: [at: EpochMs, why: string][]
  readonly greylisted: EpochMs[]
}

/** One connection of a source. */
export interface Caller {
  readonly source: string
  readonly record: SourceRecord
  readonly place: [begun: EpochMs, ended: EpochMs]
  messages: number
}

export class Provider {
  readonly records = new Map<string, SourceRecord>()
  /** Recipients with how often each was taken. */
  readonly taken = new Map<string, number>()
  readonly #limits: HiddenLimits
  readonly #now: () => EpochMs
  readonly #seen = new Map<string, EpochMs>()
  readonly #knocked = new Map<string, EpochMs>()
  #begun: EpochMs | null = null

  constructor(limits: HiddenLimits, now: () => EpochMs) {
    this.#limits = limits
    this.#now = now
  }

  /** How long an answer to a message takes; `draw`: 0 to 1. */
  answersAfter(draw: number): number {
    const [least, most] = this.#limits.answersAfter ?? [0, 0]
    return least + draw * (most - least)
  }

  /** The reply with which the connection is refused comes with it. */
  connect(source: string): { readonly caller: Caller; readonly refusal: string | null } {
    const now = this.#now()
    this.#begun ??= now
    const record = this.#recordOf(source)
    const place: [EpochMs, EpochMs] = [now, 0]
    record.connections.push(place)
    const open = record.connections.reduce((sum, [, ended]) => sum + (ended === 0 ? 1 : 0), 0)
    const fresh = since(record.connections, now - MINUTE, ([begun]) => begun)
    const refusal =
      this.#blocked(source, now) ??
      (open > (this.#limits.connections ?? Infinity) ? '421 4.7.0 Too many simultaneous connections from your address' : null) ??
      (fresh > (this.#limits.connectionsPerMinute ?? Infinity) ? '421 4.7.0 Too many new connections from your address' : null)
    if (refusal !== null) record.refused.push([now, refusal])
    return { caller: { source, record, place, messages: 0 }, refusal }
  }

  ended({ place }: Caller): void {
    if (place[1] === 0) place[1] = this.#now()
  }

  /** Null: it may. */
  mail(caller: Caller): string | null {
    const now = this.#now()
    const { mails, refused } = caller.record
    mails.push(now)
    caller.messages++
    const refusal = this.#blocked(caller.source, now) ?? this.#tooMany(caller, now)
    if (refusal !== null) refused.push([now, refusal])
    return refusal
  }

  recipient({ source, record }: Caller, address: string): string | null {
    const { greylist } = this.#limits
    if (greylist === undefined) return null
    const now = this.#now()
    const key = `${source} ${address}`
    const first = this.#seen.get(key)
    if (first === undefined) this.#seen.set(key, now)
    if (first !== undefined && now >= first + greylist) return null
    record.greylisted.push(now)
    return '450 4.7.1 Greylisted, please try again later'
  }

  take({ record }: Caller, recipients: readonly string[], waited: Ms): void {
    record.taken.push(this.#now())
    record.waited.push(waited)
    for (const recipient of recipients) this.taken.set(recipient, (this.taken.get(recipient) ?? 0) + 1)
  }

  #tooMany({ record: { mails }, messages }: Caller, now: EpochMs): string | null {
    const { perMinute = Infinity, perHour = Infinity, messagesPerConnection = Infinity } = this.#limits
    if (messages > messagesPerConnection) return '421 4.5.0 Too many messages in this connection'
    if (since(mails, now - MINUTE) > perMinute) return '421 4.7.28 Your address sends too fast, slow down'
    return since(mails, now - HOUR) > perHour ? '421 4.7.28 Your address has sent too much within the hour' : null
  }

  #blocked(source: string, now: EpochMs): string | null {
    const { block } = this.#limits
    if (block === undefined || this.#begun === null || block.sources?.includes(source) === false) return null
    const from = this.#begun + block.after
    const until = Math.max(from + block.lasts, (this.#knocked.get(source) ?? 0) + block.quiet)
    if (now < from || now >= until) return null
    this.#knocked.set(source, now)
    return '554 5.7.1 Your address is blocked for unusual traffic'
  }

  #recordOf(source: string): SourceRecord {
    let record = this.records.get(source)
    if (record === undefined)
      this.records.set(source, (record = { mails: [], taken: [], waited: [], connections: [], refused: [], greylisted: [] }))
    return record
  }
}

/** How many are younger than that. */
function since<T>(times: readonly T[], after: EpochMs, at: (one: T) => EpochMs = (one) => Number(one)): number {
  let first = times.length
  for (let one = times[first - 1]; one !== undefined && at(one) > after; one = times[first - 1]) first--
  return times.length - first
}
