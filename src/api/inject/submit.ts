// A message as JSON, made into what the injector takes: its envelope, its octets, and what it wishes.
import { randomBytes } from 'node:crypto'
import { INJECTION, type InjectedAttachment, type InjectedMessage, type Mailbox as Given, type Problem } from '../../contract/injection.ts'
import type { Injected, InjectionClient, Submission } from '../../engine/accept/injector.ts'
import { type HeaderAddress, readAddressList } from '../../message/addresses.ts'
import { composeStructured } from '../../message/compose/compose.ts'
import type { NamedAddress } from '../../message/compose/fields.ts'
import { type EncodedAttachment, encodedAttachment } from '../../message/compose/parts.ts'
import { fromBase64 } from '../../message/encode.ts'
import { fieldValue, type Header, readHeader } from '../../message/header.ts'
import { parseMailbox, quoteLocal } from '../../smtp/address.ts'
import { parsePosted } from '../../smtp/post-address.ts'
import type { Mailbox } from '../../smtp/server/handler.ts'
import { unfit } from './refused.ts'

/** Fields that are made of the parts, or by whoever takes the message: they are no further ones. */
const MADE_FIELDS: ReadonlySet<string> = new Set([
  'from',
  'to',
  'cc',
  'bcc',
  'reply-to',
  'subject',
  'mime-version',
  'content-type',
  'content-transfer-encoding',
  'content-disposition',
  'content-id',
  'received',
  'return-path',
  'dkim-signature',
])

interface Read {
  readonly shown: NamedAddress
  readonly mailbox: Mailbox
}

interface Recipient {
  /** Null: it is posted to by HTTP, and no field of the header names it. */
  readonly shown: NamedAddress | null
  readonly mailbox: Mailbox
}

/** Throws `Refused` where it cannot be sent. */
export function submissionOf(message: InjectedMessage, client: InjectionClient): Submission {
  const { raw } = message
  const wishes = wishesOf(message)
  const asked = askedOf(message)
  if (raw !== undefined) return { ...rawOf(message, raw), client, wishes, ...asked }
  const from = required(message)
  const [to, cc, bcc] = [recipientsIn(message, 'to'), recipientsIn(message, 'cc'), recipientsIn(message, 'bcc')]
  const recipients = [...to, ...cc, ...bcc].map(({ mailbox }) => mailbox)
  checkCount(recipients)
  const octets = composeStructured({
    from: from.shown,
    to: shownOf(to),
    cc: shownOf(cc),
    replyTo: (message.replyTo ?? []).map((one, n) => read(one, `replyTo[${n}]`).shown),
    subject: message.subject,
    text: message.text,
    html: message.html,
    fields: headersOf(message),
    attachments: (message.attachments ?? []).map(attached),
    id: randomBytes(12).toString('hex'),
  })
  return { client, sender: senderOf(message) ?? from.mailbox, recipients, octets, wishes, ...asked }
}

export function required(message: InjectedMessage): Read {
  if (message.from === undefined) throw unfit('from is missing.', 'from')
  if (message.subject === undefined && message.text === undefined && message.html === undefined)
    throw unfit('The message is empty: give it subject, text or html, or raw.', 'text')
  return read(message.from, 'from')
}

function checkCount(recipients: readonly Mailbox[]): void {
  if (recipients.length === 0) throw unfit('The message has no recipient: name one in to, cc or bcc.', 'to')
  if (recipients.length > INJECTION.recipients)
    throw unfit(`The message has ${recipients.length} recipients; at most ${INJECTION.recipients} are taken.`, 'to')
}

/** A whole message: its envelope is as given, else as its header has it. */
function rawOf(message: InjectedMessage, raw: string): Pick<Submission, 'sender' | 'recipients' | 'octets'> {
  for (const name of ['subject', 'text', 'html', 'headers', 'attachments', 'replyTo'] as const)
    if (message[name] !== undefined) throw unfit(`${name} is in raw already, where there is raw.`, name)
  return rawSubmission(message, decoded(raw, 'raw'))
}

export function rawSubmission(message: InjectedMessage, octets: Buffer): Pick<Submission, 'sender' | 'recipients' | 'octets'> {
  const header = readHeader(beginning(octets))
  const named = [...recipientsIn(message, 'to'), ...recipientsIn(message, 'cc'), ...recipientsIn(message, 'bcc')].map(
    ({ mailbox }) => mailbox,
  )
  const recipients = named.length > 0 ? named : ['to', 'cc', 'bcc'].flatMap((name) => addressesOf(header, name))
  checkCount(recipients)
  const given = senderOf(message) ?? (message.from === undefined ? undefined : read(message.from, 'from').mailbox)
  const sender = given ?? addressesOf(header, 'from')[0]
  if (sender === undefined) throw unfit('raw has no From that can be read: give sender.', 'sender')
  return { sender, recipients, octets }
}

/** Of a header; longer is none. Its lines may end as they like. */
const MOST_HEADER = 256 * 1024

function beginning(octets: Buffer): Buffer {
  const text = octets.toString('latin1', 0, MOST_HEADER)
  return Buffer.from(text.replaceAll(/\r\n|\r|\n/g, '\r\n'), 'latin1')
}

