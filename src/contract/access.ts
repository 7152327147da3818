// Who may do what: roles, scopes, the principal that a call of the management API is made for, and what people do about their own
// access (logging in, second factors, sessions). What administrators do about the access of others are operations like all others.
import type { AccountId, EpochMs } from '../base/brand.ts'
import type { ExpiryTime, LoginCode, Networks, NewPassword, PresentPassword, UserName } from './forms.ts'
import type { ConsoleCalls } from './console.ts'
import type { PasskeyCalls, PasskeyOperations } from './passkeys.ts'
import type { LoginProvider, ProviderOperations } from './providers.ts'

/** Name of a management key: letters, digits and `. _ @ + -`; upper and lower case are the same. @minLength 1 @maxLength 100 @pattern ^[A-Za-z0-9][\w.@+-]{0,99}$ @example "deploy" */
export type ManagementKeyName = string
/** Id of a session. @minLength 1 @maxLength 100 */
export type SessionId = string
/** A room and what is done there, such as `queue:read`. @maxItems 50 */
export type Scopes = readonly Scope[]

/** From most to least. Owner: everything. Administrator: all but owners, lifecycle and settings of the server. Operator: steers mail. Viewer: reads. */
export const ROLES = ['owner', 'administrator', 'operator', 'viewer'] as const
export type Role = (typeof ROLES)[number]

export function isAtLeast(role: Role, least: Role): boolean {
  return ROLES.indexOf(role) <= ROLES.indexOf(least)
}

/** What scopes of keys are given by: each room for reading, or for reading and writing. */
export const ROOMS = [
  'accounts',
  'credentials',
  'domains',
  'sources',
  'routes',
  'rules',
  'suppression',
  'queue',
  'events',
  'reports',
  'templates',
  'jobs',
  'posts',
  'webhooks',
  'tracking',
  'inbound',
  'alerts',
  'alarms',
  'brakes',
  'users',
  'keys',
  'audit',
  'kept',
  'settings',
  'lifecycle',
  'status',
] as const
export type Room = (typeof ROOMS)[number]
export type Scope = `${Room}:${'read' | 'write'}`

/** Whoever a call is made for. */
export interface Principal {
  /** `shell`: who may open the socket of the home; as an owner. */
  readonly kind: 'user' | 'key' | 'shell'
  /** A user's name, or `key:` and the key's; `hms` at the shell. The audit names it. */
  readonly name: string
  readonly role: Role
  /** Sees and changes only what is this account's; null: all. */
  readonly account: AccountId | null
  /** Of a key: what it may of its role; null: all of it. `x:write` has `x:read` in it. */
  readonly scopes: readonly Scope[] | null
  /** When a second factor was last shown; null: never in this session. */
  readonly fresh: EpochMs | null
  /** When a password or the login itself last told who it is, in this session; null or left out: not lately. */
  readonly proved?: EpochMs | null
  /** The session that the call came with. */
  readonly session: string | null
}

/** Why there is no principal. */
export interface Denial {
  readonly kind: 'denied'
  readonly status: 401 | 403 | 429
  readonly code: 'not-authenticated' | 'wrong-origin' | 'too-many-failures' | 'network-not-allowed'
  readonly message: string
  readonly mend: string
  /** Seconds. */
  readonly retryAfter?: number
}

/** What is known of an HTTP call before anything is believed of it. */
export interface CallFacts {
  readonly method: string
  /** Of the client, behind the proxy that was named in the configuration. */
  readonly address: string
  /** It came over TLS. */
  readonly secure: boolean
  readonly authorization?: string | undefined
  readonly cookie?: string | undefined
  readonly origin?: string | undefined
  readonly host?: string | undefined
  readonly agent?: string | undefined
  /** A stream that goes on asks whether it still may: nobody uses anything by that. */
  readonly watches?: boolean
}

