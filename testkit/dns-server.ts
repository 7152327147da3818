// A small DNS server for tests, on 127.0.0.1 over UDP and TCP at one port: it answers from plain data as a recursive
// server would, counts what it is asked, and misbehaves on request. Records and behaviour may be changed while it runs.
import { createSocket, type RemoteInfo, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import packet, { type Answer, type Packet, type Question } from 'dns-packet'

/** What is known of one name. `ttl` in seconds, for all its records; default 300. */
export interface DnsName {
  A?: readonly string[]
  AAAA?: readonly string[]
  MX?: readonly (readonly [preference: number, exchange: string])[]
  TXT?: readonly string[]
  PTR?: readonly string[]
  NS?: readonly string[]
  /** Usage, selector, matching type, and the data in hexadecimal. */
  TLSA?: readonly (readonly [usage: number, selector: number, matching: number, data: string])[]
  /** DNSSEC proves it: AD is set where each name of the answer is so. */
  secure?: true
  CNAME?: string
  ttl?: number
}
/** Name (lower case, no trailing dot) → its records. A name with an empty object exists and has none (NODATA). */
export type DnsZones = Record<string, DnsName>

/** What goes wrong for a name, or for `NAME TYPE`, or for `*` (everything). */
export interface DnsBehaviour {
  /** Answer with this code and nothing else. */
  rcode?: 'SERVFAIL' | 'REFUSED' | 'NOTIMP'
  /** Never answer. `udp`: only over UDP. */
  drop?: true | 'udp'
  /** Over UDP: an empty answer with TC. Over TCP: the full one. */
  truncate?: boolean
  /** Milliseconds before the answer. */
  delay?: number
  /** Ahead of the true answer, over UDP, a false one: another id, another question, no message at all, or sent from another port. */
  spoof?: 'id' | 'question' | 'garbage' | 'port'
  /** Only this many times; then it behaves. */
  times?: number
}

const FALSE_ADDRESS = '203.0.113.66'
const MOST_CNAMES = 20

const flagsOf = (rcode: number): number => packet.RECURSION_DESIRED | packet.RECURSION_AVAILABLE | rcode
const RCODES = { NOERROR: 0, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const

export class DnsServer implements AsyncDisposable {
  zones: DnsZones
  /** Keyed by `name`, `name TYPE` or `*`. */
  readonly behaviour = new Map<string, DnsBehaviour>()
  /** Every question asked, in order: `name TYPE`, with ` tcp` behind where it came so. */
  readonly asked: string[] = []
  /** Source ports of the queries over UDP. */
  readonly ports: number[] = []
  /** MINIMUM and TTL of the SOA in negative answers, in seconds; null: none is sent. */
  soaMinimum: number | null = 60
  readonly #udp: UdpSocket
  readonly #tcp: Server
  readonly #stray: UdpSocket
  readonly #open = new Set<Socket>()
  readonly #timers = new Set<NodeJS.Timeout>()

  private constructor(zones: DnsZones) {
    this.zones = zones
    this.#udp = createSocket('udp4', (data, from) => this.#onUdp(data, from))
    this.#stray = createSocket('udp4')
    this.#tcp = createServer((socket) => this.#onTcp(socket))
  }

  static async start(zones: DnsZones = {}): Promise<DnsServer> {
    for (let attempt = 0; ; attempt++) {
      const server = new DnsServer(zones)
      try {
        server.#tcp.listen(0, '127.0.0.1')
        await once(server.#tcp, 'listening')
        server.#udp.bind((server.#tcp.address() as AddressInfo).port, '127.0.0.1')
        await once(server.#udp, 'listening')
        return server
      } catch (error) {
        // Another process holds the UDP port of the same number: take another pair.
        await server.close()
        if (attempt === 9) throw error
      }
    }
  }

  get port(): number {
    return (this.#tcp.address() as AddressInfo).port
  }
  /** For the option `dns.servers`. */
  get address(): string {
    return `127.0.0.1:${this.port}`
  }
  /** How often `name TYPE` was asked; without an argument, all questions. */
  count(question?: string): number {
    return question === undefined ? this.asked.length : this.asked.filter((asked) => asked.replace(/ tcp$/, '') === question).length
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer)
    for (const socket of this.#open) socket.destroy()
    await Promise.all(
      [this.#udp, this.#stray, this.#tcp].map(
        (server) =>
          new Promise<void>((resolve) => {
            try {
              server.close(() => resolve())
            } catch {
              resolve()
            }
          }),
      ),
    )
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #behaviourOf(name: string, type: string): DnsBehaviour {
    for (const key of [`${name} ${type}`, name, '*']) {
      const found = this.behaviour.get(key)
      if (found === undefined) continue
      if (found.times === undefined) return found
      if (found.times-- > 0) return found
    }
    return {}
  }

  #onUdp(data: Buffer, from: RemoteInfo): void {
    this.ports.push(from.port)
    this.#answer(data, false, (reply, spoof) => {
      if (spoof) this.#spoof(reply, spoof, from)
      this.#udp.send(reply, from.port, from.address)
    })
  }

  #onTcp(socket: Socket): void {
    this.#open.add(socket)
    socket.on('close', () => this.#open.delete(socket))
    socket.on('error', () => {})
    let held = Buffer.alloc(0)
    socket.on('data', (chunk) => {
      held = Buffer.concat([held, chunk])
      while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
        const end = 2 + held.readUInt16BE(0)
        const query = held.subarray(2, end)
        held = held.subarray(end)
        this.#answer(query, true, (reply) => {
          const length = Buffer.alloc(2)
          length.writeUInt16BE(reply.length)
          socket.write(Buffer.concat([length, reply]))
        })
      }
    })
  }

  #answer(data: Buffer, tcp: boolean, send: (reply: Buffer, spoof?: DnsBehaviour['spoof']) => void): void {
    const query = packet.decode(data)
    const question = query.questions?.[0]
    if (question === undefined) return
    const name = question.name.toLowerCase()
    this.asked.push(`${name} ${question.type}${tcp ? ' tcp' : ''}`)
    const how = this.#behaviourOf(name, question.type)
    if (how.drop === true || (how.drop === 'udp' && !tcp)) return
    const reply = packet.encode(this.#reply(query.id ?? 0, question, how, tcp))
    if (how.delay === undefined) return send(reply, how.spoof)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      send(reply, how.spoof)
    }, how.delay)
    this.#timers.add(timer)
  }

  #reply(id: number, question: Question, how: DnsBehaviour, tcp: boolean): Packet {
    const base = { type: 'response' as const, id, questions: [question] }
    if (how.rcode !== undefined) return { ...base, flags: flagsOf(RCODES[how.rcode]) }
    if (how.truncate === true && !tcp) return { ...base, flags: flagsOf(0) | packet.TRUNCATED_RESPONSE }
    const answers: Answer[] = []
    let name = question.name.toLowerCase()
    for (let i = 0; i < MOST_CNAMES && question.type !== 'CNAME'; i++) {
      const known = this.zones[name]
      if (known?.CNAME === undefined) break
      answers.push({ type: 'CNAME', name, ttl: known.ttl ?? 300, data: known.CNAME })
      name = known.CNAME.toLowerCase()
    }
    const known = this.zones[name]
    const chain = answers.map((alias) => this.zones[alias.name])
    const secure = [...chain, known ?? this.zones[name.slice(name.indexOf('.') + 1)]].every((its) => its?.secure === true)
    const records = known === undefined ? [] : recordsOf(name, known, question.type)
    answers.push(...records)
    const authorities: Answer[] = []
    if (records.length === 0 && this.soaMinimum !== null)
      authorities.push({
        type: 'SOA',
        name: name.slice(name.indexOf('.') + 1),
        ttl: this.soaMinimum,
        data: { mname: 'ns.example.test', rname: 'hostmaster.example.test', minimum: this.soaMinimum },
      })
    const flags = flagsOf(known === undefined ? RCODES.NXDOMAIN : 0) | (secure ? packet.AUTHENTIC_DATA : 0)
    return { ...base, flags, answers, authorities }
  }

  #spoof(reply: Buffer, how: NonNullable<DnsBehaviour['spoof']>, to: RemoteInfo): void {
    const truth = packet.decode(reply)
    const [question] = truth.questions ?? []
    if (question === undefined) return
    const asked = how === 'question' ? { ...question, name: `not-${question.name}` } : question
    const lie = packet.encode({
      type: 'response',
      id: ((truth.id ?? 0) + (how === 'id' ? 1 : 0)) & 0xffff,
      flags: flagsOf(0),
      questions: [asked],
      answers: [{ type: 'A', name: asked.name, ttl: 300, data: FALSE_ADDRESS }],
    })
    const socket = how === 'port' ? this.#stray : this.#udp
    socket.send(how === 'garbage' ? Buffer.from('garbage, not a message') : lie, to.port, to.address)
  }
}

