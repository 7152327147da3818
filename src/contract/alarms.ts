// What is set of alarms, what fires, and the calls for both. The alarms themselves are in alarm-table.ts.
import type { EpochMs } from '../base/brand.ts'
import type { AlarmName, AlarmSeverity, AlarmTerms, AlarmUnit } from './alarm-table.ts'

/** What somebody set of an alarm in place of what is shipped. */
export interface AlarmSetting {
  readonly name: AlarmName
  /** Null: of all subjects that have none of their own. */
  readonly subject: string | null
  /** `off`: it never fires. Null: as it is otherwise. */
  readonly terms: AlarmTerms | 'off' | null
  /** It fires, and nobody is told. Null: people are told. */
  readonly silence: { readonly until: EpochMs | null } | null
  readonly by: string
  readonly at: EpochMs
}

export interface FiringAlarm {
  readonly name: AlarmName
  readonly subject: string | null
  readonly severity: AlarmSeverity
  readonly since: EpochMs
  /** A sentence. */
  readonly what: string
  readonly mend: string
  readonly silenced: boolean
}

export interface AlarmView {
  readonly name: AlarmName
  readonly severity: AlarmSeverity
  readonly of: string | null
  readonly unit: AlarmUnit
  readonly fires: 'from' | 'below'
  readonly what: string
  readonly mend: string
  /** Null: it is off. */
  readonly terms: AlarmTerms | null
  readonly shipped: AlarmTerms
  readonly silence: AlarmSetting['silence']
  /** What subjects have of their own. */
  readonly own: readonly AlarmSetting[]
  readonly firing: readonly FiringAlarm[]
}

/** A site, a source, a domain: what `alarm.list` names. @minLength 1 @maxLength 400 @pattern ^[^\r\n\0]+$ */
export type AlarmSubject = string
/** In the unit of the alarm. @minimum 0 @maximum 1000000000000 */
export type AlarmThreshold = number
/** In milliseconds. @integer @minimum 0 @maximum 2592000000 */
export type AlarmTime = number

interface AlarmTarget {
  readonly name: AlarmName
  /** Without it, all of the alarm's. */
  readonly subject?: AlarmSubject
}

/** Which ways an alert goes. */
export interface AlertWays {
  readonly mail: boolean
  readonly webhook: boolean
  readonly syslog: boolean
  readonly smtp: boolean
}

export interface AlarmOperations {
  'alarm.list': { params: Record<never, never>; result: readonly AlarmView[] }
  /** What is not named stays as it is. `off`: it never fires. */
  'alarm.set': { params: AlarmTarget & { threshold?: AlarmThreshold; for?: AlarmTime; off?: boolean }; result: AlarmSetting }
  /** It fires, and nobody is told, until then; without `until` for good. */
  'alarm.silence': { params: AlarmTarget & { until?: EpochMs }; result: AlarmSetting }
  'alarm.unsilence': { params: AlarmTarget; result: { removed: boolean } }
  /** As shipped again, and told. What changed outside counts as right from now on. */
  'alarm.reset': { params: AlarmTarget; result: { removed: boolean } }
  /** Tells one that says it is a test. */
  'alarm.test': { params: AlarmTarget; result: AlertWays }
}
