// The token of a recipient: what a bounce, a complaint or a link brings back. In order: format, number of the key, account, message,
// number of the recipient, HMAC-SHA-256 cut to 80 bits; in base32, 40 characters for nearly all. It is the local part of a return path,
// so it knows no case: mail systems change that. Who has no key can make none and change none.
import { hash, timingSafeEqual } from 'node:crypto'
import type { AccountId, EpochMs, MessageId } from '../base/brand.ts'
import { Fault } from '../base/fault.ts'
import { messageIdOctets, octetsMessageId } from '../base/message-id.ts'
import type { TokenKey } from '../contract/settings.ts'

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'
const VALUES: ReadonlyMap<string, number> = new Map([...ALPHABET].map((char, value) => [char, value]))
/** The first octet: every token of this format begins with the letter b. */
const FORMAT = 0x08
const MAC_OCTETS = 10
/** Of SHA-256. */
const BLOCK = 64
const ID_OCTETS = 10
/** A local part has at most 64 octets (rfc:5321#4.5.3.1.1). */
const LONGEST = 64
const SHORTEST = 40
/** Separates these signatures from all others under the same key. */
const PURPOSE = Buffer.from('hms token 1\0')

/** What a token says. */
export interface TokenFacts {
  readonly account: AccountId
  readonly message: MessageId
  /** Number of the recipient within its message. */
  readonly n: number
}

/** The key that signs for what was accepted then: a retry has the token that the first attempt had. Throws a Fault where there is none. */
export function keyAt(keys: readonly TokenKey[], at: EpochMs): TokenKey {
  let last: TokenKey | null = null
  let first: TokenKey | null = null
  for (const key of keys) {
    if (key.since <= at && (last === null || key.since > last.since)) last = key
    if (first === null || key.since < first.since) first = key
  }
  const key = last ?? first
  if (key === null)
    throw new Fault('no-token-key', 'There is no key that signs tokens.', { blame: 'owner', mend: "'hms feedback keys rotate' makes one." })
  return key
}

/** `acceptedAt`: of the message. Throws a Fault where there is no key: whoever switches on what needs tokens has one made. */
export function tokenOf(keys: readonly TokenKey[], { account, message, n, acceptedAt }: TokenFacts & { acceptedAt: EpochMs }): string {
  const key = keyAt(keys, acceptedAt)
  const told = Buffer.concat([
    Buffer.from([FORMAT, ...varint(key.n), ...varint(account)]),
    messageIdOctets(message),
    Buffer.from(varint(n)),
  ])
  return base32(Buffer.concat([told, macOf(key, told)]))
}

/** Addresses that can stand in a local part as they are. */
const PLAIN = /^[\w!#$%&'*/?^`{|}~-]+(?:\.[\w!#$%&'*/?^`{|}~-]+)*@[A-Za-z0-9.-]+$/

/** The local part of a return path that tells whose it is, `token+ann=example.com`; the token alone where that does not fit. */
export function namedToken(token: string, address: string): string {
  const at = address.lastIndexOf('@')
  const named = `${token}+${address.slice(0, at)}=${address.slice(at + 1)}`
  return named.length <= LONGEST && PLAIN.test(address) ? named : token
}

/** Null for anything that is no token of ours. What follows a `+` in it is not looked at. `keys`: old ones too. */
export function openToken(keys: readonly TokenKey[], text: string): TokenFacts | null {
  const plus = text.indexOf('+')
  const token = (plus < 0 ? text : text.slice(0, plus)).toLowerCase()
  if (token.length < SHORTEST || token.length > LONGEST || keys.length === 0) return null
  const octets = fromBase32(token)
  if (octets === null || octets[0] !== FORMAT) return null
  const end = octets.length - MAC_OCTETS
  const reader = new Reader(octets.subarray(1, end))
  const [number, account, id, n] = [reader.varint(), reader.varint(), reader.octets(ID_OCTETS), reader.varint()]
  if (number === null || account === null || id === null || n === null || !reader.isAtEnd) return null
  const key = keys.find((one) => one.n === number)
  if (key === undefined || !timingSafeEqual(macOf(key, octets.subarray(0, end)), octets.subarray(end))) return null
  // One token has one spelling: bits that are left over are no place for notes.
  return base32(octets) === token ? { account: account as AccountId, message: octetsMessageId(id), n } : null
}

function macOf({ secret }: TokenKey, told: Uint8Array): Buffer {
  return hmac(secret, Buffer.concat([PURPOSE, told])).subarray(0, MAC_OCTETS)
}

/** HMAC-SHA-256 (rfc:2104) for keys of at most a block, by two hashes at once: `createHmac` takes four times as long for so little. */
export function hmac(secret: Uint8Array, octets: Uint8Array): Buffer {
  const [inner, outer] = [Buffer.alloc(BLOCK, 0x36), Buffer.alloc(BLOCK, 0x5c)]
  for (let i = 0; i < secret.length; i++) {
    const octet = secret[i] ?? 0
    inner[i] = octet ^ 0x36
    outer[i] = octet ^ 0x5c
  }
  return hash('sha256', Buffer.concat([outer, hash('sha256', Buffer.concat([inner, octets]), 'buffer')]), 'buffer')
}

/** Seven bits an octet, the lowest first; all but the last have the highest bit set. */
function varint(value: number): number[] {
  const octets: number[] = []
  let rest = value
  for (; rest >= 128; rest = Math.floor(rest / 128)) octets.push((rest % 128) + 128)
  octets.push(rest)
  return octets
}

class Reader {
  readonly #octets: Uint8Array
  #at = 0

  constructor(octets: Uint8Array) {
    this.#octets = octets
  }

  get isAtEnd(): boolean {
    return this.#at === this.#octets.length
  }

  /** Null where there is none, or one that is longer than it need be. */
  varint(): number | null {
    let value = 0
    for (let scale = 1; scale <= 2 ** 35; scale *= 128) {
      const octet = this.#octets[this.#at++]
      if (octet === undefined) return null
      value += (octet & 127) * scale
      if (octet < 128) return octet === 0 && scale > 1 ? null : value
    }
    return null
  }

  octets(count: number): Uint8Array | null {
    const found = this.#octets.subarray(this.#at, (this.#at += count))
    return found.length === count ? found : null
  }
}

export function base32(octets: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const octet of octets) {
    held = ((held << 8) | octet) & 0xfff
    bits += 8
    for (; bits >= 5; bits -= 5) text += ALPHABET[(held >> (bits - 5)) & 31] ?? ''
  }
  return bits === 0 ? text : text + (ALPHABET[(held << (5 - bits)) & 31] ?? '')
}

/** In lower case; null where there is another character in it. */
function fromBase32(text: string): Buffer | null {
  const octets = Buffer.alloc(Math.floor((text.length * 5) / 8))
  let bits = 0
  let held = 0
  let at = 0
  for (const char of text) {
    const value = VALUES.get(char)
    if (value === undefined) return null
    held = ((held << 5) | value) & 0xfff
    bits += 5
    if (bits < 8) continue
    bits -= 8
    octets[at++] = (held >> bits) & 255
  }
  return octets
}
