// One kept connection to an HTTP server that takes posts: like one to a mail server for the engine, with one POST as a transaction. The
// address that was judged is the one connected to, nothing that the server says leads elsewhere (redirects are not followed), and what it
// answers is read as far as it is told: the status, the first line, and a little more, so that the connection can be used again.
//
//   opening  connects and shakes hands                    → idle, ended
//   idle     waits for a transaction                      → sending, ended
//   sending  a request was begun, its answer is not over  → idle, ended
//   ended    the socket is closed, or about to be
import assert from 'node:assert/strict'
import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http'
import { connect, isIP, type Socket } from 'node:net'
import type { Ms } from '../../base/brand.ts'
import type { PeerReply, TlsOutcome } from '../../contract/events.ts'
import type {
  HttpPost,
  OpenFailure,
  OutboundConnection,
  OutboundDialog,
  OutboundPeer,
  OutboundTarget,
  OutboundTransaction,
  RecipientResult,
} from '../../engine/ports/outbound.ts'
import { classifyStatus, retryAfter } from '../../policy/post/answers.ts'
import type { Traced } from '../trace.ts'
import type { Opened, Shared } from './connection.ts'
import type { Deadlined } from './deadlines.ts'
import { replyText } from './http-reply.ts'
import { Said } from './said.ts'

export type HttpShared = Pick<Shared, 'timeouts' | 'deadlines' | 'tls' | 'trace' | 'clock' | 'remembers'>

/** From the first octet of the request to the status, whatever rules allow a mail server. */
const ANSWER_WITHIN: Ms = 60_000
/** The rest of an answer whose status is known. */
const REST_WITHIN: Ms = 5000
/** Octets of a body that are read before the connection is given up instead. */
const LARGEST_ANSWER = 64 * 1024
const LONGEST_LINE = 1024
const LARGEST_HEADER = 16 * 1024
const PATIENCE_AT_END: Ms = 1000
/** Answers before the answer (1xx). */
const MOST_INTERIM = 16
/** A server that keeps connections for so long closes them about then. */
const MARGIN: Ms = 1000

/** What an HTTP server promises of mail: it takes anything, and it is no mail server that tells of delivery. */
const EXTENSIONS = {
  pipelining: false,
  chunking: true,
  binaryMime: true,
  eightBitMime: true,
  smtpUtf8: true,
  dsn: false,
  size: null,
} as const

/** Hands out the one socket. */
class OneSocket extends Agent {
  readonly #socket: Socket

  constructor(socket: Socket) {
    super({ keepAlive: true, maxSockets: 1 })
    this.#socket = socket
  }

  override createConnection(): Socket {
    return this.#socket
  }
}

export class HttpConnection implements OutboundConnection, Deadlined {
  deadline: Ms = Infinity
  readonly target: OutboundTarget
  readonly #shared: HttpShared
  readonly #opened: (end: Opened) => void
  #state: 'opening' | 'idle' | 'sending' | 'ended' = 'opening'
  #socket: Socket
  #agent: OneSocket | null = null
  #peer: OutboundPeer | null = null
  #shakesHands = false
  /** Why it ended. */
  #trouble = 'the server closed the connection'
  #goodUntil: Ms = Infinity
  #idleEnd: (() => void) | null = null
  /** Ends the request that is under way and has no status yet. */
  #giveUp: ((reason: string) => void) | null = null
  #traced: Traced | null = null
  readonly #said: Said | null
  readonly #closed = Promise.withResolvers<void>()