function addressesOf(header: Header, name: string): Mailbox[] {
  const fields = header.fields.filter((field) => field.name === name)
  return fields.flatMap((field) => {
    const addresses: readonly HeaderAddress[] | null = readAddressList(fieldValue(header, field))
    if (addresses === null) throw unfit(`raw has a field ${name} that cannot be read.`, 'raw')
    return addresses.map(({ local, domain }) => mailboxOf(`${quoteLocal(local)}@${domain}`, 'raw'))
  })
}

export function senderOf({ sender }: InjectedMessage): Mailbox | undefined {
  return sender === undefined ? undefined : read(sender, 'sender').mailbox
}

function recipientsIn(message: InjectedMessage, name: 'to' | 'cc' | 'bcc'): Recipient[] {
  return (message[name] ?? []).map((one, n) => readRecipient(one, `${name}[${n}]`))
}

function shownOf(recipients: readonly Recipient[]): NamedAddress[] {
  return recipients.flatMap(({ shown }) => shown ?? [])
}

/** A mailbox, or `post@https://host/path`. */
export function readRecipient(given: Given, field: string): Recipient {
  const mailbox = parsePosted((typeof given === 'string' ? given : given.email).trim())
  if (mailbox === undefined) return read(given, field)
  if (typeof mailbox === 'string') throw unfit(`${field} is no address: ${mailbox}.`, field)
  return { mailbox, shown: null }
}

/** `a@b`, `Name <a@b>` or both apart. */
export function read(given: Given, field: string): Read {
  if (typeof given === 'string' && (given.includes('<') || given.includes('('))) {
    const [one, more] = readAddressList(given) ?? []
    if (one === undefined || more !== undefined) throw unfit(`${field} is no address.`, field)
    const mailbox = mailboxOf(`${quoteLocal(one.local)}@${one.domain}`, field)
    return { mailbox, shown: { email: mailbox.address, name: one.name } }
  }
  const { email, name } = typeof given === 'string' ? { email: given, name: undefined } : given
  const mailbox = mailboxOf(email, field)
  return { mailbox, shown: { email: mailbox.address, name } }
}

function mailboxOf(text: string, field: string): Mailbox {
  const mailbox = parseMailbox(text.trim(), true)
  if (typeof mailbox === 'string') throw unfit(`${field} is no address: ${mailbox}.`, field)
  return mailbox
}

export function headersOf({ headers = {} }: InjectedMessage): readonly (readonly [string, string])[] {
  const fields = Object.entries(headers)
  for (const [name] of fields) {
    const lower = name.toLowerCase()
    if (MADE_FIELDS.has(lower)) throw unfit(`headers.${name} is made of other fields of the message.`, `headers.${name}`)
  }
  return fields
}

function attached(one: InjectedAttachment, n: number): EncodedAttachment {
  return encodedAttachment({ ...one, octets: decoded(one.content, `attachments[${n}].content`) })
}

export function decoded(text: string, field: string): Buffer {
  const octets = fromBase64(text)
  if (octets === null) throw unfit(`${field} is no base64.`, field)
  return octets
}

/** What no field of the header says. */
export function askedOf({ tags = [], metadata, tracking }: InjectedMessage): Pick<Submission, 'asked'> {
  if (tags.length === 0 && metadata === undefined && tracking === undefined) return {}
  const labels = { ...(tags.length > 0 && { tags }), ...(metadata && Object.keys(metadata).length > 0 && { metadata }) }
  return { asked: { ...(Object.keys(labels).length > 0 && { labels }), ...(tracking && { tracking }) } }
}

/** As fields of the header have them, so that they mean the same on each way in. */
const WISHES = {
  messageId: 'X-xsMessageId',
  mailing: 'X-xsMailingId',
  stream: 'X-xsStream',
  pool: 'X-xsPool',
  priority: 'X-xsPriority',
  sendAt: 'X-xsSendAt',
  expiresAt: 'X-xsExpires',
} as const
const WISH_FIELDS = Object.entries(WISHES) as [keyof typeof WISHES, string][]

export function wishesOf(message: InjectedMessage): readonly (readonly [string, string])[] {
  return WISH_FIELDS.map(([field, name]) => [name, message[field]] as const).filter(
    (wish): wish is [string, string] => wish[1] !== undefined,
  )
}

/** What became of submissions, in the words of the call. */
export function inWords(submissions: readonly Submission[], injected: readonly Injected[]): readonly Injected[] {
  return injected.map((one, n) => ('problem' in one ? { problem: inWordsOfCall(one.problem, submissions[n] ?? {}) } : one))
}

/** What is said of a field of the header that was made of one of the message is said of that. */
function inWordsOfCall(problem: Problem, { wishes = [] }: Pick<Submission, 'wishes'>): Problem {
  const [field, name] = WISH_FIELDS.find(([, header]) => problem.message.startsWith(`${header}: `)) ?? []
  if (field === undefined || !wishes.some(([made]) => made === name)) return problem
  return { ...problem, field, message: problem.message.slice(`${name}: `.length) }
}
