// A small HTTP server, for strangers and for applications, with or without TLS: connections are bounded in all and by address, requests in the time and the octets
// of their header and body, so that whoever dribbles costs a socket for some seconds and no more. Behind a proxy the client is who it says.
import type { IncomingHttpHeaders, IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import { isIP, type Socket } from 'node:net'
import type { SecureContext, SecureContextOptions, TLSSocket } from 'node:tls'
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { TlsOutcome } from '../../contract/events.ts'
import type { Log } from '../../base/log.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'
import { compileNetworks, type NetworkSet } from '../../policy/networks.ts'
import { canonicalAddress } from '../address-guard.ts'
import { ConnectionLimits } from '../inbound/connection-limits.ts'
import { BodyReader } from './body-reader.ts'
import { Pipelining } from './pipelining.ts'

export interface Asked {
  readonly method: string
  readonly host: string
  readonly path: string
  readonly body: string
  readonly client: string
  readonly agent: string | null
  readonly language: string | null
  readonly purpose: string | null
}

/** A request whose body is read when it is wanted, so that whoever may not call costs none. */
export interface WebRequest {
  readonly method: string
  readonly path: string
  /** Behind the question mark, which is left out. */
  readonly query: string
  readonly headers: IncomingHttpHeaders
  readonly client: string
  readonly tls: TlsOutcome | null
  /** It came over TLS, here or to the proxy that passed it on. */
  readonly isSecure: boolean
  /**
   * Null: it has more octets, or comes in very many tiny pieces. Rejects with `NO_ROOM` where too many are being received. Once. `from`: whose it is; all that one has under
   * way beside this request leaves as much room as it takes. `stranger`: nobody knows yet who calls, and all of those together have a
   * quarter of the room, so that they cannot keep it from customers.
   */
  body(most: number, from: number | 'stranger'): Promise<Buffer | null>
  /** Fires when nobody waits for the answer any more. */
  gone?(): AbortSignal
}

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  /** One that goes on until the client leaves, or it ends by itself, is made of pieces. */
  readonly body: string | Uint8Array | ((gone: AbortSignal) => AsyncIterable<string | Uint8Array>)
}

/** Either small requests of strangers, told whole, or any. */
export type WebListenerOptions = Bounds & (Answering | Handling)

interface Answering {
  readonly answer: (asked: Asked) => Promise<Answered>
}

interface Handling {
  readonly handle: (request: WebRequest) => Promise<Answered>
  /** Octets of bodies that may be in memory at once, of all requests. */
  readonly room: number
}

interface Bounds {
  /** What it is for, in the log. */
  readonly purpose: string
  readonly on: { readonly fd: number } | SocketAddress
  /** By the name that the client asks for; null: no TLS. */
  readonly context: ((name: string) => SecureContext) | null
  /** For clients that ask for no name, as those of an address do; without it they are refused. Another object each time that it changed. */
  readonly nameless?: () => SecureContextOptions
  /** Networks of proxies, whose X-Forwarded-For is believed. */
  readonly proxyFrom: readonly string[]
  readonly connections: number
  readonly connectionsPerAddress: number
  readonly clock: Clock
  readonly log: Log
  /** For the header of a request, or what comes of it when it is answered; for all of it; and without a word: default 10 s, 15 s, 20 s. */
  readonly patience?: { readonly header: Ms; readonly request: Ms; readonly silence: Ms }
}

export interface WebListener {
  readonly open: number
  readonly address: SocketAddress
  /** Accepts no more; requests under way are answered, at the latest after `grace`. */
  close(grace: Ms): Promise<void>
}

/** Of the room. */
const STRANGERS = 1 / 4

const PATIENCE = { header: 10_000, request: 15_000, silence: 20_000 }
const KEPT_ALIVE: Ms = 5000
const LOOK_EVERY: Ms = 500
const MOST_HEADER = 16 * 1024
const MOST_BODY = 4096
/** Of one connection. */
const MOST_REQUESTS = 1000

/** Rejects where it cannot listen. */
export async function openWebListener(options: WebListenerOptions): Promise<WebListener> {
  const { clock, connections, connectionsPerAddress: sessionsPerAddress } = options
  const proxies = compileNetworks(options.proxyFrom)
  const limits = new ConnectionLimits({ sessions: connections, sessionsPerAddress, connectionsPerMinute: Number.MAX_SAFE_INTEGER, clock })
  const handler = handlerOf(options, proxies)
  const pipelining = new Pipelining()
  const answer: RequestListener = (request, response) => void pipelining.run(request, () => respond(request, response, handler, options))
  const server = serverOf(options, answer)
  server.on('checkContinue', answer)
  server.on(options.context === null ? 'connection' : 'secureConnection', (socket: Socket) => pipelining.follow(socket))
  server.on('connection', (socket) => {
    const client = canonicalAddress(socket.remoteAddress ?? '')
    if (limits.enter() !== null) return void socket.destroy()
    const counted = proxies.has(client) ? null : client
    const isOver = counted !== null && limits.admit(counted) !== null
    socket.once('close', () => limits.leave(isOver ? null : counted))
    if (isOver) socket.destroy()
  })
  // Whoever says nothing at all.
  server.timeout = (options.patience ?? PATIENCE).silence
  server.on('tlsClientError', (_error: Error, socket: { destroy(): void }) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.on, resolve)
  })
  // Out of descriptors an accept fails: that must not end the worker.
  server.on('error', (error) => options.log.error(`a connection for ${options.purpose} could not be accepted`, { error: error.message }))
  const { address, port } = server.address() as { readonly address: string; readonly port: number }
  return {
    address: { host: address, port },
    get open() {
      return limits.open
    },
    close: (grace) => close(server, grace, clock),
  }
}

