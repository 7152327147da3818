// The pool that mail to a destination leaves from, as `hms rules explain` shows it, and what limits of each source come to over all of them.
import type { EffectiveLimit, RulesDocument } from '../../contract/rules.ts'
import type { ExplainedPool } from '../../contract/rules-answers.ts'
import type { SourceState } from '../../contract/settings.ts'
import { PoolBook } from './pools.ts'

/** Null: there is no pool of the name. */
export function explainPool(document: RulesDocument, states: readonly SourceState[], name: string): ExplainedPool | null {
  const found = new PoolBook(document, states).pools.get(name)
  if (found === undefined) return null
  const whole = found.members.reduce((sum, { weight }) => sum + weight, 0)
  const sources = found.members.map(({ name: source, weight, source: made, why }) => {
    const { address, helo } = made
    return { source, share: weight / whole, address, proxy: made.kind === 'proxy' ? made.proxy : null, helo, why }
  })
  return { name, sources }
}

/** Over the sources of a pool; null: it is not counted by source. */
export function sumOver({ per, limit }: EffectiveLimit, pool: ExplainedPool | null): number | null {
  return per.includes('source') && pool !== null ? limit * pool.sources.length : null
}
