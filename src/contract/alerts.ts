// Delivery Alerts: what automation did and what is wrong, as the owner is told of it: listed, by mail and by webhook.
import type { EpochMs } from '../base/brand.ts'
import type { AlarmName, AlarmSeverity } from './alarm-table.ts'
import type { BlockEffect } from './blocks.ts'

/** `effect.*`: a block rule or automatic backing off did something, or somebody by hand. `account.*`: a brake stopped an account or warns of it, or its state is another. `trouble.*`: an alarm fires, or is over. `test`: somebody tries whether it arrives. */
export const ALERT_KINDS = [
  'effect.begun',
  'effect.tightened',
  'effect.extended',
  'effect.ended',
  'effect.alert',
  'account.braked',
  'account.warned',
  'account.state',
  'trouble.begun',
  'trouble.ended',
  'test',
] as const
export type AlertKind = (typeof ALERT_KINDS)[number]

/** `none`: it does not go this way. `lost`: given up, or there were too many. */
export type AlertWay = 'none' | 'waits' | 'sent' | 'lost'

export interface AlertContent {
  readonly at: EpochMs
  readonly kind: AlertKind
  /** A sentence, and what to do. */
  readonly what: string
  readonly mend: string
  /** As it was then; null: it is about none. */
  readonly effect: BlockEffect | null
  /** A user, `hms` at the shell, a rule, or `time`. */
  readonly by: string
  /** Which alarm it is, of which subjects: the first hundred of so many. Absent: of none. */
  readonly alarm?: {
    readonly name: AlarmName
    readonly severity: AlarmSeverity
    readonly subjects: readonly string[]
    readonly count: number
  }
}

export interface DeliveryAlert extends AlertContent {
  readonly id: number
  readonly mail: AlertWay
  readonly webhook: AlertWay
  readonly syslog: AlertWay
  /** Mail by a way of its own, beside the queue. */
  readonly smtp: AlertWay
}
