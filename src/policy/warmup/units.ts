// What is warmed up by a document of rules, and by which plan: sources by their address (IPv6 by its /64, whose addresses share a name
// with receivers), and signing domains. Pure.
import ipaddr from 'ipaddr.js'
import type { EpochMs } from '../../base/brand.ts'
import type { RulesDocument, Source } from '../../contract/rules.ts'
import type { WarmupPlan, WarmupState, WarmupUse } from '../../contract/warmup.ts'
import { firstState, startOf } from './steps.ts'

export interface WarmupUnit {
  /** `source=192.0.2.1`, `source=2001:db8:0:1::/64`, `signer=example.com`. */
  readonly unit: string
  /** Names of the sources, or the domain. */
  readonly names: readonly string[]
  readonly planName: string
  /** Null: there is none of that name; it stays where it is. */
  readonly plan: WarmupPlan | null
  readonly start: string | null
}

export type WarmupDocument = Pick<RulesDocument, 'sources' | 'warmups' | 'domains'>

/** By their keys. Of sources that share a /64 the plan of the first holds, and the latest start. */
export function warmupUnits(smart: Pick<RulesDocument, 'warmups'>, owner: WarmupDocument): ReadonlyMap<string, WarmupUnit> {
  const plans = { ...smart.warmups, ...owner.warmups }
  const units = new Map<string, WarmupUnit>()
  const add = (unit: string, name: string, { plan: planName, start }: WarmupUse): void => {
    const known = units.get(unit)
    const plan = (Object.hasOwn(plans, planName) ? plans[planName] : undefined) ?? null
    if (known === undefined) units.set(unit, { unit, names: [name], planName, plan, start })
    else units.set(unit, { ...known, names: [...known.names, name], start: startOf(start) > startOf(known.start) ? start : known.start })
  }
  for (const [name, source] of Object.entries(owner.sources))
    if (source.warmup !== undefined) add(sourceUnit(name, source), name, source.warmup)
  for (const [domain, { warmup }] of Object.entries(owner.domains ?? {})) add(`signer=${domain}`, domain, warmup)
  return units
}

/** A proxy that does not say where it sends from goes by its name. */
export function sourceUnit(name: string, { address }: Source): string {
  return `source=${address === null ? name : networkOf(address)}`
}

/** As an owner knows it: `source mta1 (192.0.2.1)`, `signing domain example.com`. */
export function unitWords(unit: string, names: readonly string[]): string {
  const [kind, what = ''] = unit.split('=')
  if (kind === 'signer') return `signing domain ${what}`
  const called = names.join(', ')
  return called === '' || called === what ? `source ${what}` : `source ${called} (${what})`
}

/** The same of a key, with its provider. */
export function keyWords(key: string, units: ReadonlyMap<string, WarmupUnit> | undefined): string {
  const [unit = '', provider = ''] = key.split(' provider=')
  return `${unitWords(unit, units?.get(unit)?.names ?? [])} at ${provider}`
}

export function networkOf(address: string): string {
  const parsed = ipaddr.process(address)
  if (parsed.kind() === 'ipv4') return parsed.toString()
  const parts = (parsed as ipaddr.IPv6).parts.map((part, i) => (i < 4 ? part : 0))
  return `${new ipaddr.IPv6(parts).toString()}/64`
}

/** The key of a state, of its limits and of what is counted. */
export function warmupKey(unit: string, provider: string): string {
  return `${unit} provider=${provider}`
}

export type WarmupStates = ReadonlyMap<string, WarmupState>

/** Where it is. One that began before the date of the rules begins anew. */
export function stateOf({ unit, plan, start }: WarmupUnit, provider: string, states: WarmupStates, now: EpochMs): WarmupState | null {
  const known = states.get(warmupKey(unit, provider))
  if (known !== undefined && known.began >= startOf(start)) return known
  return plan === null ? null : firstState(unit, provider, plan, Math.max(now, startOf(start)))
}
