// The addresses that recipients follow: `https://HOST/c/<token>/<target>` to a page, `/o/<token>` to an image, `/u/<token>.<sealed>` to
// unsubscribe. A target holds where it leads under a signature for its host, so that nothing is redirected to that was not signed. What
// unsubscribing needs is sealed in the link itself: it works as long as its key is kept, with no index and after any restore.
import { createCipheriv, createDecipheriv, createHmac, timingSafeEqual } from 'node:crypto'
import type { AccountId, EpochMs } from '../../base/brand.ts'
import type { TokenKey } from '../../contract/settings.ts'
import { keyAt } from '../token.ts'

export interface ClickTarget {
  readonly account: AccountId
  readonly url: string
  /** Its id, where the sender gave it one. */
  readonly link: string | null
  /** When the message was accepted, to the second. */
  readonly at: EpochMs
}

/** Whom an unsubscribe link unsubscribes; account, message and number of the recipient are in its token. */
export interface Unsubscription {
  readonly address: string
  readonly stream: string
  readonly mailing: string | null
  readonly clientId: string | null
}

const FORMAT = 1
const MAC_OCTETS = 12
const IV_OCTETS = 16
const CIPHER = 'aes-256-ctr'
/** Longer texts leave out the ids: a line of a header has 998 octets. */
const MOST_SEALED = 420
const LONGEST_TARGET = 8000
const LONGEST_SEALED = 1000

/** Separates what is made for one purpose from all else under the same key. */
function macOf({ secret }: TokenKey, purpose: string, ...parts: readonly (string | Uint8Array)[]): Buffer {
  const mac = createHmac('sha256', secret).update(`hms ${purpose} 1\0`)
  for (const part of parts) mac.update(part)
  return mac.digest()
}

/** The last part of the path of a redirect: the same for all recipients. */
export function clickTarget(keys: readonly TokenKey[], host: string, { account, url, link, at }: ClickTarget): string {
  const key = keyAt(keys, at)
  const told = Buffer.from(`${account.toString(36)} ${toSecond(at)} ${link ?? ''} ${url}`)
  const mac = macOf(key, 'click', host, '\0', told).subarray(0, MAC_OCTETS)
  return Buffer.concat([front(key), mac, told]).toString('base64url')
}

/** Null for anything that was not signed for this host. */
export function openClickTarget(keys: readonly TokenKey[], host: string, text: string): ClickTarget | null {
  const read = opened(keys, text, LONGEST_TARGET)
  if (read === null || read.octets.length < MAC_OCTETS) return null
  const [mac, told] = [read.octets.subarray(0, MAC_OCTETS), read.octets.subarray(MAC_OCTETS)]
  if (!timingSafeEqual(macOf(read.key, 'click', host, '\0', told).subarray(0, MAC_OCTETS), mac)) return null
  const [account = '', at = '', link = '', ...url] = told.toString().split(' ')
  return { account: Number.parseInt(account, 36) as AccountId, at: fromSecond(at), link: link === '' ? null : link, url: url.join(' ') }
}

export function toSecond(at: EpochMs): string {
  return Math.floor(at / 1000).toString(36)
}

/** 0 for what is no time. */
export function fromSecond(text: string): EpochMs {
  return /^[0-9a-z]{1,8}$/.test(text) ? Number.parseInt(text, 36) * 1000 : 0
}

/** What stands behind `/u/` for a recipient. The same at every attempt. */
export function unsubscribeValue(keys: readonly TokenKey[], token: string, whom: Unsubscription, at: EpochMs): string {
  const key = keyAt(keys, at)
  const { address, stream, mailing, clientId } = whom
  const whole = JSON.stringify([address, stream, mailing, clientId])
  const plain = Buffer.byteLength(whole) > MOST_SEALED ? JSON.stringify([address, stream]) : whole
  // A synthetic initialization vector (as rfc:5297): no nonce can come twice for another text, and the link needs no memory.
  const iv = macOf(key, 'unsubscribe', token, '\0', plain).subarray(0, IV_OCTETS)
  const cipher = createCipheriv(CIPHER, macOf(key, 'unsubscribe cipher'), iv)
  return `${token}.${Buffer.concat([front(key), iv, cipher.update(plain), cipher.final()]).toString('base64url')}`
}

/** Null for anything that was not sealed for this token. */
export function openUnsubscription(keys: readonly TokenKey[], token: string, sealed: string): Unsubscription | null {
  const read = opened(keys, sealed, LONGEST_SEALED)
  if (read === null || read.octets.length < IV_OCTETS) return null
  const [iv, hidden] = [read.octets.subarray(0, IV_OCTETS), read.octets.subarray(IV_OCTETS)]
  const decipher = createDecipheriv(CIPHER, macOf(read.key, 'unsubscribe cipher'), iv)
  const plain = Buffer.concat([decipher.update(hidden), decipher.final()])
  if (!timingSafeEqual(macOf(read.key, 'unsubscribe', token, '\0', plain).subarray(0, IV_OCTETS), iv)) return null
  const [address, stream, mailing = null, clientId = null] = JSON.parse(plain.toString()) as [string, string, string?, string?]
  return { address, stream, mailing, clientId }
}

/** Format and number of the key. */
function front({ n }: TokenKey): Buffer {
  const octets = Buffer.alloc(5)
  octets.writeUInt8(FORMAT)
  octets.writeUInt32BE(n, 1)
  return octets
}

function opened(keys: readonly TokenKey[], text: string, longest: number): { readonly key: TokenKey; readonly octets: Buffer } | null {
  if (text.length > longest || !/^[\w-]+$/.test(text)) return null
  const octets = Buffer.from(text, 'base64url')
  if (octets.length < 5 || octets[0] !== FORMAT || octets.toString('base64url') !== text) return null
  const number = octets.readUInt32BE(1)
  const key = keys.find(({ n }) => n === number)
  return key === undefined ? null : { key, octets: octets.subarray(5) }
}
