// One AUTH exchange (rfc:4954) in PLAIN (rfc:4616), LOGIN or SCRAM-SHA-256 (rfc:7677): responses in, challenges or a decision out.
import { isUtf8 } from 'node:buffer'
import type { Reply } from '../reply.ts'
import { ScramServer } from '../scram.ts'
import { chain } from './chain.ts'
import type { AuthDecision, Client, ScramVerifier, ServerHandler } from './handler.ts'
import { R } from './replies.ts'

export const MECHANISMS = ['PLAIN', 'LOGIN', 'SCRAM-SHA-256'] as const
/** What may run without TLS. */
export const MECHANISMS_WITHOUT_PASSWORD = ['SCRAM-SHA-256'] as const
/** rfc:4954#4: a line of an exchange, with its CRLF. */
export const LONGEST_SASL_LINE = 12_288

export type SaslStep = { readonly challenge: string } | { readonly decision: AuthDecision }
type SaslResult = SaslStep | Promise<SaslStep>

const MALFORMED: SaslStep = { decision: { ok: false, reply: R.authMalformed } }
const FAILED: AuthDecision = { ok: false, reply: R.authFailed }
const BASE64 = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/

export type SaslHandler = Pick<ServerHandler, 'checkPassword' | 'scramVerifier' | 'scramFinished'>

/** Each response goes to `#next`, which the one before it set. */
export class SaslExchange {
  readonly #handler: SaslHandler
  readonly #client: Client
  #next: (message: string) => SaslResult

  /** Undefined where the mechanism is not known. */
  static begin(mechanism: string, handler: SaslHandler, client: Client): SaslExchange | undefined {
    const known = MECHANISMS.find((name) => name === mechanism)
    return known && new SaslExchange(known, handler, client)
  }

  private constructor(mechanism: (typeof MECHANISMS)[number], handler: SaslHandler, client: Client) {
    this.#handler = handler
    this.#client = client
    if (mechanism === 'PLAIN') this.#next = (message) => this.#plain(message)
    else if (mechanism === 'LOGIN') this.#next = (message) => this.#loginUser(message)
    else this.#next = (message) => this.#scramFirst(message)
    this.#opening = mechanism === 'LOGIN' ? 'VXNlcm5hbWU6' : ''
  }
  readonly #opening: string

  /** The initial response as it stands in the command, or null: then the client is asked for it. */
  start(initial: string | null): SaslResult {
    if (initial === null) return { challenge: this.#opening }
    // rfc:4954#4: a single `=` is an empty response.
    return this.respond(initial === '=' ? '' : initial)
  }

  /** A response line, in base64. */
  respond(line: string): SaslResult {
    if (!BASE64.test(line)) return MALFORMED
    const octets = Buffer.from(line, 'base64')
    return isUtf8(octets) ? this.#next(octets.toString()) : MALFORMED
  }

  /** authzid NUL authcid NUL password; to act for another is not possible. */
  #plain(message: string): SaslResult {
    const [authorized, user, password, more] = message.split('\0', 4)
    if (authorized === undefined || !user || !password || more !== undefined) return MALFORMED
    if (authorized !== '' && authorized !== user) return { decision: FAILED }
    return this.#check(user, password)
  }

  /** draft-murchison-sasl-login: what the oldest clients speak. */
  #loginUser(user: string): SaslResult {
    if (user === '') return MALFORMED
    this.#next = (password) => (password === '' ? MALFORMED : this.#check(user, password))
    return { challenge: 'UGFzc3dvcmQ6' }
  }

  #check(user: string, password: string): SaslResult {
    return chain(this.#handler.checkPassword(user, password, this.#client), (decision) => ({ decision }))
  }

  #scramFirst(message: string): SaslResult {
    const scram = new ScramServer()
    const first = scram.readFirst(message)
    if (first === undefined) return MALFORMED
    return chain(this.#handler.scramVerifier(first.user, this.#client), (verifier: ScramVerifier | Reply): SaslStep => {
      if ('code' in verifier) return { decision: { ok: false, reply: verifier } }
      this.#next = (final) => this.#scramFinal(scram, first.user, final)
      return { challenge: Buffer.from(scram.challenge(verifier)).toString('base64') }
    })
  }

  #scramFinal(scram: ScramServer, user: string, message: string): SaslResult {
    const result = scram.readFinal(message)
    const proved = result?.proved === true
    return chain(this.#handler.scramFinished(user, proved, this.#client), (decision): SaslStep => {
      if (!proved || !decision.ok) return { decision: decision.ok ? FAILED : decision }
      // rfc:4954#4: what the server has to say at the end is a challenge of its own, answered with an empty line.
      this.#next = (empty) => (empty === '' ? { decision } : MALFORMED)
      return { challenge: Buffer.from(result.serverFinal).toString('base64') }
    })
  }
}
