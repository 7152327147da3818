// The host that links of mail lead to, with a certificate of its own that the server of the test believes; and whoever opens such a link.
import { mkdirSync, writeFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { issue } from './authority.ts'
import { DnsServer } from './dns-server.ts'
import { until } from './patience.ts'
import type { TestServer } from './server.ts'
import { temporaryFolder } from './spool-samples.ts'

type Visited = readonly [status: number, location: string | undefined, body: string]

export class LinkHost implements AsyncDisposable {
  readonly name: string
  readonly #root = issue({ subject: 'Test Root', isAuthority: true }, null)
  readonly #dns: DnsServer
  readonly #folder = temporaryFolder()

  private constructor(name: string, dns: DnsServer) {
    this.name = name
    this.#dns = dns
    writeFileSync(this.#trust, this.#root.cert)
  }

  static async open(name: string): Promise<LinkHost> {
    return new LinkHost(name, await DnsServer.start({ [name]: { A: ['127.0.0.1'] } }))
  }

  /** Of the server. */
  get config(): Record<string, string> {
    return { 'tracking.tls_listen': '127.0.0.1:0', 'tracking.trust_file': this.#trust, 'dns.servers': this.#dns.address }
  }

  get #trust(): string {
    return join(this.#folder.path, 'root.pem')
  }

  /** Links of the account lead here; `options`: further ones of `hms account tracking`. Resolves with name and port. */
  async serve(server: TestServer, account: number, ...options: readonly string[]): Promise<string> {
    const { cert, key } = issue({ subject: this.name, names: [this.name] }, this.#root)
    const file = join(server.home, 'config/tls/hosts', this.name)
    mkdirSync(join(server.home, 'config/tls/hosts'), { recursive: true })
    writeFileSync(`${file}.key`, key)
    writeFileSync(`${file}.pem`, cert)
    const host = `${this.name}:${server.portOf('tracking.tls_listen')}`
    await server.hms('account', 'tracking', String(account), '--host', host, ...options)
    await until(async () => (await server.call('tracking.hosts', {}))[0]?.trouble === null, 'the host of links is reached')
    return host
  }

  /** As a browser, wherever the server listens now: a form goes urlencoded. */
  visit(server: TestServer, url: string, form?: string): Promise<Visited> {
    const { pathname, host } = new URL(url)
    const type = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded', origin: `https://${host}` }
    const headers = { host, 'user-agent': 'Firefox', ...type }
    const at = { host: '127.0.0.1', port: server.portOf('tracking.tls_listen'), servername: this.name, ca: this.#root.cert }
    return new Promise((resolve, reject) => {
      const options = { ...at, path: pathname, agent: false, headers, method: form === undefined ? 'GET' : 'POST' }
      const sent = request(options, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => resolve([response.statusCode ?? 0, response.headers.location, text]))
      })
      sent.on('error', reject)
      sent.end(form)
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#dns[Symbol.asyncDispose]()
    this.#folder[Symbol.dispose]()
  }
}
