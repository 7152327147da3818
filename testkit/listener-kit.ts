// A listener for SMTP over real sockets with a handler that takes everything, and a client that reads and writes lines.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls, createSecureContext } from 'node:tls'
import { testCertificate } from './certificate.ts'
import { systemClock } from '../src/base/clock.ts'
import type { Log } from '../src/base/log.ts'
import { reply } from '../src/smtp/reply.ts'
import type { Client, ServerHandler } from '../src/smtp/server/handler.ts'
import { ConnectionLimits } from '../src/net/inbound/connection-limits.ts'
import { createSmtpListener, type SmtpListener, type SmtpListenerOptions } from '../src/net/inbound/smtp-listener.ts'

export const SILENT: Log = { debug() {}, info() {}, warn() {}, error: (message, fields) => console.error(message, fields) }
export const OK = reply(250, '2.6.0', 'Message received and queued.')

/** Takes everything, and remembers it. `hold`: messages are acknowledged when it resolves. */
export class Accepting {
  readonly clients: Client[] = []
  readonly messages: string[] = []
  /** Octets of messages, whole or not. */
  octets = 0
  aborted = 0
  closed = 0
  hold: Promise<void> | null = null

  readonly handlerFor = (): ServerHandler => ({
    connected: (client) => {
      this.clients.push(client)
      return null
    },
    checkPassword: () => ({ ok: false, reply: reply(535, '5.7.8', 'No.') }),
    scramVerifier: () => reply(535, '5.7.8', 'No.'),
    scramFinished: () => ({ ok: false, reply: reply(535, '5.7.8', 'No.') }),
    mail: (_request, client) => {
      this.clients.push(client)
      return null
    },
    recipient: () => null,
    begin: () => {
      let text = ''
      return {
        write: (chunk) => {
          text += chunk.toString('latin1')
          this.octets += chunk.length
        },
        end: async () => {
          await this.hold
          this.messages.push(text)
          return OK
        },
        abort: () => {
          this.aborted++
        },
      }
    },
    reset() {},
    closed: () => {
      this.closed++
    },
  })
}

export interface Kit {
  readonly listener: SmtpListener
  readonly accepting: Accepting
  readonly limits: ConnectionLimits
  readonly client: (from?: string) => Promise<Dialog>
}

export type More = Partial<Omit<SmtpListenerOptions, 'limits'>> & { limits?: Partial<ConstructorParameters<typeof ConnectionLimits>[0]> }

export const { cert, key } = testCertificate('mail.example.test')
export const CERTIFICATE = { context: createSecureContext({ cert, key }) }

export const GENEROUS = { sessions: 100, sessionsPerAddress: 100, connectionsPerMinute: 1000, clock: systemClock }

export async function withListener(more: More, run: (kit: Kit) => Promise<void>): Promise<void> {
  const accepting = new Accepting()
  const limits = new ConnectionLimits({ ...GENEROUS, ...more.limits })
  const listener = await createSmtpListener({
    on: { host: '127.0.0.1', port: 0 },
    certificate: CERTIFICATE,
    implicitTls: false,
    session: {
      hostName: 'mail.example.test',
      plainAuth: false,
      bareNewline: 'refuse',
      messageSize: 1_000_000,
      recipients: 100,
      commandLength: 2048,
      commands: 100_000_000,
      errors: 20,
    },
    proxyFrom: [],
    xclientFrom: [],
    timeouts: { command: 60_000, data: 60_000, session: 600_000, stranger: 600_000 },
    handlerFor: accepting.handlerFor,
    clock: systemClock,
    log: SILENT,
    ...more,
    limits,
  })
  const sockets: Socket[] = []
  const client = async (from?: string): Promise<Dialog> => {
    const socket = connect({ host: '127.0.0.1', port: listener.address.port, ...(from !== undefined && { localAddress: from }) })
    sockets.push(socket)
    await once(socket, 'connect')
    return new Dialog(socket)
  }
  try {
    await run({ listener, accepting, limits, client })
  } finally {
    for (const socket of sockets) socket.destroy()
    await listener.close(0)
    assert.equal(listener.open, 0)
    assert.equal(limits.open, 0)
  }
}

/** A client that speaks line by line. */
export class Dialog {
  socket: Socket
  #text = ''
  ended = false
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    this.socket = socket
    this.#listen(socket)
  }

  #listen(socket: Socket): void {
    socket.on('data', (data) => {
      this.#text += data.toString('latin1')
      this.#wake()
    })
    const over = (): void => {
      this.ended = true
      this.#wake()
    }
    for (const event of ['end', 'close', 'error']) socket.on(event, over)
  }

  /** The next whole reply, all its lines; undefined when the connection ended instead. */
  async reply(): Promise<string | undefined> {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(this.#text)
      if (match !== null) {
        this.#text = this.#text.slice(match[0].length)
        return match[0]
      }
      if (this.ended) return undefined
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
  say(text: string): void {
    this.socket.write(text, 'latin1')
  }
  async ask(line: string): Promise<string | undefined> {
    this.say(`${line}\r\n`)
    return this.reply()
  }
  async startTls(early = ''): Promise<void> {
    this.say(`STARTTLS\r\n${early}`)
    assert.match((await this.reply()) ?? '', /^220 /)
    this.socket.removeAllListeners('data')
    const secure = connectTls({ socket: this.socket, servername: 'mail.example.test', ca: cert })
    await once(secure, 'secureConnect')
    this.socket = secure
    this.#listen(secure)
  }
  async send(body: string): Promise<string | undefined> {
    assert.match((await this.ask('MAIL FROM:<a@example.test>')) ?? '', /^250 /)
    assert.match((await this.ask('RCPT TO:<b@example.test>')) ?? '', /^250 /)
    assert.match((await this.ask('DATA')) ?? '', /^354 /)
    this.say(`${body}\r\n.\r\n`)
    return this.reply()
  }
}
