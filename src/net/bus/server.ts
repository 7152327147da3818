// The serving end of the bus. A socket is bound under a name of its own, made private, then renamed to the name that
// clients know: it replaces what a crash left behind, and closing an old server never takes a new one's name away.
// Only processes of the tree that holds the home's lock may serve in its `run` folder.
import { chmodSync, renameSync, rmSync, statSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import type { Octets } from '../../contract/bus.ts'
import { Fault } from '../../base/fault.ts'
import { giveBack } from '../../base/give-back.ts'
import type { Log } from '../../base/log.ts'
import { encodeFrame, encodeOctets, FrameReader } from './frames.ts'
import { type Call, faultFields, helloOf, isCall, judgeHello, type ParamsOf, type ResultOf, whoOf } from './messages.ts'
import { shortSocketPath } from './short-path.ts'

/** Calls of one connection that run at once; while there are more, nothing is read from it. */
const MOST_IN_FLIGHT = 64
/** Octets of answers that wait for a slow reader before nothing more is read from it. */
const MOST_UNREAD = 8 * 1024 * 1024
const HELLO_WITHIN_MS = 10_000

/** An answer of octets that nobody else has, each part alone in its memory: that is given back once they are written. */
export class Passing {
  readonly octets: Octets

  constructor(octets: Octets) {
    this.octets = octets
  }
}

type Given<Result> = Result | (Octets extends Result ? Passing : never)

/** One function a call. The signal fires when the caller has gone; `who`: on whose behalf he calls, where he said so. */
export type BusHandlers<Calls> = {
  readonly [Name in keyof Calls]: (
    params: ParamsOf<Calls, Name>,
    signal: AbortSignal,
    who: string | null,
  ) => Given<ResultOf<Calls, Name>> | Promise<Given<ResultOf<Calls, Name>>>
}

export interface BusServer extends AsyncDisposable {
  readonly path: string
}

export interface BusOptions {
  /** Of this program, told in the hello. */
  readonly version: string
  readonly log: Log
}

type Handler = (params: unknown, signal: AbortSignal, who: string | null) => unknown

class Connection {
  readonly #socket: Socket
  readonly #handlers: ReadonlyMap<string, Handler>
  readonly #options: BusOptions
  readonly #reader = new FrameReader()
  readonly #gone = new AbortController()
  readonly #helloTimer: NodeJS.Timeout
  #greeted = false
  #who: string | null = null
  #inFlight = 0

  constructor(socket: Socket, handlers: ReadonlyMap<string, Handler>, options: BusOptions) {
    this.#socket = socket
    this.#handlers = handlers
    this.#options = options
    this.#helloTimer = setTimeout(() => socket.destroy(), HELLO_WITHIN_MS)
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.on('drain', () => this.#pace())
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      clearTimeout(this.#helloTimer)
      this.#gone.abort()
    })
    socket.write(encodeFrame(helloOf(options.version)))
  }

  #read(chunk: Buffer): void {
    try {
      for (const value of this.#reader.push(chunk)) this.#take(value)
    } catch (error) {
      this.#refuse(error)
    }
    this.#pace()
  }

  #take(value: unknown): void {
    if (!this.#greeted) {
      const fault = judgeHello(value, this.#options.version)
      if (fault !== null) throw fault
      this.#greeted = true
      this.#who = whoOf(value)
      clearTimeout(this.#helloTimer)
    } else if (isCall(value)) void this.#run(value)
    else throw new Fault('bus-frame', 'A frame on the bus is no call.', { blame: 'peer' })
  }

  async #run({ id, call, params }: Call): Promise<void> {
    this.#inFlight++
    try {
      const handler = this.#handlers.get(call)
      if (handler === undefined) throw new Fault('bus-unknown-call', `There is no call '${call.slice(0, 60)}' here.`, { blame: 'caller' })
      const given = await handler(params, this.#gone.signal, this.#who)
      const result = given instanceof Passing ? given.octets : given
      this.#write(isOctets(result) ? [encodeOctets(id, result), ...result] : [encodeFrame({ id, result: result ?? {} })], () => {
        if (given instanceof Passing) for (const part of given.octets) giveBack(part)
      })
    } catch (error) {
      if (!(error instanceof Fault)) this.#options.log.error('a call on the bus failed', { call, error: stackOf(error) })
      this.#write([encodeFrame({ id, fault: faultFields(error) })])
    }
    this.#inFlight--
    this.#pace()
  }

  /** `written`: the system has all of it. Where the caller goes meanwhile nobody is told, as it may be looked at still. */
  #write(parts: readonly Uint8Array[], written = (): void => undefined): void {
    if (!this.#socket.writable) return
    this.#socket.cork()
    for (const [n, part] of parts.entries())
      this.#socket.write(part, (error) => {
        if (n === parts.length - 1 && !error) written()
      })
    this.#socket.uncork()
  }

  #refuse(error: unknown): void {
    this.#socket.removeAllListeners('data')
    this.#socket.end(encodeFrame({ refused: faultFields(error) }))
    this.#socket.resume()
  }

  #pace(): void {
    const busy = this.#inFlight >= MOST_IN_FLIGHT || this.#socket.writableLength >= MOST_UNREAD
    if (busy === this.#socket.isPaused()) return
    if (busy) this.#socket.pause()
    else this.#socket.resume()
  }
}

function isOctets(result: unknown): result is Octets {
  return Array.isArray(result) && result.length > 0 && result.every((part) => part instanceof Uint8Array)
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Serves `handlers` at `path`, mode 0600. Disposing ends every connection and removes the path where it is still ours. */
export async function serveBus<Calls>(path: string, handlers: BusHandlers<Calls>, options: BusOptions): Promise<BusServer> {
  const table = new Map(Object.entries(handlers) as [string, Handler][])
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('close', () => sockets.delete(socket))
    void new Connection(socket, table, options)
  })
  const inode = await bind(server, path)
  // Out of descriptors an accept fails: that must not end the process.
  server.on('error', (error) => options.log.error('a connection on the bus could not be accepted', { error: error.message }))
  return {
    path,
    async [Symbol.asyncDispose]() {
      if (statSync(path, { throwIfNoEntry: false })?.ino === inode) rmSync(path, { force: true })
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

async function bind(server: Server, path: string): Promise<number> {
  const own = `${path}.${process.pid}.${Math.trunc(performance.now())}`
  using short = shortSocketPath(own)
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(short.path, () => {
      server.off('error', reject)
      resolve()
    })
  })
  chmodSync(own, 0o600)
  renameSync(own, path)
  return statSync(path).ino
}
