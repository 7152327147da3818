// The caps of warm-up as limits that messages are asked for: one by day, which slides over 24 hours, and one by hour that spreads it. Made
// for one version of the rules and of the states; what it answered is kept, so that the same asks are the same object.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { OTHER_PROVIDERS, WARMUP_DEFAULTS, type WarmupPlan, type WarmupState } from '../../contract/warmup.ts'
import type { LimitAsk } from '../limits/limit-book.ts'
import { DAY, startOf } from './steps.ts'
import { stateOf, sourceUnit, warmupKey, warmupUnits, type WarmupDocument, type WarmupStates, type WarmupUnit } from './units.ts'

const HOUR: Ms = 3_600_000
/** Without its plan a source keeps to so many a day. */
const WITHOUT_PLAN = 50

/** What holds for one combination of source, provider and signing domains. */
export interface WarmupCaps {
  readonly asks: readonly LimitAsk[]
  /** What events name, so that they are counted. */
  readonly keys: readonly string[]
  /** What caps it, the source first; empty: it is warm. */
  readonly cold: readonly ColdUnit[]
}

export interface ColdUnit {
  readonly unit: string
  readonly key: string
  readonly isSource: boolean
  readonly perHour: number
  /** Null: there is no such plan. */
  readonly plan: WarmupPlan | null
  /** Null: it has not begun, or has no plan. */
  readonly state: WarmupState | null
}

const NONE: WarmupCaps = { asks: [], keys: [], cold: [] }
/** Combinations that are kept. */
const MOST = 100_000

export interface WarmupParts {
  readonly smart: Parameters<typeof warmupUnits>[0]
  readonly owner: WarmupDocument
  readonly states: WarmupStates
  readonly now: EpochMs
}

export class WarmupBook {
  readonly units: ReadonlyMap<string, WarmupUnit>
  /** Whether any signing domain is warmed up. */
  readonly hasDomains: boolean
  readonly #states: WarmupStates
  readonly #now: EpochMs
  /** By the name of a source, and by its address. */
  readonly #sources = new Map<string, WarmupUnit>()
  readonly #known = new Map<string, WarmupCaps>()

  constructor({ smart, owner, states, now }: WarmupParts) {
    this.units = warmupUnits(smart, owner)
    this.#states = states
    this.#now = now
    for (const [name, source] of Object.entries(owner.sources)) {
      const unit = this.units.get(sourceUnit(name, source))
      if (unit === undefined) continue
      this.#sources.set(name, unit)
      if (source.address !== null) this.#sources.set(source.address, unit)
    }
    this.hasDomains = [...this.units.keys()].some((unit) => unit.startsWith('signer='))
  }

  /** Whether these states, at this time, give the same caps: then nothing has to be asked anew. */
  isSameFor(states: WarmupStates, now: EpochMs): boolean {
    for (const { start } of this.units.values()) if (startOf(start) > this.#now && startOf(start) <= now) return false
    const keys = new Set([...this.#states.keys(), ...states.keys()])
    return [...keys].every((key) => {
      const [unit = '', provider = ''] = key.split(' provider=')
      const one = this.units.get(unit)
      if (one === undefined) return true
      const [old, fresh] = [stateOf(one, provider, this.#states, this.#now), stateOf(one, provider, states, this.#now)]
      return old?.cap === fresh?.cap && old?.mode === fresh?.mode
    })
  }

  get isEmpty(): boolean {
    return this.units.size === 0
  }

  /** `source`: its name, or the address that mail leaves from. */
  at(source: string, provider: string | null, domains: readonly string[] = []): WarmupCaps {
    const bySource = this.#sources.get(source)
    const byDomain = this.hasDomains ? domains.flatMap((domain) => this.units.get(`signer=${domain}`) ?? []) : []
    if (bySource === undefined && byDomain.length === 0) return NONE
    const place = provider ?? OTHER_PROVIDERS
    const units = bySource === undefined ? byDomain : [bySource, ...byDomain]
    const key = `${place} ${units.map(({ unit }) => unit).join(' ')}`
    let caps = this.#known.get(key)
    if (caps === undefined) {
      if (this.#known.size >= MOST) this.#known.clear()
      this.#known.set(key, (caps = this.#capsOf(units, bySource, place)))
    }
    return caps
  }

  /** By the key of a limit; null: it is warm, or there is none such. */
  coldAt(key: string): ColdUnit | null {
    const [unit = '', provider = ''] = key.split(' provider=')
    const found = this.units.get(unit)
    return found === undefined ? null : (this.#capsOf([found], unit.startsWith('source=') ? found : undefined, provider).cold[0] ?? null)
  }

  #capsOf(units: readonly WarmupUnit[], bySource: WarmupUnit | undefined, provider: string): WarmupCaps {
    const cold = units.flatMap((one) => {
      const known = stateOf(one, provider, this.#states, this.#now)
      if (known?.mode === 'warm') return []
      const state = startOf(one.start) > this.#now ? null : known
      const cap = state?.cap ?? (one.plan === null ? WITHOUT_PLAN : 0)
      return [{ one, state, cap, key: warmupKey(one.unit, provider) }]
    })
    return {
      asks: cold.flatMap(({ one, cap, key }) => asksOf(key, cap, spreadOf(one))),
      // What is warm is counted too: after idle weeks it steps back.
      keys: units.map(({ unit }) => warmupKey(unit, provider)),
      cold: cold.map(({ one, cap, key, state }) => {
        const { unit, plan } = one
        return { unit, key, isSource: one === bySource, perHour: hourly(cap, spreadOf(one)), plan, state }
      }),
    }
  }
}

function spreadOf({ plan }: WarmupUnit): Ms {
  return plan?.spread ?? WARMUP_DEFAULTS.spread
}

function hourly(cap: number, spread: Ms): number {
  return Math.ceil((cap * HOUR) / Math.max(spread, HOUR))
}

function asksOf(key: string, cap: number, spread: Ms): LimitAsk[] {
  const hour = hourly(cap, spread)
  return [
    { key: `warmup_day ${key}`, limit: cap, span: DAY, burst: Math.max(1, cap), counts: 'one' },
    { key: `warmup_hour ${key}`, limit: hour, span: HOUR, burst: 1, counts: 'one' },
  ]
}
