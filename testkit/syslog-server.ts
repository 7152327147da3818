// A receiver of syslog on loopback, over UDP and TCP (counted octets) at one port each: it keeps what came.
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'

export class SyslogServer implements AsyncDisposable {
  readonly messages: string[] = []
  readonly #udp: UdpSocket
  readonly #tcp: Server

  private constructor(udp: UdpSocket, tcp: Server) {
    this.#udp = udp
    this.#tcp = tcp
    udp.on('message', (message) => this.messages.push(message.toString()))
    tcp.on('connection', (socket) => {
      let octets = Buffer.alloc(0)
      socket.on('error', () => {})
      socket.on('data', (piece: Buffer) => {
        octets = Buffer.concat([octets, piece])
        for (;;) {
          const [whole = '', length = ''] = /^(\d+) /.exec(octets.toString('latin1', 0, 12)) ?? []
          const end = whole.length + Number(length)
          if (whole === '' || octets.length < end) return
          this.messages.push(octets.toString('utf8', whole.length, end))
          octets = octets.subarray(end)
        }
      })
    })
  }

  static async start(): Promise<SyslogServer> {
    const [udp, tcp] = [createSocket('udp4'), createServer()]
    udp.bind(0, '127.0.0.1')
    tcp.listen(0, '127.0.0.1')
    await Promise.all([once(udp, 'listening'), once(tcp, 'listening')])
    return new SyslogServer(udp, tcp)
  }

  get udpPort(): number {
    return this.#udp.address().port
  }

  get tcpPort(): number {
    return (this.#tcp.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#udp.close()
    this.#tcp.close()
    await once(this.#tcp, 'close')
  }
}
