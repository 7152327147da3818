// The alarms at the desk: what probes saw goes into the machine, what that tells becomes Delivery Alerts, and how it stands is kept beside them
// in one transaction, so that a desk that is started again tells nothing twice and forgets nothing.
import type { EpochMs } from '../../base/brand.ts'
import { ALARM_NAMES, ALARMS, type AlarmName } from '../../contract/alarm-table.ts'
import type { AlarmSetting, FiringAlarm } from '../../contract/alarms.ts'
import type { AlertContent } from '../../contract/alerts.ts'
import { type AlarmState, AlarmMachine, type Reading } from '../../policy/alarms/machine.ts'
import { AlarmRules } from '../../policy/alarms/terms.ts'
import { alertsOf } from '../../policy/alarms/words.ts'
import type { Kept } from '../../store/sqlite/desk/alerts.ts'
import type { Probe } from './probe.ts'

export type NewsAlert = AlertContent & { readonly source: string }

export class AlarmWatch {
  readonly #machine: AlarmMachine
  readonly #probes: readonly Probe[]
  readonly #settings: () => readonly AlarmSetting[]
  #rules: { readonly of: readonly AlarmSetting[]; readonly rules: AlarmRules } | null = null
  #firing: readonly FiringAlarm[] = []

  /** `states`: as they were kept. */
  constructor(
    states: readonly unknown[],
    parts: { readonly probes: readonly Probe[]; readonly settings: () => readonly AlarmSetting[]; readonly now: EpochMs },
  ) {
    this.#machine = new AlarmMachine(states.filter(isState), parts.now)
    this.#probes = parts.probes
    this.#settings = parts.settings
  }

  /** What is to be told, and kept together with it. */
  look(now: EpochMs): { readonly alerts: readonly NewsAlert[]; readonly kept: Kept } {
    const readings = new Map<AlarmName, Reading[]>()
    for (const probe of this.#probes)
      for (const [name, found] of probe.readings(now)) readings.set(name, [...(readings.get(name) ?? []), ...found])
    const rules = this.#rulesNow()
    const { news, changed } = this.#machine.look(readings, rules, now)
    this.#firing = this.#machine.firing(rules, now)
    return { alerts: news.flatMap((one) => alertsOf(one, now)), kept: new Map(changed.map((key) => [key, this.#machine.stateOf(key)])) }
  }

  firing(): readonly FiringAlarm[] {
    return this.#firing
  }

  /** Accepting or delivering is broken, and nobody said that he knows. */
  get isBroken(): boolean {
    return this.#firing.some(({ name, silenced }) => 'breaks' in ALARMS[name] && !silenced)
  }

  isSilent(name: AlarmName, subject: string | null, now: EpochMs): boolean {
    return this.#rulesNow().isSilent(name, subject, now)
  }

  reset(name: AlarmName, subject: string | null): void {
    this.#machine.reset(name, subject)
  }

  #rulesNow(): AlarmRules {
    const settings = this.#settings()
    if (this.#rules?.of !== settings) this.#rules = { of: settings, rules: new AlarmRules(settings) }
    return this.#rules.rules
  }
}

/** Another release may have kept alarms that this one does not know. */
function isState(value: unknown): value is AlarmState {
  return typeof value === 'object' && value !== null && 'name' in value && ALARM_NAMES.some((name) => name === value.name)
}
