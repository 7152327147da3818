// TLS to receiving servers: one context for all connections (making one reads every trusted root), and the sessions of
// hosts seen lately, so that a second connection costs no second key exchange.
import { isIP, type Socket } from 'node:net'
import { connect, createSecureContext, rootCertificates, type SecureContext, type TLSSocket } from 'node:tls'
import type { TlsOutcome } from '../../contract/events.ts'
import { tlsOutcome } from '../tls/tls-outcome.ts'

const MOST_SESSIONS = 1000

interface KnownSession {
  readonly session: Buffer
  /** The verdict on the certificate of the full handshake: a resumed one shows no name to check. */
  readonly trouble: string | null
}

export interface Secured {
  readonly outcome: TlsOutcome
  /** Why the certificate does not prove the host; null where it does. */
  readonly trouble: string | null
}

export class TlsClient {
  readonly #trust: readonly string[]
  #context: SecureContext | undefined
  readonly #sessions = new Map<string, KnownSession>()

  /** `trust`: roots in PEM besides those that come with the runtime. */
  constructor(trust: readonly string[]) {
    this.#trust = trust
  }

  /**
   * Begins the handshake over a connected socket. The certificate never ends it: the caller judges (`secured`). A failure
   * is an `error` of the socket that is returned.
   */
  wrap(socket: Socket, peer: { host: string; port: number }, secured: (result: Secured) => void): TLSSocket {
    const key = `${peer.host}:${peer.port}`
    const known = this.#sessions.get(key)
    this.#context ??= createSecureContext(this.#trust.length === 0 ? {} : { ca: [...rootCertificates, ...this.#trust] })
    const secure = connect({
      socket,
      host: peer.host,
      ...(isIP(peer.host) === 0 ? { servername: peer.host } : {}),
      secureContext: this.#context,
      rejectUnauthorized: false,
      ...(known === undefined ? {} : { session: known.session }),
    })
    let trouble: string | null = null
    secure.once('secureConnect', () => {
      trouble = secure.authorized ? null : whyNot(String(secure.authorizationError))
      if (secure.isSessionReused()) trouble ??= known?.trouble ?? null
      secured({ outcome: { ...tlsOutcome(secure), verified: trouble === null }, trouble })
    })
    secure.on('session', (session) => {
      // A bad verdict is taken over once: then the host gets to show its certificate again.
      if (trouble !== null && secure.isSessionReused()) this.#sessions.delete(key)
      else this.#remember(key, { session, trouble })
    })
    return secure
  }

  #remember(key: string, known: KnownSession): void {
    this.#sessions.delete(key)
    this.#sessions.set(key, known)
    if (this.#sessions.size > MOST_SESSIONS) for (const oldest of this.#sessions.keys()) return void this.#sessions.delete(oldest)
  }
}

function whyNot(code: string): string {
  return code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? 'it is for another name' : code.toLowerCase().replaceAll('_', ' ')
}
