// xtext (rfc:3461#4): how free text travels in a parameter of MAIL, RCPT and XCLIENT.

const XTEXT = /^(?:[!-*,-<>-~]|\+[\dA-F]{2})*$/

/** The octets as text (one character each), or undefined where it is no xtext. */
export function decodeXtext(text: string): string | undefined {
  if (!XTEXT.test(text)) return undefined
  if (!text.includes('+')) return text
  return text.replaceAll(/\+([\dA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
