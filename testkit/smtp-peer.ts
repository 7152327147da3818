// A receiving SMTP server whose answers a test scripts: what it offers, what it says to each command, where it is slow,
// where it drops the connection. It keeps every message with its envelope exactly as it came.
//
//   await using peer = await SmtpPeer.start({ on: { rcpt: (line) => (line.includes('bad@') ? '550 5.1.1 no such user' : undefined) } })
//   … deliver to 127.0.0.1:peer.port …
//   assert.equal((await peer.waitForMessages(1))[0].data.toString(), 'Subject: x\r\n\r\nhello\r\n')
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { createSecureContext } from 'node:tls'
import { PATIENCE_MS } from './patience.ts'
import { PeerSession } from './smtp-peer-session.ts'
import type { PeerBooks, ReceivedMessage, SmtpPeerOptions } from './smtp-script.ts'

export { DROP, PEER_EXTENSIONS, SILENCE } from './smtp-script.ts'
export type { Answer, ReceivedMessage, SmtpPeerOptions } from './smtp-script.ts'

export class SmtpPeer implements PeerBooks {
  readonly options: SmtpPeerOptions
  /** Messages answered with 2xx, and those that came whole but were answered otherwise (or not at all). */
  readonly messages: ReceivedMessage[] = []
  readonly refused: ReceivedMessage[] = []
  /** Every command line of every connection: `1 EHLO x`. */
  readonly transcript: string[] = []
  /** Connections so far, now, and the most at once. */
  connections = 0
  open = 0
  mostOpen = 0
  /** Chunks of octets that arrived: tells whether a client writes in one piece. */
  reads = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #waiting = new Set<() => void>()

  private constructor(options: SmtpPeerOptions) {
    this.options = options
    const context = options.tls === undefined ? undefined : createSecureContext(options.tls)
    this.#server = createServer({ noDelay: true }, (socket) => {
      this.#sockets.add(socket)
      this.connections++
      this.open++
      this.mostOpen = Math.max(this.mostOpen, this.open)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        this.open--
        this.changed()
      })
      void new PeerSession(this, socket, this.connections, context).run()
      this.changed()
    })
  }

  static async start(options: SmtpPeerOptions = {}): Promise<SmtpPeer> {
    const peer = new SmtpPeer(options)
    peer.#server.listen(options.port ?? 0, options.host ?? '127.0.0.1')
    await once(peer.#server, 'listening')
    return peer
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Tells those who wait that something happened. */
  changed(): void {
    for (const wake of this.#waiting) wake()
  }

  /** Resolves once `condition` holds; rejects after `most` ms. */
  async until(condition: () => boolean, most = PATIENCE_MS): Promise<void> {
    const end = performance.now() + most
    while (!condition()) {
      const left = end - performance.now()
      if (left <= 0) throw new Error(`the SMTP peer waited ${most} ms in vain; it heard:\n${this.transcript.slice(-40).join('\n')}`)
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.add(resolve)
      const stop = new AbortController()
      // The condition may be of others than the peer.
      await Promise.race([promise, sleep(Math.min(left, 20), undefined, { signal: stop.signal }).catch(() => undefined)])
      stop.abort()
      this.#waiting.delete(resolve)
    }
  }

  /** The messages, once there are at least `count`. */
  async waitForMessages(count: number, most = PATIENCE_MS): Promise<readonly ReceivedMessage[]> {
    await this.until(() => this.messages.length >= count, most)
    return this.messages
  }

  /** Ends every connection at once; new ones are still taken. */
  dropAll(): void {
    for (const socket of this.#sockets) socket.resetAndDestroy()
  }

  /** Reads nothing more from any connection. */
  pause(): void {
    for (const socket of this.#sockets) socket.pause()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => {
      this.#server.close(resolve)
    })
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }
}
