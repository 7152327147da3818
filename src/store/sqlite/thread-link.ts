// Questions to a worker thread and their answers. A thread that dies by an error of its own takes the process with it: the
// launcher starts a new worker, and what was acknowledged is on disk.
import { Worker } from 'node:worker_threads'
import type { StoreError } from './spool/protocol.ts'

interface Waiting {
  resolve(value: unknown): void
  reject(error: StoreError): void
}

export class ThreadLink {
  private readonly worker: Worker
  private readonly waiting = new Map<number, Waiting>()
  private last = 0
  private holds = 0

  /** `name` is what the system shows (`top -H`); `other` takes what is not the answer to a question. */
  constructor(name: string, url: URL, data: unknown, other: (message: unknown) => void) {
    this.worker = new Worker(url, { name, workerData: data, execArgv: ['--disable-warning=ExperimentalWarning'] })
    this.worker.unref()
    this.worker.on('message', (message: { id?: number }) => (message.id === undefined ? other(message) : this.answered(message)))
    this.worker.on('error', (error) => {
      throw error
    })
  }

  /** `transfer`: memory that goes with it, and is here no more. */
  post(message: unknown, transfer: ArrayBuffer[] = []): void {
    this.worker.postMessage(message, transfer)
  }

  /** Keeps the process alive while something is under way; as many `free` as `hold`. */
  hold(): void {
    if (this.holds++ === 0) this.worker.ref()
  }

  free(): void {
    if (--this.holds === 0) this.worker.unref()
  }

  /** Rejects with a `StoreError` (an object, not an Error: its meaning is for the asker to say). */
  ask(message: object): Promise<unknown> {
    const id = ++this.last
    this.hold()
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject })
      this.worker.postMessage({ ...message, id })
    })
  }

  async ended(): Promise<void> {
    await this.worker.terminate()
  }

  private answered(message: { id?: number; value?: unknown; answer?: unknown; error?: StoreError | null }): void {
    const waiting = this.waiting.get(message.id ?? 0)
    this.waiting.delete(message.id ?? 0)
    this.free()
    if (message.error) waiting?.reject(message.error)
    else waiting?.resolve(message.value ?? message.answer)
  }
}
