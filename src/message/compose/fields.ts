// Fields of a header from values that people and programs give: encoded words (rfc:2047), display names, lists of addresses, folding. CR, LF
// and NUL are refused before they come near a header.
import { Fault } from '../../base/fault.ts'

/** A person or a place that mail comes from or goes to. */
export interface NamedAddress {
  readonly email: string
  readonly name?: string | undefined
}

/** Of a word; with `Subject: ` before it the line stays within 76 characters. */
const ENCODED_OCTETS = 39
const WIDTH = 76
const PLAIN = /^[\u0020-\u007e]*$/
/** rfc:5322#3.2.3, with spaces between atoms. */
const ATOMS = /^[\w!#$%&'*+/=?^`{|}~-]+(?: [\w!#$%&'*+/=?^`{|}~-]+)*$/

export function oneLine(value: string, what: string): string {
  if (!/[\r\n\0]/.test(value)) return value
  const mend = 'Write it in one line.'
  throw new Fault('line-break-refused', `The ${what} holds a line break or a NUL, which must not be in a header.`, {
    blame: 'caller',
    mend,
  })
}

/** rfc:2047: encoded words of at most 75 characters, cut between characters. */
export function encodedWords(text: string): string {
  if (PLAIN.test(text) && !text.includes('=?')) return text
  const words: string[] = []
  let word = ''
  let octets = 0
  for (const char of text) {
    const more = Buffer.byteLength(char)
    if (octets + more > ENCODED_OCTETS) {
      words.push(word)
      word = ''
      octets = 0
    }
    word += char
    octets += more
  }
  words.push(word)
  return words.map((one) => `=?utf-8?B?${Buffer.from(one).toString('base64')}?=`).join('\r\n ')
}

/** rfc:5322#3.4: a display name that needs it is quoted, or encoded. */
export function mailbox({ email, name = '' }: NamedAddress): string {
  if (oneLine(name, 'name') === '') return oneLine(email, 'address')
  const isAscii = PLAIN.test(name) && !name.includes('=?')
  const shown = !isAscii ? encodedWords(name) : ATOMS.test(name) ? name : `"${name.replaceAll(/["\\]/g, '\\$&')}"`
  return `${shown} <${oneLine(email, 'address')}>`
}

export function mailboxes(list: readonly NamedAddress[]): string {
  return list.map(mailbox).join(',\r\n ')
}

/** With its CRLF; a long value is folded where it has spaces. */
export function field(name: string, value: string): string {
  const line = `${name}: ${value}`
  if (line.length <= WIDTH || value.includes('\r\n')) return `${line}\r\n`
  const lines: string[] = []
  let from = 0
  while (line.length - from > WIDTH) {
    const within = line.lastIndexOf(' ', from + WIDTH)
    const cut = within > Math.max(from, name.length + 1) ? within : line.indexOf(' ', Math.max(from + WIDTH, name.length + 2))
    // What is left is one long word, or spaces alone, which must not be a line of their own.
    if (cut < 0 || line.slice(cut).trim() === '') break
    const piece = line.slice(from, cut)
    // rfc:5322#3.2.2: a line of white space alone must not be made, and would end the header for some readers.
    if (piece.trim() !== '') lines.push(piece)
    from = cut
  }
  return `${[...lines, line.slice(from)].join('\r\n')}\r\n`
}
