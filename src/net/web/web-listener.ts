// A small HTTP server for strangers, with or without TLS: connections are bounded in all and by address, requests in the time and the octets
// of their header and body, so that whoever dribbles costs a socket for some seconds and no more. Behind a proxy the client is who it says.
import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http'
import type { SecureContext } from 'node:tls'
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { SocketAddress } from '../../contract/options.ts'
import { compileNetworks, type NetworkSet } from '../../policy/networks.ts'
import { canonicalAddress } from '../address-guard.ts'
import { ConnectionLimits } from '../inbound/connection-limits.ts'

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

export interface Answered {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array
}

export interface WebListenerOptions {
  readonly on: { readonly fd: number } | SocketAddress
  /** By the name that the client asks for; null: no TLS. */
  readonly context: ((name: string) => SecureContext) | null
  /** Networks of proxies, whose X-Forwarded-For is believed. */
  readonly proxyFrom: readonly string[]
  readonly connections: number
  readonly connectionsPerAddress: number
  readonly answer: (asked: Asked) => Promise<Answered>
  readonly clock: Clock
  readonly log: Log
  /** For the header of a request, for all of it, and without a word; default 10 s, 15 s, 20 s. */
  readonly patience?: { readonly header: Ms; readonly request: Ms; readonly silence: Ms }
}

export interface WebListener {
  readonly open: number
  readonly address: SocketAddress
  /** Accepts no more; requests under way are answered, at the latest after `grace`. */
  close(grace: Ms): Promise<void>
}

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
  const server = serverOf(options, (request, response) => void respond(request, response, options, proxies))
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
  server.on('clientError', (_error, socket) => socket.destroy())
  server.on('tlsClientError', (_error: Error, socket: { destroy(): void }) => socket.destroy())
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.on, resolve)
  })
  // Out of descriptors an accept fails: that must not end the worker.
  server.on('error', (error) => options.log.error('a connection for tracking could not be accepted', { error: error.message }))
  const { address, port } = server.address() as { readonly address: string; readonly port: number }
  return {
    address: { host: address, port },
    get open() {
      return limits.open
    },
    close: (grace) => close(server, grace, clock),
  }
}

function serverOf({ context, patience = PATIENCE }: WebListenerOptions, listener: RequestListener): Server {
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
  return process.getBuiltinModule('node:https').createServer({ ...bounds, ...tls, ...byName }, listener)
}

async function close(server: Server, grace: Ms, clock: Clock): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeIdleConnections()
  const timer = clock.after(grace, () => server.closeAllConnections())
  await closed
  timer[Symbol.dispose]()
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  options: WebListenerOptions,
  proxies: NetworkSet,
): Promise<void> {
  try {
    const body = await bodyOf(request)
    if (body === null) return finish(request, response, { status: 413, headers: { connection: 'close' }, body: '' })
    finish(request, response, await options.answer(asked(request, body, proxies)))
  } catch (error) {
    // A client that went away is no trouble of ours.
    if (request.errored !== null || response.destroyed) return void response.destroy()
    options.log.error('a request for tracking could not be answered', { error: messageOf(error) })
    finish(request, response, { status: 500, headers: {}, body: '' })
  }
}

/** Null where it is larger than any that is meant for us. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const pieces: Buffer[] = []
  let octets = 0
  for await (const piece of request) {
    octets += (piece as Buffer).length
    if (octets > MOST_BODY) return null
    pieces.push(piece as Buffer)
  }
  return Buffer.concat(pieces).toString('latin1')
}

function asked({ method = '', url = '', headers, socket }: IncomingMessage, body: string, proxies: NetworkSet): Asked {
  const one = (name: string): string | null => {
    const value = headers[name]
    return typeof value === 'string' ? value : null
  }
  const query = url.indexOf('?')
  return {
    method,
    host: (headers.host ?? '').toLowerCase().replace(/:443$/, ''),
    path: query < 0 ? url : url.slice(0, query),
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
  const hops = forwarded
    .slice(-1000)
    .split(',')
    .map((hop) => canonicalAddress(hop.trim().replace(/^\[|\](?::\d+)?$/g, '')))
  return hops.findLast((hop) => hop !== '' && !proxies.has(hop)) ?? peer
}

function finish({ method }: IncomingMessage, response: ServerResponse, { status, headers, body }: Answered): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) })
  response.end(method === 'HEAD' ? undefined : body)
}
