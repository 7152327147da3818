// What of a message is posted by HTTP: its body as its author wrote it. Of a message with parts the first that has none of its own, its
// transfer encoding undone.
import { fromQuotedPrintable } from './encode.ts'
import { fieldValue, findField, type Header } from './header.ts'
import { contentType, type DelimiterBudget, type Entity, piecesOf, readEntity, transferEncoding } from './mime.ts'

export interface PostedBody {
  /** Of `Content-Type`. */
  readonly type: string
  readonly octets: Buffer
}

const DEEPEST = 20
const MOST_DELIMITERS = 10_000
/** rfc:2045#5.2 */
const NO_TYPE = 'text/plain; charset=us-ascii'
const UNKNOWN_TYPE = 'application/octet-stream'
/** A type and its parameters, in what may stand in a header field of HTTP. */
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}[ \t]*(?:;[ -~\t]*)?$/
const LONGEST_TYPE = 300

/** Whether it can be said in `Content-Type`. */
export function isMediaType(text: string): boolean {
  return text.length <= LONGEST_TYPE && MEDIA_TYPE.test(text)
}

export function postedBody(message: Buffer): PostedBody {
  const { octets, header } = firstLeaf(readEntity(message))
  return { type: typeOf(header), octets: decoded(octets.subarray(header.body), transferEncoding(header)) }
}

function firstLeaf(entity: Entity): Entity {
  const budget: DelimiterBudget = { delimiters: MOST_DELIMITERS }
  let found = entity
  for (let depth = 0; depth < DEEPEST; depth++) {
    const { boundary } = contentType(found.header)
    const part = boundary === null ? undefined : piecesOf(found.octets.subarray(found.header.body), boundary, budget)?.find(isPart)
    if (part === undefined) return found
    found = readEntity(part.octets)
  }
  return found
}

function isPart({ kind }: { readonly kind: string }): boolean {
  return kind === 'part'
}

function typeOf(header: Header): string {
  const field = findField(header, 'content-type')
  if (field === undefined) return NO_TYPE
  const said = fieldValue(header, field).replace(/\s+/g, ' ')
  return isMediaType(said) ? said : UNKNOWN_TYPE
}

function decoded(octets: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(octets.toString('latin1'), 'base64')
  return encoding === 'quoted-printable' ? fromQuotedPrintable(octets) : octets
}
