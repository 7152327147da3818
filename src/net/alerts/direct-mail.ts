// Mail to a server that the owner named, without spool, rules or queue: what says that those are broken must not go through them. One mail in
// one session, by nodemailer, which is loaded at the first.
import { readFileSync } from 'node:fs'
import type { Ms } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'

export interface DirectMailServer {
  readonly host: string
  readonly port: number
  /** `may`: whoever answers; `encrypt` and `implicit`: its certificate proves the host. */
  readonly tls: 'none' | 'may' | 'encrypt' | 'implicit'
  readonly user: string
  readonly passwordFile: string
  /** Of this server, in EHLO. */
  readonly name: string
}

const PATIENCE: Ms = 10_000
const PORT = 25
const PORT_OF_TLS = 465

/** `host`, `host:port`, `[::1]:25`. Null: that is none. */
export function parseMailServer(text: string, tls: DirectMailServer['tls']): Pick<DirectMailServer, 'host' | 'port'> | null {
  const [, bracketed, plain, port] = /^(?:\[([\da-f:.]+)\]|([\w.-]+))(?::(\d{1,5}))?$/i.exec(text) ?? []
  const host = bracketed ?? plain
  const number = port === undefined ? (tls === 'implicit' ? PORT_OF_TLS : PORT) : Number(port)
  return host === undefined || number < 1 || number > 65_535 ? null : { host, port: number }
}

/** Null: the server took it. Otherwise why not, as the end of a sentence. Never rejects. */
export async function sendDirectly(
  server: DirectMailServer,
  mail: { readonly from: string; readonly to: readonly string[]; readonly octets: Buffer },
): Promise<string | null> {
  try {
    const { createTransport } = await import('nodemailer')
    const { host, port, tls, user, name } = server
    const isProved = tls === 'encrypt' || tls === 'implicit'
    const transport = createTransport({
      host,
      port,
      name,
      secure: tls === 'implicit',
      requireTLS: tls === 'encrypt',
      ignoreTLS: tls === 'none',
      tls: { rejectUnauthorized: isProved, minVersion: 'TLSv1.2' },
      connectionTimeout: PATIENCE,
      greetingTimeout: PATIENCE,
      socketTimeout: PATIENCE,
      dnsTimeout: PATIENCE,
      ...(user !== '' && { auth: { user, pass: passwordIn(server.passwordFile) } }),
    })
    try {
      await transport.sendMail({ envelope: { from: mail.from, to: [...mail.to] }, raw: mail.octets })
    } finally {
      transport.close()
    }
    return null
  } catch (error) {
    return messageOf(error)
  }
}

/** Read at each mail, so that a new one counts at once. */
function passwordIn(file: string): string {
  return readFileSync(file, 'utf8').split('\n', 1)[0]?.trimEnd() ?? ''
}
