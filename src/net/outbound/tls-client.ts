// TLS to receiving servers: one context for all connections (making one reads every trusted root), and the sessions of
// hosts seen lately, so that a second connection costs no second key exchange.
import { constants } from 'node:crypto'
import { isIP, type Socket } from 'node:net'
import { connect, createSecureContext, rootCertificates, type SecureContext, type TLSSocket } from 'node:tls'
import { machineClock } from '../../base/clock.ts'
import type { TlsOutcome } from '../../contract/events.ts'
import type { HostDane } from '../../engine/ports/resolver.ts'
import { daneProblem } from '../../policy/trust/tlsa.ts'
import { shownChain } from '../tls/shown-chain.ts'
import { tlsOutcome } from '../tls/tls-outcome.ts'

const MOST_SESSIONS = 1000

interface KnownSession {
  readonly session: Buffer
  /** The verdict on the certificate of the full handshake: a resumed one shows no name to check. */
  readonly trouble: string | null
}

export interface TlsPeer {
  readonly host: string
  readonly port: number
  readonly dane?: HostDane | undefined
}

export interface Secured {
  /** `verified`: it proves the host, under a trusted root or as its TLSA records say. */
  readonly outcome: TlsOutcome
  /** Why the certificate does not prove the host under a trusted root; null where it does. */
  readonly trouble: string | null
  /** Why the certificate is none of those that the TLSA records name; null where it is, or where they were not asked about. */
  readonly daneTrouble: string | null
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
  wrap(socket: Socket, peer: TlsPeer, secured: (result: Secured) => void): TLSSocket {
    const { dane } = peer
    const key = `${peer.host}:${peer.port}`
    // A resumed session shows no chain: with DANE every handshake is a whole one.
    const known = dane === undefined ? this.#sessions.get(key) : undefined
    this.#context ??= createSecureContext({
      ...(this.#trust.length > 0 && { ca: [...rootCertificates, ...this.#trust] }),
      // Neither mail nor posts need other keys within a connection, and a peer that asks for them again and again has us reckon (TLS 1.2).
      secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    })
    const secure = connect({
      socket,
      host: peer.host,
      // rfc:7672#8.1: the name that the TLSA records belong to.
      ...(isIP(peer.host) === 0 ? { servername: dane?.base ?? peer.host } : {}),
      secureContext: this.#context,
      rejectUnauthorized: false,
      ...(known === undefined ? {} : { session: known.session }),
    })
    let trouble: string | null = null
    secure.once('secureConnect', () => {
      trouble = secure.authorized ? null : whyNot(String(secure.authorizationError))
      if (secure.isSessionReused()) trouble ??= known?.trouble ?? null
      const daneTrouble = dane === undefined ? null : daneTroubleOf(secure, dane, peer.host)
      const verified = dane === undefined ? trouble === null : daneTrouble === null
      secured({ outcome: { ...tlsOutcome(secure), verified }, trouble, daneTrouble })
    })
    secure.on('session', (session) => {
      if (dane !== undefined) return
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

/** rfc:7672#3.2.2: for the name of the records or for that of the host. The recipient's domain is no name here: its neighbours share the site. */
function daneTroubleOf(secure: TLSSocket, { base, records }: HostDane, host: string): string | null {
  return daneProblem(records, { chain: shownChain(secure), names: [base, host], now: machineClock.now() })
}

function whyNot(code: string): string {
  return code === 'ERR_TLS_CERT_ALTNAME_INVALID' ? 'it is for another name' : code.toLowerCase().replaceAll('_', ' ')
}
