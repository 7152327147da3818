// Threads that sign, in batches: a job of its own for each signature would cost the event loop as much as the rest of a delivery, mostly
// for waking a thread. What comes while the threads are busy goes into their next batches. They are made at the first signature.
import { Worker } from 'node:worker_threads'
import type { SigningKey } from '../message/dkim/private-keys.ts'

/** Some milliseconds of RSA-2048: what is signed first does not wait long for the last of its batch. */
const MOST_A_BATCH = 8
/** One under way and one that waits for it, so that a thread never waits for us. */
const MOST_OPEN = 2

export interface SigningBatch {
  readonly keys: readonly SigningKey[]
  /** `octets` in Latin-1; `key` is an index into `keys`. */
  readonly jobs: readonly { readonly octets: string; readonly key: number }[]
}

/** One for each job of the batch, in its order; `signature` in base64. */
export type Signatures = readonly ({ readonly signature: string } | { readonly trouble: string })[]

interface Job {
  readonly octets: string
  readonly key: SigningKey
  resolve(signature: string): void
  reject(error: Error): void
}

interface Thread {
  readonly worker: Worker
  /** Batches sent and not answered. */
  readonly open: (readonly Job[])[]
}

export class SigningThreads {
  readonly #count: number
  readonly #threads: Thread[] = []
  readonly #waiting: Job[] = []
  #isScheduled = false

  constructor(count: number) {
    this.#count = count
  }

  /** The signature of `octets` (Latin-1) in base64; rejects where the key is unusable. */
  sign(octets: string, key: SigningKey): Promise<string> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ octets, key, resolve, reject })
      if (this.#isScheduled) return
      this.#isScheduled = true
      setImmediate(() => this.#hand())
    })
  }

  #hand(): void {
    this.#isScheduled = false
    while (this.#threads.length < this.#count) this.#threads.push(this.#begin())
    for (let round = 0; round < MOST_OPEN && this.#waiting.length > 0; round++)
      for (const thread of this.#threads) if (thread.open.length <= round) this.#send(thread)
  }

  #send({ worker, open }: Thread): void {
    const share = Math.ceil(this.#waiting.length / this.#count)
    const jobs = this.#waiting.splice(0, Math.min(share, MOST_A_BATCH))
    if (jobs.length === 0) return
    const keys = [...new Set(jobs.map(({ key }) => key))]
    const batch: SigningBatch = {
      keys: keys.map(({ algorithm, privateKey }) => ({ algorithm, privateKey })),
      jobs: jobs.map(({ octets, key }) => ({ octets, key: keys.indexOf(key) })),
    }
    if (open.push(jobs) === 1) worker.ref()
    worker.postMessage(batch)
  }

  #begin(): Thread {
    const options = { name: 'signing', execArgv: ['--disable-warning=ExperimentalWarning'] }
    const worker = new Worker(new URL('./signing-thread.ts', import.meta.url), options)
    const thread: Thread = { worker, open: [] }
    // Waits for nobody: only an open batch keeps the process alive.
    worker.unref()
    worker.on('message', (signatures: Signatures) => this.#answered(thread, signatures))
    worker.on('error', (error) => {
      throw error
    })
    return thread
  }

  #answered({ worker, open }: Thread, signatures: Signatures): void {
    const jobs = open.shift() ?? []
    if (open.length === 0) worker.unref()
    jobs.forEach((job, i) => {
      const answer = signatures[i]
      if (answer !== undefined && 'signature' in answer) job.resolve(answer.signature)
      else job.reject(new Error(answer?.trouble ?? 'it was not signed'))
    })
    if (this.#waiting.length > 0) this.#hand()
  }
}
