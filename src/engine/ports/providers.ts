// Providers of OpenID Connect where they outlive the process, and who is whom to them.
import type { EpochMs } from '../../base/brand.ts'
import type { ProviderSettings } from '../../contract/providers.ts'

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
  /** Without `secret` it stays. Switched off, sessions that began by it end. */
  set(provider: StoredProvider, secret?: string): void
  /** With who is whom; sessions that began by it end. */
  remove(name: string): boolean
  users(name: string): number
  /** The user who somebody is; null: one who was removed. */
  userOf(name: string, subject: string): string | null | undefined
  /** Who the user is there. */
  subjectOf(name: string, user: string): string | undefined
  link(name: string, subject: string, user: string): void
  /** Sessions of the user that began by it end. */
  unlink(name: string, user: string): boolean
}
