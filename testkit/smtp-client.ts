// A sending client for scenarios: one connection, commands one by one or a whole message, and nothing clever.
import { connect, type Socket } from 'node:net'

export interface ClientReply {
  readonly code: number
  readonly text: string
}

export interface Letter {
  readonly from: string
  readonly to: readonly string[]
  /** The message with CRLF line ends; dots are stuffed here. */
  readonly data: Buffer | string
}

export class SmtpClient implements Disposable {
  readonly #socket: Socket
  #text = ''
  readonly #replies: ClientReply[] = []
  #wake: (() => void) | null = null
  #ended = false
  #lines: string[] = []

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.on('data', (chunk: Buffer) => this.#read(chunk.toString('latin1')))
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#ended = true
      this.#wake?.()
    })
  }

  /** Connects; the greeting is the first reply. */
  static connect(port: number, host = '127.0.0.1'): SmtpClient {
    return new SmtpClient(connect({ port, host, noDelay: true }))
  }

  /** Connects, reads the greeting and says EHLO. */
  static async open(port: number, host?: string): Promise<SmtpClient> {
    const client = SmtpClient.connect(port, host)
    await client.reply()
    await client.command('EHLO client.test')
    return client
  }

  get ended(): boolean {
    return this.#ended
  }

  /** The next reply; rejects when the connection ends first. */
  async reply(): Promise<ClientReply> {
    for (;;) {
      const next = this.#replies.shift()
      if (next !== undefined) return next
      if (this.#ended) throw new Error('the server closed the connection')
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  command(line: string): Promise<ClientReply> {
    this.#socket.write(`${line}\r\n`)
    return this.reply()
  }

  /** One transaction; resolves with the reply to the final dot, or with the first refusal before it. */
  async send({ from, to, data }: Letter): Promise<ClientReply> {
    const mail = await this.command(`MAIL FROM:<${from}>`)
    if (mail.code !== 250) return mail
    for (const recipient of to) {
      const answer = await this.command(`RCPT TO:<${recipient}>`)
      if (answer.code !== 250) return answer
    }
    const go = await this.command('DATA')
    if (go.code !== 354) return go
    this.#socket.write(stuffed(data))
    return this.reply()
  }

  write(octets: Buffer | string): void {
    this.#socket.write(octets)
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }

  #read(text: string): void {
    const lines = (this.#text + text).split('\r\n')
    this.#text = lines.pop() ?? ''
    for (const line of lines) {
      this.#lines.push(line.slice(4))
      if (line[3] === '-') continue
      this.#replies.push({ code: Number(line.slice(0, 3)), text: this.#lines.join('\n') })
      this.#lines = []
    }
    this.#wake?.()
  }
}

function stuffed(data: Buffer | string): Buffer {
  const text = Buffer.isBuffer(data) ? data.toString('latin1') : Buffer.from(data).toString('latin1')
  const ended = text.endsWith('\r\n') ? text : `${text}\r\n`
  return Buffer.from(`${ended.replace(/^\./gm, '..')}.\r\n`, 'latin1')
}
