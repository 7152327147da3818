// One connection to a receiving server: the socket under a client session. Octets go in and out here, time is kept here;
// what they mean is the session's.
import assert from 'node:assert/strict'
import { connect, isIP, type OnReadOpts, type Socket } from 'node:net'
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { PeerReply, TlsOutcome } from '../../contract/events.ts'
import type {
  ConnectionSettings,
  OpenFailure,
  OutboundConnection,
  OutboundDialog,
  OutboundPeer,
  OutboundTarget,
  OutboundTransaction,
  RecipientResult,
} from '../../engine/ports/outbound.ts'
import type { OpeningEnd } from '../../smtp/client/opening.ts'
import { ClientSession } from '../../smtp/client/session.ts'
import type { ClientPhase, ClientWire, MessageForm } from '../../smtp/client/wire.ts'
import type { SharedReads } from '../../base/shared-reads.ts'
import type { Traced, TraceHub } from '../trace.ts'
import type { Deadlined, Deadlines } from './deadlines.ts'
import { exitWords, haproxyHeader, SocksDialog } from './exit.ts'
import type { FewATurn } from './few-a-turn.ts'
import { goesInOneWrite, LongMessage, octetsOf, type ShortMessages } from './message-writer.ts'
import { Said } from './said.ts'
import type { TlsClient } from './tls-client.ts'

/** How long a server gets to answer QUIT. */
const PATIENCE_AT_QUIT: Ms = 1000
// oxlint-disable-next-line no-control-regex -- ASCII is what it is about
const ASCII = /^[\x00-\x7f]*$/

/** Where nobody says otherwise. */
const EVERYTHING: ConnectionSettings = { pipelining: true, chunking: true, timeouts: null }

/** What all connections of one outbound side share. */
export interface Shared {
  readonly timeouts: Readonly<Record<ClientPhase, Ms>>
  readonly deadlines: Deadlines
  readonly tls: TlsClient
  readonly short: ShortMessages
  readonly reads: SharedReads
  /** Who may write the end of its message, and who may begin its handshake. */
  readonly ends: FewATurn<Connection>
  readonly handshakes: FewATurn<Connection>
  readonly log: Log
  readonly trace: TraceHub
  readonly clock: Clock
  /** What is said is remembered until the next transaction. */
  readonly remembers: boolean
}

export type Opened = { readonly ok: true; readonly connection: OutboundConnection } | { readonly ok: false; readonly failure: OpenFailure }

export class Connection implements OutboundConnection, ClientWire, Deadlined {
  deadline: Ms = Infinity
  readonly target: OutboundTarget
  readonly #shared: Shared
  readonly #session: ClientSession
  #socket: Socket
  #phase: ClientPhase = 'connect'
  #handshaking = false
  #localAddress = ''
  #peer: OutboundPeer | null = null
  #message: OutboundTransaction | null = null
  #long: LongMessage | null = null
  /** Of a message that goes out in one write, which waits for its turn. */
  #form: MessageForm = 'data'
  #chunkTaken: (() => void) | null = null
  #idleEnd: (() => void) | null = null
  #endedIdle = false
  #traced: Traced | null = null
  readonly #said: Said | null
  /** While it speaks with the exit. */
  #exit: SocksDialog | null = null
  /** The exit took us to the peer, as far as it tells. */
  #isThrough = false
  readonly #closed = Promise.withResolvers<void>()

  private constructor(target: OutboundTarget, shared: Shared, opened: (end: OpeningEnd) => void) {
    this.target = target
    this.#shared = shared
    this.#said = shared.remembers ? new Said(shared.clock, target) : null
    const idleEnd = (): void => {
      this.#endedIdle = true
      this.#idleEnd?.()
    }
    this.#session = new ClientSession(target, this, { opened, idleEnd })
    const onread: OnReadOpts = {
      buffer: shared.reads.buffer,
      callback: (octets, buffer) => {
        this.#receive(buffer as Buffer, octets)
        return true
      },
    }
    const { exit, localAddress } = target
    const { host, port } = exit ?? { host: target.address, port: target.port }
    this.#socket = connect({ host, port, noDelay: true, onread, ...(exit || localAddress === null ? {} : { localAddress }) })
    this.#watch()
  }

