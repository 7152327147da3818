// A server session of SMTP as a machine without I/O: octets in, replies out, decisions asked of the handler. This file
// cuts the octets into lines, messages and chunks and keeps the order of replies; what a command does is in dialog.ts.
import { isUtf8 } from 'node:buffer'
import type { TlsOutcome } from '../../contract/events.ts'
import { formatReply, type Reply } from '../reply.ts'
import { parseCommand } from './command.ts'
import { Dialog, type Step } from './dialog.ts'
import type { ServerHandler } from './handler.ts'
import type { IncomingBody } from './incoming-body.ts'
import { R } from './replies.ts'
import { LONGEST_SASL_LINE } from './sasl.ts'
import type { ClientBase, ServerSessionOptions, SessionOutput, SessionTimeout, SessionWait } from './session-io.ts'

/**
 * - `new`: nothing was said. Left by `start`.
 * - `command`: a command line is read.
 * - `auth`: a line of an AUTH exchange is read. Left by its decision, by `*`, by a line that is no answer.
 * - `data`: the octets of a message are read. Left by CRLF.CRLF alone.
 * - `chunk`: the octets of a BDAT chunk are read. Left when all that were announced have come.
 * - `deciding`: the handler thinks, or its sink is full. Input is kept and not looked at.
 * - `tls`: the handshake runs. Input is dropped: it was sent before it.
 * - `closed`: nothing more is read or written. Entered from everywhere, never left.
 */
type State = 'new' | 'command' | 'auth' | 'data' | 'chunk' | 'deciding' | 'tls' | 'closed'

// oxfmt-ignore
const WAITS: Record<State, SessionWait> = {
  new: 'us', command: 'command', auth: 'command', data: 'data', chunk: 'data', deciding: 'us', tls: 'tls', closed: 'closed',
}

const LF = 10
const CR = 13
/** First octet of a TLS record: a handshake where SMTP in the clear is spoken. */
const TLS_HANDSHAKE = 0x16
/** Octets kept during a decision before the socket is paused. A pipelined group fits, and pausing costs system calls. */
const MOST_KEPT = 32 * 1024
const BEYOND_ASCII = /[^\0-\x7f]/

interface Chunk {
  readonly body: IncomingBody | null
  readonly finish: () => Reply | Promise<Reply>
  left: number
}

export class ServerSession {
  readonly #options: ServerSessionOptions
  readonly #handler: ServerHandler
  readonly #io: SessionOutput
  readonly #dialog: Dialog
  #state: State = 'new'
  /** Replies that leave together at the end of this call (rfc:2920#3.2). */
  #replies = ''
  /** The beginning of a line, one character an octet; bounded by the line's limit. */
  #partial = ''
  #overlong = false
  #body: IncomingBody | null = null
  #chunk: Chunk | null = null
  #kept: Buffer[] = []
  #keptOctets = 0
  #paused = false
  #commands = 0
  #errors = 0
  #stopping = false
  #over = false

  /** `tls`: the outcome on a listener with TLS from the first octet, else null. One handler for each session. */
  constructor(options: ServerSessionOptions, handler: ServerHandler, base: ClientBase, tls: TlsOutcome | null, io: SessionOutput) {
    this.#options = options
    this.#handler = handler
    this.#io = io
    const { address, port, localAddress, localPort } = base
    this.#dialog = new Dialog(options, handler, { address, port, localAddress, localPort, tls }, (error) => io.failed(error))
  }