function serverOf({ context, nameless, patience = PATIENCE }: WebListenerOptions, listener: RequestListener): Server {
  const bounds = {
    headersTimeout: patience.header,
    requestTimeout: patience.request,
    keepAliveTimeout: KEPT_ALIVE,
    connectionsCheckingInterval: Math.min(LOOK_EVERY, patience.header),
    maxHeaderSize: MOST_HEADER,
    maxRequestsPerSocket: MOST_REQUESTS,
  }
  // Only a server that tracks loads them: some MB of every worker.
  if (context === null) return process.getBuiltinModule('node:http').createServer(bounds, listener)
  const tls = { handshakeTimeout: patience.header, ALPNProtocols: ['http/1.1'] }
  const byName = { SNICallback: (name: string, done: (error: null, context: SecureContext) => void) => done(null, context(name)) }
  let shown = nameless?.()
  const server = process.getBuiltinModule('node:https').createServer({ ...bounds, ...tls, ...shown, ...byName }, listener)
  // Before the handshake of the connection begins.
  if (nameless !== undefined)
    server.prependListener('connection', () => {
      const now = nameless()
      if (now !== shown) server.setSecureContext(now)
      shown = now
    })
  return server
}

async function close(server: Server, grace: Ms, clock: Clock): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  const timer = clock.after(grace, () => server.closeAllConnections())
  await closed
  timer[Symbol.dispose]()
}

type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<Answered>

function handlerOf(options: WebListenerOptions, proxies: NetworkSet): Handler {
  if ('answer' in options)
    return async (request, response) => {
      const body = await new BodyReader(request, response).read(MOST_BODY, null)
      if (body === null) return { status: 413, headers: { connection: 'close' }, body: '' }
      return options.answer(asked(request, body.toString('latin1'), proxies))
    }
  const rooms = { left: options.room, ofStrangers: options.room * STRANGERS, held: new Map<number, number>() }
  return async (request, response) => {
    const reader = new BodyReader(request, response)
    try {
      return await options.handle({
        ...headOf(request, proxies),
        body: (most, from) => reader.read(most, { from, rooms }),
        gone: () => goneWith(response),
      })
    } finally {
      reader.giveBack()
    }
  }
}

async function respond(request: IncomingMessage, response: ServerResponse, handler: Handler, options: WebListenerOptions): Promise<void> {
  const { log, purpose } = options
  try {
    const wrong = whatIsAmbiguous(request)
    const answer = wrong === null ? await handler(request, response) : { status: wrong, headers: { connection: 'close' }, body: '' }
    const { body } = answer
    if (typeof body === 'function') return await goOn(request, response, answer, body)
    finish(request, response, { ...answer, body })
    limitRest(request, response, options)
  } catch (error) {
    // A client that went away is no trouble of ours.
    if (request.errored !== null || response.destroyed) return void response.destroy()
    log.error(`a request for ${purpose} could not be answered`, { error: messageOf(error) })
    // An answer that has begun is cut off, so that nobody takes it for whole.
    if (response.headersSent) return void response.destroy()
    finish(request, response, { status: 500, headers: {}, body: '' })
  }
}

const HOST = /^(?:[\w.~-]+|\[[\da-f:.]+\])?(?::\d*)?$/i

/** What a proxy before us may have read otherwise and node lets pass, as the status of the refusal (rfc:9112#3.2, rfc:9112#6.1). */
function whatIsAmbiguous({ rawHeaders, headers: { host = '', 'transfer-encoding': coding } }: IncomingMessage): 400 | 501 | null {
  let hosts = 0
  for (let at = 0; at < rawHeaders.length; at += 2) if (rawHeaders[at]?.length === 4 && rawHeaders[at]?.toLowerCase() === 'host') hosts++
  if (hosts > 1 || !HOST.test(host)) return 400
  return coding === undefined || /^chunked$/i.test(coding) ? null : 501
}

interface Target {
  readonly path: string
  readonly query: string
  /** Where it names one, which then holds in place of the header field. */
  readonly host: string | null
}

