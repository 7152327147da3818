// Writes XML 1.0: elements with text or with elements in them. Text is whatever came from outside; what XML cannot hold in any spelling
// (most control characters, halves of surrogate pairs) becomes U+FFFD, so that a reader never fails on a reply of some mail server.

export type XmlContent = string | number | boolean | null | readonly XmlElement[]
/** A name that is ours, and what is in it; null: nothing. */
export type XmlElement = readonly [name: string, content: XmlContent]

const NAME = /^[A-Za-z_][\w.-]*$/
/** https://www.w3.org/TR/xml/#charsets */
const NO_CHARACTER = /(?![\t\n\r\x7f-\x9f])\p{Cc}|[\ufffe\uffff]|\p{Cs}/gu
/** A bare CR would be read as a line feed (https://www.w3.org/TR/xml/#sec-line-ends); `]]>` may not stand in text. */
const MARKUP = /[&<>\r]/g
const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '\r': '&#13;' }

/** With its declaration; to be sent as UTF-8. */
export function xmlDocument(root: XmlElement): string {
  return `<?xml version="1.0" encoding="utf-8" standalone="yes"?>\n${element(root)}\n`
}

export function xmlText(text: string): string {
  return text.replaceAll(NO_CHARACTER, '\u{fffd}').replaceAll(MARKUP, (char) => ENTITIES[char] ?? char)
}

function element([name, content]: XmlElement): string {
  if (!NAME.test(name)) throw new Error(`${name} is no name of an element`)
  const inside = typeof content === 'object' ? (content ?? []).map(element).join('') : xmlText(String(content))
  return inside === '' ? `<${name} />` : `<${name}>${inside}</${name}>`
}
