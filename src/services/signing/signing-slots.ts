// Memory that the event loop and the threads that sign share. A message with its keys is put into a slot, and whichever thread is
// free takes it from there and leaves the signature fields in its place. Nobody is woken who is awake: a message to a thread costs
// the event loop ten times what putting a job here does.
//
// A slot is free, given, taken or done: the event loop fills a free one and gives it, a thread takes it, answers it (done), and the
// event loop frees it. Two rings hold the numbers of slots given and done. As no slot is in a ring twice, neither ever overflows.
import type { EpochMs } from '../../base/brand.ts'

/** A power of two. */
export const SLOTS = 64
/** For a message and its keys, or for their answer. What is larger travels another way. */
const SLOT_OCTETS = 64 * 1024
export const MOST_THREADS = 4

/** Cells of 4 octets: the counts of what was given, taken and done; who is to be woken; the rings. */
const GIVEN = 0
const TAKEN = 1
const DONE = 2
const LISTENS = 3
const SLEEPS = 4
const GIVEN_RING = SLEEPS + MOST_THREADS
const DONE_RING = GIVEN_RING + SLOTS
const CELLS = DONE_RING + SLOTS
/** Of each slot, in cells of 8: the time to sign with, octets of its keys and of its message, octets of its answer. */
const FIGURES = 4
const FIGURES_AT = Math.ceil(CELLS / 2) * 8
const OCTETS_AT = FIGURES_AT + SLOTS * FIGURES * 8

export interface SlotJob {
  readonly at: EpochMs
  readonly keys: Uint8Array
  readonly message: Uint8Array
}

export class SigningSlots {
  readonly memory: SharedArrayBuffer
  readonly #cells: Int32Array
  readonly #figures: Float64Array
  readonly #octets: Buffer
  /** Of the event loop: how many of the done it has collected. */
  #collected = 0

  constructor(memory = new SharedArrayBuffer(OCTETS_AT + SLOTS * SLOT_OCTETS)) {
    this.memory = memory
    this.#cells = new Int32Array(memory, 0, CELLS)
    this.#figures = new Float64Array(memory, FIGURES_AT, SLOTS * FIGURES)
    this.#octets = Buffer.from(memory, OCTETS_AT)
  }

  static fits({ keys, message }: SlotJob): boolean {
    return keys.length + message.length <= SLOT_OCTETS
  }

  /** By the event loop, for a free slot and a job that fits. */
  give(slot: number, { at, keys, message }: SlotJob): void {
    const figures = slot * FIGURES
    this.#figures[figures] = at
    this.#figures[figures + 1] = keys.length
    this.#figures[figures + 2] = message.length
    this.#octets.set(keys, slot * SLOT_OCTETS)
    this.#octets.set(message, slot * SLOT_OCTETS + keys.length)
    const given = Atomics.load(this.#cells, GIVEN)
    Atomics.store(this.#cells, GIVEN_RING + (given & (SLOTS - 1)), slot)
    Atomics.store(this.#cells, GIVEN, (given + 1) | 0)
  }

  /** By the event loop: a thread that sleeps and is to be woken now; -1 where none does. */
  wakes(threads: number): number {
    for (let thread = 0; thread < threads; thread++) if (Atomics.exchange(this.#cells, SLEEPS + thread, 0) === 1) return thread
    return -1
  }

  /** By a thread: the oldest slot that was given; -1 where there is none. */
  take(): number {
    for (;;) {
      const taken = Atomics.load(this.#cells, TAKEN)
      if (taken === Atomics.load(this.#cells, GIVEN)) return -1
      const slot = Atomics.load(this.#cells, GIVEN_RING + (taken & (SLOTS - 1)))
      if (Atomics.compareExchange(this.#cells, TAKEN, taken, (taken + 1) | 0) === taken) return slot
    }
  }

  /** By the thread that took it. What it gives lies in the slot. */
  read(slot: number): { readonly at: EpochMs; readonly keys: Buffer; readonly message: Buffer } {
    const [at = 0, keys = 0, message = 0] = this.#figures.subarray(slot * FIGURES, slot * FIGURES + FIGURES)
    const from = slot * SLOT_OCTETS
    return {
      at,
      keys: this.#octets.subarray(from, from + keys),
      message: this.#octets.subarray(from + keys, from + keys + message),
    }
  }

  /** By the thread that took it: Latin-1. False where it does not fit. */
  answer(slot: number, fields: string): boolean {
    if (fields.length > SLOT_OCTETS) return false
    this.#figures[slot * FIGURES + 3] = this.#octets.write(fields, slot * SLOT_OCTETS, 'latin1')
    const done = Atomics.add(this.#cells, DONE, 1)
    Atomics.store(this.#cells, DONE_RING + (done & (SLOTS - 1)), slot + 1)
    return true
  }

  /** By a thread that found nothing: false where something was given meanwhile and nobody was told to wake it. */
  sleep(thread: number): boolean {
    Atomics.store(this.#cells, SLEEPS + thread, 1)
    if (Atomics.load(this.#cells, TAKEN) === Atomics.load(this.#cells, GIVEN)) return true
    return Atomics.exchange(this.#cells, SLEEPS + thread, 0) === 0
  }

  /** By a thread: whether the event loop is to be told of answers, which it is once until it listens again. */
  tells(): boolean {
    return Atomics.exchange(this.#cells, LISTENS, 0) === 1
  }

  /** By the event loop, before it collects: it is to be told of what comes from now on. */
  listen(): void {
    Atomics.store(this.#cells, LISTENS, 1)
  }

  /** By the event loop: a slot that is done; -1 where there is none. */
  collect(): number {
    const slot = Atomics.exchange(this.#cells, DONE_RING + (this.#collected & (SLOTS - 1)), 0) - 1
    if (slot >= 0) this.#collected = (this.#collected + 1) | 0
    return slot
  }

  /** By the event loop: a copy of the answer of a slot that is done, which is free then. */
  fields(slot: number): Buffer {
    const from = slot * SLOT_OCTETS
    const length = this.#figures[slot * FIGURES + 3] ?? 0
    const fields = Buffer.allocUnsafe(length)
    this.#octets.copy(fields, 0, from, from + length)
    return fields
  }
}