function recordsOf(name: string, known: DnsName, type: string): Answer[] {
  const ttl = known.ttl ?? 300
  switch (type) {
    case 'A':
    case 'AAAA':
      return (known[type] ?? []).map((data) => ({ type, name, ttl, data }))
    case 'PTR':
    case 'NS':
      return (known[type] ?? []).map((data) => ({ type, name, ttl, data }))
    case 'MX':
      return (known.MX ?? []).map(([preference, exchange]) => ({ type, name, ttl, data: { preference, exchange } }))
    case 'TXT':
      return (known.TXT ?? []).map((data) => ({ type, name, ttl, data: stringsOf(data) }))
    case 'TLSA':
      return (known.TLSA ?? []).map(([usage, selector, matchingType, hex]) => {
        const data = { usage, selector, matchingType, certificate: Buffer.from(hex, 'hex') }
        return { type, name, ttl, data }
      })
    case 'CNAME':
      return known.CNAME === undefined ? [] : [{ type, name, ttl, data: known.CNAME }]
    default:
      return []
  }
}

/** A TXT record is made of strings of at most 255 octets (rfc:1035#3.3). */
function stringsOf(text: string): Buffer[] {
  const octets = Buffer.from(text)
  const strings: Buffer[] = []
  for (let at = 0; at === 0 || at < octets.length; at += 255) strings.push(octets.subarray(at, at + 255))
  return strings
}