  /** Connects, greets, protects, logs in. Never rejects. */
  static open(target: OutboundTarget, shared: Shared, signal: AbortSignal): Promise<Opened> {
    assert(isIP(target.address) !== 0, 'the address that was checked is the address connected to')
    if (target.localAddress !== null && isIP(target.localAddress) === 0) {
      const reason = `the local address ${target.localAddress} is no IP address`
      return Promise.resolve({ ok: false, failure: { kind: 'network', phase: 'connect', reply: null, reason } })
    }
    return new Promise((resolve) => {
      const abort = (): void => connection.#session.failed('network', 'it was given up here')
      const connection: Connection = new Connection(target, shared, (end) => {
        signal.removeEventListener('abort', abort)
        resolve(end.ok ? { ok: true, connection } : { ok: false, failure: connection.#told(end.failure) })
        if (end.ok) connection.#peer = { ...end.peer, localAddress: connection.#localAddress }
      })
      signal.addEventListener('abort', abort)
      if (signal.aborted) abort()
    })
  }

  #watch(): void {
    const { deadlines } = this.#shared
    deadlines.watch(this)
    this.arm('connect')
    this.#socket.once('connect', () => {
      this.#localAddress = this.#socket.localAddress ?? ''
      this.#connected()
    })
    this.#listen(this.#socket)
    this.#socket.once('close', () => {
      deadlines.forget(this)
      this.#closed.resolve()
    })
  }

  #listen(socket: Socket): void {
    socket.on('error', (error: NodeJS.ErrnoException) => this.#trouble(error.message, error))
    socket.on('end', () => this.#trouble('the server closed the connection'))
    socket.on('close', () => this.#trouble('the connection was closed'))
  }

  #connected(): void {
    const { exit, localAddress } = this.target
    if (exit === undefined) return this.#session.connected()
    this.#localAddress = localAddress ?? ''
    if (exit.kind === 'socks5') {
      this.#exit = new SocksDialog(this.target, exit.login)
      return void this.#socket.write(this.#exit.begin)
    }
    this.#socket.write(haproxyHeader(this.target))
    this.#isThrough = true
    this.#session.connected()
  }

  /** The exit answers. */
  #step(exit: SocksDialog, octets: Buffer): void {
    const step = exit.receive(octets)
    if (step.kind === 'more') return void (step.send !== null && this.#socket.write(step.send))
    if (step.kind === 'failed') return this.#session.failed(step.of, `${this.#exitWords}: ${step.reason}`)
    this.#exit = null
    this.#isThrough = true
    this.#localAddress = step.localAddress ?? this.#localAddress
    this.#session.connected()
    if (step.rest.length > 0) this.#receive(step.rest, step.rest.length)
  }

  get #exitWords(): string {
    return this.target.exit === undefined ? 'the exit' : exitWords(this.target.exit)
  }

  #receive(chunk: Buffer, octets: number): void {
    if (this.#exit !== null) return this.#step(this.#exit, Buffer.from(chunk.subarray(0, octets)))
    this.#said?.read()
    if (this.#shared.trace.hears('out')) this.#trace('peer', chunk.toString('latin1', 0, octets))
    this.#session.receive(chunk, octets)
  }

  #trace(from: 'us' | 'peer' | 'note', text: string): void {
    const traced = (this.#traced ??= this.#shared.trace.open('out', this.target.address))
    traced.hear(from, text)
  }

  #told(failure: OpenFailure): OpenFailure {
    if (failure.reply === null) this.#said?.ended(failure.reason)
    const dialog = this.dialog()
    return dialog === null ? failure : { ...failure, dialogs: [dialog] }
  }

  dialog(): OutboundDialog | null {
    return this.#said?.told() ?? null
  }

  #trouble(reason: string, error?: NodeJS.ErrnoException): void {
    this.#said?.note(reason)
    if (this.#shared.trace.hears('out')) this.#trace('note', reason)
    if (this.#isAtExit) return this.#session.failed('source', `${this.#exitWords} cannot be used: ${reason}`)
    if (this.#exit !== null) return this.#session.failed('network', `${this.#exitWords}: ${reason}`)
    if (error !== undefined && cannotBind(this.target, error))
      return this.#session.failed('source', `${this.target.localAddress} cannot be bound: ${reason}`)
    const kind = error?.code === 'ECONNREFUSED' ? 'refused' : 'network'
    this.#session.failed(this.#handshaking ? 'tls' : kind, this.#handshaking ? `the TLS handshake failed: ${reason}` : reason)
  }

  /** What goes wrong is the exit's, or the peer's beyond it: an exit that was told where to connect waits for the peer. */
  get #isAtExit(): boolean {
    return this.target.exit !== undefined && !this.#isThrough && this.#exit?.isAsking !== true
  }

  get peer(): OutboundPeer {
    if (this.#peer === null) throw new Error('the connection is not open yet')
    return this.#peer
  }

  get usable(): boolean {
    return this.#session.usable
  }

  send(transaction: OutboundTransaction): Promise<readonly RecipientResult[]> {
    this.#message = transaction
    this.#long = null
    const { sender, recipients, envelopeId, returnContent, utf8, eightBit, binary, requireTls, mayFinish } = transaction
    const envelope = { sender, recipients, envelopeId, returnContent, utf8, eightBit, binary, requireTls: requireTls === true }
    this.#said?.begin()
    const { pipelining, chunking } = this.target.settings?.() ?? EVERYTHING
    const how = { oneWrite: goesInOneWrite(transaction), mayPipeline: pipelining, mayChunk: chunking }
    return this.#session.send({ ...envelope, ...how, octets: octetsOf(transaction), mayFinish })
  }

  close(how: 'quit' | 'abort'): Promise<void> {
    if (how === 'abort') {
      this.#said?.note('it was closed here')
      this.#session.failed('network', 'it was closed here')
    } else {
      this.#session.quit()
      this.#shared.deadlines.arm(this, PATIENCE_AT_QUIT)
    }
    return this.#closed.promise
  }

  onEnd(fn: () => void): void {
    this.#idleEnd = fn
    if (this.#endedIdle) queueMicrotask(fn)
  }

  // What the session asks for.

  heard(reply: PeerReply, lines: readonly string[]): void {
    this.#said?.heard(reply, lines, this.#phase === 'auth')
  }

  write(lines: string): void {
    this.#said?.written(lines, this.#phase === 'auth')
    if (this.#shared.trace.hears('out')) this.#trace('us', lines)
    this.#socket.write(lines, ASCII.test(lines) ? 'latin1' : 'utf8')
  }

  writeMessage(form: MessageForm): void {
    this.#form = form
    this.#shared.ends.push(this)
  }

  streamMessage(form: MessageForm, lockstep: boolean): void {
    if (this.#message === null) return
    const chunk = (): Promise<void> | null => {
      this.#session.chunkWritten()
      if (!lockstep) return null
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#chunkTaken = resolve
      return promise
    }
    const message = this.#message
    this.#long = new LongMessage(this.#socket, message, form, { progress: () => this.arm('body'), chunk })
    this.#long.writeBody().then(
      () => this.#session.endHeld(),
      (error: unknown) => {
        this.#shared.log.error('a message cannot be read, so it was not sent', { reason: messageOf(error) })
        this.#session.failed('network', `the message could not be read: ${messageOf(error)}`)
      },
    )
  }

  chunkTaken(): void {
    this.#chunkTaken?.()
    this.#chunkTaken = null
  }

  writeEnd(): void {
    this.#shared.ends.push(this)
  }

  endMessage(): void {
    if (!this.#session.usable) return
    this.#said?.message(this.#message === null ? 0 : octetsOf(this.#message))
    if (this.#shared.trace.hears('out')) this.#trace('note', `the message, ${this.#message === null ? 0 : octetsOf(this.#message)} octets`)
    if (this.#long !== null) this.#long.writeEnd()
    else if (this.#message !== null) this.#shared.short.write(this.#socket, this.#message, this.#form)
  }

  startTls(): void {
    this.#handshaking = true
    // What the server says before its turn is not read, and is no handshake then.
    this.#socket.pause()
    this.#shared.handshakes.push(this)
  }

  shakeHands(): void {
    const { host, port, dane } = this.target
    if (this.#socket.destroyed) return
    this.#socket = this.#shared.tls.wrap(this.#socket, { host, port, dane }, ({ outcome, trouble, daneTrouble }) => {
      this.#handshaking = false
      this.#said?.note(secured(outcome, trouble))
      this.#session.secured(outcome, trouble, daneTrouble)
    })
    this.#listen(this.#socket)
    this.#shared.reads.listen(this.#socket, (chunk) => this.#receive(chunk, chunk.length))
  }

  arm(phase: ClientPhase): void {
    this.#phase = phase
    const timeouts = this.target.settings?.().timeouts ?? this.#shared.timeouts
    this.#shared.deadlines.arm(this, timeouts[phase])
  }

  destroy(): void {
    this.#socket.destroy()
    this.chunkTaken()
  }

  // What the deadlines ask for.

  expired(): void {
    const late = `no answer within the time for ${this.#phase}`
    this.#said?.note(late)
    if (this.#isAtExit) this.#session.failed('source', `${this.#exitWords} cannot be used: ${late}`)
    else this.#session.failed('timeout', this.#exit === null ? late : `${this.#exitWords}: ${late}`)
    this.#socket.destroy()
  }
}

/** The local address is not there, or has no port left: no host can be reached from it. */
function cannotBind({ localAddress }: OutboundTarget, { code, syscall }: NodeJS.ErrnoException): boolean {
  return localAddress !== null && (syscall === 'bind' || code === 'EADDRNOTAVAIL' || code === 'EADDRINUSE')
}

function secured({ version, cipher }: TlsOutcome, trouble: string | null): string {
  return `${version} with ${cipher}, ${trouble === null ? 'certificate verified' : `the certificate does not prove the host: ${trouble}`}`
}
