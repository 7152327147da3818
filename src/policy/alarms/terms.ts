// What holds of an alarm for a subject: what somebody set for it, else for all, else what is shipped. Silence likewise.
import type { EpochMs } from '../../base/brand.ts'
import { ALARMS, type AlarmName, type AlarmTerms } from '../../contract/alarm-table.ts'
import type { AlarmSetting } from '../../contract/alarms.ts'

export class AlarmRules {
  readonly #settings: ReadonlyMap<string, AlarmSetting>

  constructor(settings: readonly AlarmSetting[]) {
    this.#settings = new Map(settings.map((one) => [alarmKey(one.name, one.subject), one]))
  }

  /** Null: it is off. */
  termsOf(name: AlarmName, subject: string | null): AlarmTerms | null {
    const terms = this.#of(name, subject).find((one) => one.terms !== null)?.terms ?? ALARMS[name]
    return terms === 'off' ? null : terms
  }

  isSilent(name: AlarmName, subject: string | null, now: EpochMs): boolean {
    return this.#of(name, subject).some(({ silence }) => silence !== null && (silence.until === null || silence.until > now))
  }

  #of(name: AlarmName, subject: string | null): readonly AlarmSetting[] {
    const own = subject === null ? undefined : this.#settings.get(alarmKey(name, subject))
    const all = this.#settings.get(alarmKey(name, null))
    return [own, all].filter((one) => one !== undefined)
  }
}

export function alarmKey(name: AlarmName, subject: string | null): string {
  return subject === null ? name : `${name} ${subject}`
}

/** Whether a value is beyond what is wanted. */
export function isBeyond(name: AlarmName, value: number, { threshold }: AlarmTerms): boolean {
  return ALARMS[name].fires === 'from' ? value >= threshold : value < threshold
}