  private constructor(target: OutboundTarget, shared: HttpShared, opened: (end: Opened) => void) {
    this.target = target
    this.#shared = shared
    this.#opened = opened
    this.#said = shared.remembers ? new Said(shared.clock, target) : null
    const { address, port, localAddress } = target
    this.#socket = connect({ host: address, port, noDelay: true, ...(localAddress === null ? {} : { localAddress }) })
    shared.deadlines.watch(this)
    shared.deadlines.arm(this, this.#timeouts.connect)
    this.#listen(this.#socket)
    this.#socket.once('connect', () => this.#connected())
    this.#socket.once('close', () => {
      shared.deadlines.forget(this)
      this.#closed.resolve()
    })
  }

  /** Never rejects. */
  static open(target: OutboundTarget, shared: HttpShared, signal: AbortSignal): Promise<Opened> {
    assert(isIP(target.address) !== 0, 'the address that was checked is the address connected to')
    return new Promise((resolve) => {
      const abort = (): void => connection.#fail('network', 'it was given up here')
      const connection: HttpConnection = new HttpConnection(target, shared, (end) => {
        signal.removeEventListener('abort', abort)
        resolve(end)
      })
      signal.addEventListener('abort', abort)
      if (signal.aborted) abort()
    })
  }

  get #timeouts() {
    return this.target.settings?.().timeouts ?? this.#shared.timeouts
  }

  #listen(socket: Socket): void {
    socket.on('error', (error: NodeJS.ErrnoException) => {
      const kind = error.syscall === 'bind' ? 'source' : error.code === 'ECONNREFUSED' ? 'refused' : 'network'
      this.#fail(this.#shakesHands ? 'tls' : kind, error.message)
    })
    socket.on('close', () => this.#fail('network', this.#trouble))
  }

  #connected(): void {
    const { host, port, implicitTls } = this.target
    if (!implicitTls) return this.#ready(null)
    this.#shakesHands = true
    this.#socket = this.#shared.tls.wrap(this.#socket, { host, port }, ({ outcome, trouble }) => {
      if (trouble !== null) return this.#fail('tls', `its certificate does not prove it: ${trouble}`)
      this.#shakesHands = false
      this.#ready(outcome)
    })
    this.#listen(this.#socket)
  }

  #ready(tls: TlsOutcome | null): void {
    if (this.#state !== 'opening') return
    this.#state = 'idle'
    this.#shared.deadlines.arm(this, Infinity)
    this.#peer = {
      greeting: this.target.host,
      localAddress: this.#socket.localAddress ?? '',
      tls,
      extensions: { ...EXTENSIONS, requireTls: tls !== null },
    }
    this.#agent = new OneSocket(this.#socket)
    this.#opened({ ok: true, connection: this })
  }

  /** It is over; a request that is under way learns it from its socket. */
  #fail(kind: OpenFailure['kind'], reason: string): void {
    const before = this.#state
    if (before === 'ended') return
    this.#state = 'ended'
    this.#trouble = reason
    this.#note(reason)
    this.#said?.note(reason)
    this.#socket.destroy()
    // The end of the socket does not reach a request that waits for it, nor one that was answered by another protocol.
    this.#giveUp?.(reason)
    if (before === 'opening') this.#opened({ ok: false, failure: { kind, phase: 'connect', reply: null, reason, ...this.#dialogs() } })
    if (before === 'idle') this.#idleEnd?.()
  }

  #dialogs(): Pick<OpenFailure, 'dialogs'> {
    const dialog = this.dialog()
    return dialog === null ? {} : { dialogs: [dialog] }
  }

  dialog(): OutboundDialog | null {
    return this.#said?.told() ?? null
  }

  /** What the deadlines ask for. */
  expired(): void {
    if (this.#isEnded) this.#socket.destroy()
    this.#fail('timeout', this.#state === 'opening' ? 'no answer within the time for connect' : 'no answer within the time for a POST')
  }

  get peer(): OutboundPeer {
    if (this.#peer === null) throw new Error('the connection is not open yet')
    return this.#peer
  }

  get usable(): boolean {
    return this.#state !== 'ended' && this.#shared.clock.mono() < this.#goodUntil
  }

  async send({ post, recipients, mayFinish }: OutboundTransaction): Promise<readonly RecipientResult[]> {
    const result = await this.#post(post, mayFinish)
    return recipients.map(() => result)
  }

  async #post(post: HttpPost | undefined, mayFinish: Promise<void> | null): Promise<RecipientResult> {
    if (post === undefined) return { kind: 'lost', phase: 'idle', reason: 'there is nothing to post' }
    try {
      await mayFinish
    } catch {
      return { kind: 'lost', phase: 'idle', reason: 'the outcome before it could not be committed' }
    }
    if (this.#state !== 'idle') return { kind: 'lost', phase: 'idle', reason: this.#trouble }
    this.#state = 'sending'
    this.#said?.begin()
    this.#shared.deadlines.arm(this, Math.min(this.#timeouts.final, ANSWER_WITHIN))
    const result = await this.#exchange(post)
    if (this.#isEnded) return result
    this.#state = 'idle'
    this.#shared.deadlines.arm(this, Infinity)
    return result
  }

  /** Asked anew after something was waited for. */
  get #isEnded(): boolean {
    return this.#state === 'ended'
  }

  #exchange({ path, headers, body }: HttpPost): Promise<RecipientResult> {
    const { host, port, implicitTls } = this.target
    const named = isIP(host) === 6 ? `[${host}]` : host
    const own = {
      host: port === (implicitTls ? 443 : 80) ? named : `${named}:${port}`,
      'user-agent': 'hms',
      'content-length': String(body.length),
    }
    this.#note(`POST ${path}`, 'us')
    // What it is asked with may be a secret between the sender and the server.
    this.#said?.written(`POST ${path.replace(/\?.*$/s, '?(query)')}`, false)
    this.#said?.message(body.length)
    return new Promise((resolve) => {
      const sent = request({
        agent: this.#agent ?? false,
        host: this.target.address,
        method: 'POST',
        path,
        headers: { ...headers, ...own },
        maxHeaderSize: LARGEST_HEADER,
      })
      // Of a request that is not whole nothing can come.
      this.#giveUp = (reason) => resolve(sent.writableFinished ? { kind: 'perhaps', reason } : { kind: 'lost', phase: 'body', reason })
      this.#boundInterim(sent)
      sent.on('error', (error) => {
        const reason = this.#isEnded ? this.#trouble : error.message
        this.#giveUp?.(reason)
        this.#fail('network', reason)
      })
      sent.on('response', (response) => {
        this.#giveUp = null
        this.#read(sent, response, resolve)
      })
      sent.end(body)
    })
  }

  /** Ends what answers again and again before its answer, or speaks of another protocol, which would be read for as long as there is time. */
  #boundInterim(sent: ClientRequest): void {
    let interim = 0
    sent.on('information', () => {
      if (++interim > MOST_INTERIM) this.#fail('network', `it answered ${MOST_INTERIM} times before its answer`)
    })
    sent.on('upgrade', () => this.#fail('network', 'it answered 101 (another protocol), which nobody asked for'))
  }

  /** The status decides; of what follows the first line is told. */
  #read(sent: ClientRequest, response: IncomingMessage, resolve: (result: RecipientResult) => void): void {
    this.#shared.deadlines.arm(this, REST_WITHIN)
    const pieces: Buffer[] = []
    let octets = 0
    const finish = (): void => {
      const reply = { code: response.statusCode ?? 0, enhanced: null, text: replyText(response.statusMessage ?? '', Buffer.concat(pieces)) }
      this.#note(`${reply.code} ${reply.text}`, 'peer')
      this.#said?.read()
      this.#said?.heard(reply, [], false)
      this.#keepOrEnd(sent, response)
      resolve(this.#resultOf(reply, response))
    }
    response.on('data', (piece: Buffer) => {
      if (octets < LONGEST_LINE) pieces.push(piece.subarray(0, LONGEST_LINE - octets))
      octets += piece.length
      if (octets > LARGEST_ANSWER) response.destroy()
    })
    response.on('error', () => undefined)
    response.once('close', finish)
  }

  #keepOrEnd(sent: ClientRequest, response: IncomingMessage): void {
    if (!response.complete || !sent.writableFinished || !sent.shouldKeepAlive) return this.#fail('network', 'the connection is over')
    const kept = /\btimeout=(\d{1,6})/i.exec(String(response.headers['keep-alive'] ?? ''))?.[1]
    if (kept !== undefined) this.#goodUntil = this.#shared.clock.mono() + Number(kept) * 1000 - MARGIN
  }

  #resultOf(reply: PeerReply, { headers }: IncomingMessage): RecipientResult {
    if (reply.code >= 200 && reply.code < 300) return { kind: 'accepted', reply }
    const isLater = classifyStatus(reply.code).kind === 'defer'
    return { kind: 'declined', reply, retryAfter: isLater ? retryAfter(headers['retry-after'], this.#shared.clock.now()) : null }
  }

  #note(text: string, from: 'us' | 'peer' | 'note' = 'note'): void {
    if (!this.#shared.trace.hears('out')) return
    const traced = (this.#traced ??= this.#shared.trace.open('out', this.target.address))
    traced.hear(from, text)
  }

  close(how: 'quit' | 'abort'): Promise<void> {
    if (how === 'abort') this.#fail('network', 'it was closed here')
    else {
      this.#state = 'ended'
      this.#socket.end()
      this.#shared.deadlines.arm(this, PATIENCE_AT_END)
    }
    return this.#closed.promise
  }

  onEnd(fn: () => void): void {
    this.#idleEnd = fn
    if (this.#isEnded) queueMicrotask(fn)
  }
}
