// Several findings of one aspect as one state: the worst of them.
import type { HealthAspect, HealthFinding, HealthState } from '../../../../client/src/index.ts'

const WORST_FIRST: readonly HealthState[] = ['wrong', 'missing', 'unknown', 'ok']

/** Null: there is nothing to find; it is not used. */
export function worstOf(findings: readonly Pick<HealthFinding, 'aspect' | 'state'>[], aspect: HealthAspect): HealthState | null {
  const states = new Set(findings.filter((one) => one.aspect === aspect).map(({ state }) => state))
  return WORST_FIRST.find((state) => states.has(state)) ?? null
}
