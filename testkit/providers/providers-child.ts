// Body of the process of `providers.ts`: a receiving server for each site, at an address of 127.2.0.0/16 of its own, all at one port, the
// name server that leads there, and the clock of the tree. Answers over IPC.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { systemClock } from '../../src/base/clock.ts'
import { DnsServer, type DnsZones } from '../dns-server.ts'
import { drawFrom, type HiddenSites } from './hidden-limits.ts'
import { type Caller, Provider } from './provider.ts'

const PORT_TRIES = 10

class Session {
  readonly #socket: Socket
  readonly #provider: Provider
  readonly #caller: Caller
  readonly #draw: () => number
  #buffer = ''
  #recipients: string[] = []
  #inData = false
  #isEnded = false

  constructor(socket: Socket, provider: Provider, draw: () => number) {
    this.#socket = socket
    this.#provider = provider
    this.#draw = draw
    const { caller, refusal } = provider.connect(socket.remoteAddress ?? '')
    this.#caller = caller
    socket.on('error', () => {})
    socket.on('close', () => provider.ended(caller))
    socket.setEncoding('latin1').on('data', (chunk) => this.#read(String(chunk)))
    if (refusal === null) socket.write('220 provider.test ESMTP\r\n')
    else this.#end(refusal)
  }

  #end(reply: string): void {
    this.#isEnded = true
    this.#provider.ended(this.#caller)
    this.#socket.end(`${reply}\r\n`)
  }

  #read(chunk: string): void {
    this.#buffer += chunk
    while (!this.#isEnded && this.#step());
  }

  #step(): boolean {
    const end = this.#buffer.indexOf(this.#inData ? '\r\n.\r\n' : '\r\n')
    if (end < 0) return false
    const text = this.#buffer.slice(0, end)
    this.#buffer = this.#buffer.slice(end + (this.#inData ? 5 : 2))
    if (this.#inData) this.#message()
    else this.#command(text)
    return true
  }

  #message(): void {
    this.#inData = false
    const recipients = this.#recipients
    const delay = this.#provider.answersAfter(this.#draw())
    const take = (): void => {
      if (this.#socket.destroyed) return
      // Counted before the answer: what the client may have heard has been counted.
      this.#provider.take(this.#caller, recipients, delay)
      this.#socket.write('250 2.0.0 Taken\r\n')
    }
    if (delay > 0) systemClock.after(delay, take)
    else take()
  }

  #command(line: string): void {
    switch (line.slice(0, 4).toUpperCase()) {
      case 'EHLO':
        return void this.#socket.write('250-provider.test\r\n250-PIPELINING\r\n250-ENHANCEDSTATUSCODES\r\n250 8BITMIME\r\n')
      case 'MAIL': {
        this.#recipients = []
        const refusal = this.#provider.mail(this.#caller)
        return refusal === null ? void this.#socket.write('250 2.1.0 Ok\r\n') : this.#end(refusal)
      }
      case 'RCPT': {
        const address = /<([^>]*)>/.exec(line)?.[1] ?? ''
        const refusal = this.#provider.recipient(this.#caller, address)
        if (refusal === null) this.#recipients.push(address)
        return void this.#socket.write(`${refusal ?? '250 2.1.5 Ok'}\r\n`)
      }
      case 'DATA':
        if (this.#recipients.length === 0) return void this.#socket.write('503 5.5.1 No recipients\r\n')
        this.#inData = true
        // The end of the command begins the first line: what ends a text is then the same everywhere in it.
        this.#buffer = `\r\n${this.#buffer}`
        return void this.#socket.write('354 Go on\r\n')
      case 'QUIT':
        return this.#end('221 2.0.0 Bye')
      default:
        this.#socket.write('250 2.0.0 Ok\r\n')
    }
  }
}

async function listen(providers: readonly Provider[], draw: () => number): Promise<number> {
  for (let tries = 1; ; tries++) {
    const servers: Server[] = []
    let port = 0
    try {
      for (const [n, provider] of providers.entries()) {
        const server = createServer({ noDelay: true }, (socket) => void new Session(socket, provider, draw))
        servers.push(server)
        server.listen({ host: addressOf(n), port, backlog: 1024 })
        await once(server, 'listening')
        port = (server.address() as AddressInfo).port
      }
      return port
    } catch (error) {
      // Another process has the port at one of the addresses.
      for (const server of servers) server.close()
      if (tries === PORT_TRIES) throw error
    }
  }
}

function addressOf(site: number): string {
  return `127.2.${site >> 8}.${site & 255}`
}

const [file = '', seed = '1'] = process.argv.slice(2)
const hidden = Object.entries(JSON.parse(readFileSync(file, 'utf8')) as HiddenSites)
const providers = new Map(hidden.map(([domain, limits]) => [domain, new Provider(limits, () => systemClock.now())]))
const port = await listen([...providers.values()], drawFrom(Number(seed)))
const zones: DnsZones = {}
for (const [n, domain] of [...providers.keys()].entries()) {
  zones[domain] = { MX: [[10, `mx.${domain}`]], ttl: 86_400 }
  zones[`mx.${domain}`] = { A: [addressOf(n)], ttl: 86_400 }
}
const dns = await DnsServer.start(zones)

function answer(ask: string): unknown {
  if (ask === 'places') return { port, dns: dns.address }
  if (ask === 'taken') return [...providers.values()].reduce((sum, { taken }) => sum + taken.size, 0)
  return [...providers].map(([domain, { records, taken }]) => ({ domain, sources: [...records], taken: [...taken] }))
}

process.on('message', ({ id, ask }: { id: number; ask: string }) => void process.send?.({ id, value: answer(ask) }))
process.on('disconnect', () => process.exit(0))
process.send?.({ id: 0 })
