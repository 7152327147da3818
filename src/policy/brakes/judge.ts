// What a brake makes of what was counted, and the words for it. Pure.
import { formatDuration } from '../../base/quantities.ts'
import { BRAKES, type BrakeName, type BrakeTerms } from '../../contract/brakes.ts'

export interface Counted {
  /** What harms, or how many there are. */
  readonly part: number
  /** Out of so many: the volume, or what `part` is so many times of. */
  readonly whole: number
}

export interface Verdict {
  readonly verdict: 'warn' | 'hold'
  readonly words: string
}

/** Null: there is nothing to be said. */
export function judge(name: BrakeName, terms: BrakeTerms, { part, whole }: Counted): Verdict | null {
  const { unit } = BRAKES[name]
  // What is so many times its own is a volume itself; of all else `whole` is.
  if ((unit === 'times' ? part : whole) < terms.least || part <= 0) return null
  const reached = (limit: number | null): boolean => {
    if (limit === null) return false
    if (unit === 'share') return part >= limit * whole
    return unit === 'times' ? part > limit * whole : part >= limit
  }
  const verdict = reached(terms.hold) ? 'hold' : reached(terms.warn) ? 'warn' : null
  if (verdict === null) return null
  return { verdict, words: words(name, terms, { part, whole }) }
}

function words(name: BrakeName, { window, warn, hold }: BrakeTerms, { part, whole }: Counted): string {
  const { unit, what } = BRAKES[name]
  const limits = [warn === null ? [] : [`warns at ${amount(unit, warn)}`], hold === null ? [] : [`holds at ${amount(unit, hold)}`]].flat()
  const within = `within ${formatDuration(window)} (${name} ${limits.join(', ')})`
  if (unit === 'count') return `${part} ${what} ${within}`
  if (unit === 'times') return `${part} recipients, ${(part / whole).toFixed(1)} times the most of an hour in the 14 days before, ${within}`
  return `${part} of ${whole} (${percent(part / whole)}) were ${what} ${within}`
}

export function amount(unit: 'share' | 'times' | 'count', value: number): string {
  return unit === 'share' ? percent(value) : unit === 'times' ? `${value} times` : String(value)
}

function percent(share: number): string {
  return `${Number((share * 100).toFixed(share < 0.01 ? 2 : 1))} %`
}
