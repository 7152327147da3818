// What devices signed, checked by `@simplewebauthn/server`, which is loaded at the first passkey. Attestations by certificates are not asked for
// and not taken: they say of which make a device is, which nobody asks here, and lists of revoked ones would be fetched from where they say.
import type { PasskeyMade, PasskeyShown } from '../../contract/passkeys.ts'
import type { RelyingParty } from '../../policy/access/relying-party.ts'

/** Ed25519, ES256, RS256 (COSE). */
export const ALGORITHMS = [-8, -7, -257] as const
/** A key of RSA with 4096 bits has 530. */
const LONGEST_KEY = 600

export interface Checking {
  readonly party: RelyingParty
  /** Whether it is one of ours. */
  readonly challenge: (text: string) => boolean
}

export interface MadeKey {
  readonly id: string
  readonly key: Uint8Array
  readonly counter: number
  readonly synced: boolean
}

/** Undefined: it is not what was asked for. */
export async function checkMade({ id, rawId, type, response }: PasskeyMade, { party, challenge }: Checking): Promise<MadeKey | undefined> {
  const [{ verifyRegistrationResponse }, { decodeAttestationObject, decodeClientDataJSON, parseAuthenticatorData }] = await Promise.all([
    import('@simplewebauthn/server'),
    import('@simplewebauthn/server/helpers'),
  ])
  try {
    if (isFramed(decodeClientDataJSON(response.clientDataJSON))) return undefined
    const statement = decodeAttestationObject(new Uint8Array(Buffer.from(response.attestationObject, 'base64url')))
    const format = statement.get('fmt')
    if (format !== 'none' && !(format === 'packed' && statement.get('attStmt').get('x5c') === undefined)) return undefined
    if ((parseAuthenticatorData(statement.get('authData')).credentialPublicKey?.length ?? 0) > LONGEST_KEY) return undefined
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: {
        id,
        rawId,
        type,
        response: { clientDataJSON: response.clientDataJSON, attestationObject: response.attestationObject },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      supportedAlgorithmIDs: [...ALGORITHMS],
      requireUserVerification: true,
    })
    if (!verified) return undefined
    const { credential, credentialDeviceType } = registrationInfo
    return { id: credential.id, key: credential.publicKey, counter: credential.counter, synced: credentialDeviceType === 'multiDevice' }
  } catch (error) {
    return refusedBy(error)
  }
}

/** The counter of the device; undefined: it is not what was asked for. */
export async function checkShown(
  { id, rawId, type, response }: PasskeyShown,
  { key, synced }: Pick<MadeKey, 'key' | 'synced'>,
  { party, challenge }: Checking,
): Promise<number | undefined> {
  const [{ verifyAuthenticationResponse }, { decodeClientDataJSON }] = await Promise.all([
    import('@simplewebauthn/server'),
    import('@simplewebauthn/server/helpers'),
  ])
  const { clientDataJSON, authenticatorData, signature } = response
  try {
    if (isFramed(decodeClientDataJSON(clientDataJSON))) return undefined
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id,
        rawId,
        type,
        response: { clientDataJSON, authenticatorData, signature },
        clientExtensionResults: {},
      },
      expectedChallenge: challenge,
      expectedOrigin: party.origin,
      expectedRPID: party.id,
      // Whether the counter went back is looked at once the signature is right: nobody else's word counts.
      credential: { id, publicKey: new Uint8Array(key), counter: -1 },
      requireUserVerification: true,
    })
    // One that may be copied between devices stays one (W3C Web Authentication, 7.2).
    const isSame = (authenticationInfo.credentialDeviceType === 'multiDevice') === synced
    return verified && isSame ? authenticationInfo.newCounter : undefined
  } catch (error) {
    return refusedBy(error)
  }
}

/** In a page of somebody else's: ours cannot be framed, and who is asked there does not see by whom. The library only looks where the other page is named. */
function isFramed({ crossOrigin, topOrigin }: { readonly crossOrigin?: boolean; readonly topOrigin?: string }): boolean {
  return (crossOrigin ?? false) !== false || topOrigin !== undefined
}

/** It throws plain errors for all that is wrong with what came. */
function refusedBy(error: unknown): undefined {
  if (error instanceof Error && error.name === 'Fault') throw error
  return undefined
}
