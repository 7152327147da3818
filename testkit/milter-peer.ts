// A milter on loopback that does as a test says: it agrees on options, keeps what it is told, and answers each step as scripted. What it was
// told stands together by message, so that a test compares it with what was stored.
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { answerOf, type Options, packetsIn, pkt } from './milter-packets.ts'

/** Packets to answer with; null: silence; `die`: the connection is cut off. */
export type Answer = readonly Buffer[] | null | 'die'

export interface Step {
  readonly letter: string
  /** One character an octet. */
  readonly data: string
  /** Which connection it came by, from 1. */
  readonly connection: number
}

export type Script = (step: Step) => Answer | undefined | Promise<Answer | undefined>

/** What is answered by no filter. */
const SILENT = new Set(['D', 'A', 'Q', 'K'])

export class MilterPeer implements AsyncDisposable {
  /** All steps, macros among them. */
  readonly steps: Step[] = []
  readonly #server: Server
  readonly #open = new Set<Socket>()
  readonly #sockets = new Map<number, Socket>()
  /** Undefined: it goes on. */
  script: Script
  options: Options
  connections = 0

  private constructor(script: Script, options: Options) {
    this.script = script
    this.options = options
    this.#server = createServer((socket) => this.#serve(socket))
  }

  /** `path`: a Unix socket. */
  static async start(script: Script = () => undefined, options: Options & { readonly path?: string } = {}): Promise<MilterPeer> {
    const peer = new MilterPeer(script, options)
    await peer.#listen(options.path ?? 0)
    return peer
  }

  get address(): string {
    const at = this.#server.address()
    return typeof at === 'string' ? `unix:${at}` : `inet:127.0.0.1:${(at as AddressInfo).port}`
  }

  get open(): number {
    return this.#open.size
  }

  /** Nobody listens there any more, and who is connected is cut off. Resolves with the port, for `back`. */
  async gone(): Promise<number> {
    const { port } = this.#server.address() as AddressInfo
    for (const socket of this.#open) socket.resetAndDestroy()
    this.#server.close()
    await once(this.#server, 'close')
    return port
  }

  back(port: number): Promise<void> {
    return this.#listen(port)
  }

  /** Those who are connected are cut off; others may come. */
  cut(): void {
    for (const socket of this.#open) socket.resetAndDestroy()
  }

  /** In the middle of something else. */
  write(connection: number, octets: Buffer): void {
    this.#sockets.get(connection)?.write(octets)
  }

  /** Letters of the steps, without macros and options. */
  get letters(): string {
    return this.steps.flatMap(({ letter }) => (letter === 'D' || letter === 'O' ? [] : [letter])).join('')
  }

  /** Data of all steps of a letter. */
  told(letter: string): readonly string[] {
    return this.steps.filter((step) => step.letter === letter).map(({ data }) => data)
  }

  /** Macros that went before a step, of all connections together. */
  macros(letter: string): ReadonlyMap<string, string> {
    const found = new Map<string, string>()
    for (const data of this.told('D').filter((one) => one.startsWith(letter))) {
      const [...parts] = data.slice(1).split('\0')
      for (let n = 0; n + 1 < parts.length; n += 2) found.set(parts[n] ?? '', parts[n + 1] ?? '')
    }
    return found
  }

  /** The header and body that it was told, as a message with CRLF. */
  get message(): string {
    const fields = this.told('L').map((data) => {
      const [name = '', value = ''] = data.split('\0')
      return `${name}: ${value.replaceAll('\n', '\r\n')}\r\n`
    })
    return `${fields.join('')}\r\n${this.told('B').join('')}`
  }

  #listen(where: string | number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    if (typeof where === 'string') this.#server.listen(where, resolve)
    else this.#server.listen(where, '127.0.0.1', resolve)
    return promise
  }

  #serve(socket: Socket): void {
    this.#open.add(socket)
    const connection = ++this.connections
    this.#sockets.set(connection, socket)
    let octets = Buffer.alloc(0)
    let before = Promise.resolve()
    socket.on('close', () => this.#open.delete(socket))
    socket.on('error', () => {})
    socket.on('data', (chunk: Buffer) => {
      octets = Buffer.concat([octets, chunk])
      while (octets.length >= 4 && octets.length >= 4 + octets.readUInt32BE(0)) {
        const end = 4 + octets.readUInt32BE(0)
        const [[letter, data] = ['', '']] = packetsIn(octets.subarray(0, end))
        octets = octets.subarray(end)
        before = before.then(() => this.#answer(socket, { letter, data, connection }))
      }
    })
  }

  async #answer(socket: Socket, step: Step): Promise<void> {
    this.steps.push(step)
    const answer = await this.script(step)
    if (answer === 'die') socket.resetAndDestroy()
    else if (answer !== undefined) for (const one of answer ?? []) socket.write(one)
    else if (step.letter === 'O') socket.write(answerOf(this.options))
    else if (step.letter === 'Q') socket.end()
    else if (!SILENT.has(step.letter)) socket.write(pkt('c'))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#open) socket.destroy()
    if (!this.#server.listening) return
    this.#server.close()
    await once(this.#server, 'close')
  }
}
