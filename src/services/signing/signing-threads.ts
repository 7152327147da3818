// Threads that sign, from the header of a message to its DKIM-Signature fields: the event loop only copies the message into memory that
// they share and the fields out of it. They are made at the first signature.
import { Worker } from 'node:worker_threads'
import type { EpochMs } from '../../base/brand.ts'
import type { Body } from '../../engine/ports/spool.ts'
import type { SigningKey } from '../../message/dkim/private-keys.ts'
import { KeyWriter } from './signing-keys.ts'
import { type SlotJob, SigningSlots, SLOTS } from './signing-slots.ts'

/** Of those that go by themselves, at once: a message in memory is copied for it, a file takes a buffer. */
const MOST_POSTED = 8

export interface SigningData {
  readonly memory: SharedArrayBuffer
  /** Number of the thread. */
  readonly thread: number
}

/** A job that is in no slot: a message from a file, or too large. */
export interface PostedJob {
  readonly id: number
  readonly at: EpochMs
  readonly keys: Uint8Array
  readonly body: Body
  /** Fields before what is in a file. */
  readonly front?: Uint8Array
}

/** Null: there are answers in slots. `id`: of a posted job, or the slot. `fields` in Latin-1. */
export type SigningReply = null | { readonly id: number; readonly fields: string } | { readonly id: number; readonly trouble: string }

interface Job {
  readonly body: Body
  readonly keys: Buffer
  readonly at: EpochMs
  readonly front: Uint8Array | undefined
  resolve(fields: Uint8Array): void
  reject(error: Error): void
}

export class SigningThreads {
  readonly #count: number
  readonly #keys = new KeyWriter()
  readonly #slots = new SigningSlots()
  readonly #threads: Worker[] = []
  /** Those under way, by slot or number. */
  readonly #jobs = new Map<number, Job>()
  readonly #free = Array.from({ length: SLOTS }, (_, slot) => slot)
  /** Until a slot is free. */
  readonly #waiting: Job[] = []
  /** Until one of those that go by themselves is back. */
  readonly #waitingLarge: Job[] = []
  #posted = 0
  #lastId = SLOTS

  constructor(count: number) {
    this.#count = count
  }

  /** The DKIM-Signature fields for the message; rejects where a key is unusable or the file cannot be read. */
  sign(body: Body, keys: readonly SigningKey[], at: EpochMs, front?: Uint8Array): Promise<Uint8Array> {
    if (this.#threads.length === 0) this.#begin()
    return new Promise((resolve, reject) => this.#take({ ...inFront(body, front), keys: this.#keys.octets(keys), at, resolve, reject }))
  }

  #take(job: Job): void {
    const { body, keys, at } = job
    if (body.kind === 'bytes') {
      const inSlot = { at, keys, message: body.bytes }
      if (SigningSlots.fits(inSlot)) return this.#give(job, inSlot)
    }
    if (this.#posted === MOST_POSTED) this.#waitingLarge.push(job)
    else this.#post(job)
  }

  #give(job: Job, inSlot: SlotJob): void {
    const slot = this.#free.pop()
    if (slot === undefined) {
      this.#waiting.push(job)
      return
    }
    this.#slots.give(slot, inSlot)
    this.#open(slot, job)
    const thread = this.#slots.wakes(this.#count)
    if (thread >= 0) this.#threads[thread]?.postMessage(null)
  }

  #post(job: Job): void {
    this.#posted++
    const id = ++this.#lastId
    this.#open(id, job)
    const { at, keys, body, front } = job
    // A copy of its own octets alone, which moves: a clone would be of all the memory that it is a part of.
    const own = body.kind === 'bytes' ? new Uint8Array(body.bytes) : null
    const posted: PostedJob = { id, at, keys, body: own === null ? body : { kind: 'bytes', bytes: own }, ...(front && { front }) }
    this.#threads[id % this.#count]?.postMessage(posted, own === null ? [] : [own.buffer])
  }

  /** Only what is under way keeps the process alive. */
  #open(id: number, job: Job): void {
    if (this.#jobs.size === 0) this.#threads[0]?.ref()
    this.#jobs.set(id, job)
  }

  #begin(): void {
    this.#slots.listen()
    for (let thread = 0; thread < this.#count; thread++) {
      const data: SigningData = { memory: this.#slots.memory, thread }
      const options = { name: 'signing', workerData: data, execArgv: ['--disable-warning=ExperimentalWarning'] }
      const worker = new Worker(new URL('./signing-thread.ts', import.meta.url), options)
      worker.on('message', (reply: SigningReply) => (reply === null ? this.#collect() : this.#replied(reply)))
      // After `on`, which refs it.
      worker.unref()
      worker.on('error', (error) => {
        throw error
      })
      this.#threads.push(worker)
    }
  }

  #collect(): void {
    this.#slots.listen()
    for (let slot = this.#slots.collect(); slot >= 0; slot = this.#slots.collect()) {
      const fields = this.#slots.fields(slot)
      this.#close(slot)?.resolve(fields)
    }
  }

  #replied(reply: Exclude<SigningReply, null>): void {
    const job = this.#close(reply.id)
    if ('fields' in reply) job?.resolve(Buffer.from(reply.fields, 'latin1'))
    else job?.reject(new Error(reply.trouble))
  }

  /** What waits for the place follows. */
  #close(id: number): Job | undefined {
    const job = this.#jobs.get(id)
    this.#jobs.delete(id)
    if (id < SLOTS) this.#free.push(id)
    else this.#posted--
    const next = (id < SLOTS ? this.#waiting : this.#waitingLarge).shift()
    if (next !== undefined) this.#take(next)
    if (this.#jobs.size === 0) this.#threads[0]?.unref()
    return job
  }
}

/** In memory it is one with the body. */
function inFront(body: Body, front: Uint8Array | undefined): Pick<Job, 'body' | 'front'> {
  if (front === undefined || body.kind === 'file') return { body, front }
  return { body: { kind: 'bytes', bytes: Buffer.concat([front, body.bytes]) }, front: undefined }
}
