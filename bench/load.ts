// The load and its end: Debian's smtp-source sends, Debian's smtp-sink receives and counts. Both only on loopback.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { connect, createServer, type AddressInfo } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'

export interface Load {
  readonly sessions: number
  /** Many messages on one connection, or a connection for each. */
  readonly kept: boolean
  /** Octets of the body. */
  readonly size: number
  readonly messages: number
}

const SOURCE = '/usr/sbin/smtp-source'
const SINK = '/usr/sbin/smtp-sink'

/** Programs that are missing, with the Debian package that brings them. */
export function missingPrograms(peer: boolean): string[] {
  const needed = peer ? [SOURCE, SINK, '/usr/sbin/postfix'] : [SOURCE, SINK]
  return needed.filter((program) => !existsSync(program))
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

export async function untilListening(port: number, most = 30_000): Promise<void> {
  const end = performance.now() + most
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    socket.destroy()
    if (open) return
    if (performance.now() > end) throw new Error(`nothing listens on 127.0.0.1:${port} after ${most} ms`)
    await wait(50)
  }
}

export class Sink implements AsyncDisposable {
  readonly port: number
  readonly #process: ChildProcess
  #received = 0
  #lastAt = 0
  readonly #interrupted = (): void => void this.#process.kill('SIGKILL')

  private constructor(port: number, child: ChildProcess) {
    this.port = port
    this.#process = child
    process.once('exit', this.#interrupted)
    child.stdout?.setEncoding('latin1').on('data', (text: string) => {
      // The running counter: "sess=1 quit=0 mesg=17 max=…\r".
      const count = Number.parseInt(text.slice(text.lastIndexOf('mesg=') + 5), 10)
      if (Number.isNaN(count) || count === this.#received) return
      this.#received = count
      this.#lastAt = performance.now()
    })
  }

  static async start(): Promise<Sink> {
    const port = await freePort()
    const user = process.getuid?.() === 0 ? ['-u', 'postfix'] : []
    const child = spawn(SINK, [...user, '-c', `127.0.0.1:${port}`, '1024'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const sink = new Sink(port, child)
    await untilListening(port)
    return sink
  }

  get received(): number {
    return this.#received
  }

  /** When the counter moved last, on the clock of `performance.now()`. */
  get lastAt(): number {
    return this.#lastAt
  }

  /** Resolves once `count` messages came in all; rejects when none came for `patience` ms. */
  async until(count: number, patience = 30_000): Promise<void> {
    let seen = this.#received
    let since = performance.now()
    while (this.#received < count) {
      await wait(20)
      if (this.#received !== seen) [seen, since] = [this.#received, performance.now()]
      else if (performance.now() - since > patience) throw new Error(`the sink has ${seen} of ${count} messages and no more come`)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    process.off('exit', this.#interrupted)
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    this.#process.kill('SIGKILL')
    await once(this.#process, 'exit')
  }
}

/** Sends the load to a port; resolves with the seconds until the last message was accepted. */
export async function send(load: Load, port: number): Promise<number> {
  const args = ['-s', String(load.sessions), '-m', String(load.messages), '-l', String(load.size)]
  if (load.kept) args.push('-d')
  args.push('-M', 'bench.example.test', '-f', 'sender@example.test', '-t', 'recipient@example.test', `127.0.0.1:${port}`)
  const began = performance.now()
  const source = spawn(SOURCE, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  const [code] = (await once(source, 'exit')) as [number | null]
  if (code !== 0) throw new Error(`smtp-source ended with ${code}`)
  return (performance.now() - began) / 1000
}
