// What a filter wants changed of a message, collected until it says that it is through. All of it together is bounded, and nothing of it
// can be more than what it claims to be: a value of a header field cannot begin another one, an address is read by the one parser.
import { parsePath } from '../address.ts'
import type { Mailbox } from '../server/handler.ts'
import { linesOf } from './lines.ts'
import type { PacketContent } from './packets.ts'
import type { Action } from './protocol.ts'

/** Of a header field: `value` as it will stand after the colon, folded lines with CRLF, without the last CRLF; one character an octet. */
export type HeaderChange =
  | { readonly change: 'add'; readonly name: string; readonly value: string }
  /** Before the field at this place, counted from 0 with our own Received; behind all where there are fewer. */
  | { readonly change: 'insert'; readonly index: number; readonly name: string; readonly value: string }
  /** The field of this name and number, counted from 1 without our own Received; added where there are fewer. */
  | { readonly change: 'set'; readonly index: number; readonly name: string; readonly value: string }
  | { readonly change: 'delete'; readonly index: number; readonly name: string }

export type RecipientChange = { readonly change: 'add' | 'delete'; readonly recipient: Mailbox; readonly parameters: string }

export interface MessageChanges {
  readonly header: readonly HeaderChange[]
  readonly recipients: readonly RecipientChange[]
  /** A new one: null for `<>`. */
  readonly sender?: { readonly mailbox: Mailbox | null; readonly parameters: string }
  /** The new body, in the pieces that came. */
  readonly body?: readonly Buffer[]
  /** To be held, and why. */
  readonly quarantine?: string
}

export const NO_CHANGES: MessageChanges = { header: [], recipients: [] }

export interface ChangeBounds {
  /** Octets of the names and values of all header changes. */
  readonly header: number
  readonly recipients: number
  /** Octets of a new body. */
  readonly body: number
}

const MOST_HEADER_CHANGES = 10_000
const LONGEST_REASON = 300
/** Octets that a new body is kept in at once. */
const PIECE = 64 * 1024
const FIELD_NAME = /^[!-9;-~]{1,200}$/
// oxlint-disable-next-line no-control-regex -- they are what must not be kept
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

/** What a letter of the filter changes, and what it must have asked for. */
export const CHANGE_LETTERS: Readonly<Record<string, Action>> = {
  h: 'addHeader',
  i: 'addHeader',
  m: 'changeHeader',
  b: 'changeBody',
  '+': 'addRecipient',
  '2': 'addRecipientWith',
  '-': 'deleteRecipient',
  e: 'changeSender',
  q: 'quarantine',
}

/** Octets of a body as they come. Small pieces are kept together: each by itself would take a hundred times the memory of its octets. */
class Pieces {
  readonly #full: Buffer[] = []
  #last = Buffer.alloc(0)
  #filled = 0

  get all(): readonly Buffer[] {
    return this.#filled === 0 ? this.#full : [...this.#full, this.#last.subarray(0, this.#filled)]
  }

