// Answers an authority's challenges over HTTP (rfc:8555#8.3) while a certificate is ordered, and nothing else.
import { createServer, type Server } from 'node:http'
import type { Socket } from 'node:net'
import type { Ms } from '../../base/brand.ts'
import { machineClock } from '../../base/clock.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'

const PREFIX = '/.well-known/acme-challenge/'
const MOST_CONNECTIONS = 100
/** For all that a connection is for, which Node's own times look at every half minute only. */
const PATIENCE: Ms = 5000

export class ChallengeResponder implements AsyncDisposable {
  readonly #answers = new Map<string, string>()
  readonly #servers: Server[] = []

  /** Rejects where an address cannot be taken. */
  static async listen(addresses: readonly SocketAddress[]): Promise<ChallengeResponder> {
    const responder = new ChallengeResponder()
    try {
      for (const address of addresses) await responder.#open(address)
      return responder
    } catch (error) {
      await responder[Symbol.asyncDispose]()
      throw error
    }
  }

  async #open({ host, port }: SocketAddress): Promise<void> {
    const server = createServer({ maxHeaderSize: 8192 }, (request, response) => {
      const { url = '' } = request
      const answer = request.method === 'GET' && url.startsWith(PREFIX) ? this.#answers.get(url.slice(PREFIX.length)) : undefined
      response.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/octet-stream', connection: 'close' })
      response.end(answer ?? '')
    })
    const open = new Set<Socket>()
    server.on('connection', (socket) => {
      // Who comes first and says nothing must not keep the authority out: the oldest makes way.
      const [oldest] = open
      if (oldest !== undefined && open.size >= MOST_CONNECTIONS) drop(open, oldest)
      open.add(socket)
      const timer = machineClock.after(PATIENCE, () => drop(open, socket))
      socket.once('close', () => {
        timer[Symbol.dispose]()
        open.delete(socket)
      })
    })
    this.#servers.push(server)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    server.once('error', reject)
    server.listen({ host, port, ipv6Only: true }, resolve)
    await promise
  }

  answer(token: string, text: string): void {
    this.#answers.set(token, text)
  }

  forget(token: string): void {
    this.#answers.delete(token)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }
}

function drop(open: Set<Socket>, socket: Socket): void {
  open.delete(socket)
  socket.destroy()
}
