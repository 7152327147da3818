// What is done to a message before it is stored, once and for all: our Received in front, a missing Date and Message-ID added, Bcc,
// Return-Path and the X-xs fields taken out, the missing empty line put in. Edits are slices: one output buffer of the right
// size, each octet copied once. A message that is streamed has its header prepared alone; its body goes out as it came in.
import type { Domain, EpochMs, MessageId } from '../base/brand.ts'
import type { TlsOutcome } from '../contract/events.ts'
import { authorsOf, detached, fieldValue, findField, type Header, type HeaderField, readHeader } from './header.ts'
import { messageDate } from './date.ts'
import { readSubject } from './subject.ts'
import { WISH_NAMES, type Wishes, withWish } from './wishes.ts'

/** How and by whom the message was received, for the Received field. */
export interface Reception {
  readonly id: MessageId
  readonly at: EpochMs
  /** Our name. */
  readonly host: string
  /** As in `Client.protocol`: `ESMTPSA` and the like, `HTTP`, or `local` for what was made here. */
  readonly protocol: string
  /** Null for what was made here. */
  readonly client: { readonly helo: string; readonly address: string } | null
  readonly tls: TlsOutcome | null
  /** The only recipient, or null where there are several: one must not learn of the others. */
  readonly recipient: string | null
  /** Where it has no Message-ID it gets none now: each recipient has his own. */
  readonly isPerRecipient?: boolean
  /** What `Feedback-ID` says, where the message has none. */
  readonly feedbackId?: (facts: HeaderFacts) => string
  /** From a stranger: our trace field is added, nothing else is touched, so that what others signed stays signed. */
  readonly asItCame?: true
}

/** By what people look for a message. */
export interface MessageNames {
  /** The first Subject, as events tell it; an empty one is none. */
  readonly subject?: string
  /** The first Message-ID, without its brackets; a longer one than 250 characters is none. */
  readonly headerId?: string
}

/** What was read from the header. */
export interface HeaderFacts extends MessageNames {
  /** Received fields before ours: hops so far. */
  readonly received: number
  /** Null where there is no single domain to sign for. */
  readonly authorDomain: Domain | null
  /** The domains of all addresses in all From fields; null where they cannot be read. */
  readonly fromDomains: readonly Domain[] | null
  /** From `X-xsMessageId` and `X-xsMailingId`; null where not given or not of the allowed form (0-9 A-Z a-z -, at most 100). */
  readonly clientId: string | null
  readonly mailing: string | null
  /** From `X-xsPool`, as it is written. */
  readonly pool?: string
  /** From `X-XsHttp-Content-Type`, as it is written. */
  readonly postType?: string
  /** `TLS-Required: No` (rfc:8689#5): to be delivered although what the recipient's domain asks for cannot be had. */
  readonly tlsOptional?: true
  /** When it is to leave, and before whom; absent: it does not say. */
  readonly wishes?: Wishes
  /** The header has octets above 127. */
  readonly eightBit: boolean
  /** It came without. */
  readonly lacksMessageId?: true
}

export interface PreparedHeader {
  readonly facts: HeaderFacts
  /** The new header with the empty line that ends it. */
  readonly header: Buffer
  /** Where in the octets given the body begins: what follows `header` in the message. */
  readonly body: number
}

export interface PreparedMessage {
  readonly facts: HeaderFacts
  /** The whole message in memory of its own. */
  readonly message: Buffer
}

const CALLER_ID = /^[0-9A-Za-z-]{1,100}$/
/** Of a pool; a longer one is none. */
const LONGEST_NAME = 101
/** Of a media type; a longer one is none. */
const LONGEST_TYPE = 501
const POST_TYPE = 'x-xshttp-content-type'
const HEADER_ID = /^<?([!-;=?-~]{1,250})>?$/
const EIGHT_BIT = /[\u0080-\u00ff]/
/** Taken out: what must not be seen (Bcc), what the last hop alone may write (Return-Path), and what was meant for us. */
const REMOVED = new Set(['bcc', 'resent-bcc', 'return-path', 'x-xsmessageid', 'x-xsmailingid', 'x-xspool', POST_TYPE, ...WISH_NAMES])

