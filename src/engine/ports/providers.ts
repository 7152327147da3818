// Providers of OpenID Connect where they outlive the process, and who is whom to them.
import type { EpochMs } from '../../base/brand.ts'
import type { ProviderSettings, ProviderUser } from '../../contract/providers.ts'

export interface StoredProvider extends ProviderSettings {
  readonly name: string
  readonly issuer: string
  readonly secretSince: EpochMs | null
  readonly madeAt: EpochMs
}

/** Each call is one transaction. False or undefined: there is none. */
export interface ProviderBook {
  list(): readonly StoredProvider[]
  provider(name: string): StoredProvider | undefined
  secretOf(name: string): string | null
  /** False where the name is taken. */
  add(provider: StoredProvider, secret: string | null): boolean
  /** Without `secret` it stays. Sessions end that began by it and are too old or it is off, and others of whom it knows where it is the only way. */
  set(provider: StoredProvider, secret?: string): void
  /** With who is whom; sessions that began by it end. */
  remove(name: string): boolean
  users(name: string): readonly ProviderUser[]
  /** The user who somebody is; null: one who was removed. */
  userOf(name: string, subject: string): string | null | undefined
  /** Who the user is there. */
  subjectOf(name: string, user: string): string | undefined
  /** Where it is the only way, other sessions of the user end. */
  link(name: string, subject: string, user: string): void
  /** Sessions of the user that began by it end. */
  unlink(name: string, user: string): boolean
}
