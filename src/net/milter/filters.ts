// All milters of a worker: which are there as the settings have it now, and which of them look at a session. With none, nothing is asked.
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { Milter, MilterSeen } from '../../contract/milters.ts'
import type { SessionFilter, SessionFilters } from '../../engine/ports/filters.ts'
import type { Client } from '../../smtp/server/handler.ts'
import type { ChangeBounds } from '../../smtp/milter/changes.ts'
import { isInjection } from './facts.ts'
import { MilterPool } from './pool.ts'
import { MilterSession, type SessionParts } from './session.ts'

export interface MilterParts extends Omit<SessionParts, 'poolOf'> {
  readonly clock: Clock
  readonly bounds: ChangeBounds
  readonly log: Log
}

export class MilterFilters implements SessionFilters {
  readonly #parts: MilterParts
  #pools: readonly MilterPool[] = []

  constructor(parts: MilterParts) {
    this.#parts = parts
  }

  get isActive(): boolean {
    return this.#pools.length > 0
  }

  /** What is as it was keeps its connections. Sessions under way ask what changed with their next mail, and what is new in none of theirs. */
  use(milters: readonly Milter[]): void {
    const before = new Map(this.#pools.map((pool) => [JSON.stringify(pool.milter), pool]))
    const { clock, bounds, log } = this.#parts
    const wanted = milters.filter(({ enabled }) => enabled)
    this.#pools = wanted
      .toSorted((a, b) => a.order - b.order || (a.name < b.name ? -1 : 1))
      .map((milter) => before.get(JSON.stringify(milter)) ?? new MilterPool(milter, { clock, bounds, log }))
    for (const pool of before.values()) if (!this.#pools.includes(pool)) pool.close()
  }

  begin(client: Client): readonly SessionFilter[] {
    const parts = { ...this.#parts, poolOf: (name: string) => this.#pools.find(({ milter }) => milter.name === name) }
    return this.#pools.filter(({ milter }) => mayLook(milter, client)).map((pool) => new MilterSession(pool, client, parts))
  }

  seen(): readonly MilterSeen[] {
    return this.#pools.map((pool) => pool.seen)
  }

  [Symbol.dispose](): void {
    for (const pool of this.#pools) pool.end()
    this.#pools = []
  }
}

/** As far as that is known of the client alone. */
function mayLook({ ways, ports }: Milter, client: Client): boolean {
  if (isInjection(client)) return ways.includes('injection')
  if (ports.length > 0 && !ports.includes(client.localPort)) return false
  return ways.includes('submission') || ways.includes('inbound')
}
