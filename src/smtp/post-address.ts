// Addresses that are no mailboxes but places that the body of a message is posted to by HTTP: `post@https://host/path`. One spelling for each:
// what a browser would forgive (decimal addresses, backslashes, logins, escapes in the name) is refused, so that what policy checks is what is
// connected to.
import { isIP } from 'node:net'
import type { Domain } from '../base/brand.ts'
import { parseDomain, parsePath } from './address.ts'
import type { Mailbox } from './server/handler.ts'

const LOCAL = 'post'
const BEGIN = /^post@https?:/i
/** With the name of a field before it, it fits in a line of a message (rfc:5322#2.1.1). */
const LONGEST = 900
/** What may stand in an address of the web (rfc:3986#2), without `#`, whose part is never sent, and without a second `@`. */
const WRITTEN = /^(https?):\/\/((?:\[[\da-f:.]+\]|[a-z\d._-]+)(?::\d{1,5})?)(?:[/?][\w.~:/?[\]!$&'()*+,;=%-]*)?$/i
const BROKEN_ESCAPE = /%(?![\da-f]{2})/i

/** The mailbox that a RCPT names, or a place to post to; what is wrong with it, as the end of a sentence. */
export function parseRecipientPath(text: string, utf8: boolean): Mailbox | string {
  return parsePosted(text) ?? parsePath(text, utf8)
}

/** A place to post to, or what is wrong with it; undefined: it is not written as one. */
export function parsePosted(text: string): Mailbox | string | undefined {
  return BEGIN.test(text) ? parsePostAddress(text) : undefined
}

/** Its domain is `https://host`, with the port where that is not the usual one: no domain of mail is written so. */
function parsePostAddress(text: string): Mailbox | string {
  if (text.length > LONGEST) return 'the address is too long'
  const written = text.slice(LOCAL.length + 1)
  const [, , authority = ''] = WRITTEN.exec(written) ?? []
  if (authority === '' || BROKEN_ESCAPE.test(written)) return 'it is no https:// address that can be posted to'
  const url = URL.canParse(written) ? new URL(written) : null
  if (url === null || url.port === '0' || !isHost(url.hostname, authority)) return 'it names no host that can be posted to'
  return { address: `${LOCAL}@${url.origin}${url.pathname}${url.search}`, local: LOCAL, domain: url.origin as Domain }
}

/** `127.1`, `0x7f000001` and `2130706433` are read as addresses by many, and mean another host to others. */
function isHost(host: string, authority: string): boolean {
  if (host.startsWith('[')) return isIP(host.slice(1, -1)) === 6
  if (isIP(host) === 4) return authority.replace(/:\d*$/, '') === host
  return parseDomain(host, false) === host
}

/** Whether a recipient's domain is a place to post to. */
export function isPosted(domain: string): boolean {
  return domain.startsWith('https://') || domain.startsWith('http://')
}

/** As it is written by people; undefined: it is none. */
export function parsePostDomain(text: string): Domain | undefined {
  if (!/^https?:\/\//i.test(text)) return undefined
  const parsed = parsePostAddress(`${LOCAL}@${text}`)
  return typeof parsed !== 'string' && parsed.address === `${LOCAL}@${parsed.domain}/` ? parsed.domain : undefined
}

/** The address of the web that a recipient stands for. */
export function urlOf(address: string): string {
  return address.slice(LOCAL.length + 1)
}

export interface PostPlace {
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number
  readonly isSecure: boolean
}

export function placeOf(domain: Domain): PostPlace {
  const { protocol, hostname, port } = new URL(domain)
  const isSecure = protocol === 'https:'
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? (isSecure ? 443 : 80) : Number(port), isSecure }
}
