// DKIM signatures (rfc:6376, rfc:8463): relaxed/relaxed, several of one message, its body hashed once for all of them. The private-key
// operation is the caller's. All of it belongs in a thread: an RSA-2048 signature costs 250 µs, more than all else that is done for
// a message. No `l=`; From, To, Subject, Date and the fields that change what a reader sees are signed once more than they occur, so
// that none can be added (replay with a second Subject).
import type { EpochMs } from '../../base/brand.ts'
import { findHeaderEnd, type Header, readHeader } from '../header.ts'
import { bodyHash, RelaxedBody, relaxedField } from './canonical.ts'
import type { SigningKey } from './private-keys.ts'

/** Signed as often as they occur and once more. */
const OVERSIGNED = [
  'from',
  'to',
  'cc',
  'subject',
  'date',
  'reply-to',
  'message-id',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
]
/** Signed where they occur: lists and forwarders may add their own. */
const SIGNED = [
  'sender',
  'in-reply-to',
  'references',
  'resent-from',
  'resent-to',
  'resent-cc',
  'resent-date',
  'resent-message-id',
  'list-id',
  'list-help',
  'list-post',
  'list-owner',
  'list-archive',
  'list-subscribe',
  'list-unsubscribe',
  'list-unsubscribe-post',
  'feedback-id',
  'auto-submitted',
]
const WANTED = new Set([...OVERSIGNED, ...SIGNED])
/** A message whose header does not end within this is signed as if its header ended here; the servers refuse such before. */
const MOST_HEADER = 4 * 1024 * 1024
const LINE = 76

/** What all signatures of one message share. */
export interface SignInput {
  /** Value of `h=`, folded. */
  readonly names: string
  /** The signed fields in relaxed form, each with its CRLF, in the order of `names`; Latin-1. */
  readonly fields: string
  /** Value of `bh=`. */
  readonly bodyHash: string
  readonly at: EpochMs
}

/** The names and canonical fields to sign: instances of one name from the last to the first (rfc:6376#5.4.2). */
export function signedFields(header: Header): Pick<SignInput, 'names' | 'fields'> {
  const found = new Map<string, string[]>()
  for (const field of header.fields) {
    if (!WANTED.has(field.name)) continue
    const canonical = `${relaxedField(header.text.slice(field.start, field.end))}\r\n`
    const known = found.get(field.name)
    if (known === undefined) found.set(field.name, [canonical])
    else known.push(canonical)
  }
  const names: string[] = []
  let fields = ''
  const sign = (name: string, instances: readonly string[]): void => {
    for (let i = instances.length - 1; i >= 0; i--) {
      names.push(name)
      fields += instances[i] ?? ''
    }
  }
  for (const name of OVERSIGNED) {
    sign(name, found.get(name) ?? [])
    names.push(name)
  }
  for (const name of SIGNED) sign(name, found.get(name) ?? [])
  return { names: foldedNames(names), fields }
}

/** `h=a:b:c`, folded after colons. */
function foldedNames(names: readonly string[]): string {
  let text = ''
  let width = 3
  for (const [i, name] of names.entries()) {
    const piece = i === names.length - 1 ? name : `${name}:`
    if (width + piece.length > LINE) {
      text += '\r\n\t '
      width = 2
    }
    text += piece
    width += piece.length
  }
  return text
}

function foldedSignature(signature: string): string {
  let text = ''
  for (let at = 0; at < signature.length; at += LINE - 3) text += `\r\n\t ${signature.slice(at, at + LINE - 3)}`
  return text
}

/** The DKIM-Signature field up to and including `b=`. */
function unsignedField(input: SignInput, key: SigningKey): string {
  return (
    `DKIM-Signature: v=1; a=${key.algorithm}; c=relaxed/relaxed; t=${Math.floor(input.at / 1000)};\r\n` +
    `\td=${key.domain}; s=${key.selector};\r\n\th=${input.names};\r\n\tbh=${input.bodyHash};\r\n\tb=`
  )
}

/** Reads a message in memory once, for any number of signatures. Lines end in CRLF. */
export function signInput(message: Buffer, at: EpochMs): SignInput {
  const header = readHeader(message)
  return { ...signedFields(header), bodyHash: bodyHash(message.subarray(header.body)), at }
}

/** The same for a message in chunks. */
export async function streamedInput(chunks: AsyncIterable<Uint8Array>, at: EpochMs): Promise<SignInput> {
  const body = new RelaxedBody()
  let head: Buffer = Buffer.alloc(0)
  let header: Header | undefined
  for await (const chunk of chunks) {
    if (header !== undefined) {
      body.update(chunk)
      continue
    }
    const searched = head.length
    head = Buffer.concat([head, chunk])
    if (findHeaderEnd(head, searched) < 0 && head.length < MOST_HEADER) continue
    header = readHeader(head)
    body.update(head.subarray(header.body))
  }
  if (header === undefined) return signInput(head, at)
  return { ...signedFields(header), bodyHash: body.digest(), at }
}

/** Signs octets (Latin-1, one character each) and gives the signature in base64. Throws where the key is unusable. */
export type PrivateOperation = (octets: string, key: SigningKey) => string

/** The DKIM-Signature fields to put in front of the message, one a key, each with its CRLF; Latin-1. Throws where a key is unusable. */
export function signatureFields(input: SignInput, keys: readonly SigningKey[], operate: PrivateOperation): string {
  let fields = ''
  for (const key of keys) {
    const unsigned = unsignedField(input, key)
    // Signed are the fields and this one without its signature (rfc:6376#3.7).
    fields += `${unsigned}${foldedSignature(operate(input.fields + relaxedField(unsigned), key))}\r\n`
  }
  return fields
}