export function mayUseScope({ scopes }: Pick<Principal, 'scopes'>, room: Room, does: 'read' | 'write'): boolean {
  return scopes === null || scopes.includes(`${room}:write`) || (does === 'read' && scopes.includes(`${room}:read`))
}

/** A user as shown: nothing of what proves who it is. */
export interface UserView {
  readonly name: string
  readonly role: Role
  readonly account: AccountId | null
  readonly madeAt: EpochMs
  readonly lastLogin: EpochMs | null
  /** None until the link of the first password was used. */
  readonly hasPassword: boolean
  readonly hasTotp: boolean
  /** How many. */
  readonly passkeys: number
  /** That are left. */
  readonly recoveryCodes: number
  /** Until when a link for a password may be used; null: there is none. */
  readonly linkUntil: EpochMs | null
  /** Since when the user may not log in, whichever way; null: he may. */
  readonly lockedAt: EpochMs | null
  /** The provider by which alone the user logs in: password and passkeys do not count. Null: they do. */
  readonly onlyBy: string | null
}

export interface SessionView {
  readonly id: string
  readonly user: string
  /** Of the user. */
  readonly account: AccountId | null
  readonly address: string
  readonly agent: string
  readonly madeAt: EpochMs
  readonly lastUse: EpochMs
  /** At the latest; earlier where it is not used. */
  readonly endsAt: EpochMs
}

export interface ManagementKeyView {
  readonly name: string
  readonly role: Role
  readonly account: AccountId | null
  readonly scopes: readonly Scope[] | null
  /** Networks it may be used from; empty: anywhere. */
  readonly networks: readonly string[]
  readonly madeAt: EpochMs
  readonly madeBy: string
  readonly expiresAt: EpochMs | null
  readonly lastUse: EpochMs | null
}

/** A password is set by it once. */
export interface PasswordLink {
  /** For `login.first`; shown once, kept as a hash. */
  readonly token: string
  readonly until: EpochMs
}

/** What administrators do about access; for `hms` and the API alike. */
export interface AccessOperations extends ProviderOperations, PasskeyOperations {
  'user.list': { params: { account?: AccountId }; result: readonly UserView[] }
  'user.show': { params: { name: UserName }; result: UserView }
  /** The link is for the first password. */
  'user.add': { params: { name: UserName; role: Role; account?: AccountId }; result: { user: UserView; link: PasswordLink } }
  /** Holds at the next call of the user. */
  'user.set': { params: { name: UserName; role: Role }; result: UserView }
  /** Sessions end, and the user logs in no more, whichever way, until he is unlocked. */
  'user.lock': { params: { name: UserName }; result: UserView }
  'user.unlock': { params: { name: UserName }; result: UserView }
  'user.remove': { params: { name: UserName }; result: { removed: boolean } }
  /** The password stays until the link is used. */
  'user.password': { params: { name: UserName }; result: PasswordLink }
  /** The user logs in with the password alone from then on. Sessions end. */
  'user.factors.remove': { params: { name: UserName }; result: UserView }
  'session.list': { params: { id?: SessionId; user?: UserName; account?: AccountId }; result: readonly SessionView[] }
  /** One, all of a user, or with neither all there are. */
  'session.end': { params: { id?: SessionId; user?: UserName; account?: AccountId }; result: { ended: number } }
  'key.list': { params: { account?: AccountId }; result: readonly ManagementKeyView[] }
  'key.show': { params: { name: ManagementKeyName }; result: ManagementKeyView }
  /** The secret is shown once. `networks`: it may be used from; `expiresAt`: null for never. */
  'key.add': {
    params: {
      name: ManagementKeyName
      role: Role
      account?: AccountId
      scopes?: Scopes
      networks?: Networks
      expiresAt?: ExpiryTime | null
    }
    result: { secret: string; key: ManagementKeyView }
  }
  'key.remove': { params: { name: ManagementKeyName }; result: { removed: boolean } }
}

