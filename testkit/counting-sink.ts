// A receiving server that only counts, for scenarios with many messages: which recipient came how often. It answers as any
// server does, offers PIPELINING, and can be slow before its last answer, so that a crash finds messages in flight.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { PATIENCE_MS } from './patience.ts'

export class CountingSink implements AsyncDisposable {
  /** Recipient → how many messages to it were answered with 250. */
  readonly counts = new Map<string, number>()
  /** Recipients answered with 250, each delivery counted. */
  received = 0
  /** Most connections that were open at once. */
  mostOpen = 0
  /** Recipients that do not exist here. */
  unknown: (recipient: string) => boolean = () => false
  /** Wait before the answer to the final dot, in ms. */
  delay = 0
  /** Every tenth answer waits between these instead. */
  late: readonly [least: number, most: number] | null = null
  #dots = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Those that have not said QUIT. */
  readonly #open = new Set<Socket>()
  readonly #onTaken: (recipients: readonly string[]) => void

  private constructor(onTaken: (recipients: readonly string[]) => void) {
    this.#onTaken = onTaken
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket))
  }

  /** `onTaken` is told the recipients of each message, before its answer. */
  static async start(onTaken: (recipients: readonly string[]) => void = () => {}): Promise<CountingSink> {
    const sink = new CountingSink(onTaken)
    sink.#server.listen(0, '127.0.0.1')
    await once(sink.#server, 'listening')
    return sink
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Deliveries beyond the first, of all recipients together. */
  get duplicates(): number {
    return [...this.counts.values()].reduce((sum, count) => sum + count - 1, 0)
  }

  missing(recipients: Iterable<string>): string[] {
    return [...recipients].filter((recipient) => !this.counts.has(recipient))
  }

  /** Resolves once each of them came; resolves too, with those that have not, when none came for `patience` ms. */
  async until(recipients: Iterable<string>, patience = PATIENCE_MS): Promise<string[]> {
    const wanted = [...recipients]
    let seen = -1
    let since = performance.now()
    for (;;) {
      const missing = this.missing(wanted)
      if (missing.length === 0 || performance.now() - since > patience) return missing
      if (missing.length !== seen) [seen, since] = [missing.length, performance.now()]
      await wait(50)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket)
    this.#open.add(socket)
    this.mostOpen = Math.max(this.mostOpen, this.#open.size)
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#sockets.delete(socket)
      this.#open.delete(socket)
    })
    socket.write('220 sink.example.test ESMTP\r\n')
    const quit = (): void => void this.#open.delete(socket)
    const session = new SinkSession(socket, {
      taken: (recipients) => this.#take(socket, recipients),
      quit,
      isUnknown: (one) => this.unknown(one),
    })
    socket.setEncoding('latin1').on('data', (chunk) => session.read(String(chunk)))
  }

  #delayNow(): number {
    this.#dots++
    if (this.late === null || this.#dots % 10 !== 0) return this.delay
    const [least, most] = this.late
    return least + Math.random() * (most - least)
  }

  async #take(socket: Socket, recipients: readonly string[]): Promise<void> {
    const delay = this.#delayNow()
    // A process whose tests are over does not wait for it.
    if (delay > 0) await wait(delay, undefined, { ref: false })
    if (socket.destroyed) return
    // Counted before the answer: what the client may have heard has been counted.
    this.received += recipients.length
    for (const recipient of recipients) this.counts.set(recipient, (this.counts.get(recipient) ?? 0) + 1)
    this.#onTaken(recipients)
    socket.write('250 2.0.0 Counted\r\n')
  }
}

interface SinkAnswers {
  readonly taken: (recipients: readonly string[]) => Promise<void>
  readonly quit: () => void
  readonly isUnknown: (recipient: string) => boolean
}

class SinkSession {
  readonly #socket: Socket
  readonly #taken: (recipients: readonly string[]) => Promise<void>
  readonly #quit: () => void
  readonly #isUnknown: (recipient: string) => boolean
  #buffer = ''
  #recipients: string[] = []
  #inData = false

  constructor(socket: Socket, { taken, quit, isUnknown }: SinkAnswers) {
    this.#socket = socket
    this.#taken = taken
    this.#quit = quit
    this.#isUnknown = isUnknown
  }

  read(chunk: string): void {
    this.#buffer += chunk
    while (this.#step());
  }

  #step(): boolean {
    if (this.#inData) {
      const end = this.#buffer.indexOf('\r\n.\r\n')
      if (end === -1) {
        this.#buffer = this.#buffer.slice(-4)
        return false
      }
      this.#buffer = this.#buffer.slice(end + 5)
      this.#inData = false
      void this.#taken(this.#recipients)
      this.#recipients = []
      return true
    }
    const end = this.#buffer.indexOf('\r\n')
    if (end === -1) return false
    const line = this.#buffer.slice(0, end)
    this.#buffer = this.#buffer.slice(end + 2)
    this.#answer(line)
    return true
  }

  #answer(line: string): void {
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'EHLO') this.#socket.write('250-sink.example.test\r\n250-PIPELINING\r\n250 8BITMIME\r\n')
    else if (verb === 'RCPT') {
      const recipient = /<([^>]*)>/.exec(line)?.[1] ?? ''
      const isUnknown = this.#isUnknown(recipient)
      if (!isUnknown) this.#recipients.push(recipient)
      this.#socket.write(isUnknown ? '550 5.1.1 No such user here\r\n' : '250 2.1.5 Ok\r\n')
    } else if (verb === 'DATA' && this.#recipients.length === 0) this.#socket.write('554 5.5.1 No valid recipients\r\n')
    else if (verb === 'DATA') {
      this.#inData = true
      // The end of the command begins the first line: what ends a text is then the same everywhere in it.
      this.#buffer = `\r\n${this.#buffer}`
      this.#socket.write('354 Go on\r\n')
    } else if (verb === 'QUIT') {
      this.#quit()
      this.#socket.end('221 2.0.0 Bye\r\n')
    } else {
      if (verb === 'MAIL' || verb === 'RSET') this.#recipients = []
      this.#socket.write('250 2.0.0 Ok\r\n')
    }
  }
}
