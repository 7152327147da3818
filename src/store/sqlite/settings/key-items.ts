// Keys of applications as they are stored. Those of 1.0.0 have an id, an account and a hash, and nothing else.
import type { AccountId } from '../../../base/brand.ts'
import type { ApiKey, InjectionKey, SesKey } from '../../../contract/settings.ts'
import type { Item } from './settings-items.ts'

type Details = Partial<Pick<InjectionKey, 'networks' | 'stream' | 'quotas' | 'expiresAt'>>

export interface StoredApiKey extends Details {
  readonly id: string
  readonly account: AccountId
  readonly hash: string
}

/** `secret` null: it was left out of a restore, and the key is of no use. */
export interface StoredSesKey extends Details {
  readonly id: string
  readonly account: AccountId
  readonly secret: string | null
}

export function keysFrom(api: readonly StoredApiKey[], ses: readonly StoredSesKey[]): ReadonlyMap<string, InjectionKey> {
  const keys: InjectionKey[] = api.map(({ id, ...stored }): ApiKey => ({ networks: [], ...stored, kind: 'api', user: `api:${id}` }))
  for (const { id, secret, ...stored } of ses)
    if (secret !== null) keys.push({ networks: [], ...stored, kind: 'ses', user: `ses:${id}`, accessKeyId: id, secret } satisfies SesKey)
  return new Map(keys.map((key) => [key.user, key]))
}

export function itemOfKey({ user, kind: _kind, ...key }: InjectionKey): Item {
  const id = user.slice(user.indexOf(':') + 1)
  if (!('secret' in key)) return { kind: 'key', key: id, value: { id, ...key } }
  const { secret, accessKeyId: _id, ...value } = key
  return { kind: 'ses-key', key: id, value: { id, ...value }, secret }
}

export function placeOfKey(user: string): Pick<Item, 'kind' | 'key'> | undefined {
  if (user.startsWith('api:')) return { kind: 'key', key: user.slice(4) }
  return user.startsWith('ses:') ? { kind: 'ses-key', key: user.slice(4) } : undefined
}
