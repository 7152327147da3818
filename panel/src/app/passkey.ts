// Passkeys as the browser has them.
import type { PasskeyCreation, PasskeyMade, PasskeyRequest, PasskeyShown } from '../../../client/src/index.ts'

/** The browser gave none: called off, too late, none there. */
export class NoPasskey extends Error {
  override readonly name = 'NoPasskey'
}

export const hasPasskeys = (): boolean => typeof PublicKeyCredential !== 'undefined' && 'parseRequestOptionsFromJSON' in PublicKeyCredential

export async function askPasskey(request: PasskeyRequest): Promise<PasskeyShown> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(request as unknown as PublicKeyCredentialRequestOptionsJSON)
  const credential = await navigator.credentials.get({ publicKey }).catch((error: unknown) => {
    throw new NoPasskey('no passkey', { cause: error })
  })
  if (!(credential instanceof PublicKeyCredential)) throw new NoPasskey('no passkey')
  return credential.toJSON() as PasskeyShown
}

export async function makePasskey(creation: PasskeyCreation): Promise<PasskeyMade> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(creation as unknown as PublicKeyCredentialCreationOptionsJSON)
  const credential = await navigator.credentials.create({ publicKey }).catch((error: unknown) => {
    throw new NoPasskey('no passkey', { cause: error })
  })
  if (!(credential instanceof PublicKeyCredential)) throw new NoPasskey('no passkey')
  return credential.toJSON() as unknown as PasskeyMade
}
