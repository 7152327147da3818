// The counting sink and the load in processes of their own, for kills at random moments: who kills waits for neither, and a busy
// load holds up no answer of the sink, so that what a kill repeats is due to the server alone.
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { PATIENCE_MS } from './patience.ts'
import type { SmtpLoadOptions } from './smtp-load.ts'

/** A process of the test kit that is asked over IPC. */
export class Apart implements AsyncDisposable {
  readonly #child: ChildProcess
  readonly #asked = new Map<number, (value: unknown) => void>()
  #last = 0

  private constructor(child: ChildProcess) {
    this.#child = child
    child.on('message', ({ id, value }: { id: number; value: unknown }) => {
      this.#asked.get(id)?.(value)
      this.#asked.delete(id)
    })
  }

  static async start(
    args: readonly string[],
    { file = 'apart-child.ts', environment = {} }: { readonly file?: string; readonly environment?: Readonly<Record<string, string>> } = {},
  ): Promise<Apart> {
    const execArgv = ['--disable-warning=ExperimentalWarning']
    const apart = new Apart(fork(join(import.meta.dirname, file), args, { execArgv, env: { ...process.env, ...environment } }))
    await new Promise<unknown>((resolve) => apart.#asked.set(0, resolve))
    return apart
  }

  ask<T>(ask: string): Promise<T> {
    const id = ++this.#last
    return new Promise((resolve) => {
      this.#asked.set(id, (value) => resolve(value as T))
      this.#child.send({ id, ask })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await once(this.#child, 'exit')
  }
}

/** What the sink took: each time with when. */
export interface Taken {
  readonly times: ReadonlyMap<string, readonly number[]>
  readonly repeated: number
  readonly mostOpen: number
}

export class SinkApart implements AsyncDisposable {
  readonly port: number
  readonly #apart: Apart

  private constructor(port: number, apart: Apart) {
    this.port = port
    this.#apart = apart
  }

  /** `late`: every tenth answer to a final dot waits between these, in ms. `environment`: of a tree's clock. */
  static async start(
    late: readonly [least: number, most: number] | null = null,
    environment: Readonly<Record<string, string>> = {},
  ): Promise<SinkApart> {
    const apart = await Apart.start(['sink', JSON.stringify({ late })], { environment })
    return new SinkApart(await apart.ask<number>('port'), apart)
  }

  async taken(): Promise<Taken> {
    const { taken, mostOpen } = await this.#apart.ask<{ taken: [string, number][]; mostOpen: number }>('taken')
    const times = new Map<string, number[]>()
    for (const [recipient, at] of taken) {
      const before = times.get(recipient)
      if (before === undefined) times.set(recipient, [at])
      else before.push(at)
    }
    return { times, repeated: taken.length - times.size, mostOpen }
  }

  /** Resolves with those that have not come, when all have or none came for `patience` ms. */
  async missing(recipients: readonly string[], patience = PATIENCE_MS): Promise<readonly string[]> {
    let seen = -1
    let since = performance.now()
    for (;;) {
      // The whole list only where it can be whole: it is long, and the sink answers nobody while it makes it.
      const there = await this.#apart.ask<number>('recipients')
      const isQuiet = performance.now() - since > patience
      if (there >= recipients.length || isQuiet) {
        const { times } = await this.taken()
        const missing = recipients.filter((recipient) => !times.has(recipient))
        if (missing.length === 0 || isQuiet) return missing
      }
      if (there !== seen) [seen, since] = [there, performance.now()]
      await wait(100)
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#apart[Symbol.asyncDispose]()
  }
}

export class LoadApart implements AsyncDisposable {
  readonly #apart: Apart

  private constructor(apart: Apart) {
    this.#apart = apart
  }

  /** Sends at once. */
  static async start(options: SmtpLoadOptions): Promise<LoadApart> {
    return new LoadApart(await Apart.start(['load', JSON.stringify(options)]))
  }

  /** Messages acknowledged so far. */
  acknowledged(): Promise<number> {
    return this.#apart.ask('count')
  }

  /** Resolves once `count` more were acknowledged. */
  async more(count: number, most = PATIENCE_MS): Promise<void> {
    const end = performance.now() + most
    const wanted = (await this.acknowledged()) + count
    for (let had = 0; had < wanted; had = await this.acknowledged()) {
      if (performance.now() > end) throw new Error(`${had} of ${wanted} messages were acknowledged after ${most} ms`)
      await wait(10)
    }
  }

  /** Each connection finishes its message. Resolves with the recipients of all messages that were acknowledged. */
  stop(): Promise<readonly string[]> {
    return this.#apart.ask('stop')
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#apart[Symbol.asyncDispose]()
  }
}
