// Numbers by which the original tells kinds of failures and of what recipients do, in its Reporting API and in its events by HTTP.
import type { FailureCode } from './failure-codes.ts'
import type { Category } from './feedback.ts'

export const FAILURE_TYPES = { temporary: 0, permanent: 1, suppressed: 2 } as const
export const TRACKING_TYPES = { click: 0, open: 1, unsubscribe: 2 } as const

const ALREADY_SUPPRESSED: FailureCode = 1001

/** Permanent is what is about the address for good: 2001 to 2999. */
export function failureTypeOf(code: FailureCode): number {
  if (code === ALREADY_SUPPRESSED) return FAILURE_TYPES.suppressed
  return code >= 2000 && code < 3000 ? FAILURE_TYPES.permanent : FAILURE_TYPES.temporary
}

/** Of what came back by mail. */
export function bounceTypeOf(category: Category): number {
  return category === 'Hard' ? FAILURE_TYPES.permanent : FAILURE_TYPES.temporary
}
