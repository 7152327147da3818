// A device with passkeys, and the browser before it (W3C Web Authentication, level 3), in software: real keys, real CBOR. What a test wants to be
// wrong is said where it is asked.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type { PasskeyCreation, PasskeyMade, PasskeyRequest, PasskeyShown } from '../src/contract/passkeys.ts'

interface Held {
  readonly id: Buffer
  readonly host: string
  readonly handle: string
  readonly privateKey: KeyObject
  readonly isEd25519: boolean
  counter: number
}

export interface Wrongs {
  readonly origin?: string
  readonly challenge?: string
  /** In place of the host that was asked for. */
  readonly host?: string
  readonly counter?: number
  readonly userVerified?: boolean
  readonly userPresent?: boolean
  /** Another key signs. */
  readonly stranger?: boolean
  readonly userHandle?: string | null
  readonly type?: string
  /** The page is in one of another server. */
  readonly crossOrigin?: boolean
  readonly topOrigin?: string
  /** Whether it says that it may be copied to other devices. */
  readonly synced?: boolean
}

export interface Making extends Wrongs {
  readonly algorithm?: 'ES256' | 'Ed25519'
  readonly attestation?: 'none' | 'packed' | 'certificate'
  /** Of COSE, said of the key in place of its own. */
  readonly alg?: number
}

const b64 = (octets: Buffer): string => octets.toString('base64url')
const sha256 = (octets: string | Buffer): Buffer => createHash('sha256').update(octets).digest()

export class Authenticator {
  readonly #origin: string
  readonly #held: Held[] = []
  /** 0: it counts nothing, as those that are synced do. */
  readonly #counts: boolean

  constructor(origin: string, counts = true) {
    this.#origin = origin
    this.#counts = counts
  }

  make(creation: PasskeyCreation, wrongs: Making = {}): PasskeyMade {
    const isEd25519 = wrongs.algorithm === 'Ed25519'
    const { publicKey, privateKey } = isEd25519 ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const held = { id: randomBytes(32), host: creation.rp.id, handle: creation.user.id, privateKey, isEd25519, counter: 0 }
    this.#held.push(held)
    const attested = Buffer.concat([Buffer.alloc(16), octets16(held.id.length), held.id, coseKey(publicKey, isEd25519, wrongs.alg)])
    const authData = this.#authData(held, 0x40, wrongs, attested)
    const client = this.#client(wrongs.type ?? 'webauthn.create', creation.challenge, wrongs)
    const signature = signed(wrongs.stranger === true ? otherKey(isEd25519) : privateKey, isEd25519, authData, client)
    const attestation = wrongs.attestation ?? 'none'
    const alg = isEd25519 ? -8 : -7
    const certificates = attestation === 'certificate' ? ([['x5c', [randomBytes(300)]]] as const) : []
    const statement = attestation === 'none' ? [] : [['alg', alg] as const, ['sig', signature] as const, ...certificates]
    const object = cbor(
      new Map<string, Cbor>([
        ['fmt', attestation === 'none' ? 'none' : 'packed'],
        ['attStmt', new Map<string, Cbor>(statement)],
        ['authData', authData],
      ]),
    )
    const id = b64(held.id)
    return {
      id,
      rawId: id,
      type: 'public-key',
      authenticatorAttachment: 'platform',
      clientExtensionResults: { credProps: { rk: true } },
      response: { clientDataJSON: b64(client), attestationObject: b64(object), transports: ['internal', 'hybrid'] },
    }
  }

  /** With the newest passkey that fits. */
  show({ challenge, rpId, allowCredentials }: PasskeyRequest, wrongs: Wrongs = {}): PasskeyShown {
    const allowed = allowCredentials?.map(({ id }) => id)
    const held = this.#held.findLast((one) => one.host === rpId && (allowed?.includes(b64(one.id)) ?? true))
    if (held === undefined) throw new Error(`The device has no passkey for ${rpId}.`)
    if (this.#counts) held.counter++
    const authData = this.#authData(held, 0, wrongs)
    const client = this.#client(wrongs.type ?? 'webauthn.get', challenge, wrongs)
    const key = wrongs.stranger === true ? otherKey(held.isEd25519) : held.privateKey
    const id = b64(held.id)
    return {
      id,
      rawId: id,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: b64(client),
        authenticatorData: b64(authData),
        signature: b64(signed(key, held.isEd25519, authData, client)),
        userHandle: wrongs.userHandle === undefined ? held.handle : wrongs.userHandle,
      },
    }
  }

  #client(type: string, challenge: string, wrongs: Wrongs): Buffer {
    const origin = wrongs.origin ?? this.#origin
    return Buffer.from(
      JSON.stringify({
        type,
        challenge: wrongs.challenge ?? challenge,
        origin,
        crossOrigin: wrongs.crossOrigin ?? false,
        topOrigin: wrongs.topOrigin,
      }),
    )
  }

  #authData(held: Held, flags: number, wrongs: Wrongs, attested = Buffer.alloc(0)): Buffer {
    const present = wrongs.userPresent === false ? 0 : 1
    const verified = wrongs.userVerified === false ? 0 : 4
    const synced = wrongs.synced === true ? 0x18 : 0
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(wrongs.counter ?? held.counter)
    return Buffer.concat([sha256(wrongs.host ?? held.host), Buffer.of(flags | present | verified | synced), counter, attested])
  }
}

function otherKey(isEd25519: boolean): KeyObject {
  return (isEd25519 ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })).privateKey
}

function signed(key: KeyObject, isEd25519: boolean, authData: Buffer, client: Buffer): Buffer {
  return sign(isEd25519 ? null : 'sha256', Buffer.concat([authData, sha256(client)]), key)
}

function coseKey(key: KeyObject, isEd25519: boolean, alg = isEd25519 ? -8 : -7): Buffer {
  const { x = '', y = '' } = key.export({ format: 'jwk' })
  const point = (text: string): Buffer => Buffer.from(text, 'base64url')
  // prettier-ignore
  const parts: [number, Cbor][] = isEd25519
    ? [[1, 1], [3, alg], [-1, 6], [-2, point(x)]]
    : [[1, 2], [3, alg], [-1, 1], [-2, point(x)], [-3, point(y)]]
  return cbor(new Map(parts))
}

type Cbor = number | string | Buffer | readonly Cbor[] | Map<string | number, Cbor>

const octets16 = (value: number): Buffer => Buffer.of(value >> 8, value & 255)

/** rfc:8949. */
function cbor(value: Cbor): Buffer {
  const head = (major: number, of: number): Buffer =>
    of < 24
      ? Buffer.of((major << 5) | of)
      : of < 256
        ? Buffer.of((major << 5) | 24, of)
        : Buffer.concat([Buffer.of((major << 5) | 25), octets16(of)])
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  if (value instanceof Map) return Buffer.concat([head(5, value.size), ...[...value].flatMap(([name, of]) => [cbor(name), cbor(of)])])
  return Buffer.concat([head(4, value.length), ...value.map(cbor)])
}
