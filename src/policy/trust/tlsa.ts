// DANE for SMTP (rfc:7672): whether the certificates that a server showed are those that its TLSA records name. Pure: certificates and
// the time are given.
import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import type { EpochMs } from '../../base/brand.ts'

/** A TLSA record (rfc:6698#2.1). */
export interface Tlsa {
  readonly usage: number
  readonly selector: number
  readonly matching: number
  /** Hexadecimal, lower case. */
  readonly data: string
}

export interface Shown {
  /** DER, the server's own first, each signed by the one after it as far as the server showed them. */
  readonly chain: readonly Uint8Array[]
  /** Names of which a certificate below a trust anchor must be for one (rfc:7672#3.2.2). */
  readonly names: readonly string[]
  readonly now: EpochMs
}

const TRUST_ANCHOR = 2
const END_ENTITY = 3
/** A chain that is longer proves nothing to anybody. */
const MOST_CERTIFICATES = 10
const LENGTHS: Readonly<Record<number, number>> = { 1: 64, 2: 128 }

/**
 * Whether mail can be protected by it (rfc:7672#3.1): usages 0 and 1 need public roots, which is not what DANE for SMTP is about
 * (rfc:7672#3.1.3), and what is not known, or has a digest of another length, cannot match.
 */
export function isUsable({ usage, selector, matching, data }: Tlsa): boolean {
  if ((usage !== TRUST_ANCHOR && usage !== END_ENTITY) || selector > 1 || matching > 2) return false
  return matching === 0 ? data.length > 0 : data.length === LENGTHS[matching]
}

/** Null where one of the records names what was shown; otherwise why none does, the end of a sentence. `records`: usable ones. */
export function daneProblem(records: readonly Tlsa[], { chain, names, now }: Shown): string | null {
  try {
    return problemOf(
      records,
      chain.slice(0, MOST_CERTIFICATES).map((der) => new X509Certificate(der)),
      { names, now },
    )
  } catch {
    // Not all that can be parsed has a key that can be read.
    return 'a certificate cannot be read'
  }
}

type Around = Pick<Shown, 'names' | 'now'>

function problemOf(records: readonly Tlsa[], certificates: readonly X509Certificate[], around: Around): string | null {
  const [own] = certificates
  if (own === undefined) return 'the server showed no certificate'
  // rfc:7672#3.1.1: neither names nor dates count where the record names the server's own certificate or key.
  if (records.some((record) => record.usage === END_ENTITY && matches(record, own))) return null
  const anchors = records.filter(({ usage }) => usage === TRUST_ANCHOR)
  if (anchors.length === 0) return 'no TLSA record matches the certificate'
  return anchorProblem(anchors, certificates, around)
}

/** rfc:7672#3.1.2: the chain from the server's own certificate, for the right name and within its dates, up to one that a record names. */
function anchorProblem(anchors: readonly Tlsa[], chain: readonly X509Certificate[], { names, now }: Around): string | null {
  const left = [...chain]
  let current = left.shift()
  if (current === undefined || !names.some((name) => isFor(current, name))) return 'the certificate is for another name'
  while (current !== undefined) {
    if (!isWithinDates(current, now)) return `the certificate ${current.subject.replaceAll('\n', ', ').slice(0, 100)} is not valid now`
    if (anchors.some((record) => isSignedByRecord(record, current))) return null
    const issuer: X509Certificate | undefined = left.find((other) => isIssuer(current, other))
    if (issuer === undefined) break
    left.splice(left.indexOf(issuer), 1)
    if (isWithinDates(issuer, now) && anchors.some((record) => matches(record, issuer))) return null
    current = issuer
  }
  return 'no TLSA record matches a certificate of the chain'
}

function matches({ selector, matching, data }: Tlsa, certificate: X509Certificate): boolean {
  const octets = selector === 0 ? certificate.raw : certificate.publicKey.export({ type: 'spki', format: 'der' })
  return (
    data ===
    (matching === 0
      ? octets.toString('hex')
      : createHash(matching === 1 ? 'sha256' : 'sha512')
          .update(octets)
          .digest('hex'))
  )
}

function isFor(certificate: X509Certificate | undefined, name: string): boolean {
  return certificate?.checkHost(name, { partialWildcards: false }) !== undefined
}

function isWithinDates({ validFromDate, validToDate }: X509Certificate, now: EpochMs): boolean {
  return validFromDate.getTime() <= now && now <= validToDate.getTime()
}

function isIssuer(certificate: X509Certificate | undefined, other: X509Certificate): boolean {
  return certificate !== undefined && other.ca && certificate.checkIssued(other) && isSigned(certificate, other.publicKey)
}

/** The anchor is in the record itself, and the server need not show it (rfc:7672#3.1.2). */
function isSignedByRecord({ selector, matching, data }: Tlsa, certificate: X509Certificate | undefined): boolean {
  if (matching !== 0 || certificate === undefined) return false
  try {
    const octets = Buffer.from(data, 'hex')
    if (selector === 0) return isIssuer(certificate, new X509Certificate(octets))
    return isSigned(certificate, createPublicKey({ key: octets, format: 'der', type: 'spki' }))
  } catch {
    return false
  }
}

function isSigned(certificate: X509Certificate, key: KeyObject): boolean {
  try {
    return certificate.verify(key)
  } catch {
    // Made with a key of another kind.
    return false
  }
}
