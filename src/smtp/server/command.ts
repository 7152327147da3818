// One command line to a command or the reply that refuses it (rfc:5321#4.1): grammar only, no order, no policy.
import { isIP } from 'node:net'
import type { Reply } from '../reply.ts'
import { reply } from '../reply.ts'
import { parsePath } from '../address.ts'
import { parseRecipientPath } from '../post-address.ts'
import { decodeXtext } from '../xtext.ts'
import type { MailRequest, Mailbox, RecipientRequest } from './handler.ts'
import { parseHold } from './hold.ts'
import { R } from './replies.ts'

/** What XCLIENT says of the real client; a field that it does not name stays as it was. */
export interface XclientAttributes {
  readonly address?: string
  readonly port?: number
  readonly localAddress?: string
  readonly localPort?: number
  readonly helo?: string
  readonly esmtp?: boolean
  /** Null: nobody is logged in. */
  readonly login?: string | null
}

export type Command =
  | { readonly verb: 'EHLO' | 'HELO'; readonly name: string }
  | { readonly verb: 'MAIL'; readonly request: MailRequest }
  | { readonly verb: 'RCPT'; readonly request: RecipientRequest }
  | { readonly verb: 'BDAT'; readonly octets: number; readonly last: boolean }
  | { readonly verb: 'AUTH'; readonly mechanism: string; readonly initial: string | null }
  | { readonly verb: 'XCLIENT'; readonly attributes: XclientAttributes }
  | { readonly verb: 'DATA' | 'RSET' | 'QUIT' | 'STARTTLS' | 'NOOP' | 'HELP' | 'VRFY' | 'EXPN' }

export interface CommandContext {
  /** Completes a bare `<postmaster>`. */
  readonly hostName: string
  /** SMTPUTF8 was asked for at MAIL: RCPT may have addresses beyond ASCII. */
  readonly utf8: boolean
}

const CONTROL = /\p{Cc}/u
const BEYOND_ASCII = /[^\0-\x7f]/
/** Looser than the standard's domain: clients give all sorts of names, and none is believed. */
const HELLO_NAME = /^[!-~]{1,255}$/
const SIZE_VALUE = /^\d{1,20}$/
const NO_NOTIFY = { given: false, success: false, failure: false, delay: false } as const

/** Parses a line without its CRLF. */
export function parseCommand(line: string, context: CommandContext): Command | Reply {
  if (CONTROL.test(line)) return R.controlInCommand
  const text = line.trimEnd()
  const space = text.indexOf(' ')
  const verb = (space === -1 ? text : text.slice(0, space)).toUpperCase()
  const rest = space === -1 ? '' : text.slice(space + 1)
  switch (verb) {
    case 'MAIL':
      return parseMail(rest)
    case 'RCPT':
      return parseRcpt(rest, context)
    case 'EHLO':
    case 'HELO':
      return HELLO_NAME.test(rest) ? { verb, name: rest } : R.syntaxHello
    case 'BDAT':
      return parseBdat(rest)
    case 'AUTH':
      return parseAuth(rest)
    case 'XCLIENT':
      return parseXclient(rest)
    case 'DATA':
    case 'RSET':
    case 'QUIT':
    case 'STARTTLS':
      return rest === '' ? { verb } : R.noArguments
    case 'NOOP':
    case 'HELP':
    case 'VRFY':
    case 'EXPN':
      return { verb }
    // A browser made to post mail (cross-protocol attack), or a lost client: nothing that follows is for us.
    case 'GET':
    case 'POST':
    case 'HEAD':
    case 'PUT':
    case 'OPTIONS':
    case 'CONNECT':
    case 'DELETE':
    case 'PATCH':
    case 'TRACE':
    case 'PRI':
      return R.notWeb
    default:
      return R.unknownCommand
  }
}

function parseMail(rest: string): Command | Reply {
  const split = splitPath(rest, 'FROM:')
  if (split === undefined) return R.syntaxMail
  const given = { size: null, body: '7BIT', utf8: false, returnContent: null, envelopeId: null } as const
  const request: { -readonly [K in keyof Omit<MailRequest, 'sender'>]: MailRequest[K] } = { ...given }
  if (split.parameters !== '') {
    const problem = eachParameter(split.parameters, (key, value) => mailParameter(request, key, value))
    if (problem !== null) return problem
  }
  // rfc:6531#3.5: 553 where SMTPUTF8 is missing.
  if (!request.utf8 && BEYOND_ASCII.test(split.path)) return R.needsUtf8
  const sender = split.path === '' ? null : parsePath(split.path, request.utf8)
  if (typeof sender === 'string') return reply(501, '5.1.7', `Bad sender address: ${sender}.`)
  return { verb: 'MAIL', request: { sender, ...request } }
}

