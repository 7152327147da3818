// Load for scenarios that kill, stop and starve the server: connections that send one message after another, each to a
// recipient of its own, and remember which were acknowledged. A connection that breaks is opened again; the message that was
// on its way then is neither: nobody was told anything about it.
import { setTimeout as wait } from 'node:timers/promises'
import { PATIENCE_MS } from './patience.ts'
import { type ClientReply, SmtpClient } from './smtp-client.ts'

export interface SmtpLoadOptions {
  readonly port: number
  readonly connections: number
  /** Octets of a message's body. */
  readonly size?: number
  /** Domain of the recipients `m<number>@…`. */
  readonly domain?: string
  /** Messages a second of all connections together; otherwise each sends as fast as it is answered. */
  readonly rate?: number
}

/** Ten connections that are refused all the time must not fill the log, nor the processor that the test needs. */
const REOPEN_AFTER_MS = 200

export class SmtpLoad implements AsyncDisposable {
  /** Recipients of messages that were answered with 250 after the final dot. */
  readonly acknowledged = new Set<string>()
  /** Of those that were on their way when the connection broke. */
  readonly unsure = new Set<string>()
  /** Replies other than the expected, by their text, with how often each came. */
  readonly refusals = new Map<string, number>()
  readonly #options: Required<SmtpLoadOptions>
  readonly #body: string
  readonly #clients = new Set<SmtpClient>()
  #next = 1
  /** When the next message may go, where there is a rate. */
  #nextAt = 0
  #stopping = false
  #workers: Promise<void>[] = []

  constructor(options: SmtpLoadOptions) {
    this.#options = { size: 2000, domain: 'load.example.test', rate: Infinity, ...options }
    this.#body = `${'x'.repeat(70)}\r\n`.repeat(Math.ceil(this.#options.size / 72))
  }

  start(): this {
    for (let i = 0; i < this.#options.connections; i++) this.#workers.push(this.#work())
    return this
  }

  /** Lets each connection finish its message; then none sends any more. */
  async stop(): Promise<void> {
    this.#stopping = true
    await Promise.all(this.#workers)
  }

  /** Ends all connections at once, without waiting for replies: what is on its way is unsure. */
  async cut(): Promise<void> {
    this.#stopping = true
    for (const client of this.#clients) client[Symbol.dispose]()
    await Promise.all(this.#workers)
  }

  /** Resolves once so many messages were acknowledged in all. */
  async until(acknowledged: number, most = PATIENCE_MS): Promise<void> {
    const end = performance.now() + most
    while (this.acknowledged.size < acknowledged) {
      if (performance.now() > end) {
        throw new Error(`${this.acknowledged.size} of ${acknowledged} messages were taken; refused: ${JSON.stringify([...this.refusals])}`)
      }
      await wait(10)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut()
  }

  async #work(): Promise<void> {
    while (!this.#stopping) {
      try {
        await this.#session()
      } catch {
        // The server went away, or ends the session: that is what these scenarios are about.
        if (!this.#stopping) await wait(REOPEN_AFTER_MS)
      }
    }
  }

  async #session(): Promise<void> {
    using client = SmtpClient.connect(this.#options.port)
    this.#clients.add(client)
    try {
      this.#expect(await client.reply(), 220)
      this.#expect(await client.command('EHLO load.example.test'), 250)
      while (!this.#stopping) {
        if (this.#options.rate < Infinity) await this.#turn()
        await this.#message(client)
      }
      client.write('QUIT\r\n')
    } finally {
      this.#clients.delete(client)
    }
  }

  /** Not every moment was used where connections were broken: little of that is made good, so that the rate is never far exceeded. */
  async #turn(): Promise<void> {
    const now = performance.now()
    const at = Math.max(this.#nextAt, now - 20)
    this.#nextAt = at + 1000 / this.#options.rate
    if (at > now) await wait(at - now)
  }

  async #message(client: SmtpClient): Promise<void> {
    const recipient = `m${this.#next++}@${this.#options.domain}`
    client.write(`MAIL FROM:<load@example.test>\r\nRCPT TO:<${recipient}>\r\nDATA\r\n`)
    for (const code of [250, 250, 354]) this.#expect(await client.reply(), code)
    this.unsure.add(recipient)
    client.write(`From: <load@example.test>\r\nTo: <${recipient}>\r\nSubject: ${recipient}\r\n\r\n${this.#body}.\r\n`)
    const reply = await client.reply()
    // Whatever the answer is, it is one: nothing is unsure any more.
    this.unsure.delete(recipient)
    this.#expect(reply, 250)
    this.acknowledged.add(recipient)
  }

  #expect({ code, text }: ClientReply, wanted: number): void {
    if (code === wanted) return
    const reply = `${code} ${text}`
    this.refusals.set(reply, (this.refusals.get(reply) ?? 0) + 1)
    throw new Error(reply)
  }
}
