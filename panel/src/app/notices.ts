// What is wrong now, each thing once: alarms that fire, and notices of the status that no alarm tells.
import type { FiringAlarm, Status } from '../../../client/src/index.ts'
import { alarmOfNotice } from '../../../src/contract/alarm-notices.ts'

export type Trouble = Pick<Status, 'alarms' | 'alerts'>
export type NoticeOfStatus = Status['alerts'][number]

/** An alarm takes its time to fire: until then the notice stands for it. */
export function noticesOf({ alarms, alerts }: Trouble): readonly NoticeOfStatus[] {
  return alerts.filter((alert) => {
    const alarm = alarmOfNotice(alert)
    return alarm === null || !alarms.some(({ name, subject }) => name === alarm.name && subject === alarm.subject)
  })
}

export const loudAlarms = ({ alarms }: Trouble): readonly FiringAlarm[] => alarms.filter(({ silenced }) => !silenced)

/** What somebody should look at. */
export const countTroubles = (trouble: Trouble): number => loudAlarms(trouble).length + noticesOf(trouble).length