function mailParameter(request: { -readonly [K in keyof MailRequest]?: MailRequest[K] }, key: string, value: string | null): Reply | null {
  switch (key) {
    case 'SIZE': // rfc:1870#5
      if (value === null || !SIZE_VALUE.test(value)) return R.badParameter
      request.size = Number(value)
      return null
    case 'BODY': {
      // rfc:6152#2, rfc:3030#3
      const body = value?.toUpperCase()
      if (body !== '7BIT' && body !== '8BITMIME' && body !== 'BINARYMIME') return R.badParameter
      request.body = body
      return null
    }
    case 'SMTPUTF8': // rfc:6531#3.4
      if (value !== null) return R.badParameter
      request.utf8 = true
      return null
    case 'REQUIRETLS': // rfc:8689#3
      if (value !== null) return R.badParameter
      request.requireTls = true
      return null
    case 'HOLDFOR':
    case 'HOLDUNTIL': {
      // rfc:4865#4: one of both.
      const hold = request.hold === undefined ? parseHold(key, value) : undefined
      if (hold === undefined) return R.badParameter
      request.hold = hold
      return null
    }
    case 'RET': {
      // rfc:3461#4.3
      const ret = value?.toUpperCase()
      if (ret !== 'FULL' && ret !== 'HDRS') return R.badParameter
      request.returnContent = ret === 'FULL' ? 'full' : 'headers'
      return null
    }
    case 'ENVID': {
      // rfc:3461#4.4: at most 100 characters, printable when decoded.
      const id = value === null || value === '' || value.length > 100 ? undefined : decodeXtext(value)
      if (id === undefined || !/^[ -~]+$/.test(id)) return R.badParameter
      request.envelopeId = id
      return null
    }
    case 'AUTH': // rfc:4954#5: read, and not believed.
      return value !== null && value !== '' && (value === '<>' || decodeXtext(value) !== undefined) ? null : R.badParameter
    default:
      return R.unknownParameter
  }
}

function parseRcpt(rest: string, { hostName, utf8 }: CommandContext): Command | Reply {
  const split = splitPath(rest, 'TO:')
  if (split === undefined) return R.syntaxRcpt
  let notify: RecipientRequest['notify'] = NO_NOTIFY
  let originalRecipient: string | null = null
  const problem = eachParameter(split.parameters, (key, value) => {
    if (key === 'NOTIFY') {
      const parsed = value === null ? undefined : parseNotify(value)
      if (parsed === undefined) return R.badParameter
      notify = parsed
      return null
    }
    if (key !== 'ORCPT') return R.unknownParameter
    if (value === null || !isOriginalRecipient(value, utf8)) return R.badParameter
    originalRecipient = value
    return null
  })
  if (problem !== null) return problem
  if (!utf8 && BEYOND_ASCII.test(split.path)) return R.needsUtf8
  const recipient = parseRecipient(split.path, hostName, utf8)
  if (typeof recipient === 'string') return reply(501, '5.1.3', `Bad recipient address: ${recipient}.`)
  return { verb: 'RCPT', request: { recipient, notify, originalRecipient } }
}

function parseRecipient(path: string, hostName: string, utf8: boolean): Mailbox | string {
  // rfc:5321#4.1.1.3: postmaster without a domain is the one of this host, in any case.
  if (path.length === 10 && path.toLowerCase() === 'postmaster') return parsePath(`${path}@${hostName}`, utf8)
  return parseRecipientPath(path, utf8)
}

/** rfc:3461#4.1: NEVER alone, or a list of the others. */
function parseNotify(value: string): RecipientRequest['notify'] | undefined {
  const words = value.toUpperCase().split(',', 4)
  if (words.length === 1 && words[0] === 'NEVER') return { given: true, success: false, failure: false, delay: false }
  if (!words.every((word) => word === 'SUCCESS' || word === 'FAILURE' || word === 'DELAY')) return undefined
  return { given: true, success: words.includes('SUCCESS'), failure: words.includes('FAILURE'), delay: words.includes('DELAY') }
}

/** rfc:3461#4.2: `addr-type;xtext`, at most 500 octets; UTF-8 as it is under SMTPUTF8 (rfc:6533#3). */
function isOriginalRecipient(value: string, utf8: boolean): boolean {
  const semicolon = value.indexOf(';')
  if (semicolon < 1 || semicolon === value.length - 1 || Buffer.byteLength(value) > 500) return false
  if (!/^[\w-]+$/.test(value.slice(0, semicolon))) return false
  const address = value.slice(semicolon + 1)
  return decodeXtext(utf8 ? address.replaceAll(/[\u{a0}-\u{10ffff}]/gu, 'x') : address) !== undefined
}

