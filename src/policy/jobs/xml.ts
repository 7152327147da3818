// The XML of job files as values: a strict reader of what such a file needs (elements, attributes, text, CDATA, comments, the five entities
// of XML and numbers of characters). A document type is refused, so that there are no entities to expand and nothing outside to fetch.
// An element is the text in it, or an object of its attributes and elements; elements of one name in one are a list.
export type XmlValue = string | readonly XmlValue[] | { readonly [name: string]: XmlValue }

const DEEPEST = 20
const MOST_ELEMENTS = 20_000
const NAME = /^[A-Za-z_][\w.-]{0,99}$/
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

interface Open {
  readonly name: string
  readonly values: Map<string, XmlValue[]>
  text: string
}

/** With the number of the line. */
export class XmlTrouble extends Error {}

/** The root element. Throws an `XmlTrouble`. */
export function readXml(text: string): { readonly name: string; readonly value: XmlValue } {
  return new XmlReader(text.replace(/^\u{feff}/u, '')).read()
}

class XmlReader {
  readonly #text: string
  readonly #open: Open[] = []
  #root: { readonly name: string; readonly value: XmlValue } | null = null
  #at = 0
  #elements = 0

  constructor(text: string) {
    this.#text = text
  }

  read(): { readonly name: string; readonly value: XmlValue } {
    const text = this.#text
    while (this.#at < text.length) {
      const next = text.indexOf('<', this.#at)
      this.#words(text.slice(this.#at, next < 0 ? text.length : next))
      if (next < 0) break
      this.#at = next
      this.#markup()
    }
    const open = this.#open.at(-1)
    if (open !== undefined) throw this.#trouble(`<${open.name}> is not closed`)
    if (this.#root === null) throw this.#trouble('there is no element')
    return this.#root
  }

  #words(raw: string): void {
    const open = this.#open.at(-1)
    if (open !== undefined) open.text += this.#decoded(raw, this.#at)
    else if (raw.trim() !== '') throw this.#trouble('there is text outside of the element')
    this.#at += raw.length
  }

  #markup(): void {
    const text = this.#text
    if (text.startsWith('<!--', this.#at)) this.#until('-->')
    else if (text.startsWith('<![CDATA[', this.#at)) {
      const open = this.#open.at(-1)
      if (open === undefined) throw this.#trouble('there is text outside of the element')
      open.text += this.#until(']]>').slice(9)
    } else if (text.startsWith('<?', this.#at)) this.#until('?>')
    else if (text.startsWith('<!', this.#at)) throw this.#trouble('a document type is not taken')
    else if (text.startsWith('</', this.#at)) this.#close(this.#until('>').slice(2).trim())
    else this.#begin()
  }

  /** What stands before `mark`, which is passed. */
  #until(mark: string): string {
    const end = this.#text.indexOf(mark, this.#at)
    if (end < 0) throw this.#trouble(`${mark} is missing`)
    const found = this.#text.slice(this.#at, end)
    this.#at = end + mark.length
    return found
  }

  #begin(): void {
    const start = this.#at
    const tag = this.#tag()
    if (this.#root !== null) throw this.#trouble('there is a second element at the outside', start)
    if (this.#open.length >= DEEPEST || ++this.#elements > MOST_ELEMENTS) throw this.#trouble('there are too many elements', start)
    const isEmpty = tag.endsWith('/')
    const [, name = '', rest = ''] = /^([^\s]+)([^]*)$/.exec(isEmpty ? tag.slice(0, -1) : tag) ?? []
    if (!NAME.test(name)) throw this.#trouble(`<${name.slice(0, 50)}> is no element`, start)
    this.#open.push({ name, values: this.#attributes(rest, start), text: '' })
    if (isEmpty) this.#close(name)
  }

  /** What stands between `<` and `>`, which may be within quotation marks. */
  #tag(): string {
    const text = this.#text
    let quote = ''
    for (let at = this.#at + 1; at < text.length; at++) {
      const char = text[at] ?? ''
      if (quote !== '') quote = char === quote ? '' : quote
      else if (char === '"' || char === "'") quote = char
      else if (char === '>') {
        const found = text.slice(this.#at + 1, at)
        this.#at = at + 1
        return found
      }
    }
    throw this.#trouble('> is missing')
  }

  #attributes(text: string, start: number): Map<string, XmlValue[]> {
    const values = new Map<string, XmlValue[]>()
    let rest = text
    while (rest.trim() !== '') {
      const found = /^\s+([A-Za-z_][\w.-]{0,99})\s*=\s*(?:"([^"<]*)"|'([^'<]*)')/.exec(rest)
      const [all = '', name = '', double, single] = found ?? []
      if (found === null || values.has(name)) throw this.#trouble(`the attributes ${rest.trim().slice(0, 50)} cannot be read`, start)
      values.set(name, [this.#decoded(double ?? single ?? '', start)])
      rest = rest.slice(all.length)
    }
    return values
  }

  #close(name: string): void {
    const open = this.#open.pop()
    if (open === undefined || open.name !== name) throw this.#trouble(`</${name.slice(0, 50)}> closes nothing`)
    const value = this.#valueOf(open)
    const parent = this.#open.at(-1)
    if (parent === undefined) this.#root = { name, value }
    else {
      const others = parent.values.get(name)
      if (others === undefined) parent.values.set(name, [value])
      else others.push(value)
    }
  }

  #valueOf({ name, values, text }: Open): XmlValue {
    if (values.size === 0) return text
    if (text.trim() !== '') throw this.#trouble(`<${name}> has both text and elements or attributes`)
    return Object.fromEntries([...values].map(([key, all]) => [key, all.length === 1 ? (all[0] ?? '') : all]))
  }

  #decoded(raw: string, start: number): string {
    if (!raw.includes('&')) return raw
    return raw.replace(/&([^;&]{0,10});?/g, (all, name: string, offset: number) => {
      const code = /^#(?:x([\da-f]{1,6})|(\d{1,7}))$/i.exec(name)
      const point = code === null ? null : Number.parseInt(code[1] ?? code[2] ?? '', code[1] === undefined ? 10 : 16)
      const found = point === null ? ENTITIES[name] : point > 0 && point < 0x110000 ? String.fromCodePoint(point) : undefined
      if (found === undefined || !all.endsWith(';'))
        throw this.#trouble(`${all.slice(0, 12)} is no entity; write &amp; for an ampersand`, start + offset)
      return found
    })
  }

  #trouble(what: string, at = this.#at): XmlTrouble {
    return new XmlTrouble(`line ${this.#text.slice(0, at).split('\n').length}: ${what}`)
  }
}
