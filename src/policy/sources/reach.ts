// What mail of an account may leave from, wherever it goes: what its domains must name in their SPF records.
import type { AccountId } from '../../base/brand.ts'
import { type Rule, type RulesDocument, UNSET } from '../../contract/rules.ts'

export interface Reach {
  readonly sources: ReadonlySet<string>
  /** Some of it may leave from what the configuration says. */
  readonly usesDefault: boolean
}

export function reachOf({ pools, rules, accounts }: RulesDocument, account: AccountId): Reach {
  const key = String(account)
  const own = Object.hasOwn(accounts, key) ? accounts[key] : undefined
  const overriding = poolsNamed(own?.overrides.filter(({ by }) => by === 'all') ?? [])
  const all = [...rules, ...(own?.rules ?? []), ...(own?.overrides ?? [])]
  const asked = [...(own?.pools ?? []), ...Object.values(own?.mailings ?? {})]
  // An override for all mail beats what anybody else says.
  const names = overriding.length > 0 ? overriding : [...poolsNamed(all), ...asked]
  const isEverywhere = ({ by, mask, set }: Rule): boolean => (by === 'all' || mask === '*') && set.pool !== undefined && set.pool !== UNSET
  const sources = new Set(names.flatMap((name) => (Object.hasOwn(pools, name) ? Object.keys(pools[name] ?? {}) : [])))
  const takesBack = all.some(({ set }) => set.pool === UNSET)
  return { sources, usesDefault: takesBack || !all.some(isEverywhere) }
}

function poolsNamed(rules: readonly Rule[]): readonly string[] {
  return rules.flatMap(({ set }) => (set.pool === undefined || set.pool === UNSET ? [] : [set.pool]))
}
