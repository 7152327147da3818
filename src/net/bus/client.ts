// The calling end of the bus: one connection, several calls at once, answers matched by id.
import { connect as connectSocket, type Socket } from 'node:net'
import type { Ms } from '../../base/brand.ts'
import { Fault } from '../../base/fault.ts'
import { encodeFrame, FrameReader } from './frames.ts'
import { type Answer, faultOf, helloOf, isAnswer, isRefused, judgeHello, type ParamsOf, type ResultOf } from './messages.ts'
import { shortSocketPath } from './short-path.ts'

/** Calls that wait for an answer at once; one more is a Fault `bus-busy`. */
const MOST_IN_FLIGHT = 1024

export interface BusClient<Calls> extends Disposable {
  /** Rejects with the Fault of the other side, or with `bus-closed`, `bus-timeout`, `bus-busy` (all temporary) of ours. */
  call<Name extends keyof Calls & string>(
    name: Name,
    params: ParamsOf<Calls, Name>,
    options?: { readonly timeout?: Ms },
  ): Promise<ResultOf<Calls, Name>>
  /** Resolves when the connection has ended, whoever ended it. */
  readonly closed: Promise<void>
  readonly ended: boolean
}

export interface ConnectOptions {
  readonly version: string
  /** On whose behalf, for the audit of the other side. */
  readonly who?: string
  /** For the connection and its hello; default 5 s. */
  readonly timeout?: Ms
}

interface Waiting {
  readonly resolve: (result: never) => void
  readonly reject: (fault: Fault) => void
  readonly timer: NodeJS.Timeout | undefined
}

class Client {
  readonly closed: Promise<void>
  readonly #socket: Socket
  readonly #version: string
  readonly #reader = new FrameReader()
  readonly #waiting = new Map<number, Waiting>()
  readonly #greeted = Promise.withResolvers<void>()
  #said = false
  #end: Fault = new Fault('bus-closed', 'The server closed the connection.', { blame: 'peer', temporary: true })
  #lastId = 0

  constructor(socket: Socket, version: string, who: string | undefined) {
    this.#socket = socket
    this.#version = version
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#finish()
        resolve()
      })
    })
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.#end = connectFault(error)
    })
    socket.on('data', (chunk: Buffer) => this.#read(chunk))
    socket.write(encodeFrame(helloOf(version, who)))
  }

  get ended(): boolean {
    return this.#socket.destroyed
  }

  greeted(): Promise<void> {
    return this.#greeted.promise
  }

  call(name: string, params: unknown, timeout: Ms | undefined): Promise<never> {
    if (this.#socket.destroyed) return Promise.reject(this.#end)
    if (this.#waiting.size >= MOST_IN_FLIGHT)
      return Promise.reject(new Fault('bus-busy', 'Too many calls wait for the server.', { blame: 'caller', temporary: true }))
    const id = ++this.#lastId
    return new Promise((resolve, reject) => {
      const timer = timeout === undefined ? undefined : setTimeout(() => this.#late(id, name), timeout)
      this.#waiting.set(id, { resolve, reject, timer })
      this.#socket.write(encodeFrame({ id, call: name, params }))
    })
  }

  end(fault: Fault): void {
    this.#end = fault
    this.#socket.destroy()
  }

  #late(id: number, name: string): void {
    this.#waiting
      .get(id)
      ?.reject(new Fault('bus-timeout', `The server did not answer '${name}' in time.`, { blame: 'peer', temporary: true }))
    this.#waiting.delete(id)
  }

  #read(chunk: Buffer): void {
    try {
      for (const value of this.#reader.push(chunk)) this.#take(value)
    } catch (error) {
      this.end(error instanceof Fault ? error : new Fault('bus-frame', 'The server sent nonsense.', { blame: 'peer', cause: error }))
    }
  }

  #take(value: unknown): void {
    if (isRefused(value)) throw faultOf(value.refused)
    if (this.#said) {
      if (isAnswer(value)) this.#answer(value)
      return
    }
    const fault = judgeHello(value, this.#version)
    if (fault !== null) throw fault
    this.#said = true
    this.#greeted.resolve()
  }

  #answer(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id)
    if (waiting === undefined) return
    this.#waiting.delete(answer.id)
    clearTimeout(waiting.timer)
    if ('fault' in answer) waiting.reject(faultOf(answer.fault))
    else waiting.resolve(answer.result as never)
  }

  #finish(): void {
    this.#greeted.reject(this.#end)
    for (const { reject, timer } of this.#waiting.values()) {
      clearTimeout(timer)
      reject(this.#end)
    }
    this.#waiting.clear()
  }
}

function connectFault(error: NodeJS.ErrnoException): Fault {
  if (error.code === 'ENOENT' || error.code === 'ECONNREFUSED')
    return new Fault('not-running', 'The server is not running on this home.', {
      blame: 'owner',
      temporary: true,
      mend: "Start it with 'hms start'.",
      cause: error,
    })
  if (error.code === 'EACCES')
    return new Fault('bus-not-allowed', 'The server on this home belongs to another user.', {
      blame: 'owner',
      mend: 'Run hms as the user who started it.',
      cause: error,
    })
  return new Fault('bus-closed', `The connection to the server broke: ${error.message}.`, { blame: 'peer', temporary: true, cause: error })
}

/** Connects and exchanges hellos. Rejects with a Fault: `not-running`, `bus-not-allowed`, `bus-protocol`, `bus-timeout`. */
export async function connectBus<Calls>(path: string, { version, who, timeout = 5000 }: ConnectOptions): Promise<BusClient<Calls>> {
  using short = shortFor(path)
  const client = new Client(connectSocket(short.path), version, who)
  const timer = setTimeout(
    () => client.end(new Fault('bus-timeout', 'The server did not say hello in time.', { blame: 'peer', temporary: true })),
    timeout,
  )
  try {
    await client.greeted()
  } finally {
    clearTimeout(timer)
  }
  return {
    call: (name, params, options) => client.call(name, params, options?.timeout),
    closed: client.closed,
    get ended() {
      return client.ended
    },
    [Symbol.dispose]: () => client.end(new Fault('bus-closed', 'The connection was closed.', { blame: 'caller', temporary: true })),
  }
}

function shortFor(path: string): ReturnType<typeof shortSocketPath> {
  try {
    return shortSocketPath(path)
  } catch (error) {
    throw connectFault(error as NodeJS.ErrnoException)
  }
}
