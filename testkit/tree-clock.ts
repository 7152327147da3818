// Moves the time of whole trees of processes on, up to 60 times faster than it is: launcher, workers, desk, control, `hms` commands and
// the processes of the test kit that are started with `environment`. Each tick waits until all of them have done what was due at the
// last and what that made for others (`shared-clock.ts`): the pace is the most there is, and a busy machine only takes longer.
import { once } from 'node:events'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { EpochMs, Ms } from '../src/base/brand.ts'

const MOST_PACE = 60
/** A process that stands still longer is waited for no more: perhaps it waits for another one. */
const PATIENCE_MS = 5000
const SLOWEST_STEP: Ms = 10
/** Rounds in which somebody still had something to do, before time goes on all the same: a load from outside never ends. */
const MOST_ROUNDS = 20

interface Waiter {
  readonly at: EpochMs
  readonly resolve: () => void
}

export class TreeClock implements AsyncDisposable {
  readonly environment: Readonly<Record<string, string>>
  readonly #folder: string
  readonly #server: Server
  /** The time for who begins: it needs it before anything can come over its socket. */
  readonly #file: number
  /** Processes that have not done what was due. */
  readonly #busy = new Set<Socket>()
  readonly #all = new Set<Socket>()
  #waiters: Waiter[] = []
  #allReady: (() => void) | null = null
  #wasBusy = false
  #now: EpochMs = Date.now()
  #pace = 1
  #isClosed = false
  #moving: Promise<void> = Promise.resolve()

  private constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'hms-clock-'))
    this.environment = { HMS_TEST_CLOCK: join(this.#folder, 's') }
    this.#file = openSync(join(this.#folder, 's.time'), 'w')
    this.#writeTime()
    this.#server = createServer((socket) => this.#join(socket))
  }

  static async start(): Promise<TreeClock> {
    const clock = new TreeClock()
    clock.#server.listen(clock.environment['HMS_TEST_CLOCK'])
    await once(clock.#server, 'listening')
    clock.#moving = clock.#move()
    return clock
  }

  now(): EpochMs {
    return this.#now
  }

  /** Times as fast as it is, from 1 to 60, at the most. */
  pace(pace: number): void {
    if (!(pace >= 1 && pace <= MOST_PACE)) throw new Error(`a pace is 1 to ${MOST_PACE}, not ${pace}`)
    this.#pace = pace
  }

  /** Resolves when so much time of the tree has gone by. */
  async pass(span: Ms): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiters.push({ at: this.#now + span, resolve })
    await promise
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    this.#allReady?.()
    await this.#moving
    for (const socket of this.#all) socket.destroy()
    this.#server.close()
    closeSync(this.#file)
    rmSync(this.#folder, { recursive: true, force: true })
  }

  #join(socket: Socket): void {
    this.#all.add(socket)
    socket.on('error', () => {})
    socket.on('data', (said: Buffer) => {
      this.#wasBusy ||= said.includes('+')
      this.#ready(socket)
    })
    socket.on('close', () => {
      this.#all.delete(socket)
      this.#ready(socket)
    })
    this.#tell(socket)
  }

  #tell(socket: Socket): void {
    this.#busy.add(socket)
    socket.write(this.#frame())
  }

  #frame(): Buffer {
    const frame = Buffer.alloc(8)
    frame.writeDoubleBE(this.#now)
    return frame
  }

  #writeTime(): void {
    writeSync(this.#file, this.#frame(), 0, 8, 0)
  }

  #ready(socket: Socket): void {
    this.#busy.delete(socket)
    if (this.#busy.size === 0) this.#allReady?.()
  }

  async #move(): Promise<void> {
    for (let next = performance.now(); !this.#isClosed;) {
      const step = Math.max(SLOWEST_STEP, Math.round(this.#pace))
      // A timer is late by a part of a step, and that much is made up for.
      next = Math.max(next + step / this.#pace, performance.now() - step / this.#pace)
      await this.#settle()
      const early = next - performance.now()
      if (early > 0) await wait(early)
      this.#now += step
      this.#writeTime()
      this.#tellAll()
      for (const { resolve } of this.#waiters.filter(({ at }) => at <= this.#now)) resolve()
      this.#waiters = this.#waiters.filter(({ at }) => at > this.#now)
    }
  }

  #tellAll(): void {
    this.#wasBusy = false
    for (const socket of this.#all) this.#tell(socket)
  }

  /** Until nobody has anything to do at this time. */
  async #settle(): Promise<void> {
    await this.#untilReady()
    // As fast as it is, work takes the time that it takes.
    const most = this.#pace > 1 ? MOST_ROUNDS : 1
    for (let rounds = 1; this.#wasBusy && rounds < most && !this.#isClosed; rounds++) {
      this.#tellAll()
      await this.#untilReady()
    }
  }

  async #untilReady(): Promise<void> {
    if (this.#busy.size === 0 || this.#isClosed) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#allReady = resolve
    const timer = setTimeout(resolve, PATIENCE_MS)
    await promise
    clearTimeout(timer)
    this.#allReady = null
    this.#busy.clear()
  }
}
