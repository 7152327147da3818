// Certificate authorities for tests: roots, what they sign, and what that signs, with the dates and names that a test wants.
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign, X509Certificate } from 'node:crypto'
import {
  bitString,
  boolean,
  der,
  explicit,
  implicit,
  integer,
  OCTET_STRING,
  oid,
  SEQUENCE,
  SET,
  time,
  UTF8_STRING,
} from '../src/net/tls/der.ts'

const DAY = 86_400_000
const ALGORITHM = der(SEQUENCE, oid('1.2.840.10045.4.3.2'))

export interface Issued {
  /** PEM. */
  readonly cert: string
  readonly key: string
  readonly der: Buffer
  readonly subject: string
  readonly privateKey: KeyObject
}

export interface Wanted {
  readonly subject: string
  /** DNS names; none for an authority. */
  readonly names?: readonly string[]
  readonly isAuthority?: boolean
  /** Days from now. */
  readonly from?: number
  readonly to?: number
}

/** `by`: null signs itself. */
export function issue({ subject, names = [], isAuthority = false, from = -1, to = 30 }: Wanted, by: Issued | null): Issued {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const now = Date.now()
  const alternatives = names.map((name) => implicit(2, Buffer.from(name)))
  const body = der(
    SEQUENCE,
    explicit(0, integer(2)),
    integer(0x40, ...randomBytes(8)),
    ALGORITHM,
    nameOf(by?.subject ?? subject),
    der(SEQUENCE, time(new Date(now + from * DAY)), time(new Date(now + to * DAY))),
    nameOf(subject),
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(
      3,
      der(
        SEQUENCE,
        der(SEQUENCE, oid('2.5.29.19'), boolean(true), der(OCTET_STRING, isAuthority ? der(SEQUENCE, boolean(true)) : der(SEQUENCE))),
        ...(names.length === 0 ? [] : [der(SEQUENCE, oid('2.5.29.17'), der(OCTET_STRING, der(SEQUENCE, ...alternatives)))]),
      ),
    ),
  )
  const whole = der(SEQUENCE, body, ALGORITHM, bitString(sign('sha256', body, by?.privateKey ?? privateKey)))
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? []
  const cert = ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
  return { cert, key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), der: whole, subject, privateKey }
}

function nameOf(common: string): Buffer {
  return der(SEQUENCE, der(SET, der(SEQUENCE, oid('2.5.4.3'), der(UTF8_STRING, Buffer.from(common)))))
}

/** The data of a TLSA record for a certificate, in hexadecimal. */
export function tlsaData({ der: octets }: Pick<Issued, 'der'>, selector: number, matching: number): string {
  const chosen = selector === 0 ? octets : new X509Certificate(octets).publicKey.export({ type: 'spki', format: 'der' })
  return matching === 0
    ? chosen.toString('hex')
    : createHash(matching === 1 ? 'sha256' : 'sha512')
        .update(chosen)
        .digest('hex')
}
