// Sources that are out by themselves: their address cannot be bound, or their exit cannot be reached. Each is probed, without mail, until it
// can be used again, after a while that grows from failure to failure.
//
//   well     mail leaves from it                                → out (`failed`)
//   out      no mail until a probe succeeds at `until`          → well, out
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Alerts } from '../alerts.ts'

const FIRST: Ms = 5000
const LONGEST: Ms = 600_000
/** One that was well for so long begins anew. */
const WELL_AFTER: Ms = 600_000

export interface SourceTrouble {
  readonly reason: string
  readonly since: EpochMs
  readonly until: EpochMs
}

interface Health {
  step: number
  out: (SourceTrouble & { readonly timer: Disposable }) | null
  /** When it came back. */
  wellAt: EpochMs
}

export interface SourceHealthParts {
  readonly clock: Clock
  readonly alerts: Alerts
  readonly random: () => number
  /** Null: it can be used. */
  readonly probe: (name: string) => Promise<string | null>
  readonly changed: () => void
}

export class SourceHealth {
  readonly #parts: SourceHealthParts
  readonly #all = new Map<string, Health>()
  #isStopped = false

  constructor(parts: SourceHealthParts) {
    this.#parts = parts
  }

  /** Null: it is well. */
  trouble(name: string): SourceTrouble | null {
    return this.#all.size === 0 ? null : (this.#all.get(name)?.out ?? null)
  }

  failed(name: string, reason: string): void {
    const known = this.#all.get(name)
    if (this.#isStopped || (known !== undefined && known.out !== null)) return
    const now = this.#parts.clock.now()
    const step = known === undefined || now - known.wellAt > WELL_AFTER ? 0 : known.step
    const health: Health = { step, out: null, wellAt: now }
    this.#all.set(name, health)
    this.#takeOut(name, health, { reason, since: now })
    this.#parts.changed()
  }

  #takeOut(name: string, health: Health, { reason, since }: Pick<SourceTrouble, 'reason' | 'since'>): void {
    const { clock, alerts, random } = this.#parts
    const wait = Math.min(LONGEST, FIRST * 2 ** health.step++) * (0.9 + 0.2 * random())
    const timer = clock.after(wait, () => void this.#probe(name, health))
    health.out = { reason, since, until: clock.now() + wait, timer }
    const mend = "It is tried again by itself. 'hms sources ls' shows all sources, 'hms doctor --network' looks at them."
    alerts.raise(`source ${name}`, `The source ${name} is out: ${reason}.`, mend)
  }

  async #probe(name: string, health: Health): Promise<void> {
    const reason = await this.#parts.probe(name).catch(messageOf)
    const { out } = health
    if (this.#isStopped || out === null || this.#all.get(name) !== health) return
    if (reason !== null) return this.#takeOut(name, health, { reason, since: out.since })
    health.out = null
    health.wellAt = this.#parts.clock.now()
    this.#parts.alerts.clear(`source ${name}`)
    this.#parts.changed()
  }

  /** Nothing is known any more of those that are not what they were: `same` says which are. */
  keep(same: (name: string) => boolean): void {
    for (const [name, { out }] of this.#all) {
      if (same(name)) continue
      out?.timer[Symbol.dispose]()
      this.#parts.alerts.clear(`source ${name}`)
      this.#all.delete(name)
    }
  }

  stop(): void {
    this.#isStopped = true
    for (const { out } of this.#all.values()) out?.timer[Symbol.dispose]()
  }
}
