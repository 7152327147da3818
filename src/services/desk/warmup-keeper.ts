// Looks every minute what days that are over mean for what is warmed up, and writes it into the settings, where workers see it within a
// second. While the desk is away every cap stays as it is; the days are made up for afterwards.
import type { Ms } from '../../base/brand.ts'
import { type Clock, every } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { RulesDocument } from '../../contract/rules.ts'
import type { Status } from '../../contract/operations.ts'
import type { EventStore, SettingsStore } from '../../engine/ports/stores.ts'
import { smartInForce } from '../../policy/rules/smart.ts'
import { reckon } from '../../policy/warmup/reckon.ts'
import { unitWords, type WarmupUnit, warmupUnits } from '../../policy/warmup/units.ts'

const LOOK_EVERY: Ms = 60_000
/** What stepped back is told for so long. */
const TOLD: Ms = 86_400_000

export interface WarmupKeeperParts {
  readonly settings: SettingsStore
  readonly events: EventStore
  /** Smart rules that the program ships; asked for only where something is warmed up. */
  readonly shipped: () => RulesDocument
  readonly log: Log
  readonly clock: Clock
}

export class WarmupKeeper implements Disposable {
  readonly #parts: WarmupKeeperParts
  readonly #timer: Disposable
  #made: { readonly owner: object; readonly smart: object; readonly units: ReadonlyMap<string, WarmupUnit> } | null = null

  constructor(parts: WarmupKeeperParts) {
    this.#parts = parts
    this.#timer = every(parts.clock, LOOK_EVERY, () => this.look())
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]()
  }

  look(): void {
    const { settings, events, clock, log } = this.#parts
    try {
      const units = this.#units()
      const states = settings.read().warmups
      if (units.size + states.size === 0) return
      const { states: changed, gone } = reckon({ units, states, days: events.warmupDays(), now: clock.now() })
      if (changed.length + gone.length === 0) return
      settings.putWarmups(changed, gone, 'warm-up')
      for (const { unit, provider, cap, said, looked } of changed)
        log.info('A day of a warm-up is over.', { unit, provider, cap, said, looked })
    } catch (error) {
      log.error('Warm-up cannot be looked after; caps stay as they are.', { error: messageOf(error) })
    }
  }

  /** What stepped back of late, or has a plan that there is not. */
  alerts(): Status['alerts'] {
    const { settings, clock } = this.#parts
    const units = this.#units()
    if (units.size === 0) return []
    const lost = [...units.values()].filter(({ plan }) => plan === null)
    const stepped = [...settings.read().warmups.values()].filter(
      ({ said, since }) => said.startsWith('Stepped back') && clock.now() - since < TOLD,
    )
    return [
      ...lost.map(({ unit, names, planName }) => ({
        at: clock.now(),
        what: `Warm-up of ${unitWords(unit, names)}: there is no plan ${planName}.`,
        mend: "It stays at 50 messages a day to each provider. Name a plan that there is: 'hms rules lint'.",
      })),
      ...stepped.map(({ unit, provider, said, since }) => ({
        at: since,
        what: `Warm-up of ${unitWords(unit, units.get(unit)?.names ?? [])} at ${provider}: ${said}`,
        mend: "Find out why from the replies ('hms events'). 'hms warmup status' shows the days.",
      })),
    ]
  }

  #units(): ReadonlyMap<string, WarmupUnit> {
    const { rules, smartRules } = this.#parts.settings.read()
    const owner = rules.document
    const isUsed = owner.domains !== undefined || Object.values(owner.sources).some(({ warmup }) => warmup !== undefined)
    if (!isUsed) return NONE
    if (this.#made === null || this.#made.owner !== owner || this.#made.smart !== smartRules)
      this.#made = { owner, smart: smartRules, units: warmupUnits(smartInForce(this.#parts.shipped(), smartRules).document, owner) }
    return this.#made.units
  }
}

const NONE: ReadonlyMap<string, WarmupUnit> = new Map()
