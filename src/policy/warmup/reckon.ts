// Looks at the days that are over: which states follow. A day is decided on some minutes after its end, as its last events come in until
// then; days that nobody looked at are made up for, one by one. Pure.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { NO_FIGURES, OTHER_PROVIDERS, type WarmupDay, type WarmupFigures, type WarmupState } from '../../contract/warmup.ts'
import { afterDay, dayOf, firstState, startOf } from './steps.ts'
import { warmupKey, type WarmupStates, type WarmupUnit } from './units.ts'

const SETTLED: Ms = 5 * 60_000

export interface Reckoned {
  readonly states: readonly WarmupState[]
  /** Keys of what is not warmed up any more. */
  readonly gone: readonly string[]
}

export interface ToReckon {
  readonly units: ReadonlyMap<string, WarmupUnit>
  readonly states: WarmupStates
  readonly days: readonly WarmupDay[]
  readonly now: EpochMs
}

export function reckon({ units, states, days, now }: ToReckon): Reckoned {
  const last = dayOf(now - SETTLED) - 1
  const figures = new Map<string, WarmupFigures>(days.map((one) => [`${one.day} ${warmupKey(one.unit, one.provider)}`, one]))
  const changed: WarmupState[] = []
  for (const unit of units.values()) {
    const { plan } = unit
    if (plan === null || startOf(unit.start) > now) continue
    for (const provider of providersOf(unit, states, days, now)) {
      const key = warmupKey(unit.unit, provider)
      const known = states.get(key)
      const isOfToday = known !== undefined && known.began >= startOf(unit.start)
      let state = isOfToday ? known : firstState(unit.unit, provider, plan, now)
      for (let day = Math.max(state.looked + 1, last - LONGEST); day <= last; day++)
        state = afterDay(state, day, figures.get(`${day} ${key}`) ?? NO_FIGURES, plan, now)
      if (state !== known) changed.push(state)
    }
  }
  return { states: changed, gone: [...states].filter(([, { unit }]) => !units.has(unit)).map(([key]) => key) }
}

/** Days that are looked at one by one; what is older says nothing any more. */
const LONGEST = 400

/** Those that had mail, those that have a state, and the rest as one. */
function providersOf({ unit }: WarmupUnit, states: WarmupStates, days: readonly WarmupDay[], now: EpochMs): ReadonlySet<string> {
  const found = new Set<string>([OTHER_PROVIDERS])
  for (const state of states.values()) if (state.unit === unit) found.add(state.provider)
  for (const one of days) if (one.unit === unit && one.day >= dayOf(now) - 1) found.add(one.provider)
  return found
}
