// What a milter is told of a client and its login: the steps that begin a session, and the macros that go with each step.
import { isIP } from 'node:net'
import type { MilterWay } from '../../contract/milters.ts'
import type { Client, MailRequest } from '../../smtp/server/handler.ts'
import type { MailStep, Step } from '../../smtp/milter/conversation.ts'
import type { Macros } from '../../smtp/milter/macros.ts'

/** What the server is, for macros. */
export interface ServerFacts {
  readonly host: string
  readonly version: string
}

const NOT_SMTP = new Set(['HTTP', 'HTTPS', 'PICKUP', 'JOB'])
/** As Postfix has it for what does not come by SMTP: most milters take it for mail of their own machine. */
const LOCAL = { name: 'localhost', address: '127.0.0.1' }

/** `mayRelay`: the client may send. */
export function wayOf(client: Client, mayRelay: boolean): MilterWay {
  if (NOT_SMTP.has(client.protocol)) return 'injection'
  return mayRelay ? 'submission' : 'inbound'
}

export function isInjection({ protocol }: Client): boolean {
  return NOT_SMTP.has(protocol)
}

function whereFrom(client: Client): { readonly name: string; readonly address: string; readonly port: number } {
  if (isInjection(client) || isIP(client.address) === 0) return { ...LOCAL, port: 0 }
  // Names of clients are not asked for here: a milter that wants one asks for it itself.
  return { name: `[${client.address}]`, address: client.address, port: client.port }
}

export function connectStep(client: Client): Step {
  const { name, address, port } = whereFrom(client)
  return { step: 'connect', name, address, port, family: isIP(address) === 6 ? 6 : 4 }
}

export function connectMacros(client: Client, { host, version }: ServerFacts): Macros {
  const { name, address, port } = whereFrom(client)
  const known = name === LOCAL.name ? name : 'unknown'
  return {
    j: host,
    v: `Hurricane MTA Server ${version}`,
    _: known === 'unknown' ? `${address} [${address}]` : `${name} [${address}]`,
    daemon_name: host,
    daemon_addr: client.localAddress,
    daemon_port: client.localPort === 0 ? '' : String(client.localPort),
    if_name: host,
    if_addr: client.localAddress,
    client_addr: address,
    client_name: known,
    client_ptr: known,
    client_port: String(port),
    client_resolve: known === 'unknown' ? 'FAIL' : 'OK',
  }
}

export function heloMacros({ tls }: Client): Macros {
  if (tls === null) return {}
  const bits = /(?:AES_?|CHACHA)(\d{2,3})/.exec(tls.cipher)?.[1]
  return { tls_version: tls.version, cipher: tls.cipher, cipher_bits: bits === '20' ? '256' : bits }
}

/** `sender`: empty for `<>`. */
export function mailMacros(sender: string, client: Client): Macros {
  const { user, mechanism = isInjection(client) ? 'API' : 'XCLIENT' } = client
  return {
    ...(user !== null && { auth_authen: user, auth_author: user, auth_type: mechanism }),
    mail_mailer: 'esmtp',
    mail_host: domainOf(sender),
    mail_addr: sender === '' ? '<>' : sender,
  }
}

export function recipientMacros(recipient: string): Macros {
  return { rcpt_mailer: 'esmtp', rcpt_host: domainOf(recipient), rcpt_addr: recipient }
}

function domainOf(address: string): string {
  return address.slice(address.lastIndexOf('@') + 1)
}

export function mailStep(request: MailRequest): MailStep {
  const { sender, size, body, utf8 } = request
  const parameters = [
    ...(size === null ? [] : [`SIZE=${size}`]),
    ...(body === '7BIT' ? [] : [`BODY=${body}`]),
    ...(utf8 ? ['SMTPUTF8'] : []),
  ]
  return { step: 'mail', address: sender?.address ?? '', parameters }
}

export function recipientStep(address: string): Step {
  return { step: 'recipient', address, parameters: [] }
}
