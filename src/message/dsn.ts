// Delivery status notifications (rfc:3464, rfc:3461#6): what a sender is told of recipients that failed, are delayed or were
// relayed. A part for people in plain words, a part for programs, and the message or its header. Remote text is escaped to
// ASCII; addresses beyond ASCII make it an internationalized one (rfc:6533). Where it goes and whether at all is decided elsewhere.
import { randomBytes } from 'node:crypto'
import type { EpochMs, MessageId } from '../base/brand.ts'
import { type PeerReply, replyLine } from '../contract/events.ts'
import { messageDate } from './date.ts'
import { fieldValue, findField, type Header, readHeader } from './header.ts'

export type DsnAction = 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded'

export interface DsnRecipient {
  readonly address: string
  /** ORCPT as given, in xtext (`rfc822;a+2Bb@x`), or null. */
  readonly originalRecipient: string | null
  readonly action: DsnAction
  /** rfc:3463, `5.1.1`. */
  readonly status: string
  /** Why, in words of our own. */
  readonly reason: string
  readonly reply: PeerReply | null
  readonly remoteHost: string | null
  /** Last attempt; null where there was none. */
  readonly attemptedAt: EpochMs | null
  /** Until when it will be tried; only for `delayed`. */
  readonly retryUntil: EpochMs | null
}

export interface DsnRequest {
  /** The notification's own id. */
  readonly id: MessageId
  readonly at: EpochMs
  /** Our name. */
  readonly host: string
  readonly recipients: readonly DsnRecipient[]
  readonly original: {
    readonly id: MessageId
    /** Envelope sender: whom the notification is for. */
    readonly sender: string
    readonly acceptedAt: EpochMs
    /** Octets of the whole message. */
    readonly size: number
    /** ENVID, decoded. */
    readonly envelopeId: string | null
    readonly returnContent: 'full' | 'headers' | null
    readonly binary: boolean
    /** Came with SMTPUTF8 (rfc:6531). */
    readonly utf8: boolean
    /** The message, or its start with at least the header. */
    readonly octets: Uint8Array
  }
  /** Most octets of the original that are sent back. */
  readonly mostReturned?: number
}

export interface Dsn {
  /** The whole message; its envelope sender is `<>`. */
  readonly octets: Buffer
  readonly utf8: boolean
  readonly eightBit: boolean
}

const MOST_RETURNED = 64 * 1024
const WIDTH = 76
/** What a word may take before it is cut: no line comes near 998 octets (rfc:5322#2.1.1). */
const LONGEST_WORD = 400

const isAscii = (text: string): boolean => /^[\t\u0020-\u007e]*$/.test(text)

/** Text of a peer on one line of printable ASCII: what else it holds is shown as `\u{…}`. */
export function asciiText(text: string): string {
  return text.replace(/\s+/gu, ' ').replace(/[^\u0020-\u007e]/gu, (char) => `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`)
}

/** Breaks text at spaces into lines that begin with `indent`; the first begins with `first`. */
function wrap(text: string, first: string, indent: string): string {
  let out = first
  let width = first.length
  let started = false
  for (const long of text.split(' ')) {
    for (let at = 0; at < long.length || at === 0; at += LONGEST_WORD) {
      const word = long.slice(at, at + LONGEST_WORD)
      if (started && width + 1 + word.length > WIDTH) {
        out += `\r\n${indent}`
        width = indent.length
      } else if (started) {
        out += ' '
        width++
      }
      out += word
      width += word.length
      started = true
    }
  }
  return `${out}\r\n`
}

/** A field of the part for programs. A value that is empty is left out. */
function field(name: string, value: string): string {
  return value === '' ? '' : wrap(value, `${name}: `, '\t')
}

