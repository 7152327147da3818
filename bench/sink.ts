// The receiving end: a process that takes everything as cheaply as it can, at as many addresses as there are sites, with
// STARTTLS where wished, and answers the final dot after a time drawn for each message. It brings the name server of its sites.
import { once } from 'node:events'
import { createServer, type Server, type Socket } from 'node:net'
import { createSecureContext, TLSSocket, type SecureContext } from 'node:tls'
import { DnsServer, type DnsZones } from '../testkit/dns-server.ts'
import { testCertificate } from '../testkit/certificate.ts'
import { freePort } from './load.ts'
import type { Received, SinkOptions } from './peer-words.ts'
import { monotonic, servePeer } from './peer-process.ts'

const END = Buffer.from('\r\n.\r\n')
const LF = 0x0a
const BACKLOG = 4096
const PORT_TRIES = 5
/** Delayed answers leave in slots of so many ms: one timer for all. */
const SLOT_MS = 10

function addressOf(site: number): string {
  return `127.1.${site >> 8}.${site & 255}`
}

class Counts {
  messages = 0
  recipients = 0
  open = 0
  mostOpen = 0
  connections = 0
  secured = 0
  lastAt = 0
}

/** Calls back after a delay, to the slot. */
class Wheel {
  readonly #slots: (() => void)[][]
  #now = 0

  constructor(longest: number) {
    this.#slots = Array.from({ length: Math.ceil(longest / SLOT_MS) + 2 }, () => [])
    let from = performance.now()
    setInterval(() => {
      for (; performance.now() - from >= SLOT_MS; from += SLOT_MS) {
        this.#now = (this.#now + 1) % this.#slots.length
        for (const due of this.#slots[this.#now]?.splice(0) ?? []) due()
      }
    }, SLOT_MS)
  }

  after(ms: number, work: () => void): void {
    this.#slots[(this.#now + Math.max(1, Math.round(ms / SLOT_MS))) % this.#slots.length]?.push(work)
  }
}

interface House {
  readonly counts: Counts
  readonly context: SecureContext | null
  /** Answers a message now or later. */
  readonly answer: (work: () => void) => void
}

class Session {
  readonly #house: House
  #socket: Socket
  #secured = false
  #inContent = false
  /** Octets of END that the last chunk ended with. */
  #matched = 0
  #recipients = 0
  /** An answer is delayed: what comes meanwhile is kept. */
  #held: Buffer[] | null = null
  /** Of a command that came in pieces. */
  #half: Buffer | null = null
  #out = ''

  constructor(house: House, socket: Socket) {
    this.#house = house
    this.#socket = socket
    const { counts } = house
    counts.connections++
    counts.mostOpen = Math.max(counts.mostOpen, ++counts.open)
    socket.on('close', () => counts.open--)
    this.#listen(socket)
    socket.write('220 sink.bench.test ESMTP\r\n')
  }

  #listen(socket: Socket): void {
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
  }

