// Where an effect holds: for mail that has a site, a provider, a source, an account or a mailing in common with what was refused, or
// several of them at once.
import { BLOCK_SCOPES, type BlockRule, type BlockScope, type EffectPlace } from '../../contract/blocks.ts'

/** Over the word of 1.0.0. */
export function scopeOf({ scope }: Pick<BlockRule, 'scope'>): readonly BlockScope[] {
  return typeof scope === 'string' ? [scope, 'source'] : scope
}

/** The same for the same place. */
export function keyOf(place: EffectPlace): string {
  return BLOCK_SCOPES.flatMap((scope) => (place[scope] === undefined ? [] : [`${scope}=${place[scope]}`])).join('\n')
}

/**
 * What a block eases off where a reply came. A site that belongs to no provider stands for its own, mail without a mailing for its account,
 * and where nobody knows whose mail it was, the site stands for it.
 */
export function placeFor(scopes: readonly BlockScope[], of: EffectPlace): EffectPlace {
  const known = new Set(
    scopes.map((scope): BlockScope => {
      if (of[scope] !== undefined) return scope
      return scope === 'mailing' && of.account !== undefined ? 'account' : 'site'
    }),
  )
  // Names of mailings are their account's own.
  if (known.has('mailing')) known.add('account')
  return Object.fromEntries(BLOCK_SCOPES.flatMap((scope) => (known.has(scope) && of[scope] !== undefined ? [[scope, of[scope]]] : [])))
}

/** Whether it holds for some mail of a site, not for all. */
export function isOfMail(place: EffectPlace): boolean {
  return place.account !== undefined || place.mailing !== undefined
}

/** `mx.example.com from a`, `all sites of big, account 1007`. */
export function placeWords(place: EffectPlace): string {
  const { site, provider, source, account, mailing } = place
  const where = site ?? (provider === undefined ? null : `all sites of ${provider}`)
  const mail = [...(mailing === undefined ? [] : [`mailing ${mailing}`]), ...(account === undefined ? [] : [`account ${account}`])].join(
    ' of ',
  )
  const from = source === undefined || source === 'default' ? '' : `from ${source}`
  return [[where, from].filter(Boolean).join(' '), mail].filter(Boolean).join(', ') || 'everywhere'
}

/** Places by which of their parts are given, so that what holds for some mail is found in as many look-ups as there are such kinds. */
export class PlaceIndex<T> {
  readonly #kinds = new Map<string, { readonly scopes: readonly BlockScope[]; readonly byKey: Map<string, Map<string, T>> }>()

  get isEmpty(): boolean {
    return this.#kinds.size === 0
  }

  put(place: EffectPlace, id: string, value: T): void {
    const scopes = BLOCK_SCOPES.filter((scope) => place[scope] !== undefined)
    const name = scopes.join(' ')
    let kind = this.#kinds.get(name)
    if (kind === undefined) this.#kinds.set(name, (kind = { scopes, byKey: new Map() }))
    const key = keyOf(place)
    const here = kind.byKey.get(key)
    if (here === undefined) kind.byKey.set(key, new Map([[id, value]]))
    else here.set(id, value)
  }

  remove(place: EffectPlace, id: string): void {
    const name = BLOCK_SCOPES.filter((scope) => place[scope] !== undefined).join(' ')
    const kind = this.#kinds.get(name)
    const key = keyOf(place)
    const here = kind?.byKey.get(key)
    here?.delete(id)
    if (here?.size === 0) kind?.byKey.delete(key)
    if (kind?.byKey.size === 0) this.#kinds.delete(name)
  }

  /** What holds for mail of which this is known. `ofMail`: what is for some mail of a site only, or what is for all. */
  find(of: EffectPlace, ofMail: boolean): readonly T[] {
    const found: T[] = []
    for (const { scopes, byKey } of this.#kinds.values()) {
      if ((scopes.includes('account') || scopes.includes('mailing')) !== ofMail) continue
      if (scopes.some((scope) => of[scope] === undefined)) continue
      const here = byKey.get(scopes.map((scope) => `${scope}=${of[scope]}`).join('\n'))
      if (here !== undefined) found.push(...here.values())
    }
    return found
  }
}
