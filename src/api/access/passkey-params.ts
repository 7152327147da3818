// What browsers say of passkeys (`toJSON` of a PublicKeyCredential), read: what we check of it, each part bounded, and no more.
import type { PasskeyMade, PasskeyShown } from '../../contract/passkeys.ts'
import { Params, refused } from '../operations/params.ts'

/** A credential id has 1023 octets at most. */
const LONGEST_ID = 1400
const LONGEST_CLIENT_DATA = 8000
const LONGEST_PART = 4000
const LONGEST_ATTESTATION = 20_000
const TRANSPORTS = new Set(['usb', 'nfc', 'ble', 'smart-card', 'hybrid', 'internal', 'cable'])

interface Parts {
  readonly whole: { readonly id: string; readonly rawId: string; readonly type: 'public-key' }
  readonly response: Params
}

/** The other fields of it are the browser's own business: later ones may have more. */
function partsFrom(params: Params): Parts {
  const passkey = new Params(params.raw('passkey'), 'passkey')
  const [id, rawId] = [encoded(passkey, 'id', LONGEST_ID), encoded(passkey, 'rawId', LONGEST_ID)]
  return { whole: { id, rawId, type: passkey.choice('type', ['public-key']) }, response: new Params(passkey.raw('response'), 'response') }
}

/** base64url, without padding. */
function encoded(params: Params, name: string, most: number): string {
  const text = params.text(name, most)
  if (!/^[\w-]+$/.test(text)) throw refused(`${name} is no base64url.`)
  return text
}

export function madeFrom(params: Params): PasskeyMade {
  const { whole, response } = partsFrom(params)
  const transports = response.raw('transports')
  const known = Array.isArray(transports) ? transports.slice(0, 20).filter((one) => typeof one === 'string' && TRANSPORTS.has(one)) : []
  return {
    ...whole,
    response: {
      clientDataJSON: encoded(response, 'clientDataJSON', LONGEST_CLIENT_DATA),
      attestationObject: encoded(response, 'attestationObject', LONGEST_ATTESTATION),
      transports: [...new Set(known as string[])],
    },
  }
}

export function shownFrom(params: Params): PasskeyShown {
  const { whole, response } = partsFrom(params)
  const handle = response.raw('userHandle') ?? null
  return {
    ...whole,
    response: {
      clientDataJSON: encoded(response, 'clientDataJSON', LONGEST_CLIENT_DATA),
      authenticatorData: encoded(response, 'authenticatorData', LONGEST_PART),
      signature: encoded(response, 'signature', LONGEST_PART),
      userHandle: handle === null ? null : encoded(response, 'userHandle', LONGEST_ID),
    },
  }
}

export function passkeyName(params: Params): string {
  const name = params.text('name', 100).trim()
  if (name === '') throw refused('name must be a text that is not empty.')
  return name
}
