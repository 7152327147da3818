// A receiver of syslog on loopback, over UDP, TCP and, with a certificate, TLS (counted octets): it keeps what came, and goes and comes back.
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TlsOptions } from 'node:tls'

export class SyslogServer implements AsyncDisposable {
  readonly messages: string[] = []
  /** What came by TCP and TLS, octet by octet. */
  readonly streams: Buffer[] = []
  readonly #udp = createSocket('udp4')
  readonly #tcp: Server
  readonly #tls: Server | null
  readonly #open = new Set<Socket>()

  private constructor(tls: TlsOptions | null) {
    this.#udp.on('message', (message) => this.messages.push(message.toString()))
    const read = (socket: Socket): void => this.#read(socket)
    this.#tcp = createServer(read)
    this.#tls = tls === null ? null : createTlsServer(tls, read)
    // A client that does not like the certificate.
    this.#tls?.on('tlsClientError', () => {})
  }

  static async start(tls: TlsOptions | null = null): Promise<SyslogServer> {
    const server = new SyslogServer(tls)
    await Promise.all([bound(server.#udp), listening(server.#tcp, 0), server.#tls === null ? null : listening(server.#tls, 0)])
    return server
  }

  get udpPort(): number {
    return this.#udp.address().port
  }

  get tcpPort(): number {
    return portOf(this.#tcp)
  }

  get tlsPort(): number {
    if (this.#tls === null) throw new Error('it was started without TLS')
    return portOf(this.#tls)
  }

  /** Nobody listens at the TCP port any more, and who is connected is cut off. Resolves with the port, for `back`. */
  async gone(): Promise<number> {
    const port = this.tcpPort
    for (const socket of this.#open) socket.resetAndDestroy()
    this.#tcp.close()
    await once(this.#tcp, 'close')
    return port
  }

  back(port: number): Promise<void> {
    return listening(this.#tcp, port)
  }

  #read(socket: Socket): void {
    let octets = Buffer.alloc(0)
    const at = this.streams.push(octets) - 1
    this.#open.add(socket)
    socket.on('close', () => this.#open.delete(socket))
    socket.on('error', () => {})
    socket.on('data', (piece: Buffer) => {
      this.streams[at] = Buffer.concat([this.streams[at] ?? Buffer.alloc(0), piece])
      octets = Buffer.concat([octets, piece])
      for (;;) {
        const [whole = '', length = ''] = /^(\d+) /.exec(octets.toString('latin1', 0, 12)) ?? []
        const end = whole.length + Number(length)
        if (whole === '' || octets.length < end) return
        this.messages.push(octets.toString('utf8', whole.length, end))
        octets = octets.subarray(end)
      }
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#udp.close()
    for (const socket of this.#open) socket.destroy()
    for (const server of [this.#tcp, this.#tls])
      if (server?.listening === true) {
        server.close()
        await once(server, 'close')
      }
  }
}

async function bound(socket: UdpSocket): Promise<void> {
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
}

async function listening(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port
}
