// Who calls, as the management API asks; and where users, their sessions and management keys are.
import type { AccountId, EpochMs } from '../../base/brand.ts'
import type {
  CallFacts,
  Denial,
  ManagementKeyView,
  PersonalAnswer,
  PersonalCalls,
  OwnName,
  Principal,
  Role,
  SavedSearch,
  SessionView,
  UserView,
} from '../../contract/access.ts'
import type { ProviderBook } from './providers.ts'
import type { PasskeyBook } from './passkeys.ts'

/** Nothing of it is remembered between calls: what was ended, removed, changed or has expired holds at the next one. */
export interface Access {
  /** By the key or the session that came along. Without either, 401. */
  authenticate(facts: CallFacts): Promise<Principal | Denial>
  /** What a person does about the own access. `principal` null for `OPEN_CALLS`. Rejects with a Fault. */
  personal<N extends OwnName>(
    name: N,
    params: unknown,
    from: { readonly facts: CallFacts; readonly principal: Principal | null },
  ): Promise<PersonalAnswer<PersonalCalls[N]['result']>>
}

/** Of the settings of a home that was made by 1.0.0 or has no access.db yet. */
export interface FirstUser {
  readonly name: string
  readonly role: Role
  readonly hash: string
}

export interface NewUser {
  readonly name: string
  readonly role: Role
  readonly account: AccountId | null
  readonly at: EpochMs
}

/** What proves who a user is. */
export interface UserProof {
  readonly name: string
  readonly hash: string | null
  /** In base32. */
  readonly totp: string | null
  readonly totpStep: number
}

export interface NewSession {
  /** SHA-256 of its token; the same for keys and links. */
  readonly hash: string
  readonly user: string
  readonly address: string
  readonly agent: string
  readonly at: EpochMs
  readonly ends: EpochMs
  readonly fresh: EpochMs | null
  /** By which it began. */
  readonly provider?: string | undefined
}

export interface FoundSession extends SessionView {
  readonly fresh: EpochMs | null
  readonly role: Role
}

export interface NewManagementKey extends Omit<ManagementKeyView, 'lastUse'> {
  readonly hash: string
}

/** Searches that users keep. */
export interface SearchBook {
  of(user: string): readonly SavedSearch[]
  /** In place of one of the same name. False: there are as many as may be. */
  put(user: string, search: SavedSearch): boolean
  remove(user: string, name: string): boolean
}

/** Users, sessions and management keys on disk. Each call is one transaction. False or undefined: there is none. */
export interface AccessBook {
  readonly providers: ProviderBook
  readonly passkeys: PasskeyBook
  readonly searches: SearchBook
  /** Another one after each change, whoever makes it. Cheap. */
  version(): string
  users(account?: AccountId): readonly UserView[]
  user(name: string): UserView | undefined
  /** Owners that can log in by what is kept here, a password or a passkey: a provider may be gone tomorrow. */
  owners(): readonly string[]
  /** False where the name is taken. */
  addUser(user: NewUser): boolean
  setRole(name: string, role: Role): void
  /** The user logs in no more, and sessions end. */
  lock(name: string, at: EpochMs): void
  unlock(name: string): boolean
  /** With all that is the user's. */
  removeUser(name: string): boolean
  /** A link for a password, in place of one before. */
  putLink(name: string, hash: string, until: EpochMs): void
  userOfLink(hash: string, now: EpochMs): string | undefined
  /** The link is used up, and sessions end but for `except`. */
  setPassword(name: string, hash: string, except: string | null): void
  /** The same password under other parameters. */
  rehash(name: string, hash: string): void
  proof(name: string): UserProof | undefined
  putNextTotp(name: string, secret: string): void
  nextTotp(name: string): string | undefined
  /** The next one holds, with these recovery codes. */
  confirmTotp(name: string, step: number, recovery: readonly string[]): void
  /** False where a code of that step or a later one was taken before. */
  takeTotpStep(name: string, step: number): boolean
  /** False where there is none such (any more). */
  takeRecovery(name: string, hash: string): boolean
  removeTotp(name: string): void
  /** One-time codes, recovery codes and passkeys. */
  removeFactors(name: string): void
  addSession(session: NewSession): string
  session(hash: string, now: EpochMs): FoundSession | undefined
  sessions(
    of: { readonly id?: string | undefined; readonly user?: string | undefined; readonly account?: AccountId | undefined },
    now: EpochMs,
  ): readonly SessionView[]
  /** A second factor was shown in it. */
  setFresh(id: string, at: EpochMs): void
  /** How many. */
  endSessions(of: {
    readonly id?: string | undefined
    readonly user?: string | undefined
    readonly account?: AccountId | undefined
    readonly except?: string | null
  }): number
  keys(account?: AccountId): readonly ManagementKeyView[]
  key(name: string): ManagementKeyView | undefined
  keyOf(hash: string): ManagementKeyView | undefined
  addKey(key: NewManagementKey): boolean
  removeKey(name: string): boolean
  /** Noted in batches, a few seconds later. */
  used(what: 'session' | 'key' | 'credential', name: string, at: EpochMs): void
  /** Of credentials; `user`: of this one. */
  lastUses(user?: string): ReadonlyMap<string, EpochMs>
  /** What was used since is written. */
  flush(): void
}
