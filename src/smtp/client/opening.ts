// From the connection to a session that takes transactions: greeting, EHLO, STARTTLS, EHLO again, AUTH.
//
//   connecting  nothing is there yet                       → handshake | greeting (`start`)
//   handshake   implicit TLS: nothing is read             → greeting (secured)
//   greeting    the server speaks first                    → ehlo (220)
//   ehlo        EHLO was sent                              → helo (500, 502) | starttls | auth | done
//   helo        an old server (rfc:5321#3.2)               → done
//   starttls    STARTTLS was sent                          → upgrading (220) | auth or done in the clear (refused, policy `may`)
//   upgrading   the handshake runs: nothing may be read    → ehlo (secured): what the server said before is forgotten
//   auth        AUTH or an answer to a challenge was sent  → auth (334) | done (235)
//   proving     our answer is being computed               → auth
//   done        `finish` was called, whatever the end
import type { PeerReply, TlsOutcome } from '../../contract/events.ts'
import type { TlsPolicy } from '../../contract/settings.ts'
import { chooseExchange, type AuthExchange, type Login } from './auth.ts'
import { helloCommand } from './commands.ts'
import { parseOffer, type Offer, type PeerExtensions } from './extensions.ts'
import type { ClientPhase, ClientWire, OpeningFailure } from './wire.ts'

export interface OpeningTarget {
  readonly tls: TlsPolicy
  readonly implicitTls: boolean
  readonly auth: Login | null
  readonly helo: string
}

/** What is known of the peer of an open session. */
export interface Peer {
  readonly greeting: string
  readonly tls: TlsOutcome | null
  /** Why the certificate does not prove the host under a trusted root. */
  readonly certificateTrouble: string | null
  readonly extensions: PeerExtensions
}

export type OpeningEnd = { readonly ok: true; readonly peer: Peer } | { readonly ok: false; readonly failure: OpeningFailure }

type State = 'connecting' | 'handshake' | 'greeting' | 'ehlo' | 'helo' | 'starttls' | 'upgrading' | 'auth' | 'proving' | 'done'

const PHASES: Record<State, ClientPhase> = {
  connecting: 'connect',
  handshake: 'starttls',
  greeting: 'greeting',
  ehlo: 'ehlo',
  helo: 'ehlo',
  starttls: 'starttls',
  upgrading: 'starttls',
  auth: 'auth',
  proving: 'auth',
  done: 'idle',
}

export class Opening {
  #state: State = 'connecting'
  readonly #target: OpeningTarget
  readonly #wire: ClientWire
  readonly #finish: (end: OpeningEnd) => void
  readonly #hellos: Readonly<Record<'EHLO' | 'HELO', string>>
  #greeting = ''
  #tls: TlsOutcome | null = null
  #trouble: string | null = null
  #offer: Offer = parseOffer([])
  #exchange: AuthExchange | null = null

  /** `finish` is called once. Throws where our own name cannot be said. */
  constructor(target: OpeningTarget, wire: ClientWire, finish: (end: OpeningEnd) => void) {
    this.#target = target
    this.#wire = wire
    this.#finish = finish
    this.#hellos = { EHLO: helloCommand('EHLO', target.helo), HELO: helloCommand('HELO', target.helo) }
  }