const SUBJECT: Record<DsnAction, string> = {
  failed: 'Your message could not be delivered',
  delayed: 'Your message is delayed',
  delivered: 'Your message was delivered',
  relayed: 'Your message was passed on',
  expanded: 'Your message was delivered to a list',
}
const SAID: Record<DsnAction, string> = {
  failed: 'could not be delivered to the following recipients. It will not be tried again for them.',
  delayed: 'could not be delivered yet to the following recipients. You need not do anything: it will be tried again.',
  delivered: 'was delivered to the following recipients.',
  relayed: 'was handed to the servers of the following recipients. They do not tell when it arrives.',
  expanded: 'was delivered to the following lists, which send it on to their members.',
}
const ACTIONS: readonly DsnAction[] = ['failed', 'delayed', 'expanded', 'relayed', 'delivered']

function replyText(reply: PeerReply): string {
  return asciiText(replyLine(reply).trim())
}

/** One recipient in plain words: what, why, where. */
function told(recipient: DsnRecipient): string {
  const { reply, remoteHost, retryUntil } = recipient
  let text = `  ${recipient.address}\r\n`
  text += wrap(asciiText(recipient.reason), '    Why:    ', '            ')
  if (remoteHost !== null) text += `    Where:  ${asciiText(remoteHost)}\r\n`
  if (reply !== null) text += wrap(replyText(reply), '    Answer: ', '            ')
  if (retryUntil !== null) text += `    Until:  ${messageDate(retryUntil)}\r\n`
  return `${text}\r\n`
}

function humanPart(request: DsnRequest, subject: string | null): string {
  let text = `This is the mail server ${request.host}.\r\n\r\n`
  const about = subject === null ? '' : ` with the subject "${subject}"`
  for (const action of ACTIONS) {
    const recipients = request.recipients.filter((recipient) => recipient.action === action)
    if (recipients.length === 0) continue
    const sent = `Your message of ${messageDate(request.original.acceptedAt)}${about}`
    text += `${wrap(`${sent} ${SAID[action]}`, '', '')}\r\n${recipients.map(told).join('')}`
  }
  return `${text}The message has the id ${request.original.id} here. What follows is for programs.\r\n`
}

/** Posted to by HTTP (docs/guides/http-post.md). */
function isPosted(address: string): boolean {
  return /^post@https?:\/\//.test(address)
}

