// A certificate of our own making, so that STARTTLS works from the first start on. Written out by hand: the reasons are in
// docs/decisions/0004-self-signed-certificate.md.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { EpochMs } from '../../base/brand.ts'
import { bitString, boolean, der, explicit, implicit, integer, OCTET_STRING, oid, SEQUENCE, SET, time, UTF8_STRING } from './der.ts'

const YEARS = 10
const HOUR = 3_600_000
/** rfc:5280, appendix A: ub-common-name. */
const LONGEST_COMMON_NAME = 64

const ECDSA_WITH_SHA256 = der(SEQUENCE, oid('1.2.840.10045.4.3.2'))
const COMMON_NAME = oid('2.5.4.3')
const KEY_USAGE = oid('2.5.29.15')
const SUBJECT_ALT_NAME = oid('2.5.29.17')
const BASIC_CONSTRAINTS = oid('2.5.29.19')
const EXTENDED_KEY_USAGE = oid('2.5.29.37')
const SERVER_AUTH = oid('1.3.6.1.5.5.7.3.1')
const DIGITAL_SIGNATURE = 0x80

export interface SelfSigned {
  /** PEM. */
  readonly cert: string
  /** PKCS#8 PEM; to be kept readable by the owner alone. */
  readonly key: string
}

/**
 * Makes a key (EC P-256) and a certificate for `names` (host names or addresses, the first being the common name), valid
 * from an hour before `now` for ten years (rfc:5280).
 */
export function makeSelfSigned(names: readonly string[], now: EpochMs): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const to = new Date(now)
  to.setUTCFullYear(to.getUTCFullYear() + YEARS)
  const name = subject(names[0] ?? 'localhost')
  const body = der(
    SEQUENCE,
    explicit(0, integer(2)),
    serial(),
    ECDSA_WITH_SHA256,
    name,
    der(SEQUENCE, time(new Date(now - HOUR)), time(to)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, extensions(names)),
  )
  const whole = der(SEQUENCE, body, ECDSA_WITH_SHA256, bitString(sign('sha256', body, privateKey)))
  return { cert: pem(whole), key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }
}

function pem(certificate: Buffer): string {
  const lines = certificate.toString('base64').match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

/** rfc:5280#4.1.2.2: positive and not to be guessed. */
function serial(): Buffer {
  const octets = randomBytes(16)
  return integer(((octets[0] ?? 0) & 0x3f) | 0x40, ...octets.subarray(1))
}

function subject(name: string): Buffer {
  const common = name.length <= LONGEST_COMMON_NAME ? name : 'Hurricane MTA Server'
  return der(SEQUENCE, der(SET, der(SEQUENCE, COMMON_NAME, der(UTF8_STRING, Buffer.from(common)))))
}

function extensions(names: readonly string[]): Buffer {
  const critical = boolean(true)
  return der(
    SEQUENCE,
    der(SEQUENCE, BASIC_CONSTRAINTS, critical, der(OCTET_STRING, der(SEQUENCE))),
    der(SEQUENCE, KEY_USAGE, critical, der(OCTET_STRING, bitString(Buffer.of(DIGITAL_SIGNATURE), 7))),
    der(SEQUENCE, EXTENDED_KEY_USAGE, der(OCTET_STRING, der(SEQUENCE, SERVER_AUTH))),
    der(SEQUENCE, SUBJECT_ALT_NAME, der(OCTET_STRING, der(SEQUENCE, ...names.map(alternative)))),
  )
}

/** rfc:5280#4.2.1.6: dNSName is [2], iPAddress is [7]. */
function alternative(name: string): Buffer {
  if (isIP(name)) return implicit(7, Buffer.from(ipaddr.parse(name).toByteArray()))
  return implicit(2, Buffer.from(name, 'latin1'))
}
