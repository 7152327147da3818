// Providers of OpenID Connect, by which users may log in: who they are, whom they may bring, and what those may here.
import type { AccountId, EpochMs } from '../base/brand.ts'
import type { Role } from './access.ts'
import type { UserName } from './forms.ts'

/** Name of a provider, in lower case; it is in the addresses that people log in at. @pattern ^[a-z0-9][a-z0-9-]{0,31}$ @example "company" */
export type LoginProviderName = string
/** Base address of a provider, as it calls itself. @minLength 1 @maxLength 500 @example "https://login.example.com" */
export type Issuer = string
/** Id that the provider knows this server by. @minLength 1 @maxLength 500 */
export type ClientId = string
/** The secret that belongs to it; sealed, and never shown again. @minLength 1 @maxLength 1000 @format password */
export type ClientSecret = string
/** Address of the panel, as browsers have it: scheme, host and port. @minLength 1 @maxLength 300 @example "https://mta.example.com" */
export type PanelAddress = string
/** @maxItems 20 */
export type ProviderScopes = readonly string[]
/** Domains of addresses of e-mail. @maxItems 100 */
export type EmailDomains = readonly string[]
/** Name of a claim. @minLength 1 @maxLength 200 @example "groups" */
export type ClaimName = string
/** Values of `amr` or `acr`. @maxItems 20 */
export type FactorValues = readonly string[]

/** Hours. @integer @minimum 1 @maximum 168 */
export type SessionHours = number
/** What a provider calls a person (`sub`). @minLength 1 @maxLength 255 @pattern ^[^\r\n\0]+$ @example "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ" */
export type ProviderSubject = string

/** Roles by the value of a claim that gives them. */
export type ClaimRoles = { readonly [value: string]: Role }

/** What may be said of a provider when it is added, and changed later. */
export interface ProviderSettings {
  /** For people, on the page of the login. */
  readonly title: ProviderTitle
  readonly clientId: ClientId
  readonly panel: PanelAddress
  /** Asked for; `openid` always is. */
  readonly scopes: ProviderScopes
  /** Only people with a verified address in one of these; empty: any. */
  readonly domains: EmailDomains
  /** Users are made at their first login; otherwise one of that name must be there. */
  readonly makes: boolean
  /** Of users that are made, and of people whose claim gives none; null: those are not let in. */
  readonly role: Role | null
  /** By which roles are given at each login; null: users keep theirs. */
  readonly claim: ClaimName | null
  readonly roles: ClaimRoles
  /** Users that are made are of this account, and none of another is let in; null: of none. */
  readonly account: AccountId | null
  /** A login whose `amr` or `acr` has one of these showed a second factor; empty: none does. */
  readonly secondFactor: FactorValues
  /**
   * An address of e-mail counts although the provider says nothing of whether it is verified: whoever may write addresses there is whom he wants here,
   * but for owners, who are linked by hand.
   */
  readonly trustsEmail: boolean
  /** Whom it knows logs in by it alone: neither with a password nor with a passkey, also while it is switched off. */
  readonly only: boolean
  /** After which a session that began by it ends, however it is used: so long somebody stays who is switched off there. */
  readonly sessionHours: SessionHours
  /** It may be at a private or loopback address. */
  readonly private: boolean
  /** Nobody logs in by it while it is false. */
  readonly enabled: boolean
}

/** @minLength 1 @maxLength 100 @example "Company login" */
export type ProviderTitle = string

export interface ProviderView extends ProviderSettings {
  readonly name: string
  readonly issuer: string
  /** What the provider must know: people are sent back there. */
  readonly redirect: string
  /** When the secret was set; null: there is none. */
  readonly secretSince: EpochMs | null
  readonly madeAt: EpochMs
  /** How many users log in by it. */
  readonly users: number
}

/** Who somebody is to a provider. */
export interface ProviderUser {
  readonly user: string
  readonly subject: string
}

/** For owners alone: whoever says who logs in may be anybody. */
export interface ProviderOperations {
  'provider.list': { params: Record<never, never>; result: readonly ProviderView[] }
  'provider.show': { params: { name: LoginProviderName }; result: ProviderView }
  'provider.add': {
    params: {
      name: LoginProviderName
      issuer: Issuer
      clientId: ClientId
      panel: PanelAddress
      clientSecret?: ClientSecret
    } & Partial<Omit<ProviderSettings, 'clientId' | 'panel'>>
    result: ProviderView
  }
  /** What is left out stays. Where it is switched off, sessions that began by it end. */
  'provider.set': { params: { name: LoginProviderName; clientSecret?: ClientSecret } & Partial<ProviderSettings>; result: ProviderView }
  /** Sessions that began by it end; users stay. */
  'provider.remove': { params: { name: LoginProviderName }; result: { removed: boolean } }
  'provider.users': { params: { name: LoginProviderName }; result: readonly ProviderUser[] }
  /** From now on this person of the provider is that user, whatever address the provider tells. */
  'provider.link': { params: { name: LoginProviderName; user: UserName; subject: ProviderSubject }; result: ProviderUser }
  /** Who this user is to the provider is forgotten; the next one who proves that address is. Sessions that began by it end. */
  'provider.unlink': { params: { name: LoginProviderName; user: UserName }; result: { removed: boolean } }
}

/** By which one may log in, to whoever asks. */
export interface LoginProvider {
  readonly name: string
  readonly title: string
  /** A browser that is sent there logs in. */
  readonly path: string
}
