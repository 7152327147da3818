// Many large messages at once: in by SMTP, out to a peer that is slow to read. What counts is the memory of the whole tree.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { startServer } from './server.ts'
import { watchTree } from '../bench/processes.ts'

const LINE = Buffer.from(`${'x'.repeat(76)}\r\n`)
const PIECE = Buffer.concat(Array.from({ length: 800 }, () => LINE))

/** Takes messages by counting octets; reads at most so much at a time. */
class SlowSink implements AsyncDisposable {
  messages = 0
  /** Octets a second of one connection. */
  rate = 2_000_000
  readonly #server = createServer((socket) => void this.#serve(socket).catch(() => socket.destroy()))

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return this
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close()
    await wait(0)
  }

  async #serve(socket: Socket): Promise<void> {
    socket.write('220 slow\r\n')
    let inData = false
    let tail = ''
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      tail += chunk.toString('latin1')
      if (inData) {
        await wait((chunk.length / this.rate) * 1000)
        if (!tail.includes('\r\n.\r\n')) {
          tail = tail.slice(-4)
          continue
        }
        tail = ''
        inData = false
        this.messages++
        socket.write('250 2.0.0 ok\r\n')
        continue
      }
      const lines = tail.split('\r\n')
      tail = lines.pop() ?? ''
      for (const line of lines) {
        inData ||= /^DATA$/i.test(line)
        const reply = /^DATA$/i.test(line) ? '354 go on' : /^QUIT$/i.test(line) ? '221 bye' : '250 ok'
        socket.write(/^EHLO/i.test(line) ? '250-slow\r\n250 PIPELINING\r\n' : `${reply}\r\n`)
      }
    }
  }
}

async function sendLarge(port: number, n: number, size: number): Promise<void> {
  const socket = connect(port, '127.0.0.1')
  const replies = socket[Symbol.asyncIterator]() as AsyncIterator<Buffer>
  const expect = async (code: string): Promise<void> => {
    let text = ''
    while (!new RegExp(`(^|\n)${code} .*\r\n$`).test(text)) {
      const next = await replies.next()
      if (next.done === true) throw new Error(`the server ended the connection after: ${text}`)
      text += next.value.toString('latin1')
      if (/^[45]/m.test(text)) throw new Error(text)
    }
  }
  await expect('220')
  socket.write('EHLO large.test\r\n')
  await expect('250')
  for (const [line, code] of [
    ['MAIL FROM:<a@sender.test>', '250'],
    [`RCPT TO:<large${n}@large.test>`, '250'],
    ['DATA', '354'],
  ] as const) {
    socket.write(`${line}\r\n`)
    await expect(code)
  }
  socket.write(`From: <a@sender.test>\r\nSubject: large ${n}\r\n\r\n`)
  for (let sent = 0; sent < size; sent += PIECE.length) if (!socket.write(PIECE)) await once(socket, 'drain')
  socket.write('.\r\n')
  await expect('250')
  socket.end('QUIT\r\n')
}

export interface LargeRun {
  readonly acceptedMs: number
  readonly deliveredMs: number
  readonly delivered: number
  readonly peakMiB: number
  readonly idleMiB: number
}

export async function runLarge(messages: number, size: number): Promise<LargeRun> {
  await using sink = await new SlowSink().start()
  await using server = await startServer({ config: { 'smtp.message_size': '64MiB', 'delivery.connections_per_site': '100' } })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}`, tls: 'none' })
  const pid = server.pidOf('launcher')
  const idleMiB = watchTree(pid)().peakMiB
  const end = watchTree(pid)
  const began = performance.now()
  await Promise.all(Array.from({ length: messages }, (_, n) => sendLarge(server.smtpPort, n, size)))
  const acceptedMs = performance.now() - began
  await server.until(({ delivered }) => delivered >= messages, 600_000)
  return { acceptedMs, deliveredMs: performance.now() - began, delivered: sink.messages, peakMiB: end().peakMiB, idleMiB }
}