  /** What is waited for now: which of the driver's clocks runs. */
  get wait(): SessionWait {
    return WAITS[this.#state]
  }

  /** Neither logged in nor had a recipient accepted. */
  get isStranger(): boolean {
    return this.#dialog.isStranger
  }

  /** Greets, or refuses and closes. Call once, after PROXY and implicit TLS are through. */
  start(): void {
    if (this.#state !== 'new') return
    this.#settle(this.#dialog.greet())
    this.#flush()
  }

  /** Octets from the client. `chunk` is only read during the call: its memory may be used again afterwards. */
  feed(chunk: Buffer): void {
    if (this.#state === 'deciding') return this.#keep(chunk, 0, false)
    this.#read(chunk, false)
    return this.#flush()
  }

  /** The handshake asked for by `startTls` is done. When it fails, destroy the socket and call `ended`. */
  tlsEstablished(tls: TlsOutcome): void {
    if (this.#state !== 'tls') return
    this.#dialog.tlsEstablished(tls)
    this.#enter('command')
  }

  /** A clock ran out: says 421 where that can still be said, and closes. A message that is being decided is decided first. */
  timeout(kind: SessionTimeout): void {
    if (this.#state === 'deciding') this.#stopping = true
    else if (this.#state === 'tls') this.#close()
    else this.#say(kind === 'idle' ? R.idle : R.sessionTooLong)
    this.#flush()
  }

  /** The server stops: an idle session is told 421 and closed at once, a busy one after the message in hand. */
  stop(): void {
    this.#stopping = true
    if (this.#isIdle) this.#say(R.stopping)
    this.#flush()
  }

  /** The connection is gone, whoever ended it. Aborts what was under way and tells the handler, once. */
  ended(): void {
    if (this.#over) return
    this.#over = true
    this.#leave()
    this.#handler.closed()
  }

  /** The one place where the state changes; nothing leaves `closed`. */
  #enter(state: State): void {
    if (this.#state !== 'closed') this.#state = state
  }

  get #isIdle(): boolean {
    return this.#state === 'command' && !this.#dialog.inTransaction && this.#partial === ''
  }

  /** `ours`: memory that nobody else writes to, which may be kept as it is. */
  #read(chunk: Buffer, ours: boolean): void {
    let at = 0
    while (at < chunk.length) {
      switch (this.#state) {
        case 'command':
        case 'auth':
          at = this.#readLine(chunk, at)
          break
        case 'data':
          at = this.#readData(chunk, at)
          break
        case 'chunk':
          at = this.#readChunk(chunk, at)
          break
        case 'deciding':
          this.#keep(chunk, at, ours)
          return
        // CVE-2011-0411: what came before the handshake must not be taken for what came under it.
        case 'tls':
        case 'closed':
        case 'new':
          return
      }
    }
  }

  #readLine(chunk: Buffer, at: number): number {
    if (chunk[at] === TLS_HANDSHAKE && this.#partial === '' && !this.#overlong) {
      this.#say(R.notWeb)
      return chunk.length
    }
    const lf = chunk.indexOf(LF, at)
    const end = lf === -1 ? chunk.length : lf + 1
    const length = this.#partial.length + end - at
    if (length > this.#options.commandLength && length > this.#longestLine(chunk, at)) this.#overlong = true
    if (lf === -1) {
      if (this.#overlong) this.#partial = ''
      else this.#partial += chunk.toString('latin1', at, end)
      return end
    }
    if (this.#overlong) this.#settleLine(R.lineTooLong)
    else {
      const line = this.#partial + chunk.toString('latin1', at, lf)
      this.#partial = ''
      this.#takeLine(line)
    }
    return end
  }

  /** rfc:4954#4: a line of an AUTH exchange, the initial response included, may be longer than a command. */
  #longestLine(chunk: Buffer, at: number): number {
    if (this.#state === 'auth') return LONGEST_SASL_LINE
    const verb = (this.#partial.slice(0, 5) + chunk.toString('latin1', at, at + 5)).slice(0, 5)
    return verb.toUpperCase() === 'AUTH ' ? LONGEST_SASL_LINE : this.#options.commandLength
  }

  /** `line`: one character an octet, the LF cut off. */
  #takeLine(line: string): void {
    // rfc:5321#2.3.8: only CRLF ends a line; a lone LF here is the other half of a smuggled message.
    if (line.charCodeAt(line.length - 1) !== CR) return this.#settleLine(R.bareNewlineInCommand)
    let text = line.slice(0, -1)
    this.#io.heard?.(text)
    if (BEYOND_ASCII.test(text)) {
      const octets = Buffer.from(text, 'latin1')
      if (!isUtf8(octets)) return this.#settleLine(R.notUtf8)
      text = octets.toString()
    }
    if (this.#state === 'auth') return this.#settle(this.#dialog.answer(text))
    return this.#command(text)
  }

  #command(text: string): void {
    if (this.#stopping && !this.#dialog.inTransaction) return this.#say(R.stopping)
    if (++this.#commands > this.#options.commands) return this.#say(R.tooManyCommands)
    const command = parseCommand(text, this.#dialog)
    return this.#settle('code' in command ? command : this.#dialog.execute(command))
  }

  /** A line that is no line: it ends an AUTH exchange, and costs a command as any other. */
  #settleLine(refusal: Reply): void {
    this.#partial = ''
    this.#overlong = false
    this.#commands++
    this.#settle(this.#state === 'auth' ? this.#dialog.cancelAuth(refusal) : refusal)
  }

  #readData(chunk: Buffer, at: number): number {
    const body = this.#body
    if (body === null) return chunk.length
    const end = body.push(chunk, at)
    if (end === -1) {
      if (body.pending !== null) this.#hold(body.pending, 'data')
      return chunk.length
    }
    this.#body = null
    this.#settleMessage(this.#dialog.dataEnded())
    return end
  }

  #readChunk(chunk: Buffer, at: number): number {
    const part = this.#chunk
    if (part === null) return chunk.length
    const end = Math.min(chunk.length, at + part.left)
    part.left -= end - at
    part.body?.push(end === chunk.length ? chunk : chunk.subarray(0, end), at)
    if (part.left === 0) this.#finishChunk(part)
    else if (part.body?.pending) this.#hold(part.body.pending, 'chunk')
    return end
  }

  #finishChunk(part: Chunk): void {
    this.#chunk = null
    this.#settleMessage(part.finish())
  }

  /** The sink wants no more for now. */
  #hold(pending: Promise<void>, back: State): void {
    this.#enter('deciding')
    this.#pause()
    this.#later(pending, () => this.#enter(back))
  }

  #settle(step: Step | Promise<Step>): void {
    if (step instanceof Promise) {
      this.#enter('deciding')
      this.#later(step, (settled) => this.#take(settled))
    } else this.#take(step)
  }

  #settleMessage(answer: Reply | Promise<Reply>): void {
    if (answer instanceof Promise) {
      this.#enter('deciding')
      this.#later(answer, (settled) => this.#answerMessage(settled))
    } else this.#answerMessage(answer)
  }

  #answerMessage(answer: Reply): void {
    // A client that gets mail through is no attacker: its errors so far are forgiven, so that sessions can be kept.
    if (answer.code < 300) this.#errors = 0
    this.#answer(answer)
  }

  #answer(answer: Reply): void {
    this.#enter('command')
    this.#say(answer)
    if (this.#stopping && !this.#dialog.inTransaction) this.#say(R.stopping)
  }

  /** Goes on when a promise settles, first with `then`, then with what was kept, and says what came of it in one write. */
  #later<T>(promise: Promise<T>, then: (value: T) => void): void {
    const settled = (act: () => void): void => {
      if (this.#state === 'closed') return
      act()
      this.#readKept()
      this.#flush()
      if (this.#paused && this.#stateIsNot('deciding')) this.#resume()
    }
    promise.then(
      (value) => settled(() => then(value)),
      (error: unknown) => {
        // Decisions turn their errors into replies: this is a bug of our own, and the order of things is unknown.
        this.#io.failed(error)
        settled(() => this.#close())
      },
    )
  }

  #take(step: Step): void {
    if ('code' in step) this.#answer(step)
    else if (step.enter === 'data') {
      this.#body = step.body
      this.#enter('data')
      this.#say(R.sendData)
    } else if (step.enter === 'chunk') {
      this.#chunk = { body: step.body, finish: step.finish, left: step.octets }
      this.#enter('chunk')
      if (step.octets === 0) this.#finishChunk(this.#chunk)
    } else if (step.enter === 'auth') {
      this.#enter('auth')
      this.#replies += `334 ${step.challenge}\r\n`
    } else this.#startTls()
  }

  #startTls(): void {
    this.#say(R.startTls)
    this.#flush()
    this.#enter('tls')
    this.#dropKept()
    if (this.#paused) this.#resume()
    this.#io.startTls()
  }

  #say(answer: Reply): void {
    const tooMany = answer.code >= 500 && ++this.#errors > this.#options.errors
    const said = tooMany ? R.tooManyErrors : answer
    if (this.#state === 'closed') return
    this.#replies += formatReply(said)
    if (said.close === true) this.#close()
  }

  #flush(): void {
    if (this.#replies === '') return
    const text = this.#replies
    this.#replies = ''
    this.#io.write(text)
  }

  /** Ends the session from our side; what was said leaves first. */
  #close(): void {
    if (this.#state === 'closed') return
    this.#flush()
    this.#leave()
    this.#io.close()
  }

  #leave(): void {
    this.#enter('closed')
    this.#dialog.abandon()
    this.#dropKept()
    this.#body = null
    this.#chunk = null
    this.#partial = ''
    this.#replies = ''
  }

  #keep(chunk: Buffer, from: number, ours: boolean): void {
    const rest = chunk.subarray(from)
    this.#kept.push(ours ? rest : Buffer.from(rest))
    this.#keptOctets += chunk.length - from
    if (this.#keptOctets > MOST_KEPT) this.#pause()
  }

  #readKept(): void {
    while (this.#kept.length > 0 && this.#stateIsNot('deciding')) {
      const kept = this.#kept
      const next = kept.length === 1 ? kept[0] : Buffer.concat(kept)
      this.#dropKept()
      if (next !== undefined) this.#read(next, true)
    }
  }

  #dropKept(): void {
    this.#kept = []
    this.#keptOctets = 0
  }

  /** A question about a state that a call may have changed meanwhile. */
  #stateIsNot(state: State): boolean {
    return this.#state !== state
  }

  #pause(): void {
    if (!this.#paused) this.#io.pause()
    this.#paused = true
  }

  #resume(): void {
    this.#paused = false
    this.#io.resume()
  }
}
