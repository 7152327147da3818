// What a milter is shown of a message, and what it means by the places that it names: the header as it will be stored. What is taken out of it
// then (Bcc, what was meant for us) is not shown, and a Message-ID and Date that will be added are there already: what a milter signs stays so.
import { messageDate } from '../../message/date.ts'
import type { Header } from '../../message/header.ts'
import { isTakenOut } from '../../message/prepare.ts'
import type { FieldChange } from '../../message/header-changes.ts'
import type { HeaderChange } from '../../smtp/milter/changes.ts'

/** One character an octet; `value` follows the colon, without the last CRLF. */
export interface ShownField {
  readonly name: string
  readonly value: string
}

export interface Stored {
  readonly id: string
  readonly host: string
  readonly at: number
  /** It is stored as it came, but for our Received. */
  readonly asItCame: boolean
  /** Each recipient gets a Message-ID of his own. */
  readonly isPerRecipient: boolean
}

interface Place {
  readonly name: string
  readonly isShown: boolean
}

export class ShownHeader {
  readonly fields: readonly ShownField[]
  /** What must be changed for the message to be the one that was shown. */
  readonly first: readonly FieldChange[]
  /** The whole header, in its order. */
  readonly #places: Place[] = []

  constructor({ text, fields }: Header, { id, host, at, asItCame, isPerRecipient }: Stored) {
    const shown: ShownField[] = []
    const lacks = (name: string): boolean => !asItCame && !fields.some((field) => field.name === name)
    const added: ShownField[] = []
    if (lacks('message-id') && !isPerRecipient) added.push({ name: 'Message-ID', value: ` <${id}@${host}>` })
    if (lacks('date')) added.push({ name: 'Date', value: ` ${messageDate(at)}` })
    for (const field of added) {
      shown.push(field)
      this.#places.push({ name: field.name.toLowerCase(), isShown: true })
    }
    for (const { name, start, value, end } of fields) {
      const isShown = asItCame || !isTakenOut(name)
      this.#places.push({ name, isShown })
      if (isShown) shown.push({ name: text.slice(start, value - 1).trimEnd(), value: text.slice(value, end).replace(/\r\n$/, '') })
    }
    this.fields = shown
    this.first = added.map(({ name, value }, at) => ({ kind: 'insert', at, name, value }))
  }

  /** What a milter wants, said about the whole header. */
  changes(wanted: readonly HeaderChange[]): readonly FieldChange[] {
    return wanted.map((change) => this.#placed(change))
  }

  #placed(change: HeaderChange): FieldChange {
    const name = change.name.toLowerCase()
    switch (change.change) {
      case 'add':
        this.#places.push({ name, isShown: true })
        return { kind: 'add', name: change.name, value: textOf(change.value) }
      case 'insert': {
        const at = this.#placeOf(change.index)
        this.#places.splice(at, 0, { name, isShown: true })
        return { kind: 'insert', at, name: change.name, value: textOf(change.value) }
      }
      case 'set':
        if (this.#find(name, change.index) < 0) this.#places.push({ name, isShown: true })
        return { kind: 'change', name: change.name, nth: change.index, value: textOf(change.value) }
      case 'delete': {
        const at = this.#find(name, change.index)
        if (at >= 0) this.#places.splice(at, 1)
        return { kind: 'remove', name: change.name, nth: change.index }
      }
    }
  }

  #find(name: string, nth: number): number {
    let seen = 0
    return this.#places.findIndex((place) => place.name === name && ++seen === nth)
  }

  /** A milter counts our own Received as the first: it stands before all of these. */
  #placeOf(index: number): number {
    let left = index - 1
    for (const [at, { isShown }] of this.#places.entries()) {
      if (left <= 0) return at
      if (isShown) left--
    }
    return this.#places.length
  }
}

/** Octets that are no UTF-8 are no text of a header field. */
function textOf(octets: string): string {
  return Buffer.from(octets, 'latin1').toString()
}
