// The clock of one process of a tree whose time a test moves on (`tree-clock.ts`). Time stands still between two ticks; with each tick
// what is due runs, and when what came over sockets meanwhile is done too, the process says so, and whether there was anything to do. While
// its threads (the disk's) work for it, it waits for them.
// So a process that the machine keeps waiting keeps the time of all waiting, and no test fails because a machine is busy.
// HMS_TEST_CLOCK names the socket of whoever moves it on; beside it is a file with the time.
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { isMainThread, Worker } from 'node:worker_threads'
import type { EpochMs, Ms } from '../src/base/brand.ts'
import type { Clock } from '../src/base/clock.ts'

const EXIT_BUG = 70

interface Timer {
  fn: (() => void) | null
}

class SharedClock implements Clock {
  #now: EpochMs
  readonly #start: EpochMs
  /** By the millisecond in which they are due. */
  readonly #due = new Map<EpochMs, Timer[]>()

  constructor(now: EpochMs) {
    this.#now = this.#start = now
  }

  now(): EpochMs {
    return this.#now
  }

  mono(): Ms {
    return this.#now - this.#start
  }

  after(delay: Ms, fn: () => void): Disposable {
    const timer: Timer = { fn }
    if (delay <= 0) setImmediate(() => timer.fn?.())
    else {
      const at = this.#now + Math.ceil(delay)
      const others = this.#due.get(at)
      if (others === undefined) this.#due.set(at, [timer])
      else others.push(timer)
    }
    return { [Symbol.dispose]: () => (timer.fn = null) }
  }

  /** Whether anything was due. */
  tick(to: EpochMs): boolean {
    const from = this.#now
    let wasDue = false
    this.#now = to
    for (let at = from + 1; at <= to; at++) {
      const due = this.#due.get(at)
      if (due === undefined) continue
      this.#due.delete(at)
      for (const { fn } of due) {
        wasDue ||= fn !== null
        fn?.()
      }
    }
    return wasDue
  }
}

/** Threads keep the process alive while something of theirs is under way (`store/sqlite/thread-link.ts`): by that they are known to work. */
class Threads {
  readonly #working = new Set<Worker>()
  #done: (() => void) | null = null

  constructor() {
    const { ref, unref } = Worker.prototype
    const [working, rests] = [(one: Worker) => this.#working.add(one), (one: Worker) => this.#rests(one)]
    Worker.prototype.ref = function (this: Worker) {
      working(this)
      return ref.call(this)
    }
    Worker.prototype.unref = function (this: Worker) {
      rests(this)
      return unref.call(this)
    }
  }

  whenDone(fn: () => void): void {
    if (this.#working.size === 0) fn()
    else this.#done = fn
  }

  #rests(one: Worker): void {
    this.#working.delete(one)
    if (this.#working.size > 0 || this.#done === null) return
    const done = this.#done
    this.#done = null
    // What the thread's answer makes is done first.
    setImmediate(() => this.whenDone(done))
  }
}

/** What came from outside since the last call, but for the tick itself. */
function cameIn(): boolean {
  const { events } = performance.nodeTiming.uvMetricsInfo
  const isAny = events - seen > 1
  seen = events
  return isAny
}
let seen = 0

function join(path: string): SharedClock {
  const clock = new SharedClock(readFileSync(`${path}.time`).readDoubleBE())
  const threads = new Threads()
  const socket: Socket = connect(path)
  socket.on('error', (error) => {
    throw error
  })
  // Whoever moved the time on is gone, and with it the test.
  socket.on('close', () => process.exit(EXIT_BUG))
  let isNew = true
  socket.on('data', (chunk: Buffer) => {
    const wasDue = clock.tick(chunk.readDoubleBE(chunk.length - 8)) || isNew
    isNew = false
    setImmediate(() => threads.whenDone(() => socket.write(cameIn() || wasDue ? '+' : '-')))
  })
  socket.unref()
  return clock
}

const inThread: Clock = {
  now: () => {
    throw new Error('a thread has no clock of its own: it is told the time')
  },
  mono: () => inThread.now(),
  after: () => {
    throw new Error('a thread has no clock of its own')
  },
}

export const sharedClock: Clock = isMainThread ? join(process.env['HMS_TEST_CLOCK'] ?? '') : inThread
