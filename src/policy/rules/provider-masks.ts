// Which providers a site belongs to: by the masks of its MX hosts, the narrowest first. The owner's definition of a provider takes the place of
// the shipped one of the same name.
import type { RulesDocument } from '../../contract/rules.ts'
import { MaskIndex, specificityOf } from './masks.ts'

/** With the specificity of the mask that matched. */
export type Providers = ReadonlyMap<string, number>

const NOWHERE: Providers = new Map()

export class ProviderMasks {
  readonly #masks = new MaskIndex<{ readonly name: string; readonly specificity: number }>()

  constructor(smart: RulesDocument['providers'], owner: RulesDocument['providers']) {
    for (const [name, masks] of Object.entries({ ...smart, ...owner }))
      for (const mask of masks) this.#masks.add(mask, { name, specificity: specificityOf(mask) })
  }

  at(hosts: readonly string[]): Providers {
    const best = new Map<string, number>()
    for (const host of hosts)
      for (const { name, specificity } of this.#masks.find(host)) best.set(name, Math.max(specificity, best.get(name) ?? 0))
    return best.size === 0 ? NOWHERE : best
  }
}

/** The one that a site is counted to; null: none that is known. */
export function narrowest(providers: Providers): string | null {
  let best: string | null = null
  let most = -1
  for (const [name, specificity] of providers) if (specificity >= most) [best, most] = [name, specificity]
  return best
}