  add(octets: Buffer): void {
    for (let at = 0; at < octets.length;) {
      if (this.#filled === this.#last.length) this.#begin()
      const copied = octets.copy(this.#last, this.#filled, at)
      this.#filled += copied
      at += copied
    }
  }

  #begin(): void {
    if (this.#filled > 0) this.#full.push(this.#last)
    this.#last = Buffer.allocUnsafeSlow(PIECE)
    this.#filled = 0
  }
}

export class ChangeCollector {
  readonly #bounds: ChangeBounds
  readonly #leadingSpace: boolean
  readonly #header: HeaderChange[] = []
  readonly #recipients: RecipientChange[] = []
  #sender: MessageChanges['sender']
  #body: Pieces | null = null
  #quarantine: string | undefined
  #headerOctets = 0
  #bodyOctets = 0

  constructor(bounds: ChangeBounds, leadingSpace: boolean) {
    this.#bounds = bounds
    this.#leadingSpace = leadingSpace
  }

  get all(): MessageChanges {
    return {
      header: this.#header,
      recipients: this.#recipients,
      ...(this.#sender !== undefined && { sender: this.#sender }),
      ...(this.#body !== null && { body: this.#body.all }),
      ...(this.#quarantine !== undefined && { quarantine: this.#quarantine }),
    }
  }

  /** Takes one in; returns what is wrong with it, or null. */
  take(letter: string, content: PacketContent): string | null {
    switch (letter) {
      case 'h':
        return this.#headerChange('add', undefined, content)
      case 'i':
        return this.#headerChange('insert', content.number(), content)
      case 'm':
        return this.#headerChange('set', content.number(), content)
      case 'b':
        return this.#replaceBody(content.rest())
      case '+':
      case '2':
        return this.#recipient('add', content)
      case '-':
        return this.#recipient('delete', content)
      case 'e':
        return this.#changeSender(content)
      case 'q':
        this.#quarantine = (content.text() ?? content.rest().toString()).replace(CONTROL, ' ').slice(0, LONGEST_REASON)
        return null
      default:
        return 'it asked for a change that is none'
    }
  }

  #headerChange(change: 'add' | 'insert' | 'set', index: number | undefined, content: PacketContent): string | null {
    const [name, value] = [content.text('latin1'), content.text('latin1')]
    if (name === undefined || value === undefined || (change !== 'add' && index === undefined)) return 'a change of the header is cut off'
    if (!FIELD_NAME.test(name)) return 'it named a header field by what is no name'
    this.#headerOctets += name.length + value.length + 4
    if (this.#headerOctets > this.#bounds.header || this.#header.length >= MOST_HEADER_CHANGES)
      return `its changes of the header are larger than ${this.#bounds.header} octets, or too many`
    if (change === 'set' && value === '') this.#header.push({ change: 'delete', index: Math.max(1, index ?? 1), name })
    else if (change === 'set') this.#header.push({ change, index: Math.max(1, index ?? 1), name, value: this.#folded(value) })
    else if (change === 'insert') this.#header.push({ change, index: index ?? 0, name, value: this.#folded(value) })
    else this.#header.push({ change, name, value: this.#folded(value) })
    return null
  }

  /** A line of a value that does not begin with a space would be a field of its own, or the end of the header: it is given one. */
  #folded(value: string): string {
    const lines = linesOf(value).map((line) => line.replaceAll('\r', ' '))
    const [first = '', ...more] = lines
    const rest = more.filter((line) => line.trim() !== '').map((line) => (/^[ \t]/.test(line) ? line : `\t${line}`))
    const start = this.#leadingSpace || first.startsWith(' ') ? first : ` ${first}`
    return [start, ...rest].join('\r\n')
  }

  #replaceBody(octets: Buffer): string | null {
    this.#bodyOctets += octets.length
    if (this.#bodyOctets > this.#bounds.body) return `the body that it gives is larger than ${this.#bounds.body} octets`
    this.#body ??= new Pieces()
    this.#body.add(octets)
    return null
  }

  #recipient(change: 'add' | 'delete', content: PacketContent): string | null {
    const address = content.text()
    const parameters = content.isEmpty ? '' : content.text()
    if (address === undefined || parameters === undefined) return 'a change of the recipients is cut off'
    if (this.#recipients.length >= this.#bounds.recipients) return `it changes more than ${this.#bounds.recipients} recipients`
    const mailbox = mailboxIn(address)
    if (mailbox === null || typeof mailbox === 'string') return 'it named a recipient by what is no address'
    this.#recipients.push({ change, recipient: mailbox, parameters })
    return null
  }

  #changeSender(content: PacketContent): string | null {
    const address = content.text()
    const parameters = content.isEmpty ? '' : content.text()
    if (address === undefined || parameters === undefined) return 'a change of the sender is cut off'
    const mailbox = mailboxIn(address)
    if (typeof mailbox === 'string') return 'it named a sender by what is no address'
    this.#sender = { mailbox, parameters }
    return null
  }
}

/** With or without angle brackets; null for `<>`. */
function mailboxIn(text: string): Mailbox | null | string {
  const trimmed = text.trim()
  const inner = trimmed.startsWith('<') && trimmed.endsWith('>') ? trimmed.slice(1, -1) : trimmed
  return inner === '' ? null : parsePath(inner, true)
}