  /** The connection is there. */
  start(): void {
    this.#enter(this.#target.implicitTls ? 'handshake' : 'greeting')
    if (this.#target.implicitTls) this.#wire.startTls()
  }

  /** The handshake is over; the certificate is judged here, as the policy is. */
  secured(tls: TlsOutcome, trouble: string | null, daneTrouble: string | null): void {
    if (daneTrouble !== null) return this.fail('tls', `the certificate is not one that the DNS names: ${daneTrouble}`)
    if (this.#target.tls === 'verify' && trouble !== null) return this.fail('tls', `the certificate does not prove the host: ${trouble}`)
    this.#tls = tls
    this.#trouble = trouble
    if (this.#state === 'handshake') return this.#enter('greeting')
    // rfc:3207#4.2: what was learnt before the handshake is forgotten.
    this.#offer = parseOffer([])
    return this.#hello('EHLO')
  }

  /** A whole reply. `lines`: its lines where it had several; `pending`: octets after it were read already. */
  reply(reply: PeerReply, lines: readonly string[], pending: boolean): void {
    const positive = reply.code < 300
    switch (this.#state) {
      case 'greeting':
        if (reply.code !== 220) return this.#refused(reply, 'the server did not greet us')
        this.#greeting = reply.text.split(' ', 1)[0] ?? ''
        return this.#hello('EHLO')
      case 'ehlo':
        if (reply.code === 500 || reply.code === 502) return this.#hello('HELO')
        if (!positive) return this.#refused(reply, 'the server refused EHLO')
        this.#offer = parseOffer(lines)
        return this.#protect()
      case 'helo':
        return positive ? this.#protect() : this.#refused(reply, 'the server refused HELO')
      case 'starttls':
        return this.#answered(reply, pending)
      case 'auth':
        return this.#authReply(reply)
      default:
        return this.fail('network', `the server spoke out of turn: ${reply.code} ${reply.text}`)
    }
  }

  /** The connection cannot be opened. */
  fail(kind: OpeningFailure['kind'], reason: string, reply: PeerReply | null = null): void {
    if (this.#state === 'done') return
    const phase = PHASES[this.#state]
    this.#state = 'done'
    this.#wire.destroy()
    this.#finish({ ok: false, failure: { kind, phase, reply, reason } })
  }

  #enter(state: State): void {
    this.#state = state
    this.#wire.arm(PHASES[state])
  }

  #refused(reply: PeerReply, reason: string): void {
    this.fail('reply', `${reason}: ${reply.code} ${reply.text}`, reply)
  }

  #hello(verb: 'EHLO' | 'HELO'): void {
    this.#enter(verb === 'EHLO' ? 'ehlo' : 'helo')
    this.#wire.write(this.#hellos[verb])
  }

  #protect(): void {
    const { tls } = this.#target
    if (this.#tls !== null || tls === 'none') return this.#logIn()
    if (this.#offer.startTls) {
      this.#enter('starttls')
      return this.#wire.write('STARTTLS\r\n')
    }
    if (tls === 'may') return this.#logIn()
    return this.fail('tls', 'the server does not offer STARTTLS, and the policy asks for TLS')
  }

  #answered(reply: PeerReply, pending: boolean): void {
    if (reply.code === 220) {
      // STARTTLS injection (CVE-2011-0411 and after): what came before the handshake was not said by the one behind it.
      if (pending) return this.fail('network', 'the server sent more than its reply before the TLS handshake')
      this.#enter('upgrading')
      return this.#wire.startTls()
    }
    if (this.#target.tls !== 'may' || reply.code === 421) return this.#refused(reply, 'the server refused STARTTLS')
    return this.#logIn()
  }

  #logIn(): void {
    const { auth, tls } = this.#target
    if (auth === null) return this.#done()
    this.#exchange = chooseExchange(this.#offer.auth, auth, this.#tls !== null || tls === 'none')
    if (this.#exchange === null) {
      const passwords = this.#tls === null && tls !== 'none' && (this.#offer.auth.has('PLAIN') || this.#offer.auth.has('LOGIN'))
      return this.fail(
        'reply',
        passwords
          ? 'the server wants the password in the clear, and the route does not allow that'
          : 'the server offers no login that we know',
      )
    }
    this.#enter('auth')
    return this.#wire.write(`${this.#exchange.command}\r\n`)
  }

  #authReply(reply: PeerReply): void {
    const exchange = this.#exchange
    if (exchange === null || (reply.code !== 334 && reply.code !== 235)) return this.#refused(reply, 'the login was refused')
    if (reply.code === 235)
      return exchange.trusted ? this.#done() : this.fail('reply', 'the server took the login without proving that it knows it')
    this.#state = 'proving'
    const answer = exchange.respond(reply.text)
    if (answer === null || typeof answer === 'string') return this.#respond(answer)
    return void answer.then(
      (line) => this.#respond(line),
      (error: unknown) => this.fail('reply', `the login could not be computed: ${String(error)}`),
    )
  }

  #respond(line: string | null): void {
    if (this.#state !== 'proving') return
    this.#enter('auth')
    if (line === null) return this.fail('reply', 'the server does not follow the login mechanism')
    return this.#wire.write(`${line}\r\n`)
  }

  #done(): void {
    this.#enter('done')
    this.#finish({
      ok: true,
      peer: { greeting: this.#greeting, tls: this.#tls, certificateTrouble: this.#trouble, extensions: this.#offer.extensions },
    })
  }
}
