// A real HTTPS server on loopback for the policies of domains, as `mta-sts.DOMAIN` would be: each host answers as a test says. And a
// shelf for policies that is the test's memory.
import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { KeptPolicy, PolicyShelf } from '../src/engine/ports/trust.ts'
import type { SelfSigned } from '../src/net/tls/self-signed.ts'
import { testCertificate } from './certificate.ts'

export interface PolicyAnswer {
  readonly status?: number
  readonly type?: string
  readonly location?: string
  readonly body?: string
  /** Never says anything. */
  readonly silent?: true
}

export interface Posted {
  readonly host: string
  readonly path: string
  readonly type: string
  readonly body: Buffer
  readonly headers: IncomingMessage['headers']
}

export class PolicyServer implements AsyncDisposable {
  /** By the name that was asked for. */
  readonly answers = new Map<string, PolicyAnswer>()
  /** `HOST PATH` of every question. */
  readonly asked: string[] = []
  readonly posted: Posted[] = []
  readonly #certificate: SelfSigned
  readonly #server: Server

  private constructor(names: readonly string[]) {
    this.#certificate = testCertificate(...names)
    this.#server = createServer(this.#certificate, (request, response) => void this.#answer(request, response))
  }

  /** `names`: of its certificate. */
  static async start(...names: readonly string[]): Promise<PolicyServer> {
    const server = new PolicyServer(names)
    server.#server.listen(0, '127.0.0.1')
    await once(server.#server, 'listening')
    return server
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** The root that proves it. */
  get root(): string {
    return this.#certificate.cert
  }

  /** The domain publishes this policy. */
  publish(domain: string, ...lines: readonly string[]): void {
    this.answers.set(`mta-sts.${domain}`, { body: ['version: STSv1', ...lines, ''].join('\r\n') })
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const host = (request.headers.host ?? '').replace(/:\d+$/, '')
    this.asked.push(`${host} ${request.url ?? ''}`)
    const answer = this.answers.get(host) ?? { status: 404 }
    if (answer.silent === true) return
    if (request.method === 'POST') {
      const pieces: Buffer[] = []
      for await (const piece of request) pieces.push(piece as Buffer)
      const { headers, url = '' } = request
      this.posted.push({ host, path: url, type: headers['content-type'] ?? '', body: Buffer.concat(pieces), headers })
    }
    const { status = 200, type = 'text/plain; charset=utf-8', location, body = '' } = answer
    response.writeHead(status, { 'content-type': type, ...(location === undefined ? {} : { location }) })
    response.end(body)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }
}

export class MemoryShelf implements PolicyShelf {
  readonly kept = new Map<string, KeptPolicy>()

  load(): Promise<ReadonlyMap<string, KeptPolicy>> {
    return Promise.resolve(new Map(this.kept))
  }

  put(domain: string, kept: KeptPolicy): void {
    this.kept.set(domain, kept)
  }

  remove(domain: string): void {
    this.kept.delete(domain)
  }
}
