// Thresholds and times of alarms: as people read them, as fields of a form have them, and as `hms` takes them.
import type { AlarmTerms, AlarmUnit, AlarmView } from '../../../../client/src/index.ts'
import { alarms } from '../../texts/alarms.ts'
import { number, share, span } from '../../texts/format.ts'

const words = alarms.list

export function amountText(unit: AlarmUnit, value: number): string {
  switch (unit) {
    case 'time':
      return span(value)
    case 'share':
      return share(value)
    case 'times':
      return alarms.times(number(value))
    case 'days':
      return alarms.days(number(value))
    case 'yes':
    case 'count':
      return number(value)
    default:
      return unit satisfies never
  }
}

export function firesText({ unit, fires }: Pick<AlarmView, 'unit' | 'fires'>, { threshold }: AlarmTerms): string {
  if (unit === 'yes') return words.once
  return fires === 'from' ? words.from(amountText(unit, threshold)) : words.below(amountText(unit, threshold))
}

export const SPAN_UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const
export type SpanUnit = keyof typeof SPAN_UNITS

export interface SpanValue {
  readonly n: string
  readonly unit: SpanUnit
}

/** In the greatest unit of which it is a whole number. */
export function spanValue(ms: number): SpanValue {
  const unit = (['d', 'h', 'm', 's'] as const).find((one) => ms > 0 && ms % SPAN_UNITS[one] === 0) ?? 's'
  return { n: String(ms / SPAN_UNITS[unit]), unit }
}

export const msOf = ({ n, unit }: SpanValue): number => Math.round(Number(n) * SPAN_UNITS[unit])
/** As a command takes it: `90s`. */
export const spanFlag = ({ n, unit }: SpanValue): string => `${n}${unit}`