  #read(chunk: Buffer): void {
    if (this.#held !== null) return void this.#held.push(chunk)
    if (this.#half !== null) return this.#whole(this.#half, chunk)
    let at = 0
    while (at < chunk.length && this.#held === null) at = this.#inContent ? this.#content(chunk, at) : this.#command(chunk, at)
    if (this.#held !== null && at < chunk.length) (this.#held as Buffer[]).push(chunk.subarray(at))
    this.#flush()
  }

  #whole(half: Buffer, rest: Buffer): void {
    this.#half = null
    this.#read(Buffer.concat([half, rest]))
  }

  #flush(): void {
    if (this.#out === '') return
    this.#socket.write(this.#out, 'latin1')
    this.#out = ''
  }

  /** Gives where the content ends, or the chunk. */
  #content(chunk: Buffer, from: number): number {
    for (let at = from; this.#matched > 0 && chunk[at] === END[this.#matched];) {
      at++
      if (++this.#matched === END.length) return this.#taken(at)
      if (at === chunk.length) return at
    }
    const end = chunk.indexOf(END, from)
    if (end >= 0) return this.#taken(end + END.length)
    this.#matched = endsWithin(chunk)
    return chunk.length
  }

  #taken(at: number): number {
    this.#inContent = false
    const held: Buffer[] = []
    this.#held = held
    let now = true
    this.#house.answer(() => {
      const { counts } = this.#house
      counts.messages++
      counts.recipients += this.#recipients
      counts.lastAt = monotonic()
      this.#recipients = 0
      this.#held = null
      this.#out += '250 2.0.0 taken\r\n'
      if (now) return
      this.#flush()
      for (const chunk of held) this.#read(chunk)
    })
    now = false
    return at
  }

  #command(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(LF, at)
    if (end < 0) {
      this.#half = chunk.subarray(at)
      return chunk.length
    }
    switch (chunk.toString('latin1', at, at + 4).toUpperCase()) {
      case 'EHLO':
        this.#out += `250-sink.bench.test\r\n250-PIPELINING\r\n${this.#house.context !== null && !this.#secured ? '250-STARTTLS\r\n' : ''}250 8BITMIME\r\n`
        break
      case 'RCPT':
        this.#recipients++
        this.#out += '250 2.1.5 good\r\n'
        break
      case 'DATA':
        this.#out += '354 go on\r\n'
        this.#inContent = true
        this.#matched = 2
        break
      case 'STAR':
        this.#secure()
        break
      case 'QUIT':
        this.#out += '221 2.0.0 bye\r\n'
        this.#flush()
        this.#socket.end()
        break
      default:
        this.#out += '250 2.0.0 good\r\n'
    }
    return end + 1
  }

  #secure(): void {
    const { context, counts } = this.#house
    if (context === null) return void (this.#out += '502 5.5.1 no\r\n')
    this.#out += '220 2.0.0 go on\r\n'
    this.#flush()
    this.#secured = true
    counts.secured++
    this.#socket.removeAllListeners('data')
    this.#socket = new TLSSocket(this.#socket, { isServer: true, secureContext: context })
    this.#listen(this.#socket)
  }
}

/** How much of the start of END the chunk ends with. */
function endsWithin(chunk: Buffer): number {
  for (let length = Math.min(END.length - 1, chunk.length); length > 0; length--)
    if (END.compare(chunk, chunk.length - length, chunk.length, 0, length) === 0) return length
  return 0
}

async function listenAll(addresses: readonly string[], serve: (socket: Socket) => void): Promise<number> {
  for (let tries = 1; ; tries++) {
    const port = await freePort()
    const servers: Server[] = []
    try {
      for (const host of addresses) {
        const server = createServer({ noDelay: true }, serve)
        servers.push(server)
        server.listen({ port, host, backlog: BACKLOG })
        await once(server, 'listening')
      }
      return port
    } catch (error) {
      // Another process has the port at one of the addresses.
      for (const server of servers) server.close()
      if (tries === PORT_TRIES) throw error
    }
  }
}

function zonesOf(sites: number): DnsZones {
  const zones: DnsZones = {}
  for (let site = 0; site < sites; site++) {
    zones[`d${site}.bench.test`] = { MX: [[10, `mx.d${site}.bench.test`]], ttl: 3600 }
    zones[`mx.d${site}.bench.test`] = { A: [addressOf(site)], ttl: 3600 }
  }
  return zones
}

const counts = new Counts()

async function listen({ sites, delay, starttls = false }: SinkOptions): Promise<{ port: number; dns: string }> {
  const certificate = starttls ? testCertificate('sink.bench.test') : null
  const wheel = delay === undefined ? null : new Wheel(delay[1])
  const [least, longest] = delay ?? [0, 0]
  const house: House = {
    counts,
    context: certificate === null ? null : createSecureContext({ cert: certificate.cert, key: certificate.key }),
    answer: wheel === null ? (work) => work() : (work) => wheel.after(least + Math.random() * (longest - least), work),
  }
  const addresses = sites === 0 ? ['127.0.0.1'] : Array.from({ length: sites }, (_, site) => addressOf(site))
  const port = await listenAll(addresses, (socket) => void new Session(house, socket))
  const dns = await DnsServer.start(zonesOf(sites))
  return { port, dns: dns.address }
}

servePeer({ listen, received: (): Received => ({ ...counts }) })
