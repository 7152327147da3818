// Addresses in running text: found by their @, one pass, however long a text without spaces is.

/** Octets on either side (rfc:5321#4.5.3.1). */
const LONGEST_LOCAL = 128
const LONGEST_DOMAIN = 255
const LOCAL = /[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.\u0080-\u{10ffff}]/u
const ASCII_LOCAL = /[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]/
const ASCII_DOMAIN = /[A-Za-z0-9\-._]/
const DOMAIN = /[A-Za-z0-9\-._\u0080-\u{10ffff}]/u

export interface FoundAddress {
  readonly address: string
  readonly start: number
  readonly end: number
}

const isDomain = (char: string): boolean => DOMAIN.test(char)

/** Whether the text is an address as mail may go to. */
export function isAddress(text: string): boolean {
  const at = text.lastIndexOf('@')
  if (at < 1 || text.length > LONGEST_LOCAL + LONGEST_DOMAIN || /[\s<>]/.test(text.slice(at))) return false
  const domain = text.slice(at + 1)
  // Archives hide a local part so.
  if (text.startsWith('...', at - 3)) return false
  if (/^\[[\d.a-fA-F:IPv]{3,60}\]$/.test(domain)) return true
  return domain.length > 0 && !/^[.-]|\.\.|[.-]$/.test(domain) && [...domain].every(isDomain)
}

/** Lower case where case cannot matter. */
function normal(address: string): string {
  const at = address.lastIndexOf('@')
  // Quotes that quote nothing are no part of the name (rfc:5321#4.1.2).
  const local = /^"([\w!#$%&'*+/=?^`{|}~.-]{1,64})"$/.exec(address.slice(0, at))?.[1] ?? address.slice(0, at)
  return local + address.slice(at).toLowerCase()
}

/** An address out of `<a@b>`, `"Name" <a@b>`, `mailto:a@b`, `a@b (words)`; null where there is none. */
export function cleanAddress(text: string): string | null {
  const cut = text.slice(0, 2000).trim()
  // Archives hide a part of it so.
  if (/@[^\s<>@]{0,255}\.\.\.|\.\.\.@/.test(cut)) return null
  const angle = /<\s{0,20}(?:mailto:|smtp:)?\s{0,20}((?:"[^"\n]{1,128}"|[^<>\s@"]{1,128})@[^<>\s@]{1,255}?)\s*>/i.exec(cut)?.[1]
  if (angle !== undefined && isAddress(angle)) return normal(angle)
  const quoted = /^"[^"\n]{1,128}"@[\w.-]{1,255}$/.exec(cut)?.[0]
  if (quoted !== undefined) return normal(quoted)
  const bare = cut.replace(/^(?:mailto:|smtp:|rfc822[;:]\s*)/i, '').replace(/^[<"']+|[>"',;.:)]+$/g, '')
  if (!/\s/.test(bare) && isAddress(bare) && bare.indexOf('@') === bare.lastIndexOf('@')) return normal(bare)
  const found = addressesIn(cut)[0]
  return found === undefined ? null : found.address
}

/** Every address of a text, at most `most`. */
export function addressesIn(text: string, most = 2000): FoundAddress[] {
  const found: FoundAddress[] = []
  for (let at = text.indexOf('@'); at >= 0 && found.length < most; at = text.indexOf('@', at + 1)) {
    const start = startOf(text, at)
    const end = endOf(text, at)
    const address = text.slice(start, end)
    if (start < at && !text.startsWith('...', end) && isAddress(address)) found.push({ address: normal(address), start, end })
  }
  return found
}

/**
 * Letters beyond ASCII are of the address only where something marks its end: in Chinese or Japanese text words stand beside it without a
 * space.
 */
function startOf(text: string, at: number): number {
  if (text.charCodeAt(at - 1) === 34) {
    const quoted = text.lastIndexOf('"', at - 2)
    return quoted >= 0 && at - quoted <= 66 && !text.slice(quoted, at).includes('\n') ? quoted : at
  }
  let start = at
  while (start > 0 && at - start < LONGEST_LOCAL && ASCII_LOCAL.test(text.charAt(start - 1))) start--
  if (text.charCodeAt(start - 1) > 127) {
    let wide = start
    while (wide > 0 && at - wide < LONGEST_LOCAL && LOCAL.test(text.charAt(wide - 1))) wide--
    if (text.charAt(wide - 1) === '<' || (start === at && /^\s?$/.test(text.charAt(wide - 1)))) return wide
  }
  const label = /^(?:smtp|to|for|orcpt|rfc822|rcpt|address)=/i.exec(text.slice(start, at))
  if (label !== null) start += label[0].length
  while (start < at && /[.'`/=&?!#$%*{|}~^-]/.test(text.charAt(start))) start++
  return start
}

function endOf(text: string, at: number): number {
  let end = at + 1
  while (end < text.length && end - at <= LONGEST_DOMAIN && ASCII_DOMAIN.test(text.charAt(end))) end++
  if (text.charCodeAt(end) > 127) {
    let wide = end
    while (wide < text.length && wide - at <= LONGEST_DOMAIN && DOMAIN.test(text.charAt(wide))) wide++
    if (text.charAt(wide) === '>') return wide
  }
  while (end > at + 1 && /[.\-_]/.test(text.charAt(end - 1))) end--
  return end
}
