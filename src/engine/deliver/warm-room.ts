// Whether a cold source has room for more mail at a provider, as this worker knows it: what waits for it already, and until when its cap
// refused the last. Mail that would wait for longer than its plan says leaves from other sources of the pool, and what waits there when the
// cap of the day is used up goes over to them. And what cannot leave before it expires is told.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { NORMAL_RANK, type Rank } from '../../contract/priority.ts'
import { WARMUP_DEFAULTS } from '../../contract/warmup.ts'
import type { ColdUnit, WarmupCaps } from '../../policy/warmup/book.ts'
import { keyWords } from '../../policy/warmup/units.ts'
import { daysToClear } from '../../policy/warmup/forecast.ts'
import { DAY } from '../../policy/warmup/steps.ts'
import type { Alerts } from '../alerts.ts'
import type { Surroundings } from '../surroundings.ts'

const HOUR: Ms = 3_600_000
/** Between two counts of what waits. */
const COUNTED_FOR: Ms = 1000
/** A refusal by so much later than the one before is another one. */
const NEWS: Ms = 60_000
const MOST_KNOWN = 100_000

/** A site as it is looked at here. */
export interface WarmingSite {
  readonly source: { readonly name: string }
  readonly effective: { readonly provider: string | null; readonly settings: { readonly expiry: Ms } }
  readonly queue: { readonly length: number }
  readonly limits: { parkedUnderCaps(): ReadonlyMap<string, number> }
}

export interface WarmRoomParts<Site extends WarmingSite> {
  readonly around: Pick<Surroundings, 'rules' | 'clock' | 'workers'>
  readonly alerts: Alerts
  readonly sites: () => Iterable<Site>
  /** Recipients that wait for it, on disk too, about. */
  readonly backlog: (site: Site) => number
  /** What waits there may go elsewhere. */
  readonly overflow: (sites: readonly Site[]) => void
}

export class WarmRoom<Site extends WarmingSite> {
  readonly #parts: WarmRoomParts<Site>
  /** By key: until when the cap has no room. */
  readonly #until = new Map<string, EpochMs>()
  /** By priority and key: for which of these times mail was moved over. */
  readonly #moved = new Map<string, EpochMs>()
  #waiting = new Map<string, number>()
  #countedAt: Ms = -Infinity
  #told = new Set<string>()

  constructor(parts: WarmRoomParts<Site>) {
    this.#parts = parts
  }

  /** A cap refused mail of a priority until then. */
  refused(key: string, until: EpochMs, rank: Rank): void {
    const { clock, rules } = this.#parts.around
    if (!Number.isFinite(until)) return
    if (this.#until.size >= MOST_KNOWN) this.#until.clear()
    this.#until.set(key, until)
    const cold = rules().warmups?.coldAt(key) ?? null
    if (cold?.isSource !== true || until - clock.now() <= patienceOf(cold, rank)) return
    if (until < (this.#moved.get(`${rank} ${key}`) ?? 0) + NEWS) return
    this.#moved.set(`${rank} ${key}`, until)
    clock.after(0, () => {
      const sites = this.#sitesOf(key)
      if (sites.length > 0) this.#parts.overflow(sites)
    })
  }

  /** What waited was given out to be offered anew. */
  recount(): void {
    this.#countedAt = -Infinity
  }

  /** Whether a message would wait too long for the source. */
  isFull(source: string, provider: string | null, rank: Rank): boolean {
    const cold = this.#coldOf(source, provider)
    if (cold === null) return false
    if (cold.state === null && cold.plan !== null) return true
    const { clock, workers } = this.#parts.around
    const refusedFor = Math.max(0, (this.#until.get(cold.key) ?? 0) - clock.now())
    const wait = refusedFor + (this.#waitingFor(cold.key) * workers * HOUR) / Math.max(1, cold.perHour)
    return wait > patienceOf(cold, rank)
  }

  /** A message goes there. */
  took(source: string, provider: string | null): void {
    const cold = this.#coldOf(source, provider)
    if (cold !== null) this.#waiting.set(cold.key, this.#waitingFor(cold.key) + 1)
  }

  #coldOf(source: string, provider: string | null): ColdUnit | null {
    const caps: WarmupCaps | null = this.#parts.around.rules().warmups?.at(source, provider) ?? null
    return caps?.cold[0] ?? null
  }

  #waitingFor(key: string): number {
    const now = this.#parts.around.clock.mono()
    if (now - this.#countedAt >= COUNTED_FOR) {
      this.#countedAt = now
      this.#waiting = new Map()
      for (const { source, effective, queue } of this.#parts.sites()) {
        const cold = queue.length === 0 ? null : this.#coldOf(source.name, effective.provider)
        if (cold !== null) this.#waiting.set(cold.key, (this.#waiting.get(cold.key) ?? 0) + queue.length)
      }
    }
    return this.#waiting.get(key) ?? 0
  }

  #sitesOf(key: string): readonly Site[] {
    return [...this.#parts.sites()].filter(({ source, effective }) => this.#coldOf(source.name, effective.provider)?.key === key)
  }

  /** Now and then: forgets what is over, and tells what will expire. */
  tidy(): void {
    const { around, alerts } = this.#parts
    const now = around.clock.now()
    for (const times of [this.#until, this.#moved]) for (const [key, until] of times) if (until < now) times.delete(key)
    const told = new Set<string>()
    if (around.rules().warmups !== null)
      for (const { key, what } of this.#expiring()) {
        told.add(key)
        alerts.raise(`warm-up ${key}`, what, MEND)
      }
    for (const key of this.#told) if (!told.has(key)) alerts.clear(`warm-up ${key}`)
    this.#told = told
  }

  /** Of what waits at the cold sites of each key, all that cannot leave in time even if every day goes well. */
  #expiring(): readonly { readonly key: string; readonly what: string }[] {
    const backlogs = new Map<string, { cold: ColdUnit; waiting: number; expiry: Ms }>()
    const { rules } = this.#parts.around
    for (const site of this.#parts.sites()) {
      const { limits, effective } = site
      for (const [key, parked] of limits.parkedUnderCaps()) {
        const known = backlogs.get(key)
        const cold = known?.cold ?? rules().warmups?.coldAt(key) ?? null
        if (cold === null) continue
        const expiry = Math.min(known?.expiry ?? Infinity, effective.settings.expiry)
        backlogs.set(key, {
          cold,
          waiting: (known?.waiting ?? 0) + Math.max(parked, cold.isSource ? this.#parts.backlog(site) : 0),
          expiry,
        })
      }
    }
    return [...backlogs].flatMap(([key, { cold, waiting, expiry }]) => {
      const { state, plan } = cold
      if (state === null || plan === null) return []
      const days = daysToClear(waiting * this.#parts.around.workers, state, plan, 0)
      if (days * DAY <= expiry) return []
      const takes = Number.isFinite(days) ? `${days} days even if every day goes well` : 'for ever as it is held'
      const what = `Warm-up of ${keyWords(key, this.#parts.around.rules().warmups?.units)}: what waits takes ${takes}, and expires after ${(expiry / DAY).toFixed(1)} days.`
      return [{ key, what }]
    })
  }
}

const MEND = "Let warm sources of its pool take it, send less, or let it wait longer (expiry). 'hms warmup status' shows the forecast."

/** What somebody waits for is not kept back at all, and what nobody waits for through the day. */
function patienceOf({ plan }: ColdUnit, rank: Rank): Ms {
  const { overflow, spread } = plan ?? WARMUP_DEFAULTS
  return rank > NORMAL_RANK ? 0 : rank < NORMAL_RANK ? Math.max(overflow, spread) : overflow
}
