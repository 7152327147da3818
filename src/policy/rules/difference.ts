// What changes from one document to another, by name: what `hms apply` says before and after.
import type { Rule, RulesDocument } from '../../contract/rules.ts'
import type { RulesDifference } from '../../contract/rules-answers.ts'

function partsOf({ sources, pools, providers, rules, accounts, warmups, domains }: RulesDocument): ReadonlyMap<string, string> {
  const parts = new Map<string, string>()
  const take = (what: string, value: unknown): void => void parts.set(what, JSON.stringify(value))
  for (const [name, plan] of Object.entries(warmups ?? {})) take(`warmup ${name}`, plan)
  for (const [name, domain] of Object.entries(domains ?? {})) take(`domain ${name}`, domain)
  for (const [name, source] of Object.entries(sources)) take(`source ${name}`, source)
  for (const [name, pool] of Object.entries(pools)) take(`pool ${name}`, pool)
  for (const [name, provider] of Object.entries(providers)) take(`provider ${name}`, provider)
  const takeRules = (what: string, list: readonly Rule[]): void => list.forEach((rule) => take(`${what} ${rule.name}`, sorted(rule)))
  takeRules('rule', rules)
  for (const [id, account] of Object.entries(accounts)) {
    takeRules(`account ${id} rule`, account.rules)
    takeRules(`account ${id} override`, account.overrides)
    if (account.pools !== undefined) take(`account ${id} pools`, account.pools)
    if (account.mailings !== undefined) take(`account ${id} mailings`, Object.entries(account.mailings))
  }
  return parts
}

/** The order of settings in a rule says nothing. */
function sorted({ set, ...rule }: Rule): unknown {
  return { ...rule, set: Object.fromEntries(Object.entries(set).toSorted(([a], [b]) => (a < b ? -1 : 1))) }
}

export function rulesDifference(before: RulesDocument, after: RulesDocument): RulesDifference {
  const [old, fresh] = [partsOf(before), partsOf(after)]
  const added = [...fresh.keys()].filter((name) => !old.has(name))
  const removed = [...old.keys()].filter((name) => !fresh.has(name))
  const changed = [...fresh].filter(([name, value]) => old.has(name) && old.get(name) !== value).map(([name]) => name)
  const stayed = (names: Iterable<string>, others: ReadonlyMap<string, string>): string[] => [...names].filter((name) => others.has(name))
  const reordered = stayed(old.keys(), fresh).join('\n') !== stayed(fresh.keys(), old).join('\n')
  return { added, removed, changed, reordered }
}
