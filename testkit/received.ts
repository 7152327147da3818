// A received message taken apart as a reader sees it: its header, its texts, its attachments and what is shown within.
import { readEntity, contentType, piecesOf, transferEncoding } from '../src/message/mime.ts'
import { fieldValue } from '../src/message/header.ts'
import { decodeWords } from '../src/message/report/fields.ts'
import { decodedBody } from '../src/message/tracking/splice.ts'

export interface ReceivedPart {
  readonly type: string
  readonly disposition: string
  readonly contentId: string
  readonly content: Buffer
}

export interface ReceivedMail {
  /** All values of a field, decoded; none: an empty list. */
  readonly field: (name: string) => string[]
  /** Those that are no multipart, in their order. */
  readonly parts: readonly ReceivedPart[]
  /** The text of the first part of a type; empty where there is none. */
  readonly text: (type: 'text/plain' | 'text/html') => string
}

function partsOf(octets: Buffer): ReceivedPart[] {
  const { header } = readEntity(octets)
  const body = octets.subarray(header.body)
  const { type, boundary } = contentType(header)
  if (boundary !== null) return (piecesOf(body, boundary) ?? []).flatMap(({ kind, octets }) => (kind === 'part' ? partsOf(octets) : []))
  const value = (name: string): string =>
    header.fields.filter((field) => field.name === name).map((field) => fieldValue(header, field))[0] ?? ''
  const content = decodedBody(body, transferEncoding(header))
  return [{ type, disposition: value('content-disposition'), contentId: value('content-id'), content }]
}

export function readMail(octets: Buffer): ReceivedMail {
  const { header } = readEntity(octets)
  const parts = partsOf(octets)
  return {
    field: (name) => header.fields.filter((field) => field.name === name).map((field) => decodeWords(fieldValue(header, field))),
    parts,
    text: (type) => parts.find((part) => part.type === type)?.content.toString() ?? '',
  }
}
