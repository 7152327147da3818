// Thresholds of alarms as people write them: 30m, 95%, 3 days, 1.5 times.
import { formatDuration, parseDuration } from '../../base/quantities.ts'
import type { AlarmUnit } from '../../contract/alarm-table.ts'

export function amountOf(unit: AlarmUnit, value: number): string {
  switch (unit) {
    case 'time':
      return formatDuration(value)
    case 'share':
      return `${Math.round(value * 1000) / 10}%`
    case 'times':
      return `${value} times`
    case 'days':
      return `${value} days`
    case 'yes':
      return 'yes'
    case 'count':
      return String(value)
    default:
      return unit satisfies never
  }
}

/** Undefined: it is none. */
export function parseAmount(unit: AlarmUnit, text: string): number | undefined {
  if (unit === 'time') return parseDuration(text)
  if (unit === 'yes') return text === 'yes' || text === '1' ? 1 : undefined
  const [, digits, mark] = /^(\d+(?:\.\d+)?)\s*(%|days?|times)?$/.exec(text.trim()) ?? []
  if (digits === undefined || (mark === '%') !== (unit === 'share' && mark === '%')) return undefined
  return mark === '%' ? Number(digits) / 100 : Number(digits)
}
