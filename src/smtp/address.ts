// The one parser of mail addresses (rfc:5321#4.1.2): what policy checks is what routing looks up, on every way in. An
// address that two parsers read differently is how mail is misrouted (CVE-2025-13033). Each character is read once.
import { isIPv4, isIPv6, SocketAddress } from 'node:net'
import { domainToASCII } from 'node:url'
import type { Domain } from '../base/brand.ts'
import type { Mailbox } from './server/handler.ts'

/** rfc:5321#4.5.3.1.1, in octets of UTF-8. */
const LONGEST_LOCAL = 64
/** rfc:5321#4.5.3.1.2 */
const LONGEST_DOMAIN = 255
const LONGEST_LABEL = 63
/** Longer text is refused before it is looked at: a local part of 64 escaped characters, a route and a domain fit. */
const LONGEST_TEXT = 1024

const DOT_STRING = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/
const UTF8_DOT_STRING = /^[\w!#$%&'*+/=?^`{|}~\u{a0}-\u{10ffff}-]+(?:\.[\w!#$%&'*+/=?^`{|}~\u{a0}-\u{10ffff}-]+)*$/u
/** Letters, digits, hyphens; underscores too, as names in the DNS have them. */
const LABELS = /^[\w-]+(?:\.[\w-]+)*$/
const ASCII = /^[\0-\x7f]*$/
/** Controls of both sets, line separators of Unicode, halves of surrogates, and what stands for octets that were no UTF-8. */
const FORBIDDEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u{fffd}]/u
/** A host name that ends so would be taken for an IPv4 address by many a resolver. */
const NUMERIC_LABEL = /^(?:\d+|0x[\da-f]*)$/

/**
 * Reads `local@domain` without angle brackets. `utf8`: characters above ASCII are allowed, in the local part as they are,
 * in the domain turned into A-labels. Returns the mailbox, or what is wrong with the text as the end of a sentence.
 */
export function parseMailbox(text: string, utf8: boolean): Mailbox | string {
  if (text.length > LONGEST_TEXT) return 'the address is too long'
  if (FORBIDDEN.test(text)) return 'the address has a control character'
  if (!utf8 && !ASCII.test(text)) return 'the address has characters beyond ASCII'
  return text.startsWith('"') ? parseQuoted(text, utf8) : parsePlain(text, utf8)
}

/**
 * Reads what stands between the angle brackets of MAIL and RCPT. A source route before the address is read and ignored
 * (rfc:5321#4.1.1.3, appendix C).
 */
export function parsePath(text: string, utf8: boolean): Mailbox | string {
  if (!text.startsWith('@')) return parseMailbox(text, utf8)
  if (text.length > LONGEST_TEXT) return 'the address is too long'
  const colon = text.indexOf(':')
  if (colon === -1) return 'a source route ends in a colon'
  for (const hop of text.slice(0, colon).split(',')) {
    if (!hop.startsWith('@') || parseDomain(hop.slice(1), utf8) === undefined) return 'the source route is not valid'
  }
  return parseMailbox(text.slice(colon + 1), utf8)
}

/** A domain or address literal in its one form: lower case, A-labels, no trailing dot. Undefined where it is none. */
export function parseDomain(text: string, utf8: boolean): Domain | undefined {
  if (text.length > LONGEST_TEXT) return undefined
  if (text.startsWith('[')) return parseLiteral(text)
  const ascii = ASCII.test(text)
  if (!ascii && (!utf8 || FORBIDDEN.test(text))) return undefined
  let domain = text.toLowerCase()
  if (!ascii || domain.includes('xn--')) {
    // What is ASCII in it must be fit for a name before the conversion, which would undo percent signs.
    if (!/^[\w.\u{80}-\u{10ffff}-]*$/u.test(domain)) return undefined
    domain = domainToASCII(domain)
  }
  if (domain.length > LONGEST_DOMAIN || !LABELS.test(domain)) return undefined
  let start = 0
  for (;;) {
    const dot = domain.indexOf('.', start)
    const end = dot === -1 ? domain.length : dot
    if (end - start > LONGEST_LABEL || domain[start] === '-' || domain[end - 1] === '-') return undefined
    if (dot === -1) return NUMERIC_LABEL.test(domain.slice(start)) ? undefined : (domain as Domain)
    start = dot + 1
  }
}

/** rfc:5321#4.1.3. Other tags than `IPv6` are registered nowhere. */
function parseLiteral(text: string): Domain | undefined {
  if (!text.endsWith(']')) return undefined
  const address = text.slice(1, -1)
  if (isIPv4(address)) return `[${address}]` as Domain
  if (!/^ipv6:/i.test(address)) return undefined
  const ipv6 = address.slice(5)
  // A zone (`%eth0`) means something on this machine only.
  if (!isIPv6(ipv6) || ipv6.includes('%')) return undefined
  return `[IPv6:${new SocketAddress({ address: ipv6, family: 'ipv6' }).address}]` as Domain
}

function parsePlain(text: string, utf8: boolean): Mailbox | string {
  const at = text.indexOf('@')
  if (at === -1) return 'the address has no @'
  const local = text.slice(0, at)
  if (!(utf8 ? UTF8_DOT_STRING : DOT_STRING).test(local)) return 'the part before the @ is not valid'
  return mailbox(local, local, text.slice(at + 1), utf8)
}

/** rfc:5321#4.1.2: Quoted-string. `"a"@x` is `a@x`; quotes stay only where the local part needs them. */
function parseQuoted(text: string, utf8: boolean): Mailbox | string {
  let local = ''
  let at = 1
  for (;;) {
    const char = text[at]
    if (char === undefined) return 'a quotation mark is not closed'
    if (char === '"') break
    if (char === '\\') at++
    local += text[at] ?? ''
    at++
  }
  if (text[at + 1] !== '@') return 'the address has no @ after the quoted part'
  return mailbox(local, quoteLocal(local), text.slice(at + 2), utf8)
}

/** A local part as it stands in an address. */
export function quoteLocal(local: string): string {
  return UTF8_DOT_STRING.test(local) ? local : `"${local.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}

function mailbox(local: string, written: string, rest: string, utf8: boolean): Mailbox | string {
  // Three octets at most for each UTF-16 unit: counted only where it can matter.
  if (local.length > LONGEST_LOCAL || (local.length * 3 > LONGEST_LOCAL && Buffer.byteLength(local) > LONGEST_LOCAL))
    return `the part before the @ is longer than ${LONGEST_LOCAL} octets`
  const domain = parseDomain(rest, utf8)
  if (domain === undefined) return 'the part after the @ is not a domain'
  return { address: `${written}@${domain}`, local, domain }
}
