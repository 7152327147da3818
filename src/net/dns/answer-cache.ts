// Answers of the DNS for as long as they are good, bounded by number and by octets; the least lately used go first.
import type { Ms } from '../../base/brand.ts'
import type { DnsAnswer, RecordData, RecordType } from './answer.ts'

interface Entry {
  readonly answer: DnsAnswer
  readonly until: Ms
  readonly weight: number
}

/** What a Map entry with its key and objects takes besides the data, about. */
const OVERHEAD = 300

export class AnswerCache {
  readonly #entries = new Map<string, Entry>()
  readonly #mostEntries: number
  readonly #mostBytes: number
  #bytes = 0

  constructor(mostEntries: number, mostBytes: number) {
    this.#mostEntries = mostEntries
    this.#mostBytes = mostBytes
  }

  get size(): number {
    return this.#entries.size
  }

  /** The answer with what is left of its TTL at `now` (monotonic), or undefined. */
  get(key: string, now: Ms): DnsAnswer | undefined {
    const entry = this.#entries.get(key)
    if (entry === undefined) return undefined
    this.#entries.delete(key)
    if (entry.until <= now) {
      this.#bytes -= entry.weight
      return undefined
    }
    this.#entries.set(key, entry)
    return { ...entry.answer, ttl: entry.until - now }
  }

  set(key: string, answer: DnsAnswer, now: Ms): void {
    const old = this.#entries.get(key)
    if (old !== undefined) this.#drop(key, old)
    const entry = { answer, until: now + answer.ttl, weight: OVERHEAD + key.length + weigh(answer) }
    this.#entries.set(key, entry)
    this.#bytes += entry.weight
    for (const [oldest, its] of this.#entries) {
      if (this.#entries.size <= this.#mostEntries && this.#bytes <= this.#mostBytes) break
      this.#drop(oldest, its)
    }
  }

  #drop(key: string, entry: Entry): void {
    this.#entries.delete(key)
    this.#bytes -= entry.weight
  }
}

function weigh(answer: DnsAnswer): number {
  if (answer.kind !== 'records') return 0
  let weight = 0
  for (const record of answer.records) weight += 60 + textOf(record).length
  return weight
}

function textOf(record: RecordData[RecordType]): string {
  if (typeof record === 'string') return record
  return 'data' in record ? record.data : record.exchange
}
