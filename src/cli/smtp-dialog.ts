// A conversation with an SMTP listener, one command at a time: for `hms send` and for what `hms doctor` tries. Deliveries
// have their own client (src/net); this one needs no pipelining, only to be able to stop anywhere.
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { connect as connectTls } from 'node:tls'
import { Fault, messageOf } from '../base/fault.ts'
import type { SocketAddress } from '../contract/option-kinds.ts'
import { compileNetworks } from '../policy/networks.ts'

export interface DialogReply {
  readonly code: number
  /** Lines joined by a space; from a peer: make it visible before it is shown. */
  readonly text: string
  readonly lines: readonly string[]
}

export interface DialogTarget {
  readonly address: SocketAddress
  /** TLS from the first octet, the certificate unverified (it is our own). */
  readonly implicitTls: boolean
  /** `smtp.proxy_from`: where we are one of these peers, the PROXY protocol is spoken first. */
  readonly proxyFrom: readonly string[]
  /** The address to connect from; else the system chooses. */
  readonly localAddress?: string
  /** Longest silence, in ms; a minute unless given. */
  readonly patience?: number
}

const PATIENCE = 60_000
const MOST_BUFFERED = 64 * 1024

export class SmtpDialog implements Disposable {
  #socket: Socket
  readonly #address: SocketAddress
  readonly #patience: number
  #buffer = ''
  #lines: string[] = []
  #waiting: { resolve: (reply: DialogReply) => void; reject: (error: Error) => void } | undefined
  #ended: Error | undefined

  private constructor(socket: Socket, address: SocketAddress, patience: number) {
    this.#socket = socket
    this.#address = address
    this.#patience = patience
    this.#listen(socket)
  }

  /** Connects and reads the greeting. */
  static async open({
    address,
    implicitTls,
    proxyFrom,
    localAddress,
    patience = PATIENCE,
  }: DialogTarget): Promise<{ dialog: SmtpDialog; greeting: DialogReply }> {
    const to = reachable(address)
    const plain = connectTcp(localAddress === undefined ? to : { ...to, localAddress })
    // Whoever connects to an address of its own machine comes from that very address; UNKNOWN leaves it the client.
    if (compileNetworks(proxyFrom).has(to.host)) plain.write('PROXY UNKNOWN\r\n')
    const socket = implicitTls ? connectTls({ socket: plain, rejectUnauthorized: false, ...serverName(to.host) }) : plain
    const dialog = new SmtpDialog(socket, to, patience)
    if (socket !== plain) plain.on('error', (error) => dialog.#end(error))
    return { dialog, greeting: await dialog.#reply() }
  }

  async command(line: string): Promise<DialogReply> {
    this.#socket.write(`${line}\r\n`)
    return this.#reply()
  }

  /** Sends a message after DATA: `text` has CRLF line ends and a character for each octet. */
  async data(text: string): Promise<DialogReply> {
    const stuffed = text.replaceAll(/^\./gm, '..')
    this.#socket.write(`${stuffed}${stuffed.endsWith('\r\n') ? '' : '\r\n'}.\r\n`, 'latin1')
    return this.#reply()
  }

  async hello(): Promise<DialogReply> {
    return this.command(`EHLO ${isDomain(hostname()) ? hostname() : '[127.0.0.1]'}`)
  }

  /** After STARTTLS was answered with 220. */
  async startTls(): Promise<void> {
    const plain = this.#socket
    plain.removeAllListeners()
    this.#buffer = ''
    this.#socket = connectTls({ socket: plain, rejectUnauthorized: false, ...serverName(this.#address.host) })
    this.#listen(this.#socket)
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('secureConnect', () => resolve())
      this.#socket.once('error', (error) => reject(this.#fault(error)))
    })
  }

  [Symbol.dispose](): void {
    this.#socket.end('QUIT\r\n')
    this.#socket.unref()
    setTimeout(() => this.#socket.destroy(), 1000).unref()
  }

  #listen(socket: Socket): void {
    socket.setTimeout(this.#patience, () => socket.destroy(new Error(`no answer within ${this.#patience / 1000} s`)))
    socket.setEncoding('utf8')
    socket.on('data', (chunk) => this.#read(String(chunk)))
    socket.on('error', (error) => this.#end(error))
    socket.on('close', () => this.#end(new Error('the connection ended')))
  }

  #end(error: Error): void {
    this.#ended ??= this.#fault(error)
    this.#waiting?.reject(this.#ended)
    this.#waiting = undefined
  }

  #fault(error: unknown): Fault {
    const { host, port } = this.#address
    return new Fault('smtp-trouble', `Trouble with the SMTP listener at ${host} port ${port}: ${messageOf(error)}.`, {
      blame: 'peer',
      mend: "'hms status' tells how the server is.",
      cause: error,
    })
  }

  #read(chunk: string): void {
    this.#buffer += chunk
    if (this.#buffer.length > MOST_BUFFERED) this.#socket.destroy(new Error('a reply without end'))
    for (let end = this.#buffer.indexOf('\n'); end !== -1; end = this.#buffer.indexOf('\n')) {
      const line = this.#buffer.slice(0, end).replace(/\r$/, '')
      this.#buffer = this.#buffer.slice(end + 1)
      this.#lines.push(line.slice(4))
      if (line[3] === '-') continue
      const lines = this.#lines
      this.#lines = []
      this.#waiting?.resolve({ code: Number(line.slice(0, 3)), text: lines.join(' '), lines })
      this.#waiting = undefined
    }
  }

  #reply(): Promise<DialogReply> {
    if (this.#ended !== undefined) return Promise.reject(this.#ended)
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
    })
  }
}

/** A listener on every address is reached over loopback. */
function reachable({ host, port }: SocketAddress): SocketAddress {
  return { host: host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host, port }
}

function serverName(host: string): { servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {}
}

function isDomain(name: string): boolean {
  return /^[a-z0-9-]+(\.[a-z0-9-]+)+$/i.test(name)
}
