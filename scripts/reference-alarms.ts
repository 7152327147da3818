// docs/reference/alarms.md: every alarm as it is shipped, from src/contract/alarm-table.ts.
import { formatDuration } from '../src/base/quantities.ts'
import { amountOf } from '../src/cli/output/alarm-amounts.ts'
import { ALARM_NAMES, ALARMS } from '../src/contract/alarm-table.ts'

export function alarmsPage(): string {
  const rows = ALARM_NAMES.map((name) => {
    const { severity, of, unit, fires, threshold, for: time, what, mend } = ALARMS[name]
    const when = unit === 'yes' ? 'it is so' : `${fires} ${amountOf(unit, threshold)}`
    const breaks = 'breaks' in ALARMS[name] ? ', no heartbeat' : ''
    return `| \`${name}\` | ${what} | ${of ?? ''} | ${when} | ${time === 0 ? 'at once' : formatDuration(time)} | ${severity}${breaks} | ${mend} |`
  })
  return `${[
    '# Alarms',
    '',
    'What the server watches by itself, from `src/contract/alarm-table.ts`: all are on as shipped. `hms alarms` changes, silences and tries them:',
    '[alarms](../guides/alarms.md).',
    '',
    '| alarm | what it watches | apart for | fires | after | severity | what to do |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n')}\n`
}
