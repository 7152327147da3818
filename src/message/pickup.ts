// A file of a pickup folder: a message (rfc:5322) whose header also has the envelope, in `X-Sender` and one or more `X-Receiver` fields,
// which do not leave with it.
import { detached, fieldValue, findHeaderEnd, type Header, type HeaderField, readHeader } from './header.ts'

export interface PickedUp {
  /** As it is written, without angle brackets; empty: the null sender. */
  readonly sender: string
  readonly receivers: readonly string[]
  /** The message without them. */
  readonly octets: Buffer
}

export interface PickupLimits {
  readonly headerSize: number
  readonly recipients: number
}

const [LF, CR] = [10, 13]

/**
 * Whether its header has a CR within a line. Elsewhere it would be made a line end, so that what somebody typed into a form could be a field
 * of its own.
 */
export function hasCrInHeader(file: Buffer): boolean {
  for (let at = 0; at < file.length; at++) {
    const octet = file[at]
    if (octet === CR && file[at + 1] !== LF) return true
    if (octet === LF && (file[at + 1] === LF || (file[at + 1] === CR && file[at + 2] === LF))) return false
  }
  return false
}

/** Reads a file whose lines end in CRLF. A string: what is wrong with it, a sentence. */
export function readPickup(file: Buffer, { headerSize, recipients }: PickupLimits): PickedUp | string {
  const end = findHeaderEnd(file)
  if ((end < 0 ? file.length : end) > headerSize) return `Its header is larger than ${headerSize} octets (smtp.header_size).`
  const header = readHeader(file)
  const named = (name: string): HeaderField[] => header.fields.filter((field) => field.name === name)
  const [senders, receivers] = [named('x-sender'), named('x-receiver')]
  const [sender] = senders
  if (header.fields.length === 0) return 'It does not begin with a header field.'
  if (sender === undefined) return 'Its header has no X-Sender field, which says who sends it.'
  if (senders.length > 1) return 'Its header has more than one X-Sender field.'
  if (receivers.length === 0) return 'Its header has no X-Receiver field, which says whom it is for.'
  if (receivers.length > recipients)
    return `It has ${receivers.length} X-Receiver fields, and ${recipients} are the most (smtp.recipients).`
  const path = (field: HeaderField): string =>
    detached(
      fieldValue(header, field)
        .replace(/^<([^<>]*)>$/, '$1')
        .trim(),
    )
  return { sender: path(sender), receivers: receivers.map(path), octets: without(file, header, new Set([...senders, ...receivers])) }
}

function without(octets: Buffer, header: Header, gone: ReadonlySet<HeaderField>): Buffer {
  const kept = header.fields.filter((field) => !gone.has(field)).map(({ start, end }) => octets.subarray(start, end))
  return Buffer.concat([...kept, octets.subarray(header.end)])
}
