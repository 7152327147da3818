// Counts what large providers took and what they reported, out of the events that the desk takes, and writes it down now and then. What is
// counted between two writings is lost in a crash: a rate is for people, not for accounts.
import type { AccountId, Ms } from '../../base/brand.ts'
import { type Clock, every } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { HealthProvider } from '../../contract/health.ts'
import type { LinedEvent } from '../../message/event-line.ts'
import { COMPLAINT_DAYS, providerOf } from '../../policy/health/complaints.ts'
import { ComplaintLog } from '../../store/sqlite/desk/complaint-rates.ts'
import type { FeedbackConsumer, FeedbackSink } from '../desk/outbox-pump.ts'

const DAY: Ms = 86_400_000
const WRITE_EVERY: Ms = 15_000

interface Count {
  readonly day: number
  readonly account: AccountId
  readonly provider: HealthProvider
  delivered: number
  complaints: number
}

export class ComplaintCounter implements FeedbackConsumer, Disposable {
  readonly #kept: ComplaintLog
  readonly #clock: Clock
  readonly #log: Log
  readonly #timer: Disposable
  #counts = new Map<string, Count>()

  constructor(file: string, clock: Clock, log: Log) {
    this.#kept = new ComplaintLog(file)
    this.#clock = clock
    this.#log = log
    this.#timer = every(clock, WRITE_EVERY, () => this.write())
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]()
    this.write()
    this.#kept[Symbol.dispose]()
  }

  begin(): Promise<FeedbackSink> {
    const found: Count[] = []
    return Promise.resolve({
      add: ({ event }: LinedEvent) => {
        const complains = event.kind === 'complained' && event.proved && event.feedbackType !== 'not-spam'
        if (event.kind !== 'delivered' && !complains) return
        const provider = providerOf(event.domain)
        if (provider === null) return
        const one = { day: Math.floor(event.at / DAY), account: event.account, provider }
        found.push({ ...one, delivered: complains ? 0 : 1, complaints: complains ? 1 : 0 })
      },
      commit: () => {
        for (const one of found.splice(0)) this.#count(one)
        return Promise.resolve()
      },
    })
  }

  write(): void {
    if (this.#counts.size === 0) return
    try {
      this.#kept.add([...this.#counts.values()], Math.floor(this.#clock.now() / DAY) - COMPLAINT_DAYS)
      this.#counts = new Map()
    } catch (error) {
      this.#log.warn('complaint rates cannot be written; it is tried again', { reason: messageOf(error) })
    }
  }

  #count(one: Count): void {
    const key = `${one.day} ${one.account} ${one.provider}`
    const known = this.#counts.get(key)
    if (known === undefined) {
      this.#counts.set(key, one)
      return
    }
    known.delivered += one.delivered
    known.complaints += one.complaints
  }
}