/** Whether a field of this name (lower case) is not stored. */
export function isTakenOut(name: string): boolean {
  return REMOVED.has(name)
}

/** A name or literal as the client gave it in EHLO, made harmless: it comes from outside and goes into a header. */
function heloText(helo: string): string {
  return helo === '' ? 'unknown' : helo.slice(0, 255).replace(/[^\w.:[\]-]/g, '?')
}

function literal(address: string): string {
  return address.includes(':') ? `[IPv6:${address}]` : `[${address}]`
}

/** Our trace field (rfc:5321#4.4), folded, with its final CRLF. */
export function receivedField(reception: Reception): string {
  const { client, tls, recipient } = reception
  const from = client === null ? '' : `from ${heloText(client.helo)} (${literal(client.address)})\r\n\t`
  const secured = tls === null ? '' : `\r\n\t(${tls.version} ${tls.cipher})`
  const only = recipient === null || !/^[!-;=?-~\u0080-\uffff]+$/.test(recipient) ? '' : `\r\n\tfor <${recipient}>`
  return `Received: ${from}by ${reception.host} with ${reception.protocol} id ${reception.id}${secured}${only};\r\n\t${messageDate(reception.at)}\r\n`
}

interface Plan {
  readonly header: Header
  readonly facts: HeaderFacts
  /** Slices of the header that stay, as start and end in turn. */
  readonly kept: readonly number[]
  readonly hasDate: boolean
  readonly hasMessageId: boolean
}

function callerId(header: Header, value: number, end: number): string | null {
  const text = header.text.slice(value, end).trim()
  return CALLER_ID.test(text) ? detached(text) : null
}

/** No more than the event of the acceptance holds it, and the header it is cut from: it goes when that is told. */
function subjectOf(header: Header, { value, end }: HeaderField): string {
  return readSubject(header.text.slice(value, end))
}

function headerIdOf(header: Header, { value, end }: HeaderField): string | null {
  return HEADER_ID.exec(header.text.slice(value, end).trim())?.[1] ?? null
}

function planFor(header: Header, asItCame = false): Plan {
  let received = 0
  let start = 0
  let hasDate = false
  let hasMessageId = false
  let clientId: string | null = null
  let mailing: string | null = null
  let pool: string | null = null
  let postType: string | null = null
  let wishes: Wishes | null = null
  let subject: string | null = null
  let headerId: string | null = null
  let tlsFields = 0
  let tlsOptional = false
  const kept: number[] = []
  for (const field of header.fields) {
    const { name } = field
    if (name === 'received') received++
    else if (name === 'date') hasDate = true
    else if (name === 'subject') subject ??= subjectOf(header, field)
    else if (name === 'message-id') {
      if (!hasMessageId) headerId = headerIdOf(header, field)
      hasMessageId = true
    } else if (name === 'tls-required') {
      tlsFields++
      tlsOptional = fieldValue(header, field).toLowerCase() === 'no'
    } else if (!asItCame && REMOVED.has(name)) {
      if (name === 'x-xsmessageid') clientId ??= callerId(header, field.value, field.end)
      else if (name === 'x-xsmailingid') mailing ??= callerId(header, field.value, field.end)
      else if (name === 'x-xspool') pool ??= detached(header.text.slice(field.value, field.end).trim().slice(0, LONGEST_NAME))
      else if (name === POST_TYPE) postType ??= detached(fieldValue(header, field).slice(0, LONGEST_TYPE))
      else wishes = withWish(wishes, header, field)
      if (field.start > start) kept.push(start, field.start)
      start = field.end
    }
  }
  if (header.end > start) kept.push(start, header.end)
  const eightBit = EIGHT_BIT.test(header.text)
  const { signed, domains } = authorsOf(header)
  const told = { received, authorDomain: signed, fromDomains: domains, clientId, mailing, eightBit, ...namedBy(subject, headerId) }
  const lacks = hasMessageId ? {} : ({ lacksMessageId: true } as const)
  const facts = { ...told, ...lacks, ...(pool !== null && { pool }), ...(postType !== null && { postType }), ...(wishes && { wishes }) }
  // rfc:8689#5: said twice, it says nothing.
  const asked = tlsOptional && tlsFields === 1 ? ({ ...facts, tlsOptional } as const) : facts
  return { header, facts: asked, kept, hasDate, hasMessageId }
}

