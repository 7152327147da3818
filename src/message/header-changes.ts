// Changes that a filter makes to the header of a message: fields added, put in, changed, removed, each over what the ones before it made.
// What is not touched stays octet for octet. Pure.
import { readHeader } from './header.ts'

/** In their order, each over what the ones before it made. Names compare without regard to case; values are UTF-8, and may be folded. */
export type FieldChange =
  /** Behind the last field. */
  | { readonly kind: 'add'; readonly name: string; readonly value: string }
  /** Before the field at this place, counted from 0; behind the last where there are fewer. */
  | { readonly kind: 'insert'; readonly at: number; readonly name: string; readonly value: string }
  /** The nth field of this name, counted from 1; one more is added where there are fewer. */
  | { readonly kind: 'change'; readonly name: string; readonly nth: number; readonly value: string }
  /** The nth field of this name, or all of them. */
  | { readonly kind: 'remove'; readonly name: string; readonly nth: number | 'all' }

/** rfc:5322#2.2: printable ASCII but the colon. */
const FIELD_NAME = /^[!-9;-~]{1,998}$/

export function isFieldName(name: string): boolean {
  return FIELD_NAME.test(name)
}

interface Field {
  readonly name: string
  /** One character an octet, with its CRLF. */
  readonly text: string
}

/** `header`: fields and the empty line that ends them. Returns the same, changed. Throws where a name is none. */
export function changeHeader(header: Buffer, changes: readonly FieldChange[]): Buffer {
  const { text, fields: read } = readHeader(header)
  let fields = read.map(({ name, start, end }): Field => ({ name, text: whole(text.slice(start, end)) }))
  for (const change of changes) fields = changed(fields, change)
  return Buffer.from(`${fields.map((field) => field.text).join('')}\r\n`, 'latin1')
}

function changed(fields: Field[], change: FieldChange): Field[] {
  switch (change.kind) {
    case 'add':
      return [...fields, fieldOf(change)]
    case 'insert': {
      const at = Math.max(0, Math.min(change.at, fields.length))
      return [...fields.slice(0, at), fieldOf(change), ...fields.slice(at)]
    }
    case 'change': {
      const at = nthOf(fields, change.name, change.nth)
      return at < 0 ? [...fields, fieldOf(change)] : fields.map((field, n) => (n === at ? fieldOf(change) : field))
    }
    case 'remove': {
      if (change.nth === 'all') return fields.filter(({ name }) => name !== change.name.toLowerCase())
      const at = nthOf(fields, change.name, change.nth)
      return fields.filter((_field, n) => n !== at)
    }
  }
}

function nthOf(fields: readonly Field[], name: string, nth: number): number {
  let seen = 0
  return fields.findIndex((field) => field.name === name.toLowerCase() && ++seen === Math.max(1, nth))
}

function fieldOf({ name, value }: { readonly name: string; readonly value: string }): Field {
  if (!isFieldName(name)) throw new Error(`"${name.slice(0, 60)}" is no name of a header field`)
  return { name: name.toLowerCase(), text: Buffer.from(`${name}:${folded(value)}\r\n`).toString('latin1') }
}

/** A line that does not begin with a space would be a field of its own, an empty one the end of the header: neither is what was meant. */
function folded(value: string): string {
  const [first = '', ...more] = value
    .replaceAll('\0', '')
    .split(/\r\n|\r|\n/)
    .filter((line, n) => n === 0 || line.trim() !== '')
  const begin = /^[ \t]/.test(first) || first === '' ? first : ` ${first}`
  return [begin, ...more.map((line) => (/^[ \t]/.test(line) ? line : `\t${line}`))].join('\r\n')
}

function whole(text: string): string {
  return text.endsWith('\r\n') ? text : `${text}\r\n`
}