/** `FROM:<path> parameters`, where a quoted local part may hold a `>`. Spaces after the colon are forgiven, as everyone does. */
function splitPath(rest: string, keyword: string): { readonly path: string; readonly parameters: string } | undefined {
  if (rest.slice(0, keyword.length).toUpperCase() !== keyword) return undefined
  let open = keyword.length
  while (rest[open] === ' ') open++
  if (rest[open] !== '<') return undefined
  const close = endOfPath(rest, open + 1)
  const after = rest[close + 1]
  if (close === -1 || (after !== undefined && after !== ' ')) return undefined
  return { path: rest.slice(open + 1, close), parameters: after === undefined ? '' : rest.slice(close + 2) }
}

function endOfPath(text: string, from: number): number {
  const close = text.indexOf('>', from)
  const quote = text.indexOf('"', from)
  if (quote === -1 || close < quote) return close
  let quoted = false
  for (let at = from; at < text.length; at++) {
    const char = text[at]
    if (char === '"') quoted = !quoted
    else if (char === '\\' && quoted) at++
    else if (char === '>' && !quoted) return at
  }
  return -1
}

/** Calls `take` for each `KEY[=value]` (rfc:5321#4.1.2), keys in upper case; one given twice is refused. */
function eachParameter(text: string, take: (key: string, value: string | null) => Reply | null): Reply | null {
  const seen = new Set<string>()
  for (const parameter of text.split(' ')) {
    if (parameter === '') continue
    const equals = parameter.indexOf('=')
    const key = (equals === -1 ? parameter : parameter.slice(0, equals)).toUpperCase()
    if (seen.has(key)) return R.badParameter
    seen.add(key)
    const problem = take(key, equals === -1 ? null : parameter.slice(equals + 1))
    if (problem !== null) return problem
  }
  return null
}

/** rfc:3030#2 */
function parseBdat(rest: string): Command | Reply {
  const match = /^(\d{1,15})(?: +(LAST))?$/i.exec(rest)
  return match === null ? R.syntaxBdat : { verb: 'BDAT', octets: Number(match[1]), last: match[2] !== undefined }
}

/** rfc:4954#4: an initial response of `=` is an empty one. */
function parseAuth(rest: string): Command | Reply {
  const [mechanism = '', initial, ...more] = rest.split(' ')
  if (!/^[\w-]{1,20}$/.test(mechanism) || more.length > 0) return R.syntaxAuth
  return { verb: 'AUTH', mechanism: mechanism.toUpperCase(), initial: initial ?? null }
}

/** Postfix's XCLIENT_README: attributes in xtext; `[UNAVAILABLE]` and `[TEMPUNAVAIL]` say that there is none. */
function parseXclient(rest: string): Command | Reply {
  const attributes: { -readonly [K in keyof XclientAttributes]: XclientAttributes[K] } = {}
  if (rest === '') return R.syntaxXclient
  const problem = eachParameter(rest, (key, text) => {
    const decoded = text === null ? undefined : decodeXtext(text)
    if (decoded === undefined || CONTROL.test(decoded)) return R.syntaxXclient
    const value = /^\[(?:UNAVAILABLE|TEMPUNAVAIL)\]$/i.test(decoded) ? null : decoded
    return xclientAttribute(attributes, key, value) ? null : R.syntaxXclient
  })
  return problem ?? { verb: 'XCLIENT', attributes }
}

function xclientAttribute(
  attributes: { -readonly [K in keyof XclientAttributes]: XclientAttributes[K] },
  key: string,
  value: string | null,
): boolean {
  switch (key) {
    case 'ADDR':
    case 'DESTADDR': {
      if (value === null) return true
      const address = value.replace(/^IPV6:/i, '')
      if (isIP(address) === 0 || address.includes('%')) return false
      attributes[key === 'ADDR' ? 'address' : 'localAddress'] = address
      return true
    }
    case 'PORT':
    case 'DESTPORT': {
      if (value === null) return true
      const port = Number(value)
      if (!/^\d{1,5}$/.test(value) || port > 65_535) return false
      attributes[key === 'PORT' ? 'port' : 'localPort'] = port
      return true
    }
    case 'HELO':
      if (value !== null && !HELLO_NAME.test(value)) return false
      attributes.helo = value ?? ''
      return true
    case 'PROTO':
      if (value !== null) attributes.esmtp = value.toUpperCase() !== 'SMTP'
      return true
    case 'LOGIN':
      attributes.login = value
      return true
    // The name is a claim of the peer's resolver: nothing here is decided by it.
    case 'NAME':
      return true
    default:
      return false
  }
}
