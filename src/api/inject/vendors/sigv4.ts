// AWS Signature Version 4, the side that checks: what a request claims, and whether it was signed with a secret. Pure; the time and the secret
// come from outside. Signatures in the query (presigned URLs) are none to us.
import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { EpochMs } from '../../../base/brand.ts'

export interface SignedRequest {
  readonly method: string
  /** As on the request line, its query with it. */
  readonly target: string
  /** Said several times, its values joined by commas; null where it is not there. */
  readonly header: (name: string) => string | null
  readonly body: Buffer
}

export interface SignatureClaim {
  readonly accessKeyId: string
  /** `20261123/eu-west-1/ses/aws4_request` */
  readonly scope: string
  /** `20261123T010203Z` */
  readonly time: string
  /** Lower case, sorted. */
  readonly signedHeaders: readonly string[]
  readonly signature: Buffer
}

export interface SignatureTrouble {
  /** As AWS names it. */
  readonly code:
    | 'MissingAuthenticationTokenException'
    | 'UnrecognizedClientException'
    | 'IncompleteSignatureException'
    | 'InvalidSignatureException'
  readonly message: string
}

const ALGORITHM = 'AWS4-HMAC-SHA256'
const SKEW_MS = 15 * 60_000
/** Longer is nobody's header. */
const LONGEST = 4096
const TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/

function incomplete(message: string): SignatureTrouble {
  return { code: 'IncompleteSignatureException', message }
}

/** `Credential=…, SignedHeaders=…, Signature=…`, in any order. */
function partsOf(text: string): ReadonlyMap<string, string> {
  const parts = text.split(',', 4).map((part) => {
    const [name = '', ...value] = part.trim().split('=')
    return [name, value.join('=')] as const
  })
  return new Map(parts)
}

function momentOf(time: string): EpochMs | null {
  const match = TIME.exec(time)
  if (match === null) return null
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1).map(Number)
  return Date.UTC(year, month - 1, day, hour, minute, second)
}

/** The scope without its date; null where it is not for this service. */
function isScope(scope: readonly string[], service: string): boolean {
  const [date = '', region = '', name = '', end = '', ...more] = scope
  return /^\d{8}$/.test(date) && region !== '' && name === service && end === 'aws4_request' && more.length === 0
}

/** What the request says of its signature, its time within 15 minutes of `now`. Nothing is proven by it. */
export function readClaim({ header }: Pick<SignedRequest, 'header'>, service: string, now: EpochMs): SignatureClaim | SignatureTrouble {
  const text = header('authorization')
  if (text === null || text === '')
    return { code: 'MissingAuthenticationTokenException', message: 'The request is not signed: it has no Authorization header.' }
  if (!text.startsWith(`${ALGORITHM} `) || text.length > LONGEST) return incomplete(`Authorization must begin with ${ALGORITHM}.`)
  const parts = partsOf(text.slice(ALGORITHM.length + 1))
  const [accessKeyId = '', ...scope] = (parts.get('Credential') ?? '').split('/')
  if (accessKeyId === '' || !isScope(scope, service))
    return incomplete(`Credential must be a key, a date, a region, ${service} and aws4_request with slashes between them.`)
  const signature = parts.get('Signature') ?? ''
  if (!/^[0-9a-f]{64}$/.test(signature)) return incomplete('Authorization has no Signature of 64 hexadecimal digits.')
  const signedHeaders = (parts.get('SignedHeaders') ?? '').split(';')
  const time = header('x-amz-date') ?? ''
  const at = momentOf(time)
  if (at === null || !time.startsWith(scope[0] ?? '')) return incomplete('X-Amz-Date must be there, of the same day as the Credential.')
  for (const needed of ['host', 'x-amz-date'])
    if (!signedHeaders.includes(needed)) return incomplete(`SignedHeaders must have ${needed} among them.`)
  if (Math.abs(now - at) > SKEW_MS)
    return {
      code: 'InvalidSignatureException',
      message: `Signature not valid at this time: ${time} is more than 15 minutes from ${isoBasic(now)}.`,
    }
  return { accessKeyId, scope: scope.join('/'), time, signedHeaders, signature: Buffer.from(signature, 'hex') }
}

function isoBasic(at: EpochMs): string {
  return new Date(at).toISOString().replace(/[-:]|\.\d+/g, '')
}

/** rfc:3986#2.3: everything but unreserved characters as %XX. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Names and values decoded, encoded in the one way, and sorted by octets. */
function canonicalQuery(query: string): string {
  if (query === '') return ''
  const pairs = query.split('&').map((pair) => {
    const at = pair.indexOf('=')
    const [name, value] = at < 0 ? [pair, ''] : [pair.slice(0, at), pair.slice(at + 1)]
    return [encoded(decoded(name)), encoded(decoded(value))] as const
  })
  // By name, then by value: of `a` and `a-b` the first is the shorter, whatever stands after them.
  const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
  pairs.sort(([name, value], [other, its]) => order(name, other) || order(value, its))
  return pairs.map((pair) => pair.join('=')).join('&')
}

function sha256(octets: Buffer | string): string {
  return createHash('sha256').update(octets).digest('hex')
}

/** `hash`: of the body. */
function canonicalRequest({ method, target, header }: Omit<SignedRequest, 'body'>, signedHeaders: readonly string[], hash: string): string {
  const at = target.indexOf('?')
  const [path, query] = at < 0 ? [target, ''] : [target.slice(0, at), target.slice(at + 1)]
  // The path as it was sent is encoded once more, for every service but S3.
  const uri = path.split('/').map(encoded).join('/')
  const headers = signedHeaders.map((name) => `${name}:${(header(name) ?? '').trim().replace(/ {2,}/g, ' ')}\n`)
  return [method, uri, canonicalQuery(query), headers.join(''), signedHeaders.join(';'), hash].join('\n')
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}

function signatureOf(canonical: string, { scope, time }: Pick<SignatureClaim, 'scope' | 'time'>, secret: string): Buffer {
  let key = hmac(`AWS4${secret}`, scope.slice(0, 8))
  for (const part of scope.slice(9).split('/')) key = hmac(key, part)
  return hmac(key, [ALGORITHM, time, scope, sha256(canonical)].join('\n'))
}

/** Null: it was signed with this secret, its body included. */
export function checkSignature(request: SignedRequest, claim: SignatureClaim, secret: string): SignatureTrouble | null {
  const said = request.header('x-amz-content-sha256')
  const hash = sha256(request.body)
  if (said !== null && said !== hash)
    return {
      code: 'InvalidSignatureException',
      message: 'X-Amz-Content-Sha256 is not the hash of the body; unsigned bodies are not taken.',
    }
  const wanted = signatureOf(canonicalRequest(request, claim.signedHeaders, hash), claim, secret)
  if (timingSafeEqual(wanted, claim.signature)) return null
  const message =
    'The request signature we calculated does not match the signature you provided. Check your secret access key, and that no proxy changes Host or the path.'
  return { code: 'InvalidSignatureException', message }
}
