// A listener for SMTP: accepts connections, gives each to a session machine, and once a second looks which of them has
// been waiting too long. One timer serves all of them: a timer a read would cost more than the read.
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { Fault, messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'
import { compileNetworks } from '../../policy/networks.ts'
import type { ServerHandler } from '../../smtp/server/handler.ts'
import type { ClientBase, ServerSessionOptions } from '../../smtp/server/session-io.ts'
import { canonicalAddress } from '../address-guard.ts'
import { SharedReads } from '../../base/shared-reads.ts'
import type { ServerCertificate } from '../tls/server-certificate.ts'
import { TraceHub } from '../trace.ts'
import type { ConnectionLimits } from './connection-limits.ts'
import { SmtpConnection, type ConnectionHome, type ConnectionTimeouts } from './smtp-connection.ts'

export interface SmtpListenerOptions {
  /** A socket that was bound by another process, or an address. */
  readonly on: { readonly fd: number } | SocketAddress
  /** For STARTTLS, or for TLS from the first octet; null: neither. */
  readonly certificate: Pick<ServerCertificate, 'context'> | null
  /** TLS from the first octet (`smtps.listen`). Needs a certificate. */
  readonly implicitTls: boolean
  /** The same for every session; `startTls` and `xclient` are settled here. */
  readonly session: Omit<ServerSessionOptions, 'startTls' | 'xclient'>
  /** `smtp.proxy_from`: peers that must begin with a PROXY header. `smtp.xclient_from`. */
  readonly proxyFrom: readonly string[]
  readonly xclientFrom: readonly string[]
  readonly timeouts: ConnectionTimeouts
  /** Shared by all listeners of a worker. */
  readonly limits: ConnectionLimits
  readonly handlerFor: (client: ClientBase) => ServerHandler
  readonly clock: Clock
  readonly log: Log
  /** For whoever watches dialogs; without it nobody can. */
  readonly trace?: TraceHub
}

export interface SmtpListener {
  readonly address: SocketAddress
  /** Connections open now. */
  readonly open: number
  /**
   * Accepts no more. Sessions go on as they are for `patience`; then they are told 421 (rfc:5321#3.8) at their next command; a message
   * under way may be finished within `grace`, after which what is left is cut off. Resolves when every connection is gone.
   */
  close(grace: Ms, patience?: Ms): Promise<void>
}

const BACKLOG = 4096
const SWEEP: Ms = 1000

/** Listens. Rejects with a `Fault` where the address cannot be had. */
export async function createSmtpListener(options: SmtpListenerOptions): Promise<SmtpListener> {
  const listener = new Listener(options)
  await listener.listen(options.on)
  return listener
}

class Listener implements SmtpListener {
  readonly #options: SmtpListenerOptions
  readonly #server: Server
  readonly #connections = new Set<SmtpConnection>()
  readonly #home: ConnectionHome
  readonly #isProxy: (address: string) => boolean
  #tick: Ms
  #sweep: Disposable | null = null
  #closed: Promise<void> | null = null
  #onEmpty: (() => void) | null = null

  constructor(options: SmtpListenerOptions) {
    this.#options = options
    this.#tick = options.clock.mono()
    const proxies = compileNetworks(options.proxyFrom)
    this.#isProxy = (address) => proxies.has(address)
    this.#home = this.#homeOf(options)
    // Half-open: a client that sends everything and then its end still gets its replies.
    this.#server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => this.#accept(socket))
  }

  #homeOf(options: SmtpListenerOptions): ConnectionHome {
    const { certificate, implicitTls, limits, timeouts, handlerFor, log, trace = new TraceHub(options.clock) } = options
    const mayXclient = compileNetworks(options.xclientFrom)
    const plain = { ...options.session, startTls: certificate !== null && !implicitTls, xclient: false }
    const withXclient = { ...plain, xclient: true }
    return {
      limits,
      reads: new SharedReads(),
      timeouts,
      implicitTls,
      handlerFor,
      log,
      trace,
      secureContext: () => certificate?.context ?? null,
      sessionOptions: (client) => (mayXclient.has(client.address) ? withXclient : plain),
      tick: () => this.#tick,
      gone: (connection) => {
        this.#connections.delete(connection)
        if (this.#connections.size === 0) this.#onEmpty?.()
      },
    }
  }

  get address(): SocketAddress {
    const { address, port } = this.#server.address() as AddressInfo
    return { host: address, port }
  }

  get open(): number {
    return this.#connections.size
  }

  async listen(on: SmtpListenerOptions['on']): Promise<void> {
    const server = this.#server
    await new Promise<void>((resolve, reject) => {
      const refused = (error: Error): void => reject(cannotListen(on, error))
      server.once('error', refused)
      const listening = (): void => {
        server.off('error', refused)
        resolve()
      }
      // Beside a descriptor in an object, Node passes over the backlog: it must come as an argument.
      if ('fd' in on) server.listen({ fd: on.fd }, BACKLOG, listening)
      else server.listen({ host: on.host, port: on.port, backlog: BACKLOG }, listening)
    })
    server.on('error', (error) => this.#options.log.error('a connection could not be accepted', { reason: error.message }))
    this.#schedule()
  }

  close(grace: Ms, patience: Ms = 0): Promise<void> {
    this.#closed ??= this.#close(grace, patience)
    return this.#closed
  }

  async #close(grace: Ms, patience: Ms): Promise<void> {
    const ended = new Promise<void>((resolve) => this.#server.close(() => resolve()))
    const stop = (): void => {
      for (const connection of this.#connections) connection.stop()
    }
    if (patience === 0) stop()
    using _stop = patience === 0 ? null : this.#options.clock.after(patience, stop)
    using _cut = this.#options.clock.after(grace, () => {
      for (const connection of this.#connections) connection.destroy()
    })
    await ended
    // The server counts sockets, which go a little before their connections have told the sessions.
    if (this.#connections.size > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve))
    this.#sweep?.[Symbol.dispose]()
  }

  #accept(socket: Socket): void {
    const { limits } = this.#options
    const client = endsOf(socket)
    // A client that left before it was looked at has no address any more.
    if (client === null) return void socket.destroy()
    const refused = limits.enter()
    if (refused !== null) {
      socket.on('error', () => {})
      return void socket.end(this.#options.implicitTls ? '' : `421 4.7.0 ${refused}\r\n`, () => socket.destroy())
    }
    this.#connections.add(new SmtpConnection(socket, client, this.#isProxy(client.address), this.#home))
  }

  #schedule(): void {
    this.#sweep = this.#options.clock.after(SWEEP, () => {
      this.#tick = this.#options.clock.mono()
      for (const connection of this.#connections) connection.check(this.#tick)
      this.#schedule()
    })
  }
}

/** Both ends of a socket; null when it is gone already. */
function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): ClientBase | null {
  if (remoteAddress === undefined || remotePort === undefined || localAddress === undefined || localPort === undefined) return null
  return { address: canonicalAddress(remoteAddress), port: remotePort, localAddress: canonicalAddress(localAddress), localPort }
}

function cannotListen(on: SmtpListenerOptions['on'], cause: Error): Fault {
  const where = 'fd' in on ? `descriptor ${on.fd}` : `${on.host}, port ${on.port}`
  return new Fault('cannot-listen', `SMTP cannot listen on ${where}: ${messageOf(cause)}.`, {
    blame: 'owner',
    mend: 'Another program may hold the address, or the port needs rights that hms does not have. See smtp.listen and smtps.listen.',
    cause,
  })
}
