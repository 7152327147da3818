// Which keys sign a message: the author's (both algorithms where both exist) and the provider's. Only keys whose record was
// seen; of several selectors for one domain and algorithm the one seen last, so that a rotation takes effect when its new
// record is there and the old key simply stops being used.
import type { AccountId, Domain } from '../../base/brand.ts'
import type { DkimKey, Settings } from '../../contract/settings.ts'

export interface SelectedKeys {
  /** Keys of the author's domain; empty: the account's `unsigned` setting decides. */
  readonly author: readonly DkimKey[]
  readonly provider: readonly DkimKey[]
}

type KeyIndex = { readonly authors: ReadonlyMap<string, readonly DkimKey[]>; readonly provider: readonly DkimKey[] }

/** An account's own key beats one for any account; then the one that was seen last. */
function isBetter(key: DkimKey, than: DkimKey): boolean {
  if ((key.account === null) !== (than.account === null)) return key.account !== null
  return (key.seenAt ?? 0) > (than.seenAt ?? 0)
}

function bestPerAlgorithm(keys: readonly DkimKey[]): readonly DkimKey[] {
  const best = new Map<string, DkimKey>()
  for (const key of keys) {
    const place = `${key.domain} ${key.algorithm}`
    const other = best.get(place)
    if (other === undefined || isBetter(key, other)) best.set(place, key)
  }
  return [...best.values()]
}

function indexOf(settings: Settings): KeyIndex {
  const authors = new Map<string, DkimKey[]>()
  const provider: DkimKey[] = []
  for (const key of settings.dkimKeys) {
    if (key.seenAt === null) continue
    if (key.role === 'provider') provider.push(key)
    const known = authors.get(key.domain)
    if (known === undefined) authors.set(key.domain, [key])
    else known.push(key)
  }
  return { authors, provider }
}

const indexes = new WeakMap<Settings, KeyIndex>()

/** The keys for a message. Indexed once per snapshot of the settings. */
export function selectKeys(
  settings: Settings,
  message: { readonly account: AccountId; readonly authorDomain: Domain | null },
): SelectedKeys {
  let index = indexes.get(settings)
  if (index === undefined) {
    index = indexOf(settings)
    indexes.set(settings, index)
  }
  const mayUse = (key: DkimKey): boolean => key.account === null || key.account === message.account
  const own = message.authorDomain === null ? [] : (index.authors.get(message.authorDomain) ?? [])
  // A domain that was verified for one account is not signed for in the name of another, whatever key there is.
  const bound = message.authorDomain === null ? undefined : settings.senderDomains.get(message.authorDomain)
  const foreign = bound !== undefined && bound.verifiedAt !== null && bound.account !== message.account
  const author = own.length === 0 ? own : bestPerAlgorithm(own.filter((key) => (foreign ? key.account === message.account : mayUse(key))))
  const provider = index.provider.length === 0 ? index.provider : bestPerAlgorithm(index.provider.filter(mayUse))
  return { author, provider: provider.filter((key) => !author.includes(key)) }
}

/** All keys of a message, the author's first. */
export function allKeys(selected: SelectedKeys): readonly DkimKey[] {
  return selected.provider.length === 0 ? selected.author : [...selected.author, ...selected.provider]
}
