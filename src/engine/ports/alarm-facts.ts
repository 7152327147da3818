// Where rooms that look at something themselves tell alarms what they saw: blocklists, webhooks of events.
import type { AlarmName } from '../../contract/alarm-table.ts'
import type { Reading } from '../../policy/alarms/machine.ts'

export interface AlarmFacts {
  /**
   * All that is seen of an alarm now, of all its subjects: whatever is not among it is right. Until the first call, and for what could not
   * be looked at, nothing is known, and nothing changes: leave out the call.
   */
  report(alarm: AlarmName, readings: readonly Reading[]): void
}
