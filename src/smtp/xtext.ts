// xtext (rfc:3461#4): how free text travels in a parameter of MAIL, RCPT and XCLIENT.

const XTEXT = /^(?:[!-*,-<>-~]|\+[\dA-F]{2})*$/
const ASCII = /^[\x20-\x7e]*$/
const ESCAPED = /[^\x21-\x7e]|[+=]/g

/** The octets of a text: those outside the printable, `+` and `=` as `+` and two hexadecimal digits. */
export function encodeXtext(text: string): string {
  const octets = ASCII.test(text) ? text : Buffer.from(text).toString('latin1')
  return octets.replace(ESCAPED, (octet) => `+${octet.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
}

/** The octets as text (one character each), or undefined where it is no xtext. */
export function decodeXtext(text: string): string | undefined {
  if (!XTEXT.test(text)) return undefined
  if (!text.includes('+')) return text
  return text.replaceAll(/\+([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
