// Keys of tokens, as items of the settings: the number and the time in the open, 32 octets sealed.
import type { EpochMs } from '../../../base/brand.ts'
import type { TokenKey } from '../../../contract/settings.ts'

/** With the secret in base64; null where it was left out by a restore without the key file. */
export interface SealedTokenKey {
  readonly n: number
  readonly since: EpochMs
  readonly secret: string | null
}

export function sealedTokenKey({ n, since, secret }: TokenKey): { readonly value: { n: number; since: EpochMs }; readonly secret: string } {
  return { value: { n, since }, secret: Buffer.from(secret).toString('base64') }
}

export function tokenKeysOf(items: readonly SealedTokenKey[]): TokenKey[] {
  const keys = items.flatMap(({ n, since, secret }) => (secret === null ? [] : [{ n, since, secret: Buffer.from(secret, 'base64') }]))
  return keys.toSorted((a, b) => a.n - b.n)
}