/** Of a message that was made here. */
export function messageNames(octets: Buffer): MessageNames {
  const header = readHeader(octets)
  const [subject, headerId] = [findField(header, 'subject'), findField(header, 'message-id')]
  return namedBy(subject === undefined ? null : subjectOf(header, subject), headerId === undefined ? null : headerIdOf(header, headerId))
}

function namedBy(subject: string | null, headerId: string | null): MessageNames {
  return { ...(subject !== null && subject !== '' && { subject }), ...(headerId !== null && { headerId }) }
}

function added(plan: Plan, reception: Reception): string {
  let text = receivedField(reception)
  if (reception.asItCame === true) return text
  // rfc:6409#8.1 and #8.2: a submission server adds what the client left out.
  if (!plan.hasMessageId && reception.isPerRecipient !== true) text += `Message-ID: <${reception.id}@${reception.host}>\r\n`
  if (!plan.hasDate) text += `Date: ${messageDate(reception.at)}\r\n`
  if (reception.feedbackId !== undefined && !plan.header.fields.some(({ name }) => name === 'feedback-id'))
    text += `Feedback-ID: ${reception.feedbackId(plan.facts)}\r\n`
  return text
}

/** Writes the new header into a buffer with room for `tail` more octets, and returns it with the offset of that room. */
function build(octets: Buffer, plan: Plan, reception: Reception, tail: number): { out: Buffer; at: number } {
  const front = added(plan, reception)
  const { kept } = plan
  const end = kept.at(-1) ?? 0
  // A last line that was cut off (BDAT need not end one) gets its end, or the empty line would not be one.
  const cutOff = end > 0 && octets[end - 1] !== 10
  let size = Buffer.byteLength(front) + tail + 2
  for (let i = 0; i < kept.length; i += 2) size += (kept[i + 1] ?? 0) - (kept[i] ?? 0)
  // Memory of its own rather than the pool's: the message goes to the storage thread.
  const out = Buffer.allocUnsafeSlow(cutOff ? size + 2 : size)
  let at = out.write(front)
  for (let i = 0; i < kept.length; i += 2) at += octets.copy(out, at, kept[i] ?? 0, kept[i + 1] ?? 0)
  if (cutOff) at += out.write('\r\n', at)
  at += out.write('\r\n', at)
  return { out, at }
}

/** Prepares a message that is whole in memory; `header`: its own, where it was read already. */
export function prepareMessage(octets: Buffer, reception: Reception, header: Header = readHeader(octets)): PreparedMessage {
  const plan = planFor(header, reception.asItCame)
  const { out, at } = build(octets, plan, reception, octets.length - header.body)
  octets.copy(out, at, header.body)
  return { facts: plan.facts, message: out }
}

/** What a header tells, and the fields that will stand before it: of a message that is made for each recipient when it leaves. */
export function prepareFront(octets: Buffer, reception: Reception): { readonly facts: HeaderFacts; readonly front: string } {
  const plan = planFor(readHeader(octets))
  return { facts: plan.facts, front: added(plan, { ...reception, recipient: null, isPerRecipient: true }) }
}

/** Prepares the header of a message whose body is still coming: `octets` reach at least to the offset of `findHeaderEnd`. */
export function prepareHeader(octets: Buffer, reception: Reception): PreparedHeader {
  const header = readHeader(octets)
  const plan = planFor(header, reception.asItCame)
  const { out } = build(octets, plan, reception, 0)
  return { facts: plan.facts, header: out, body: header.body }
}
