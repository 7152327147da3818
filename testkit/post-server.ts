// A real server on loopback that is posted to, by HTTP or HTTPS, and answers as a test says. Counts connections and what came on each.
import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import { testCertificate } from './certificate.ts'

export interface Post {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
  /** Number of its connection, from 1. */
  readonly connection: number
}

export type PostAnswer = (response: ServerResponse, post: Post) => void

export class PostServer implements AsyncDisposable {
  readonly posts: Post[] = []
  connections = 0
  /** Requests under way, and the most of them. */
  open = 0
  mostOpen = 0
  answer: PostAnswer = (response) => response.end('taken\n')
  readonly root: string
  readonly #server: Server
  readonly #numbers = new WeakMap<Socket, number>()

  private constructor(server: Server, root: string) {
    this.#server = server
    this.root = root
  }

  /** `names`: of its certificate; none: it speaks HTTP in the clear. */
  static async start(names: readonly string[] = ['hooks.test']): Promise<PostServer> {
    const certificate = testCertificate(...(names.length === 0 ? ['unused.test'] : names))
    const listener = (request: IncomingMessage, response: ServerResponse): void => void kit.#take(request, response)
    const server = names.length === 0 ? createServer(listener) : createSecureServer(certificate, listener)
    const kit: PostServer = new PostServer(server, certificate.cert)
    server.on(names.length === 0 ? 'connection' : 'secureConnection', (socket: Socket) => kit.#numbers.set(socket, ++kit.connections))
    server.keepAliveTimeout = 60_000
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    return kit
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.mostOpen = Math.max(this.mostOpen, ++this.open)
    response.once('close', () => this.open--)
    const pieces: Buffer[] = []
    for await (const piece of request) pieces.push(piece as Buffer)
    const { headers, url = '', socket } = request
    const post = { path: url, headers, body: Buffer.concat(pieces), connection: this.#numbers.get(socket) ?? 0 }
    this.posts.push(post)
    this.answer(response, post)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