/** `/path`, or the absolute form that is for proxies and is to be taken from all (rfc:9112#3.2.2). */
function targetOf(url: string): Target {
  const authority = /^https?:\/\/([^/?]*)/i.exec(url)
  const rest = authority === null ? url : url.slice(authority[0].length)
  const query = rest.indexOf('?')
  const path = query < 0 ? rest : rest.slice(0, query)
  const host = authority?.[1] ?? null
  return { path: host !== null && path === '' ? '/' : path, query: query < 0 ? '' : rest.slice(query + 1), host }
}

function headOf({ method = '', url = '', headers, socket }: IncomingMessage, proxies: NetworkSet): Omit<WebRequest, 'body'> {
  const { path, query, host } = targetOf(url)
  const forwarded = headers['x-forwarded-for']
  const peer = canonicalAddress(socket.remoteAddress ?? '')
  const isTls = 'encrypted' in socket
  return {
    method,
    path,
    query,
    headers: host === null ? headers : { ...headers, host },
    client: clientOf(peer, typeof forwarded === 'string' ? forwarded : null, proxies),
    tls: isTls ? outcomeOf(socket as TLSSocket) : null,
    isSecure: isTls || (proxies.has(peer) && headers['x-forwarded-proto'] === 'https'),
  }
}

function outcomeOf(socket: TLSSocket): TlsOutcome {
  return { version: socket.getProtocol() ?? '', cipher: socket.getCipher().name, verified: false }
}

function asked({ method = '', url = '', headers, socket }: IncomingMessage, body: string, proxies: NetworkSet): Asked {
  const one = (name: string): string | null => {
    const value = headers[name]
    return typeof value === 'string' ? value : null
  }
  const { path, host } = targetOf(url)
  return {
    method,
    host: (host ?? headers.host ?? '').toLowerCase().replace(/:443$/, ''),
    path,
    body,
    client: clientOf(canonicalAddress(socket.remoteAddress ?? ''), one('x-forwarded-for'), proxies),
    agent: one('user-agent'),
    language: one('accept-language'),
    purpose: one('sec-purpose') ?? one('purpose') ?? one('x-moz') ?? one('x-purpose'),
  }
}

/** The last of those who were passed on that is no proxy of ours: what stands before it anyone may have written. */
function clientOf(peer: string, forwarded: string | null, proxies: NetworkSet): string {
  if (forwarded === null || !proxies.has(peer)) return peer
  const hops = forwarded.slice(-1000).split(',').map(hopFrom)
  // A word that is no address tells nobody who it was; what stands before it is not the next best.
  const last = hops.findLast((hop) => hop !== '' && !proxies.has(hop))
  return last !== undefined && isIP(last) > 0 ? last : peer
}

/** Some proxies write the port too, of IPv4 without brackets. */
function hopFrom(text: string): string {
  const hop = text.trim()
  const [, bracketed, plain] = /^\[([^\]]*)\](?::\d+)?$|^([\d.]+):\d+$/.exec(hop) ?? []
  return canonicalAddress(bracketed ?? plain ?? hop)
}

/** Whoever takes an answer octet by octet, or goes on sending after it, is cut off. Nearly all others have done both by now. */
function limitRest(request: IncomingMessage, response: ServerResponse, { clock, patience = PATIENCE }: WebListenerOptions): void {
  if (response.destroyed) return
  const { socket } = request
  const limit = (part: IncomingMessage | ServerResponse, span: Ms): void => {
    const timer = clock.after(span, () => socket.destroy())
    part.once('close', () => timer[Symbol.dispose]())
  }
  if (response.socket?.writableLength !== 0) limit(response, patience.request)
  // At once, some would not read the answer.
  if (!request.complete) limit(request, patience.header)
}

type Whole = Answered & { readonly body: string | Uint8Array }

function finish({ method }: IncomingMessage, response: ServerResponse, { status, headers, body }: Whole): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(method === 'HEAD' ? undefined : body)
}

function goneWith(response: ServerResponse): AbortSignal {
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  if (response.destroyed) gone.abort()
  return gone.signal
}

/** Piece by piece, as fast as the client takes them. */
async function goOn(
  { method }: IncomingMessage,
  response: ServerResponse,
  { status, headers }: Answered,
  body: (gone: AbortSignal) => AsyncIterable<string | Uint8Array>,
): Promise<void> {
  const gone = goneWith(response)
  response.writeHead(status, headers)
  if (method === 'HEAD') return void response.end()
  for await (const piece of body(gone)) {
    if (response.destroyed) return
    if (!response.write(piece)) await takenBy(response)
  }
  response.end()
}

function takenBy(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off('drain', done)
      response.off('close', done)
      resolve()
    }
    response.once('drain', done)
    response.once('close', done)
    if (response.destroyed) done()
  })
}
