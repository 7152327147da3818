// `npm run bench:tracking`: the web server of links under load, over kept connections in the clear (as behind a proxy): opens, clicks, pages
// and one click, each of another recipient. How many a second, how long each takes, and what it costs; every one click is a commit.
import { createConnection, type Socket } from 'node:net'
import { parseArgs } from 'node:util'
import { LinkHost } from '../testkit/link-host.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { machine, treeOf } from './processes.ts'

const HELP = `npm run bench:tracking -- [--recipients N] [--connections N] [--rounds N]
  --recipients N   whose links are asked for (5000)
  --connections N  at once (50)
  --rounds N       of opens, clicks and pages (4); one click is asked for once of each`
const EACH = 1000
const HTML =
  'From: a@shop.test\r\nX-xsStream: bulk\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n<a href="https://shop.test/x">x</a>\r\n'

interface Links {
  readonly click: string
  readonly open: string
  readonly page: string
}

async function linksOf(server: TestServer, peer: SmtpPeer, count: number): Promise<readonly Links[]> {
  using client = await SmtpClient.open(server.smtpPort)
  for (let from = 0; from < count; from += EACH) {
    const to = Array.from({ length: Math.min(EACH, count - from) }, (_, i) => `r${from + i}@people.test`)
    const { code, text } = await client.send({ from: 'a@shop.test', to, data: HTML })
    if (code !== 250) throw new Error(text)
  }
  await peer.waitForMessages(count, 120_000)
  return peer.messages.map(({ data }) => {
    const text = data.toString()
    const path = (pattern: RegExp): string => new URL(pattern.exec(text)?.[1] ?? '').pathname
    return { click: path(/href="([^"]*)"/), open: path(/src="([^"]*)"/), page: path(/<(https:[^>]*\/u\/[^>]*)>/) }
  })
}

/** One request after the other over one connection. */
class Asker implements Disposable {
  readonly #socket: Socket
  readonly #host: string
  #text = ''
  #answered: (status: number) => void = () => {}

  constructor(port: number, host: string) {
    this.#host = host
    this.#socket = createConnection({ host: '127.0.0.1', port, noDelay: true })
    this.#socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1')
      const end = this.#text.indexOf('\r\n\r\n')
      const length = end < 0 ? Infinity : Number(/content-length: (\d+)/i.exec(this.#text)?.[1] ?? 0)
      if (this.#text.length < end + 4 + length) return
      const status = Number(this.#text.slice(9, 12))
      this.#text = ''
      this.#answered(status)
    })
  }

  ask(path: string, form: string | null): Promise<number> {
    const type = form === null ? '' : `Content-Type: application/x-www-form-urlencoded\r\nContent-Length: ${form.length}\r\n`
    const [method, body] = form === null ? ['GET', ''] : ['POST', form]
    this.#socket.write(`${method} ${path} HTTP/1.1\r\nHost: ${this.#host}\r\nUser-Agent: Firefox\r\n${type}\r\n${body}`)
    return new Promise((resolve) => (this.#answered = resolve))
  }

  [Symbol.dispose](): void {
    this.#socket.destroy()
  }
}

interface Load {
  readonly what: string
  readonly paths: readonly string[]
  readonly form: string | null
  readonly status: number
}

async function run(server: TestServer, host: string, connections: number, { what, paths, form, status }: Load): Promise<void> {
  const port = server.portOf('tracking.listen')
  const took: number[] = []
  const before = treeOf(server.pidOf(0)).seconds
  const began = performance.now()
  const lane = async (first: number): Promise<void> => {
    let asker = new Asker(port, host)
    for (let n = first, asked = 1; n < paths.length; n += connections, asked++) {
      const at = performance.now()
      const got = await asker.ask(paths[n] ?? '', form)
      if (got !== status) throw new Error(`${what}: status ${got}`)
      took.push(performance.now() - at)
      // A connection has 1,000 requests.
      if (asked % 900 !== 0) continue
      asker[Symbol.dispose]()
      asker = new Asker(port, host)
    }
    asker[Symbol.dispose]()
  }
  await Promise.all(Array.from({ length: connections }, (_, n) => lane(n)))
  const rate = Math.round((paths.length * 1000) / (performance.now() - began))
  const each = Math.round(((treeOf(server.pidOf(0)).seconds - before) * 1e6) / paths.length)
  const sorted = took.toSorted((a, b) => a - b)
  const share = (part: number): string => `${(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0).toFixed(1)} ms`
  console.log(`${what}: ${rate}/s, p50 ${share(0.5)}, p99 ${share(0.99)}; ${each} µs of processor each in the worker`)
}

async function main(): Promise<void> {
  const number = (value: string) => ({ type: 'string', default: value }) as const
  const options = {
    recipients: number('5000'),
    connections: number('50'),
    rounds: number('4'),
    help: { type: 'boolean', default: false },
  } as const
  const { values } = parseArgs({ options })
  if (values.help) return console.log(HELP)
  const [recipients, connections, rounds] = [Number(values.recipients), Number(values.connections), Number(values.rounds)]
  console.log(Object.values(machine()).join(', '))
  await using place = await LinkHost.open('click.shop.test')
  await using peer = await SmtpPeer.start()
  const listening = { 'tracking.listen': '127.0.0.1:0', 'tracking.connections_per_address': '1000' }
  await using server = await startServer({ config: { ...place.config, ...listening } })
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${peer.port}`)
  await server.hms('relay', 'allow', '127.0.0.1')
  const host = await place.serve(server, 1000, '--opens', 'on', '--clicks', 'on')
  const links = await linksOf(server, peer, recipients)
  const all = (of: keyof Links): readonly string[] => Array.from({ length: rounds }, () => links.map((one) => one[of])).flat()
  // What is loaded at the first requests is loaded.
  await run(server, host, connections, { what: 'warm up', paths: all('page').slice(0, 1000), form: null, status: 200 })
  await run(server, host, connections, { what: 'opens', paths: all('open'), form: null, status: 200 })
  await run(server, host, connections, { what: 'clicks', paths: all('click'), form: null, status: 302 })
  await run(server, host, connections, { what: 'pages', paths: all('page'), form: null, status: 200 })
  const one = { paths: links.map(({ page }) => page), form: 'List-Unsubscribe=One-Click', status: 200 }
  await run(server, host, connections, { what: 'one click', ...one })
}

await main()
