// The receiving ends of the bench of webhooks, in a process of their own: two that are heard out (one of them is away every other while), and all
// that an endpoint can do wrong. Of what is heard each post is verified, each event is known by its number, and the order by message is looked at.
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server as HttpServer, type ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer as createPlainServer, type Socket } from 'node:net'
import { createHistogram } from 'node:perf_hooks'
import { Webhook } from 'standardwebhooks'
import type { AccountId } from '../src/base/brand.ts'
import type { WebhookEvent, WebhookPayload } from '../src/contract/webhooks.ts'
import { readEvents } from '../src/message/event-line.ts'
import { DayFollower } from '../src/store/sqlite/events/event-follower.ts'
import { testCertificate } from '../testkit/certificate.ts'
import { freePort } from './load.ts'
import { servePeer } from './peer-process.ts'
import type { Compared, HeardBy, WebhookEnds } from './peer-words.ts'

const SLOW_MS = 20_000
const DRIP_MS = 1000
const PIECE = Buffer.alloc(64 * 1024, 'x')

/** Numbers of events of a shard that were seen, a bit each. */
class Numbers {
  #bits = new Uint8Array(1024)

  has(number: number): boolean {
    return ((this.#bits[number >> 3] ?? 0) & (1 << (number & 7))) !== 0
  }

  /** False: it was there. */
  add(number: number): boolean {
    if (this.has(number)) return false
    const at = number >> 3
    if (at >= this.#bits.length) {
      const larger = new Uint8Array(Math.max(at + 1, this.#bits.length * 2))
      larger.set(this.#bits)
      this.#bits = larger
    }
    this.#bits[at] = (this.#bits[at] ?? 0) | (1 << (number & 7))
    return true
  }
}

/** What one endpoint heard. */
class Ear {
  #verifier: Webhook | null = null
  readonly #numbers = new Map<number, Numbers>()
  /** Of messages that were accepted and are not done: the number of the last event. */
  readonly #open = new Map<string, number>()
  readonly #late = createHistogram()
  #posts = 0
  #events = 0
  #again = 0
  #unverified = 0
  #disordered = 0

  know(secret: string): void {
    this.#verifier = new Webhook(secret)
  }

  hear(body: Buffer, headers: IncomingMessage['headers']): void {
    this.#posts++
    let payload: WebhookPayload
    try {
      if (this.#verifier === null) throw new Error('nobody said the secret')
      payload = this.#verifier.verify(body, headers as Record<string, string>) as WebhookPayload
    } catch {
      this.#unverified++
      return
    }
    const now = Date.now()
    for (const event of 'id' in payload ? [payload] : payload.data) this.#event(event, now)
  }

  #event({ id, type, timestamp, data }: WebhookEvent, now: number): void {
    const [, , shard = '', number = ''] = id.split('_')
    const numbers = this.#numbers.get(Number(shard)) ?? new Numbers()
    this.#numbers.set(Number(shard), numbers)
    if (!numbers.add(Number(number))) return void this.#again++
    this.#events++
    this.#late.record(Math.max(1, now - Date.parse(timestamp)))
    const before = this.#open.get(data.message)
    const isFirst = type === 'message.accepted'
    if (isFirst ? before !== undefined : before === undefined || before >= Number(number)) this.#disordered++
    if (isFirst || type === 'message.deferred') this.#open.set(data.message, Number(number))
    else this.#open.delete(data.message)
  }

  /** The times are of what came since the last look. */
  heard(): HeardBy {
    const late = { p50: this.#late.percentile(50), p99: this.#late.percentile(99), max: this.#late.count === 0 ? 0 : this.#late.max }
    this.#late.reset()
    const counts = { posts: this.#posts, events: this.#events, again: this.#again }
    return { ...counts, unverified: this.#unverified, disordered: this.#disordered, late }
  }

  has(shard: number, number: number): boolean {
    return this.#numbers.get(shard)?.has(number) === true
  }
}

const ears = { well: new Ear(), flapping: new Ear() }
const hits = { forbidden: 0 }

async function listening(server: { listen(port: number, host: string): unknown; address(): unknown }, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1')
  await once(server as never, 'listening')
  return (server.address() as AddressInfo).port
}

const hearing =
  (ear: Ear) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const pieces: Buffer[] = []
    try {
      for await (const piece of request) pieces.push(piece as Buffer)
    } catch {
      return
    }
    ear.hear(Buffer.concat(pieces), request.headers)
    response.end('taken')
  }

/** There for so long, and away for as long. */
async function flap(seconds: number): Promise<number> {
  const port = await freePort()
  let server: HttpServer | null = null
  const turn = (): void => {
    if (server === null) {
      server = createServer((request, response) => void hearing(ears.flapping)(request, response))
      server.on('error', () => {})
      server.listen(port, '127.0.0.1')
    } else {
      server.closeAllConnections()
      server.close()
      server = null
    }
  }
  turn()
  setInterval(turn, seconds * 1000)
  return port
}

type Answers = Readonly<Record<string, (request: IncomingMessage, response: ServerResponse) => void>>

function answersOf(forbidden: number): Answers {
  return {
    slow: (_, response) => void setTimeout(() => response.end(), SLOW_MS),
    endless: (_, response) => {
      const write = (): void => {
        while (!response.destroyed && response.write(PIECE));
      }
      response.on('drain', write)
      write()
    },
    redirect: (_, response) => void response.writeHead(307, { location: `http://127.0.0.1:${forbidden}/` }).end(),
    cut: (request) => void request.socket.destroy(),
    chunks: (_, response) => {
      response.writeHead(500)
      const timer = setInterval(() => response.write('x'), 1)
      response.on('close', () => clearInterval(timer))
    },
    bomb: (_, response) => void response.writeHead(200, { 'content-encoding': 'gzip', 'content-length': 2 ** 40 }).write(PIECE),
  }
}

/** By what a bare connection is told once it said something. */
const BARE: Readonly<Record<string, (socket: Socket) => void>> = {
  headers: (socket) => {
    socket.write('HTTP/1.1 200 OK\r\n')
    const write = (): void => {
      while (!socket.destroyed && socket.write(`x: ${'y'.repeat(60)}\r\n`.repeat(100)));
    }
    socket.on('drain', write)
    write()
  },
  drip: (socket) => {
    const words = `HTTP/1.1 200 OK\r\nserver: ${'x'.repeat(3600)}\r\n\r\n`
    let at = 0
    const timer = setInterval(() => socket.write(words[at++ % words.length] ?? ''), DRIP_MS)
    socket.on('close', () => clearInterval(timer))
  },
  nonsense: (socket) => void socket.write(randomBytes(4096)),
  mute: () => {},
}

async function listen({ flapping }: { readonly flapping: number }): Promise<WebhookEnds> {
  const certificate = testCertificate('hooks.bench.test')
  const take = (ear: Ear) => (request: IncomingMessage, response: ServerResponse) => void hearing(ear)(request, response)
  const well = await listening(createSecureServer(certificate, take(ears.well)))
  const forbidden = await listening(createPlainServer((socket) => void (hits.forbidden++, socket.destroy())))
  const wrong = createServer((request, response) => {
    request.resume().on('error', () => {})
    response.on('error', () => {})
    request.on('end', () => answersOf(forbidden)[request.url?.slice(1) ?? '']?.(request, response))
  })
  const port = await listening(wrong)
  const urls: Record<string, string> = Object.fromEntries(
    Object.keys(answersOf(forbidden)).map((name) => [name, `http://127.0.0.1:${port}/${name}`]),
  )
  for (const [name, say] of Object.entries(BARE)) {
    const bare = createPlainServer((socket) => {
      socket.on('error', () => socket.destroy())
      socket.once('data', () => say(socket))
      socket.resume()
    })
    urls[name] = `${name === 'nonsense' || name === 'mute' ? 'https' : 'http'}://127.0.0.1:${await listening(bare)}/`
  }
  urls['dead'] = `http://127.0.0.1:${await freePort()}/`
  return {
    root: certificate.cert,
    heard: { well: `https://127.0.0.1:${well}/`, flapping: `http://127.0.0.1:${await flap(flapping)}/` },
    wrong: urls,
  }
}

/** All that the store has of the account, against what was heard. */
function compare({ folder, account }: { readonly folder: string; readonly account: number }): Compared {
  const follower = new DayFollower({ folder, from: new Map(), account: account as AccountId, events: 1000, octets: 1024 * 1024 })
  const missing = { well: 0, flapping: 0 }
  let stored = 0
  for (let found = follower.next(); found !== null; found = follower.next()) {
    if (found.kind === 'gap') throw new Error(`events up to ${found.day} are gone`)
    for (const { event, number } of readEvents(found.lines)) {
      if (event.account !== account) continue
      stored++
      for (const name of ['well', 'flapping'] as const) if (!ears[name].has(found.shard, number)) missing[name]++
    }
  }
  return { stored, missing }
}

servePeer({
  ends: listen,
  secrets: (secrets) => {
    ears.well.know(secrets.well)
    ears.flapping.know(secrets.flapping)
    return null
  },
  heard: () => ({ well: ears.well.heard(), flapping: ears.flapping.heard(), forbidden: hits.forbidden }),
  compare,
})