/** ORCPT with its xtext undone (rfc:3461#6.3.1), where that leaves printable text. */
function originalRecipient(orcpt: string): string {
  const plain = orcpt.replace(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return isAscii(plain) ? plain : asciiText(orcpt)
}

function recipientFields(recipient: DsnRecipient): string {
  const { address, reply, remoteHost, attemptedAt, retryUntil } = recipient
  return (
    field('Original-Recipient', recipient.originalRecipient === null ? '' : originalRecipient(recipient.originalRecipient)) +
    `Final-Recipient: ${isPosted(address) ? 'x-post' : isAscii(address) ? 'rfc822' : 'utf-8'}; ${address}\r\n` +
    field('Action', recipient.action) +
    field('Status', recipient.status) +
    field('Remote-MTA', remoteHost === null ? '' : `dns; ${asciiText(remoteHost)}`) +
    field(
      'Diagnostic-Code',
      reply === null ? `x-hms; ${asciiText(recipient.reason)}` : `${isPosted(address) ? 'x-http' : 'smtp'}; ${replyText(reply)}`,
    ) +
    field('Last-Attempt-Date', attemptedAt === null ? '' : messageDate(attemptedAt)) +
    field('Will-Retry-Until', retryUntil === null || recipient.action !== 'delayed' ? '' : messageDate(retryUntil))
  )
}

function statusPart(request: DsnRequest): string {
  const { original } = request
  const perMessage =
    field('Original-Envelope-Id', original.envelopeId === null ? '' : asciiText(original.envelopeId)) +
    field('Reporting-MTA', `dns; ${request.host}`) +
    field('Arrival-Date', messageDate(original.acceptedAt)) +
    field('X-Hms-Message-Id', original.id)
  return [perMessage, ...request.recipients.map(recipientFields)].join('\r\n')
}

/** What is sent back: the whole only where it was asked for, something failed and it fits; otherwise the header. */
function returnedPart(request: DsnRequest, header: Header): { type: string; octets: Buffer; eightBit: boolean; utf8: boolean } {
  const { original, mostReturned = MOST_RETURNED } = request
  const octets = Buffer.from(original.octets.buffer, original.octets.byteOffset, original.octets.byteLength)
  const failed = request.recipients.some(({ action }) => action === 'failed')
  const whole = octets.length >= original.size && original.size <= mostReturned && !original.binary
  // Octets above 127 in a header that came without SMTPUTF8 are sent back as they were, and ask for nothing of the peer.
  const raw = /[\u0080-\u00ff]/.test(header.text)
  const utf8 = raw && original.utf8
  if (failed && original.returnContent === 'full' && whole) {
    const eightBit = octets.some((octet) => octet > 127)
    return { type: utf8 ? 'message/global' : 'message/rfc822', octets, eightBit, utf8 }
  }
  // A field that the start of a huge header cuts in two is left out.
  const isCut = header.end === octets.length && octets.length < original.size
  const most = isCut ? Math.min(mostReturned, octets.length - 1) : mostReturned
  const end = header.fields.findLast((one) => one.end <= most)?.end ?? 0
  return { type: utf8 ? 'message/global-headers' : 'text/rfc822-headers', octets: octets.subarray(0, end), eightBit: raw, utf8 }
}

function part(boundary: string, type: string, description: string, eightBit: boolean): string {
  const encoding = eightBit ? 'Content-Transfer-Encoding: 8bit\r\n' : ''
  return `\r\n--${boundary}\r\nContent-Type: ${type}\r\nContent-Description: ${description}\r\n${encoding}\r\n`
}

/** The original's Message-ID, for the threads of mail programs; only where it is harmless. */
function reference(header: Header): string {
  const id = findField(header, 'message-id')
  const value = id === undefined ? '' : fieldValue(header, id)
  return /^<[\u0021-\u003b=?-\u007e]{1,250}>$/.test(value) ? `In-Reply-To: ${value}\r\nReferences: ${value}\r\n` : ''
}

function subjectOf(header: Header): string | null {
  const subject = findField(header, 'subject')
  const text = subject === undefined ? '' : asciiText(fieldValue(header, subject)).slice(0, 200)
  return text === '' || text.includes('=?') ? null : text
}

/** Composes the notification. All recipients are of one message. */
export function composeDsn(request: DsnRequest): Dsn {
  const { original, host, recipients } = request
  const header = readHeader(Buffer.from(original.octets.buffer, original.octets.byteOffset, original.octets.byteLength))
  const returned = returnedPart(request, header)
  const addressed = !isAscii(original.sender) || recipients.some(({ address }) => !isAscii(address))
  const action = ACTIONS.find((one) => recipients.some((recipient) => recipient.action === one)) ?? 'failed'
  // Drawn at random: a message that is sent back cannot hold the boundary and so write parts of its own.
  const boundary = `=_hms_${randomBytes(15).toString('hex')}`
  const head =
    `From: Mail Delivery System <MAILER-DAEMON@${host}>\r\nTo: <${original.sender}>\r\nSubject: ${SUBJECT[action]}\r\n` +
    `Date: ${messageDate(request.at)}\r\nMessage-ID: <${request.id}@${host}>\r\n${reference(header)}` +
    // rfc:3834#3.1.8: what answers a message says so, and is not answered itself.
    `Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\n` +
    `Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary="${boundary}"\r\n` +
    (addressed || returned.eightBit ? 'Content-Transfer-Encoding: 8bit\r\n' : '')
  const text =
    part(boundary, `text/plain; charset=${addressed ? 'utf-8' : 'us-ascii'}`, 'Notification', addressed) +
    humanPart(request, subjectOf(header)) +
    part(boundary, addressed ? 'message/global-delivery-status' : 'message/delivery-status', 'Delivery report', addressed) +
    statusPart(request) +
    part(boundary, returned.type, 'Undelivered message', returned.eightBit)
  const octets = Buffer.concat([Buffer.from(head + text), returned.octets, Buffer.from(`\r\n--${boundary}--\r\n`)])
  const utf8 = addressed || returned.utf8
  return { octets, utf8, eightBit: utf8 || returned.eightBit }
}
