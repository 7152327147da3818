// Passkeys (W3C Web Authentication, level 3) of users: what browsers are asked for and answer with, in the form of its JSON, and how they are shown.
import type { EpochMs } from '../base/brand.ts'
import type { Me, LoginState } from './access.ts'
import type { LoginCode, PresentPassword, UserName } from './forms.ts'

/** Id of a passkey, as the device drew it. @minLength 1 @maxLength 1400 @pattern ^[\w-]+$ */
export type PasskeyId = string
/** What its user calls a passkey. @minLength 1 @maxLength 100 @pattern ^[^\r\n\0]+$ @example "laptop" */
export type PasskeyName = string
/** As the browser gives it, most of it base64url. @minLength 1 @maxLength 20000 */
export type WebauthnText = string

/** Nothing of it is secret: the key that it signs with stays on the device. */
export interface PasskeyView {
  readonly id: string
  readonly name: string
  /** Of the host that it was made at, and logs in at. */
  readonly host: string
  /** It is copied between devices by those who made them. */
  readonly synced: boolean
  readonly madeAt: EpochMs
  readonly lastUse: EpochMs | null
}

export interface PasskeyReference {
  readonly type: 'public-key'
  readonly id: string
  /** How the device may be reached; empty: unknown. */
  readonly transports: readonly string[]
}

/** For `navigator.credentials.create`, by `PublicKeyCredential.parseCreationOptionsFromJSON`. */
export interface PasskeyCreation {
  readonly challenge: string
  readonly rp: { readonly id: string; readonly name: string }
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string }
  readonly pubKeyCredParams: readonly { readonly type: 'public-key'; readonly alg: number }[]
  readonly timeout: number
  readonly attestation: 'none'
  /** That the user has already. */
  readonly excludeCredentials: readonly PasskeyReference[]
  readonly authenticatorSelection: {
    readonly residentKey: 'required'
    readonly requireResidentKey: true
    readonly userVerification: 'required'
  }
}

/** For `navigator.credentials.get`, by `PublicKeyCredential.parseRequestOptionsFromJSON`. */
export interface PasskeyRequest {
  readonly challenge: string
  readonly rpId: string
  readonly timeout: number
  readonly userVerification: 'required'
  /** Left out: any that the browser has for this host. */
  readonly allowCredentials?: readonly PasskeyReference[]
}

interface Credential {
  readonly id: WebauthnText
  readonly rawId: WebauthnText
  readonly type: 'public-key'
  readonly authenticatorAttachment?: WebauthnText | null
  readonly clientExtensionResults?: Readonly<Record<string, unknown>>
}

/** What `create` made, by its `toJSON`. */
export interface PasskeyMade extends Credential {
  readonly response: {
    readonly clientDataJSON: WebauthnText
    readonly attestationObject: WebauthnText
    /** @maxItems 20 */
    readonly transports?: readonly WebauthnText[]
    readonly authenticatorData?: WebauthnText
    readonly publicKey?: WebauthnText | null
    readonly publicKeyAlgorithm?: number
  }
}

/** What `get` gave, by its `toJSON`. */
export interface PasskeyShown extends Credential {
  readonly response: {
    readonly clientDataJSON: WebauthnText
    readonly authenticatorData: WebauthnText
    readonly signature: WebauthnText
    readonly userHandle?: WebauthnText | null
  }
}

/** What administrators do about passkeys of others. */
export interface PasskeyOperations {
  'user.passkeys': { params: { name: UserName }; result: readonly PasskeyView[] }
  /** Sessions of the user go on. */
  'user.passkeys.remove': { params: { name: UserName; id: PasskeyId }; result: { removed: boolean } }
}

/** What people do about their own. */
export interface PasskeyCalls {
  /** Without a ticket for a login with a passkey alone; with the ticket of a login for its second factor. */
  'login.passkey.options': { params: { ticket?: string }; result: PasskeyRequest }
  'login.passkey': { params: { ticket?: string; passkey: PasskeyShown }; result: LoginState }
  'me.passkeys': { params: Record<never, never>; result: readonly PasskeyView[] }
  /** Of whom has no second factor yet the password is wanted; of others that it was shown a short time ago (`me.fresh`). */
  'me.passkeys.options': { params: { password?: PresentPassword }; result: PasskeyCreation }
  /** `recoveryCodes`: of the first second factor, shown once. */
  'me.passkeys.add': {
    params: { name: PasskeyName; passkey: PasskeyMade }
    result: { passkey: PasskeyView; recoveryCodes: readonly string[] | null }
  }
  /** A second factor must have been shown a short time ago (`me.fresh`). */
  'me.passkeys.remove': { params: { id: PasskeyId }; result: { removed: boolean } }
  'me.fresh.options': { params: Record<never, never>; result: PasskeyRequest }
  /** Shows a second factor again: a passkey, a one-time code or a recovery code. Of who has none: the password. */
  'me.fresh': { params: { passkey?: PasskeyShown; code?: LoginCode; password?: PresentPassword }; result: Me }
}
