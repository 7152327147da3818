// A merge document: what a message that is made for each of its recipients is stored as, in place of octets; and what is of one of them, in
// his row. Both are written by us alone.
import type { NamedAddress } from '../compose/fields.ts'
import type { Data } from './liquid.ts'

export interface MergeAttachment {
  readonly name: string
  readonly type?: string | undefined
  /** Base64. */
  readonly content: string
  readonly contentId?: string | undefined
  readonly inline?: boolean | undefined
}

export interface MergeDocument {
  /** Whole fields that stand in front: our trace, the date. */
  readonly front: string
  readonly from: NamedAddress
  readonly replyTo?: readonly NamedAddress[]
  /** Liquid, as are texts and the values of fields. */
  readonly subject?: string
  readonly text?: string
  readonly html?: string
  readonly fields?: readonly (readonly [name: string, value: string])[]
  readonly attachments?: readonly MergeAttachment[]
  /** Of all recipients. */
  readonly data: Data
  readonly missing: 'error' | 'empty'
  /** What the message says of it; absent: as its account has it. */
  readonly tracking?: TrackingWishes
}

export interface TrackingWishes {
  readonly opens?: boolean | undefined
  readonly clicks?: boolean | undefined
  readonly unsubscribe?: boolean | undefined
}

export function writeDocument(document: MergeDocument): Buffer {
  return Buffer.from(JSON.stringify(document))
}

export function readDocument(octets: Uint8Array): MergeDocument {
  return JSON.parse(Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString()) as MergeDocument
}

/** What a recipient's row holds: the caller's id and the name, a line each, and his data as JSON. */
export interface RowData {
  readonly clientId: string | null
  readonly name: string
  readonly json: string
}

export function writeRow({ clientId, name, json }: RowData): string {
  return `${clientId ?? ''}\n${name}\n${json}`
}

export function readRow(merge: string): RowData {
  const id = clientIdOf(merge)
  const from = (id?.length ?? 0) + 1
  const end = merge.indexOf('\n', from)
  return { clientId: id, name: merge.slice(from, end), json: merge.slice(end + 1) }
}

/** The caller's id alone. */
export function clientIdOf(merge: string): string | null {
  const end = merge.indexOf('\n')
  return end > 0 ? merge.slice(0, end) : null
}
