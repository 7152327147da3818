// Limits that effects add to those of the rules: a pace, and connections at once, which all workers share as they share any other limit.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { HeldEffect } from '../../contract/blocks.ts'
import { easeOf } from '../../policy/blocks/holding.ts'
import { isOfMail } from '../../policy/blocks/places.ts'
import type { LimitAsk } from '../../policy/limits/limit-book.ts'
import { type JobLimits, NO_LIMITS } from './job-limits.ts'

const MINUTE: Ms = 60_000
const MOST_MADE = 1000

interface Asks {
  readonly open: readonly LimitAsk[]
  readonly message: readonly LimitAsk[]
}

/** One worker ends and opens the connections of one site by itself; several workers, and several sites, ask. */
export class EasedLimits {
  readonly #hasOthers: boolean
  readonly #made = new WeakMap<JobLimits, Map<string, JobLimits>>()

  constructor(workers: number) {
    this.#hasOthers = workers > 1
  }

  /** The same object for the same limits. */
  of(base: JobLimits | null, effects: readonly HeldEffect[], now: EpochMs): JobLimits | null {
    const { open, message } = this.asks(effects, now)
    if (open.length + message.length === 0) return base
    const from = base ?? NO_LIMITS
    let made = this.#made.get(from)
    if (made === undefined) this.#made.set(from, (made = new Map()))
    const name = [...open, ...message].map(({ key, limit }) => `${key} ${limit}`).join('\n')
    let limits = made.get(name)
    if (limits === undefined) {
      if (made.size >= MOST_MADE) made.clear()
      made.set(name, (limits = withAsks(from, { open, message })))
    }
    return limits
  }

  asks(effects: readonly HeldEffect[], now: EpochMs): Asks {
    const open: LimitAsk[] = []
    const message: LimitAsk[] = []
    for (const { id, place, holding } of effects) {
      const { connections, perMinute } = easeOf(holding, now)
      if (Number.isFinite(perMinute)) message.push(askFor(`messages_per_minute effect=${id}`, perMinute, MINUTE))
      if (!Number.isFinite(connections)) continue
      // A connection carries mail of others too: it counts while it carries what is meant.
      if (isOfMail(place)) message.push(askFor(`connections effect=${id}`, connections, null))
      else if (this.#hasOthers || place.site === undefined) open.push(askFor(`connections effect=${id}`, connections, null))
    }
    return { open, message }
  }
}

function askFor(key: string, limit: number, span: Ms | null): LimitAsk {
  return { key, limit, span, burst: 1, counts: 'one' }
}

function withAsks(base: JobLimits, { open, message }: Asks): JobLimits {
  return {
    ...base,
    open: [...base.open, ...open],
    message: [...base.message, ...message],
    firstMessage: [...base.firstMessage, ...message],
    isPaced: base.isPaced || message.some(({ span }) => span !== null),
  }
}
