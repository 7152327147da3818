// One question to one name server: a datagram from a port of its own, and TCP where the answer does not fit. The only
// place of the resolver that opens sockets; both ends of it always close them.
import { randomInt } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { isIPv6, Socket } from 'node:net'
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'
import { encodeQuery, readReply, TROUBLE_TTL, type RecordType, type ReplyMeaning } from './answer.ts'

export interface Question {
  readonly name: string
  readonly type: RecordType
}

export interface ExchangeOptions {
  readonly timeout: Ms
  readonly clock: Clock
  /** Ends what is open at once. */
  readonly signal: AbortSignal
}

/** False replies that are sat through before UDP is given up for TCP, which cannot be forged from aside. */
const MOST_FOREIGN = 32

type Outcome = Exclude<ReplyMeaning, { kind: 'foreign' | 'truncated' | 'no-edns' }>
/** `retry`: the server did not answer, or not usefully; another may. */
export type Exchange = { readonly retry: boolean; readonly outcome: Outcome }

const trouble = (reason: string): Exchange => ({ retry: true, outcome: { kind: 'trouble', reason, ttl: TROUBLE_TTL } })

/** Asks `server`. Never rejects. */
export async function exchange(question: Question, server: SocketAddress, options: ExchangeOptions): Promise<Exchange> {
  let edns = true
  let meaning = await byUdp(question, server, edns, options)
  if (meaning.kind === 'no-edns') {
    edns = false
    meaning = await byUdp(question, server, edns, options)
  }
  if (meaning.kind === 'truncated') meaning = await byTcp(question, server, edns, options)
  switch (meaning.kind) {
    case 'foreign':
    case 'truncated':
    case 'no-edns':
      return trouble(`the name server ${server.host} answered nonsense`)
    case 'trouble':
      return trouble(`the name server ${server.host} answered: ${meaning.reason}`)
    case 'failure':
      return trouble(`the name server ${server.host} ${meaning.reason}`)
    default:
      return { retry: false, outcome: meaning }
  }
}

type Heard = ReplyMeaning | { readonly kind: 'failure'; readonly reason: string }

/** Runs `start` until it settles, the time is up, or the signal comes; `close` is called once whatever ends it. */
function within(
  { timeout, clock, signal }: ExchangeOptions,
  close: () => void,
  start: (settle: (heard: Heard) => void) => void,
): Promise<Heard> {
  return new Promise((resolve) => {
    let settled = false
    const settle = (heard: Heard): void => {
      if (settled) return
      settled = true
      timer[Symbol.dispose]()
      signal.removeEventListener('abort', stop)
      close()
      resolve(heard)
    }
    const stop = (): void => settle({ kind: 'failure', reason: 'was not waited for' })
    const timer = clock.after(timeout, () => settle({ kind: 'failure', reason: `did not answer within ${timeout} ms` }))
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
    else start(settle)
  })
}

function byUdp({ name, type }: Question, server: SocketAddress, edns: boolean, options: ExchangeOptions): Promise<Heard> {
  // rfc:5452#9.2: an unpredictable id and an unpredictable port. The socket is new for each query, so the system draws
  // the port; being connected, it hears nobody but the server.
  const socket = createSocket({ type: isIPv6(server.host) ? 'udp6' : 'udp4', lookup: literally })
  const id = randomInt(65_536)
  let open = true
  const close = (): void => {
    open = false
    socket.close()
  }
  return within(options, close, (settle) => {
    let foreign = 0
    const failed = (error: Error): void => settle({ kind: 'failure', reason: `cannot be asked: ${error.message}` })
    socket.on('error', failed)
    socket.on('message', (data) => {
      const meaning = readReply(data, id, name, type)
      if (meaning.kind !== 'foreign') settle(meaning)
      else if (++foreign === MOST_FOREIGN) settle({ kind: 'truncated' })
    })
    // Where there is no way to the server (no network yet), the callback hears of it, and no event does.
    socket.connect(server.port, server.host, (error?: Error) => {
      if (error) failed(error)
      else if (open) socket.send(encodeQuery(id, name, type, edns), (unsent) => unsent && failed(unsent))
    })
  })
}

/** The addresses of servers are literal: nothing is to be looked up to look things up. */
function literally(host: string, _options: unknown, done: (error: null, address: string, family: number) => void): void {
  done(null, host, isIPv6(host) ? 6 : 4)
}

function byTcp({ name, type }: Question, server: SocketAddress, edns: boolean, options: ExchangeOptions): Promise<Heard> {
  const socket = new Socket()
  const id = randomInt(65_536)
  return within(
    options,
    () => socket.destroy(),
    (settle) => {
      // rfc:1035#4.2.2: two octets of length go ahead, so at most 64 KiB are ever held.
      let held: Buffer = Buffer.alloc(0)
      socket.on('error', (error) => settle({ kind: 'failure', reason: `cannot be asked over TCP: ${error.message}` }))
      socket.on('close', () => settle({ kind: 'failure', reason: 'closed the TCP connection without an answer' }))
      socket.on('data', (chunk) => {
        held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
        if (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0))
          settle(readReply(held.subarray(2, 2 + held.readUInt16BE(0)), id, name, type))
      })
      const query = encodeQuery(id, name, type, edns)
      const length = Buffer.alloc(2)
      length.writeUInt16BE(query.length)
      socket.connect(server.port, server.host)
      socket.write(Buffer.concat([length, query]))
    },
  )
}
