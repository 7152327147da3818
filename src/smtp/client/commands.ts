// Command lines of a transaction. Addresses and parameters were parsed and checked when the message came in; here an
// assertion makes sure that none of them can end a line or an argument early (command injection).
import assert from 'node:assert/strict'
import { encodeXtext } from '../xtext.ts'
import type { PeerExtensions } from './extensions.ts'

export interface EnvelopeRecipient {
  readonly address: string
  readonly notify: { readonly given: boolean; readonly success: boolean; readonly failure: boolean; readonly delay: boolean }
  /** ORCPT as given, in xtext. */
  readonly originalRecipient: string | null
}

/** What MAIL and RCPT are made of. */
export interface Envelope {
  readonly sender: string
  readonly recipients: readonly EnvelopeRecipient[]
  readonly envelopeId: string | null
  readonly returnContent: 'full' | 'headers' | null
  readonly utf8: boolean
  readonly eightBit: boolean
  readonly binary: boolean
  /** REQUIRETLS (rfc:8689): the peer must offer it. */
  readonly requireTls?: boolean
}

// A mailbox of the canonical form: a quoted or unquoted local part without control characters, and a domain.
// oxlint-disable-next-line no-control-regex -- they are what must not pass
const MAILBOX = /^(?:"(?:[^"\\\u0000-\u001f\u007f]|\\[^\u0000-\u001f\u007f])*"|[^\u0000-\u0020\u007f"<>]+)(?:@[^\u0000-\u0020\u007f"<>]+)?$/
const ASCII = /^[\x20-\x7e]*$/
// oxlint-disable-next-line no-control-regex -- they are what must not pass
const ARGUMENT = /^[^\u0000-\u0020\u007f]+$/

function assertMailbox(address: string, utf8: boolean): void {
  assert(MAILBOX.test(address), 'an address must not be able to end a command')
  assert(utf8 || ASCII.test(address), 'an address outside ASCII needs SMTPUTF8')
}

/** `octets`: the size of the message as it goes out. */
export function mailCommand(envelope: Envelope, octets: number, offered: PeerExtensions): string {
  const { sender, utf8, binary, eightBit, returnContent, envelopeId } = envelope
  if (sender !== '') assertMailbox(sender, utf8)
  let line = `MAIL FROM:<${sender}>`
  if (offered.size !== null) line += ` SIZE=${octets}`
  if (binary) line += ' BODY=BINARYMIME'
  else if (eightBit && offered.eightBitMime) line += ' BODY=8BITMIME'
  if (utf8) line += ' SMTPUTF8'
  if (envelope.requireTls === true) line += ' REQUIRETLS'
  if (offered.dsn && returnContent !== null) line += returnContent === 'full' ? ' RET=FULL' : ' RET=HDRS'
  if (offered.dsn && envelopeId !== null) line += ` ENVID=${encodeXtext(envelopeId)}`
  return `${line}\r\n`
}

export function rcptCommand(recipient: EnvelopeRecipient, utf8: boolean, offered: PeerExtensions): string {
  const { address, notify, originalRecipient } = recipient
  assertMailbox(address, utf8)
  let line = `RCPT TO:<${address}>`
  if (offered.dsn) {
    if (notify.given) line += ` NOTIFY=${notifyList(notify)}`
    if (originalRecipient !== null) {
      assert(ARGUMENT.test(originalRecipient) && (utf8 || ASCII.test(originalRecipient)), 'ORCPT is xtext')
      line += ` ORCPT=${originalRecipient}`
    }
  }
  return `${line}\r\n`
}

function notifyList({ success, failure, delay }: EnvelopeRecipient['notify']): string {
  const events = [success ? 'SUCCESS' : '', failure ? 'FAILURE' : '', delay ? 'DELAY' : ''].filter((event) => event !== '')
  return events.length === 0 ? 'NEVER' : events.join(',')
}

/** EHLO or HELO with our name, which comes from the configuration. */
export function helloCommand(verb: 'EHLO' | 'HELO', name: string): string {
  assert(ARGUMENT.test(name) && ASCII.test(name), 'the EHLO name is one word')
  return `${verb} ${name}\r\n`
}
