// Exits for tests: a SOCKS5 server (rfc:1928) and a stand-in for HAProxy as an exit, which read what they are told and connect in our place,
// from an address of 127.0.0.0/8.
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import { parseProxyHeader } from '../src/smtp/proxy-header.ts'

export interface ExitOptions {
  readonly port?: number
  /** What it sends from; undefined: the system's choice. */
  readonly from?: string
  /** SOCKS5: the reply to CONNECT, in place of connecting. */
  readonly reply?: number
  /** SOCKS5: the method that it chooses. */
  readonly method?: number
  /** SOCKS5: it asks for this login where it can be had (rfc:1929), and refuses another. */
  readonly login?: { readonly user: string; readonly password: string }
  /** SOCKS5: it never says what became of CONNECT. */
  readonly isSilent?: true
  /** SOCKS5: it closes the connection in place of saying so. */
  readonly isClosing?: true
}

export class TestExit implements AsyncDisposable {
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  /** Where it was told to connect: `host:port`. */
  readonly asked: string[] = []

  private constructor(serve: (socket: Socket, exit: TestExit) => Promise<void>) {
    this.#server = createServer((socket) => {
      this.hold(socket)
      serve(socket, this).catch(() => socket.destroy())
    })
  }

  static socks5(options: ExitOptions = {}): Promise<TestExit> {
    return new TestExit((socket, exit) => socks(socket, exit, options)).#listen(options.port)
  }

  /** It sends from the source address that the header names. */
  static haproxy(options: ExitOptions = {}): Promise<TestExit> {
    return new TestExit((socket, exit) => haproxy(socket, exit)).#listen(options.port)
  }

  async #listen(port = 0): Promise<this> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  hold(socket: Socket): Socket {
    this.#sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.#sockets.delete(socket))
    return socket
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => void this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}

/** Octets as they come, taken in pieces. */
class Taker {
  #heard: Buffer = Buffer.alloc(0)
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  async more(): Promise<Buffer> {
    const [chunk] = (await once(this.#socket, 'data')) as [Buffer]
    return (this.#heard = Buffer.concat([this.#heard, chunk]))
  }

  async take(octets: number): Promise<Buffer> {
    while (this.#heard.length < octets) await this.more()
    const taken = this.#heard.subarray(0, octets)
    this.#heard = this.#heard.subarray(octets)
    return taken
  }

  get rest(): Buffer {
    return this.#heard
  }
}

/** Whether the client may go on. */
async function admits(socket: Socket, taker: Taker, { method = 0, login }: ExitOptions): Promise<boolean> {
  const [, count = 0] = await taker.take(2)
  const methods = await taker.take(count)
  const chosen = login === undefined ? method : methods.includes(2) ? 2 : 255
  socket.write(Buffer.from([5, chosen]))
  if (login === undefined || chosen !== 2) return chosen === 0
  const [, userOctets = 0] = await taker.take(2)
  const user = (await taker.take(userOctets)).toString()
  const [passwordOctets = 0] = await taker.take(1)
  const password = (await taker.take(passwordOctets)).toString()
  const isRight = user === login.user && password === login.password
  socket.write(Buffer.from([1, isRight ? 0 : 1]))
  return isRight
}

async function socks(socket: Socket, exit: TestExit, options: ExitOptions): Promise<void> {
  const { from, reply = 0, isSilent, isClosing } = options
  const taker = new Taker(socket)
  if (!(await admits(socket, taker, options))) return void socket.end()
  const [, , , kind] = await taker.take(4)
  const octets = await taker.take(kind === 1 ? 4 : 16)
  const port = (await taker.take(2)).readUInt16BE(0)
  const host = kind === 1 ? octets.join('.') : (octets.toString('hex').match(/.{4}/g) ?? []).join(':')
  exit.asked.push(`${host}:${port}`)
  if (isSilent) return
  if (isClosing) return void socket.end()
  if (reply !== 0) return void socket.end(Buffer.from([5, reply, 0, 1, 0, 0, 0, 0, 0, 0]))
  const peer = exit.hold(connect({ host, port, ...(from !== undefined && { localAddress: from }) }))
  await once(peer, 'connect')
  const local = (peer.localAddress ?? '0.0.0.0').split('.').map(Number)
  // In pieces, as a network may have it.
  for (const part of [
    [5, 0, 0],
    [1, ...local],
    [0, 0],
  ])
    socket.write(Buffer.from(part))
  pipe(socket, peer, taker.rest)
}

async function haproxy(socket: Socket, exit: TestExit): Promise<void> {
  const taker = new Taker(socket)
  for (;;) {
    const header = parseProxyHeader(await taker.more())
    if (header.kind === 'more') continue
    if (header.kind !== 'proxied') return void socket.destroy()
    const { source, destination } = header
    exit.asked.push(`${destination.address}:${destination.port}`)
    await taker.take(header.length)
    const peer = exit.hold(connect({ host: destination.address, port: destination.port, localAddress: source.address }))
    await once(peer, 'connect')
    return pipe(socket, peer, taker.rest)
  }
}

function pipe(socket: Socket, peer: Socket, first: Buffer): void {
  if (first.length > 0) peer.write(first)
  socket.pipe(peer)
  peer.pipe(socket)
}
