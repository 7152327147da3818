// What is odd in what the rules say of warm-up.
import type { RulesDocument } from '../../contract/rules.ts'
import { OTHER_PROVIDERS } from '../../contract/warmup.ts'
import { sourceUnit, warmupUnits } from './units.ts'

export function lintWarmups(owner: RulesDocument, smart: RulesDocument, note: (rule: string, what: string) => void): void {
  const providers = { ...smart.providers, ...owner.providers }
  for (const { names, planName, plan } of warmupUnits(smart, owner).values()) {
    const [name = ''] = names
    if (plan === null) note(name, `There is no plan ${planName} for its warm-up: it stays at 50 messages a day to each provider.`)
  }
  for (const [name, { providers: own }] of Object.entries(owner.warmups ?? {})) {
    for (const provider of Object.keys(own))
      if (provider !== OTHER_PROVIDERS && !Object.hasOwn(providers, provider))
        note(name, `The plan names the provider ${provider}, which there is not. All that belong to none go by "${OTHER_PROVIDERS}".`)
  }
  const first = new Map<string, { readonly name: string; readonly plan: string }>()
  for (const [name, source] of Object.entries(owner.sources)) {
    if (source.warmup === undefined) continue
    const { plan } = source.warmup
    const other = first.get(sourceUnit(name, source))
    if (other === undefined) first.set(sourceUnit(name, source), { name, plan })
    else if (other.plan !== plan)
      note(name, `It shares an address or a /64 with ${other.name}, and with it one warm-up: the plan ${other.plan} counts.`)
  }
}

export function lintShippedPlans({ warmups = {}, providers }: RulesDocument, note: (rule: string, what: string) => void): void {
  for (const [name, { seen = [], estimate, providers: own }] of Object.entries(warmups)) {
    if (seen.length === 0 && estimate !== true)
      note(name, 'The plan says neither where its figures were seen nor that they are an estimate.')
    for (const provider of Object.keys(own))
      if (provider !== OTHER_PROVIDERS && !Object.hasOwn(providers, provider))
        note(name, `The plan names the provider ${provider}, which there is not.`)
  }
}
