// One inbound connection: moves octets between a socket and its session machine, and does what the machine cannot: TLS,
// the PROXY header, the end of the connection. It has no timer of its own: the listener's sweep asks `check` once a second.
//
//   proxy      waits for the PROXY header of a listed peer        → handshake (implicit TLS) or session; or ends
//   handshake  TLS is under way, at the start or after STARTTLS   → session; or ends
//   session    the machine has the connection                     → handshake (STARTTLS) or closing
//   closing    the last reply was written and our end is shut     → gone, when the client ends too, or after a moment
//   gone       the socket is closed and everything was told of it
import type { Socket } from 'node:net'
import { TLSSocket, type SecureContext } from 'node:tls'
import type { Ms } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { TlsOutcome } from '../../contract/events.ts'
import { parseProxyHeader } from '../../smtp/proxy-header.ts'
import { ServerSession } from '../../smtp/server/session.ts'
import type { ServerHandler } from '../../smtp/server/handler.ts'
import type { ClientBase, ServerSessionOptions, SessionOutput } from '../../smtp/server/session-io.ts'
import type { SharedReads } from '../../base/shared-reads.ts'
import { tlsOutcome } from '../tls/tls-outcome.ts'
import type { Traced, TraceHub } from '../trace.ts'
import type { ConnectionLimits } from './connection-limits.ts'

export interface ConnectionTimeouts {
  /** `smtp.timeout_command`, `smtp.timeout_data`, `smtp.timeout_session`, `smtp.timeout_stranger`. */
  readonly command: Ms
  readonly data: Ms
  readonly session: Ms
  readonly stranger: Ms
}

/** What all connections of a listener have in common. */
export interface ConnectionHome {
  readonly limits: ConnectionLimits
  readonly reads: SharedReads
  readonly timeouts: ConnectionTimeouts
  readonly implicitTls: boolean
  /** The certificate of this moment; null: no TLS here. */
  readonly secureContext: () => SecureContext | null
  readonly sessionOptions: (client: ClientBase) => ServerSessionOptions
  readonly handlerFor: (client: ClientBase) => ServerHandler
  readonly log: Log
  readonly trace: TraceHub
  /** Monotonic time of the last sweep: exact to a second, and free. */
  readonly tick: () => Ms
  readonly gone: (connection: SmtpConnection) => void
}

const PROXY_TIMEOUT: Ms = 5000
const HANDSHAKE_TIMEOUT: Ms = 30_000
/** How long a client has to take the last reply and end its side, before the socket is destroyed. */
const LINGER: Ms = 5000
/** Replies that a client may leave unread; who sends on and never reads is cut off. */
const MOST_UNREAD = 64 * 1024

type State = 'proxy' | 'handshake' | 'session' | 'closing' | 'gone'

export class SmtpConnection implements SessionOutput {
  readonly #home: ConnectionHome
  readonly #started: Ms
  #client: ClientBase
  #admitted = false
  #state: State
  #socket: Socket
  #session: ServerSession | null = null
  /** Last octet of the client, or last change of state. */
  #heard: Ms
  /** What was read of a PROXY header so far. */
  #header: Buffer | null = null
  /** The machine asked for no more octets; the socket is stopped only when some come nevertheless. */
  #paused = false
  #stopped = false
  /** The client has ended its side: what it asked for is finished, then we end ours. */
  #halfClosed = false
  #unlisten: () => void = () => {}
  #traced: Traced | null = null

  /** `client`: the ends of the socket. The place in the limits is taken. */
  constructor(socket: Socket, client: ClientBase, proxied: boolean, home: ConnectionHome) {
    this.#home = home
    this.#client = client
    this.#started = this.#heard = home.tick()
    this.#socket = socket
    this.#state = proxied ? 'proxy' : 'handshake'
    this.#listen(socket)
    if (!proxied) this.#introduce(client, null)
  }

  // ---- what the session asks for

