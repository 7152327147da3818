// The generator and the sink from the side of the bench: started, asked and ended as processes.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { GeneratorLoad, PeerCalls, Received, Sent, SinkOptions } from './peer-words.ts'

interface Answer {
  readonly id: number
  readonly result?: never
  readonly error?: string
}

/** A process of the bench. */
export class Peer implements AsyncDisposable {
  readonly #process: ChildProcess
  readonly #waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>()
  #last = 0

  constructor(file: string) {
    this.#process = fork(join(import.meta.dirname, file), { execArgv: ['--disable-warning=ExperimentalWarning'] })
    this.#process.on('message', ({ id, result, error }: Answer) => {
      const asked = this.#waiting.get(id)
      this.#waiting.delete(id)
      if (error === undefined) asked?.resolve(result as never)
      else asked?.reject(new Error(`${file}: ${error}`))
    })
    this.#process.on('exit', (code) => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`${file} ended with ${code}`))
      this.#waiting.clear()
    })
  }

  get pid(): number {
    return this.#process.pid ?? 0
  }

  call<N extends keyof PeerCalls>(name: N, params: PeerCalls[N]['params']): Promise<PeerCalls[N]['result']> {
    const id = ++this.#last
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      this.#process.send({ id, name, params })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return
    this.#process.kill('SIGKILL')
    await once(this.#process, 'exit')
  }
}

export class Generator implements AsyncDisposable {
  readonly #peer = new Peer('generator.ts')

  get pid(): number {
    return this.#peer.pid
  }

  /** Resolves when the load is over; rejects where a message was refused, as a bench of refusals would prove nothing. */
  async send(load: GeneratorLoad): Promise<Sent> {
    const sent = await this.#peer.call('send', load)
    if (sent.accepted === 0 || sent.refused > 0) throw new Error(`${sent.refused} messages were refused: ${sent.refusal}`)
    return sent
  }

  sample(): Promise<Sent> {
    return this.#peer.call('sample', null)
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#peer[Symbol.asyncDispose]()
  }
}

const LOOK_EVERY_MS = 20

export class OwnSink implements AsyncDisposable {
  readonly port: number
  /** Name server that knows its sites, as `dns.servers` takes it. */
  readonly dns: string
  readonly #peer: Peer

  private constructor(peer: Peer, port: number, dns: string) {
    this.#peer = peer
    this.port = port
    this.dns = dns
  }

  static async start(options: SinkOptions): Promise<OwnSink> {
    const peer = new Peer('sink.ts')
    try {
      const { port, dns } = await peer.call('listen', options)
      return new OwnSink(peer, port, dns)
    } catch (error) {
      await peer[Symbol.asyncDispose]()
      throw error
    }
  }

  get pid(): number {
    return this.#peer.pid
  }

  received(): Promise<Received> {
    return this.#peer.call('received', null)
  }

  /** Resolves once `recipients` came in all; rejects when none came for `patience` ms. */
  async until(recipients: number, patience = 30_000): Promise<Received> {
    let seen = -1
    let since = performance.now()
    for (;;) {
      const received = await this.received()
      if (received.recipients >= recipients) return received
      if (received.recipients !== seen) [seen, since] = [received.recipients, performance.now()]
      else if (performance.now() - since > patience) throw new Error(`the sink has ${seen} of ${recipients} and no more come`)
      await wait(LOOK_EVERY_MS)
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#peer[Symbol.asyncDispose]()
  }
}
