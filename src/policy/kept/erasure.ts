// What becomes of a text, an event or a line of a log when a person is erased: what is about him goes, and where others are told of, his address is
// made one that is nobody's. The address is found as it is, as it stands in links, and within return paths.
import type { NumberedEvent } from '../../contract/events.ts'
import { addressKey } from '../suppression/targets.ts'

/** In place of the address; rfc:2606 keeps the name from ever being anybody's. */
export const ERASED = 'erased@erased.invalid'
/** Of a line of a log, fields before the recipient: date, time, what it is, account, caller's id, mailing. */
const RECIPIENT = 6

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json }

export class Eraser {
  readonly key: string
  readonly #domain: string
  /** In place of the address. */
  readonly #mark: string
  readonly #pattern: RegExp
  /** Whether anything of it is in a text. */
  readonly #probe: RegExp

  /** `address`: with its domain in its one form. */
  constructor(address: string, mark = ERASED) {
    this.key = addressKey(address)
    this.#mark = mark
    const at = address.lastIndexOf('@')
    const [local, domain] = [address.slice(0, at), address.slice(at + 1)]
    this.#domain = domain.toLowerCase()
    const quoted = JSON.stringify(address).slice(1, -1)
    const plain = [...new Set([address, quoted])].map(literal).join('|')
    const coded = [`${encodeURIComponent(local)}%40${domain}`, `${local}=${domain}`].map(literal).join('|')
    // No octet of a name before or behind: another person's address has this one in it. Literals only: linear in the text.
    const end = String.raw`(?![\p{L}\p{N}_-]|\.[\p{L}\p{N}])`
    this.#pattern = new RegExp(`(?<![\\p{L}\\p{N}.+_-])(?:${plain})${end}|(?<![\\p{L}\\p{N}._])(?:${coded})${end}`, 'giu')
    this.#probe = new RegExp(this.#pattern.source, 'iu')
  }

  isIn(text: string): boolean {
    return this.#probe.test(text)
  }

  is(address: string): boolean {
    return addressKey(address) === this.key
  }

  masked(text: string): string {
    return text.replace(this.#pattern, () => this.#mark)
  }

  /** JSON as text with the mark in his place; null: he is not in it. */
  json(text: string): string | null {
    if (!text.toLowerCase().includes(this.#domain)) return null
    const value = JSON.parse(text) as Json
    const masked = JSON.stringify(this.#deep(value))
    return masked === JSON.stringify(value) ? null : masked
  }

  /** The same of plain text. */
  text(text: string): string | null {
    const masked = this.is(text) ? this.#mark : this.masked(text)
    return masked === text ? null : masked
  }

  /** Null: it is about him alone. The same: he is not in it. */
  event<E extends NumberedEvent>(event: E): E | null {
    const isOthers = event.kind === 'accepted' && (event.recipients > 1 || event.others !== undefined)
    if (!isOthers && this.is(event.recipient)) return null
    const masked = this.#deep(event as unknown as Json) as unknown as E
    return masked.kind === 'accepted' && masked.clientIds !== undefined
      ? { ...masked, clientIds: this.#idsOf(event, masked.clientIds) }
      : masked
  }

  /** The caller's own id of him is as good as his name. */
  #idsOf(event: NumberedEvent, ids: readonly (string | null)[]): readonly (string | null)[] {
    const recipients = event.kind === 'accepted' ? [event.recipient, ...(event.others ?? [])] : []
    return ids.map((id, i) => (this.is(recipients[i] ?? '') ? null : id))
  }

  /** A line of a log, without its end; `isJson`: of the events. */
  line(line: string, isJson: boolean): string | null {
    if (!this.isIn(line)) return line
    if (isJson) {
      const event = this.event(JSON.parse(line) as NumberedEvent)
      return event === null ? null : JSON.stringify(event)
    }
    return this.is(line.split(' ', RECIPIENT + 1)[RECIPIENT] ?? '') ? null : this.masked(line)
  }

  #deep(value: Json): Json {
    if (typeof value === 'string') return this.is(value) ? this.#mark : this.masked(value)
    if (typeof value !== 'object' || value === null) return value
    if (Array.isArray(value)) return value.map((one: Json) => this.#deep(one))
    return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, this.#deep(one)]))
  }
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)
}
