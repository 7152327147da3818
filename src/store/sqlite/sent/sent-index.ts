// The index of what was sent (`<home>/sent`): which address a token stands for, and what was sent to an address. A database a day, apart
// from the events, as it is kept longer. What is written is on the disk before the outbox forgets it; what comes twice is there once.
import { mkdirSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import type { EpochMs, MessageId } from '../../../base/brand.ts'
import type { AcceptedEvent } from '../../../contract/events.ts'
import type { SentPlace, SentRecipient } from '../../../contract/sent.ts'
import type { SentIndex, SentSearch } from '../../../engine/ports/stores.ts'
import type { LinedEvent } from '../../../message/event-line.ts'
import type { Eraser } from '../../../policy/kept/erasure.ts'
import { dayOf } from '../events/event-day.ts'
import { addressedIn, addressHash, blocksOf, erasedFrom, linesOf, recipientIn } from './sent-block.ts'
import { isOver, prefixOf, SentDay, type Spans } from './sent-day.ts'

const OPEN_DAYS = 8
/** Blocks that were read of late: what comes back of a mailing is near each other. About 1 MiB. */
const KEPT_BLOCKS = 32
/** Hashes of so many blocks are looked at in one turn. */
const NAMES = 256

class SentOnSqlite implements SentIndex {
  readonly #folder: string
  /** Open ones, the least recently used first. */
  readonly #days = new Map<string, SentDay>()
  /** Of each day that was looked at. */
  readonly #spans = new Map<string, Spans>()
  readonly #blocks = new Map<string, Buffer>()
  /** Ascending. */
  #names: string[]

  constructor(folder: string) {
    this.#folder = folder
    const names = readdirSync(folder).map((name) => /^(\d{4}-\d\d-\d\d)\.db$/.exec(name)?.[1])
    this.#names = names.filter((name) => name !== undefined).toSorted()
  }

  [Symbol.dispose](): void {
    for (const day of this.#days.values()) day[Symbol.dispose]()
    this.#days.clear()
  }

  begin(shard: number): Promise<SentBatch> {
    return Promise.resolve(new SentBatch(this, shard))
  }

  /** Those of one shard, up to an event. */
  add(shard: number, name: string, events: readonly (AcceptedEvent & { readonly number: number })[]): void {
    const day = this.#day(name)
    const told = day.told(shard)
    const fresh = events.filter(({ number }) => number > told)
    const last = fresh.at(-1)
    if (last === undefined) return
    day.add(shard, last.number, blocksOf(fresh))
    this.#spans.delete(name)
  }

  async find({ message, n }: SentPlace): Promise<SentRecipient | null> {
    // What comes back was sent of late, nearly always.
    for (const name of this.#names.toReversed()) {
      if (!this.#spans.has(name)) await turn()
      const found = this.#mayHold(name, message) ? this.#findIn(name, message, n) : null
      if (found !== null) return found
    }
    return null
  }

  isAhead(message: MessageId): boolean {
    for (const name of this.#names.toReversed()) {
      const span = this.#spansOf(name).get(prefixOf(message))
      if (span !== undefined) return message > span.last
    }
    return false
  }

  async search(address: string, { since, account, limit, signal }: SentSearch): Promise<readonly SentRecipient[]> {
    const found: SentRecipient[] = []
    const hash = addressHash(address)
    for (const name of this.#names.toReversed()) {
      if (isOver(name, since)) break
      for (let before = Number.MAX_SAFE_INTEGER; before > 0;) {
        if (found.length >= limit || signal?.aborted === true || !this.#names.includes(name)) return found.slice(0, limit)
        const blocks = this.#day(name).names(before, NAMES)
        for (const { id, hashes } of blocks) {
          if (!hashes.includes(hash)) continue
          const all = addressedIn(this.#lines(name, id), address).toReversed()
          found.push(...(account === undefined ? all : all.filter((one) => one.account === account)))
        }
        before = blocks.length < NAMES ? 0 : (blocks.at(-1)?.id ?? 0)
        await turn()
      }
    }
    return found.slice(0, limit)
  }

  dayNames(): readonly string[] {
    return this.#names
  }

  async erase(name: string, eraser: Eraser, dryRun: boolean, pace: () => Promise<void>): Promise<number> {
    const hash = addressHash(eraser.key)
    let found = 0
    for (let before = Number.MAX_SAFE_INTEGER; before > 0 && this.#names.includes(name);) {
      const blocks = this.#day(name).names(before, NAMES)
      for (const { id, hashes } of blocks) {
        if (!hashes.includes(hash)) continue
        const erased = erasedFrom(linesOf(this.#day(name).lines(id)), eraser)
        found += erased?.found ?? 0
        if (erased === null || dryRun) continue
        const others = hashes.filter((one) => one !== hash)
        this.#day(name).replace(id, erased.lines, others)
        this.#blocks.delete(`${name} ${id}`)
      }
      before = blocks.length < NAMES ? 0 : (blocks.at(-1)?.id ?? 0)
      await pace()
    }
    if (found > 0 && !dryRun && this.#names.includes(name)) this.#day(name).clear()
    return found
  }

  prune(before: EpochMs): void {
    for (const name of this.#names.filter((one) => isOver(one, before))) {
      this.#days.get(name)?.[Symbol.dispose]()
      this.#days.delete(name)
      this.#spans.delete(name)
      for (const suffix of ['-wal', '-shm', '']) rmSync(join(this.#folder, `${name}.db${suffix}`), { force: true })
    }
    this.#names = this.#names.filter((one) => !isOver(one, before))
  }

  #mayHold(name: string, message: MessageId): boolean {
    const span = this.#spansOf(name).get(prefixOf(message))
    return span !== undefined && span.first <= message && message <= span.last
  }

  #spansOf(name: string): Spans {
    let spans = this.#spans.get(name)
    if (spans === undefined) this.#spans.set(name, (spans = this.#day(name).spans()))
    return spans
  }

  #findIn(name: string, message: MessageId, n: number): SentRecipient | null {
    for (const block of this.#day(name).holding(message)) {
      const found = recipientIn(this.#lines(name, block), message, n)
      if (found !== null) return found
    }
    return null
  }

  #lines(name: string, block: number): Buffer {
    const key = `${name} ${block}`
    const lines = this.#blocks.get(key) ?? linesOf(this.#day(name).lines(block))
    this.#blocks.delete(key)
    this.#blocks.set(key, lines)
    const [oldest] = this.#blocks.keys()
    if (this.#blocks.size > KEPT_BLOCKS && oldest !== undefined) this.#blocks.delete(oldest)
    return lines
  }

  #day(name: string): SentDay {
    const known = this.#days.get(name)
    this.#days.delete(name)
    const day = known ?? new SentDay(join(this.#folder, `${name}.db`))
    this.#days.set(name, day)
    if (!this.#names.includes(name)) this.#names = [...this.#names, name].toSorted()
    const [oldest] = this.#days
    if (this.#days.size > OPEN_DAYS && oldest !== undefined) {
      oldest[1][Symbol.dispose]()
      this.#days.delete(oldest[0])
    }
    return day
  }
}

/** What a batch of events brings; nothing, where nothing in it can come back. */
class SentBatch {
  readonly #index: SentOnSqlite
  readonly #shard: number
  readonly #days = new Map<string, (AcceptedEvent & { readonly number: number })[]>()

  constructor(index: SentOnSqlite, shard: number) {
    this.#index = index
    this.#shard = shard
  }

  add({ event, number }: LinedEvent): void {
    if (event.kind !== 'accepted' || event.perRecipient !== true) return
    const name = dayOf(event.at)
    const known = this.#days.get(name)
    const one = { ...event, number }
    if (known === undefined) this.#days.set(name, [one])
    else known.push(one)
  }

  commit(): Promise<void> {
    for (const [name, events] of this.#days) this.#index.add(this.#shard, name, events)
    return Promise.resolve()
  }
}

/** Opens (and makes) `<home>/sent`. */
export function openSent(folder: string): SentIndex {
  mkdirSync(folder, { recursive: true })
  return new SentOnSqlite(folder)
}
