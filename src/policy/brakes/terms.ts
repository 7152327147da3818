// Which terms of a brake hold for an account: its own, those that somebody set for all, or those that are shipped. Pure.
import type { AccountId } from '../../base/brand.ts'
import { BRAKES, type BrakeName, type BrakeSetting, type BrakeTerms } from '../../contract/brakes.ts'

const known = new WeakMap<readonly BrakeSetting[], Map<string, BrakeTerms | null>>()

/** Null: it is off. */
export function termsOf(settings: readonly BrakeSetting[], name: BrakeName, account: AccountId): BrakeTerms | null {
  if (settings.length === 0) return BRAKES[name]
  let terms = known.get(settings)
  if (terms === undefined) known.set(settings, (terms = new Map(settings.map((one) => [`${one.name} ${one.account ?? ''}`, one.terms]))))
  const own = terms.get(`${name} ${account}`)
  if (own !== undefined) return own
  const all = terms.get(`${name} `)
  return all === undefined ? BRAKES[name] : all
}
