// Opens and clicks on their way to being told: answered at once, told together. What comes faster than it can be told is dropped and
// counted; nobody waits for it.
import type { Domain, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { EngagementEvent } from '../../contract/events.ts'
import { SlidingCounts } from '../../policy/rates.ts'
import type { SentLookup } from '../ports/feedback.ts'

export interface VisitsOptions {
  readonly clock: Clock
  readonly log: Log
  readonly tell: (events: readonly EngagementEvent[]) => Promise<void>
  /** Who a token stands for; without it the recipient is not told. */
  readonly sent: Pick<SentLookup, 'find'> | null
}

/** A visit, and which recipient of its message it was. */
export interface Visited {
  readonly event: EngagementEvent
  readonly n: number
}

const MOST_WAITING = 20_000
/** Of one recipient in an hour: whoever has a link may ask for it without end, and each visit is kept. */
const MOST_OF_ONE = 100
const HOUR: Ms = 3_600_000
const MOST_COUNTED = 20_000
const BATCH = 500
const GATHER: Ms = 250
const AGAIN: Ms = 2000

export class Visits {
  readonly #options: VisitsOptions
  #waiting: Visited[] = []
  readonly #counts = new SlidingCounts(HOUR, MOST_COUNTED)
  #timer: Disposable | null = null
  #telling: Promise<void> | null = null
  #isStopped = false
  dropped = 0

  constructor(options: VisitsOptions) {
    this.#options = options
  }

  add(visited: Visited): void {
    const whose = `${visited.event.message} ${visited.n}`
    if (this.#waiting.length >= MOST_WAITING || this.#counts.add(whose, this.#options.clock.now()) > MOST_OF_ONE) {
      if (this.dropped++ === 0) this.#options.log.warn('Opens and clicks come faster than they can be told; some are dropped.', {})
      return
    }
    this.#waiting.push(visited)
    this.#schedule(GATHER)
  }

  /** Tells what waits; gives up what cannot be told. */
  async stop(): Promise<void> {
    this.#isStopped = true
    this.#timer?.[Symbol.dispose]()
    await this.#telling
    while (this.#waiting.length > 0) if (!(await this.#tellSome())) return
  }

  #schedule(after: Ms): void {
    if (this.#timer !== null || this.#telling !== null || this.#isStopped) return
    this.#timer = this.#options.clock.after(after, () => {
      this.#timer = null
      this.#telling = this.#tellAll()
    })
  }

  async #tellAll(): Promise<void> {
    let isTold = true
    while (isTold && this.#waiting.length > 0) isTold = await this.#tellSome()
    this.#telling = null
    if (this.#waiting.length > 0) this.#schedule(isTold ? GATHER : AGAIN)
  }

  async #tellSome(): Promise<boolean> {
    const batch = this.#waiting.slice(0, BATCH)
    try {
      await this.#options.tell(await Promise.all(batch.map((visited) => this.#whole(visited))))
      this.#waiting = this.#waiting.slice(batch.length)
      return true
    } catch (error) {
      this.#options.log.warn('Opens and clicks cannot be told now; they wait.', { error: messageOf(error) })
      return false
    }
  }

  async #whole({ event, n }: Visited): Promise<EngagementEvent> {
    const found = (await this.#options.sent?.find(event.message, n).catch(() => null)) ?? null
    if (found === null || found === 'ahead') return event
    const { address, clientId, mailing, stream } = found
    return { ...event, clientId, mailing, stream, recipient: address, domain: domainOf(address) }
  }
}

export function domainOf(address: string): Domain {
  return address.slice(address.lastIndexOf('@') + 1).toLowerCase() as Domain
}
