// What the status of an HTTP answer means for what was posted (rfc:9110#15), and how long a receiver asks to be left alone. Pure.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Verdict } from '../classify.ts'

/** These say that it may go well another time (rfc:9110, rfc:8470, rfc:6585). */
const LATER = new Set([408, 425, 429])
const BUSY = new Set([429, 503])
/** None of these codes is a hard bounce: an endpoint that is gone is nobody's address. */
export function classifyStatus(status: number): Verdict & { readonly kind: 'fail' | 'defer' } {
  if (BUSY.has(status)) return { kind: 'defer', code: 4001 }
  if (LATER.has(status) || (status >= 500 && status <= 599)) return { kind: 'defer', code: 3999 }
  return { kind: 'fail', code: 4002 }
}

const SECOND: Ms = 1000
const LONGEST_ASKED: Ms = 24 * 3_600_000
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/** What `Retry-After` asks for (rfc:9110#10.2.3), a day at most; null: nothing that can be read. */
export function retryAfter(value: string | undefined, now: EpochMs): Ms | null {
  if (value === undefined) return null
  const asked = /^\d{1,10}$/.test(value) ? Number(value) * SECOND : HTTP_DATE.test(value) ? Date.parse(value) - now : Number.NaN
  return Number.isNaN(asked) ? null : Math.min(Math.max(asked, 0), LONGEST_ASKED)
}

/** A server that always says "in a second" is asked ever more rarely: after its second try in 4 s, after the tenth in 100. */
export function waitAsked(asked: Ms, attempts: number): Ms {
  return Math.max(asked, Math.min(attempts ** 2 * SECOND, LONGEST_ASKED))
}
