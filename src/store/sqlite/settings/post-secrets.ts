// Secrets that accounts sign with what they post, as items of the settings: the account in the open, the octets sealed.
import type { AccountId } from '../../../base/brand.ts'

/** With the secret in base64; null where it was left out by a restore without the key file. */
export interface SealedPostSecret {
  readonly account: AccountId
  readonly secret: string | null
}

export function postSecretsOf(items: readonly SealedPostSecret[]): ReadonlyMap<AccountId, Uint8Array> {
  return new Map(items.flatMap(({ account, secret }) => (secret === null ? [] : [[account, Buffer.from(secret, 'base64')]])))
}