  heard(line: string): void {
    if (this.#home.trace.hears('in')) this.#trace('peer', line)
  }

  write(text: string): void {
    if (this.#home.trace.hears('in')) this.#trace('us', text)
    this.#socket.write(text, 'latin1')
    if (this.#socket.writableLength > MOST_UNREAD) this.#cut('the client does not read its replies')
    else if (this.#halfClosed) setImmediate(() => this.#endHalf())
  }

  #trace(from: 'us' | 'peer', text: string): void {
    const traced = (this.#traced ??= this.#home.trace.open('in', this.#client.address))
    traced.hear(from, text)
  }

  startTls(): void {
    const context = this.#home.secureContext()
    if (context === null) return this.#cut('there is no certificate')
    this.#handshake(context)
  }

  close(): void {
    if (this.#state === 'gone' || this.#state === 'closing') return
    this.#enter('closing')
    // Unread octets of the client would turn our end into a reset, and the last reply would be lost with it: read on,
    // and throw away what comes.
    this.#wake()
    this.#socket.end()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#heard = this.#home.tick()
    this.#wake()
  }

  failed(error: unknown): void {
    const stack = error instanceof Error ? error.stack : undefined
    this.#home.log.error('a decision in an SMTP session failed', { client: this.#client.address, reason: stack ?? messageOf(error) })
  }

  // ---- what the listener asks for

  /** Once a second: which clock has run out. */
  check(now: Ms): void {
    switch (this.#state) {
      case 'proxy':
        if (now - this.#started >= PROXY_TIMEOUT) this.#cut('no PROXY header came')
        break
      case 'handshake':
        if (now - this.#heard >= HANDSHAKE_TIMEOUT) this.#cut('the TLS handshake took too long')
        break
      case 'session':
        this.#checkSession(now)
        break
      case 'closing':
        if (now - this.#heard >= LINGER) this.#socket.destroy()
        break
      case 'gone':
        break
      default:
        this.#state satisfies never
    }
  }

  /** Ends as soon as no message is under way. */
  stop(): void {
    if (this.#state === 'session') this.#session?.stop()
    else if (this.#state !== 'closing') this.#socket.destroy()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  // ---- the socket

  #listen(socket: Socket): void {
    const onEnd = (): void => this.#onEnd()
    const unlisten = this.#home.reads.listen(socket, (chunk) => this.#onData(chunk))
    socket.on('end', onEnd)
    this.#unlisten = () => {
      unlisten()
      socket.off('end', onEnd)
    }
    socket.on('close', () => this.#onClose(socket))
    socket.on('error', (error) => this.#home.log.debug('an SMTP connection broke', { client: this.#client.address, reason: error.message }))
  }

  #onData(chunk: Buffer): void {
    if (this.#state === 'session') {
      this.#heard = this.#home.tick()
      if (this.#paused && !this.#stopped) {
        this.#stopped = true
        this.#socket.pause()
      }
      this.#session?.feed(chunk)
    } else if (this.#state === 'proxy') this.#onHeader(chunk)
  }

  #onEnd(): void {
    this.#halfClosed = true
    if (this.#state === 'session') this.#endHalf()
    else if (this.#state !== 'closing') this.#socket.destroy()
  }

  /** After the client's end: nothing more can come, so once the machine waits for the client, it is over. */
  #endHalf(): void {
    if (this.#state === 'session' && this.#session?.wait !== 'us') this.close()
  }

  #onClose(socket: Socket): void {
    // A socket under TLS closes with it, and only the outer one is listened to by then.
    if (socket !== this.#socket || this.#state === 'gone') return
    this.#enter('gone')
    this.#session?.ended()
    this.#home.limits.leave(this.#admitted ? this.#client.address : null)
    this.#home.gone(this)
  }

  #enter(state: State): void {
    this.#state = state
    this.#heard = this.#home.tick()
  }

  #wake(): void {
    if (!this.#stopped) return
    this.#stopped = false
    this.#socket.resume()
  }

  /** Ends the connection without a word. */
  #cut(reason: string): void {
    this.#home.log.info('an SMTP connection was cut off', { client: this.#client.address, reason })
    this.#socket.destroy()
  }

  #checkSession(now: Ms): void {
    const session = this.#session
    if (session === null) return
    if (this.#halfClosed) return this.#endHalf()
    const { timeouts } = this.#home
    if (session.wait === 'us') this.#heard = now
    // Without this a handful of addresses could fill smtp.sessions for a day, with a NOOP now and then.
    else if (now - this.#started >= (session.isStranger ? Math.min(timeouts.stranger, timeouts.session) : timeouts.session))
      session.timeout('session')
    else if (now - this.#heard >= (session.wait === 'data' ? timeouts.data : timeouts.command)) session.timeout('idle')
  }

  // ---- on the way to the session

  #onHeader(chunk: Buffer): void {
    const octets = this.#header === null ? chunk : Buffer.concat([this.#header, chunk])
    const header = parseProxyHeader(octets)
    switch (header.kind) {
      case 'more':
        // The chunk is used again for the next read.
        this.#header = octets === chunk ? Buffer.from(chunk) : octets
        return
      case 'bad':
        return this.#cut(header.reason)
      case 'local':
        return this.#introduce(this.#client, octets.subarray(header.length))
      case 'proxied': {
        const { source, destination } = header
        const client = { ...source, localAddress: destination.address, localPort: destination.port }
        return this.#introduce(client, octets.subarray(header.length))
      }
      default:
        header satisfies never
    }
  }

  /** The client is known: counts it, and goes on to TLS or to the session. `rest`: what came behind a PROXY header. */
  #introduce(client: ClientBase, rest: Buffer | null): void {
    const { limits, implicitTls, secureContext } = this.#home
    this.#client = client
    this.#header = null
    const refused = limits.admit(client.address)
    if (refused !== null) return this.#refuse(refused)
    this.#admitted = true
    if (!implicitTls) return this.#begin(null, rest)
    const context = secureContext()
    if (context === null) return this.#cut('there is no certificate')
    this.#handshake(context, rest)
  }

  #refuse(reason: string): void {
    this.#enter('closing')
    if (this.#home.implicitTls) this.#socket.destroy()
    // Nothing of the client is waited for: a flood must not hold sockets open.
    else this.#socket.end(`421 4.7.0 ${reason}\r\n`, 'latin1', () => this.#socket.destroy())
  }

  #begin(tls: TlsOutcome | null, rest: Buffer | null): void {
    this.#enter('session')
    const client = this.#client
    const session = new ServerSession(this.#home.sessionOptions(client), this.#home.handlerFor(client), client, tls, this)
    this.#session = session
    session.start()
    if (rest !== null && rest.length > 0) session.feed(rest)
  }

  #handshake(context: SecureContext, first: Buffer | null = null): void {
    this.#enter('handshake')
    const plain = this.#socket
    this.#unlisten()
    plain.pause()
    // What the client sent in the clear behind STARTTLS dies here (CVE-2011-0411 and its kin).
    while (plain.read() !== null);
    if (first !== null && first.length > 0) plain.unshift(Buffer.from(first))
    const secure = new TLSSocket(plain, { isServer: true, secureContext: context })
    this.#socket = secure
    this.#stopped = false
    this.#paused = false
    this.#listen(secure)
    // Many a client leaves without a word after its QUIT; the session is over then, and nothing was cut off.
    secure.on('_tlsError', (error: Error) => (this.#state === 'closing' ? secure.destroy() : this.#cut(`TLS: ${error.message}`)))
    secure.on('secure', () => this.#secured(tlsOutcome(secure)))
  }

  #secured(tls: TlsOutcome): void {
    if (this.#state !== 'handshake') return
    if (this.#session === null) return this.#begin(tls, null)
    this.#enter('session')
    this.#session.tlsEstablished(tls)
  }
}
