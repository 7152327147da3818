// Where the passkeys of users are kept.
import type { EpochMs } from '../../base/brand.ts'
import type { PasskeyView } from '../../contract/passkeys.ts'

export interface KeptPasskey extends PasskeyView {
  readonly user: string
  /** COSE. */
  readonly key: Uint8Array
  readonly counter: number
  readonly transports: readonly string[]
}

export type NewPasskey = Omit<KeptPasskey, 'lastUse'>

/** Each call is one transaction. */
export interface PasskeyBook {
  /** The oldest first. */
  of(user: string): readonly KeptPasskey[]
  find(id: string): KeptPasskey | undefined
  /** What devices know a user by: random, drawn when it is first asked for, the same for all passkeys of the user. In base64url. */
  handle(user: string): string
  /** False where there is one of that id. `recovery`: hashes of codes, in place of those before. */
  add(passkey: NewPasskey, recovery: readonly string[] | null): boolean
  /** False where the device counted this far before (or it is not there any more). */
  used(id: string, counter: number, at: EpochMs): boolean
  /** With the recovery codes, where no second factor is left. */
  remove(user: string, id: string): boolean
  /** Whether the user has no other way in. */
  isLastWay(user: string, id: string): boolean
}