/** Who is logged in, to that person. */
export interface Me {
  readonly name: string
  readonly kind: Principal['kind']
  readonly role: Role
  readonly account: AccountId | null
  readonly scopes: readonly Scope[] | null
  readonly fresh: EpochMs | null
  /** Id of the session that the call came with, as `me.sessions` names it; null: it came with none. */
  readonly session: string | null
  /** Of a user. */
  readonly user: UserView | null
  /** Calls of the management API that he may make, as the reference names them (`queue.list`), beside those about himself. */
  readonly may: readonly string[]
}

/** What a person calls a search that he keeps. @minLength 1 @maxLength 60 @pattern ^[^\r\n\0]+$ @example "Deferred today" */
export type SearchName = string
/** A search of the Control Panel, as its page writes it down. @minLength 1 @maxLength 2000 */
export type SearchWritten = string

/** A search among messages that somebody keeps. */
export interface SavedSearch {
  readonly name: SearchName
  readonly search: SearchWritten
}

/** `second-factor`: the password was right, and `login.totp` or `login.passkey` goes on with the ticket, for five minutes. */
export type LoginState =
  | { readonly state: 'in'; readonly me: Me }
  | { readonly state: 'second-factor'; readonly ways: readonly ('totp' | 'recovery' | 'passkey')[]; readonly ticket: string }

/** What people do about their own access. Served by the API alone; those of `login` need no principal, and answers may set a cookie. */
export interface PersonalCalls extends PasskeyCalls, ConsoleCalls {
  'login.providers': { params: Record<never, never>; result: readonly LoginProvider[] }
  login: { params: { user: UserName; password: PresentPassword }; result: LoginState }
  /** `code`: of the application, or a recovery code. */
  'login.totp': { params: { ticket: string; code: LoginCode }; result: LoginState }
  /** Sets a password by a link that was made once, and ends the sessions of before. */
  'login.first': { params: { token: string; password: NewPassword }; result: { user: string } }
  /** `provider`: where a browser goes to log out at the provider, too, that the session began by; null: there is none. */
  logout: { params: Record<never, never>; result: { ended: boolean; provider: string | null } }
  'me.show': { params: Record<never, never>; result: Me }
  /** Other sessions of the user end. */
  'me.password': { params: { password: PresentPassword; next: NewPassword }; result: { changed: boolean } }
  /** Holds once `me.totp.confirm` was told a code. `uri`: for the QR code. */
  'me.totp.begin': { params: { password: PresentPassword }; result: { secret: string; uri: string } }
  /** Recovery codes are shown once. */
  'me.totp.confirm': { params: { code: LoginCode }; result: { recoveryCodes: readonly string[] } }
  'me.totp.remove': { params: { password: PresentPassword; code: LoginCode }; result: { removed: boolean } }
  'me.sessions': { params: Record<never, never>; result: readonly SessionView[] }
  /** Without `id`: all others. */
  'me.sessions.end': { params: { id?: SessionId }; result: { ended: number } }
  'me.searches': { params: Record<never, never>; result: readonly SavedSearch[] }
  /** In place of one of the same name; a hundred at most. */
  'me.searches.save': { params: { name: SearchName; search: SearchWritten }; result: SavedSearch }
  'me.searches.remove': { params: { name: SearchName }; result: { removed: boolean } }
}
export type PersonalName = keyof PersonalCalls
/** What is about the access itself. */
export type OwnName = Exclude<PersonalName, keyof ConsoleCalls>

/** Those that are called without a principal. */
export const OPEN_CALLS: ReadonlySet<PersonalName> = new Set<PersonalName>([
  'login',
  'login.totp',
  'login.first',
  'login.providers',
  'login.passkey.options',
  'login.passkey',
])

/** `cookie`: a whole `Set-Cookie`. */
export interface PersonalAnswer<Value> {
  readonly value: Value
  readonly cookie?: string
}
