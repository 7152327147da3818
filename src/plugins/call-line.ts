// Calls to one process of a plug-in. Calls are gathered while turns of the event loop bring more, and while the process has said nothing since
// its last frame, about a millisecond at most in both cases. So many at most are under way, so many more wait, and each has an answer within
// the budget, if only the answer that there was none. What the process says is judged, never trusted.
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Ms } from '../base/brand.ts'
import { type Clock, every, machineClock } from '../base/clock.ts'
import type { SharedReads } from '../base/shared-reads.ts'
import { type Frame, FrameReader, FrameWriter, MOST_SAID, MOST_SHARED, MOST_TOGETHER, takeOctets, writeFrame } from './frames.ts'

/** Why a call has no answer. `late`: the budget is over; `gone`: the process ended; `full`: too many wait already. */
export type CallFailure = 'threw' | 'late' | 'gone' | 'full'

export type CallResult =
  | { readonly answer: unknown; readonly octets: Buffer | null }
  | { readonly failed: CallFailure; readonly reason: string }

/** An object, or the JSON of one. */
export type Facts = object | string

export interface Question {
  readonly hook: string
  readonly facts: Facts
  /** Of a hook that takes octets. */
  readonly body?: (() => AsyncIterable<Buffer>) | null
}

export interface LineOptions {
  readonly channel: Duplex
  /** Of all plug-ins of this thread. */
  readonly reads: SharedReads
  readonly clock: Clock
  readonly budget: Ms
  /** What is no answer: it is ready, it will not run, it has something for the log. */
  readonly heard: (message: readonly unknown[]) => void
  /** It said nothing at all while a call ran out of time, or says what is no frame. */
  readonly lost: (reason: string) => void
}

interface Call {
  readonly id: number
  readonly at: Ms
  /** As JSON. */
  readonly message: string
  /** Null: its hook has none, and takes no octets. */
  readonly body: (() => AsyncIterable<Buffer>) | null
  readonly settle: (result: CallResult) => void
  pieces: AsyncIterator<Buffer> | null
  /** A piece of its body is on its way. */
  isPulling: boolean
}

const MOST_UNDER_WAY = 1000
const MOST_WAITING = 10_000
const LOOK_EVERY: Ms = 50
/** What is to be said waits so long at most for the process to have spoken since the last frame: a frame costs many times what a call does. */
const GATHER: Ms = 1
/** Octets that the process has not read yet, beyond which it is told no more of what needs no answer. */
const MOST_UNREAD = 4 * 1024 * 1024
/** What no call asked for, within a second: messages, and octets of frames without an answer. More is a flood. */
const MOST_UNASKED = 50_000
const MOST_IDLE = 32 * 1024 * 1024
const SECOND: Ms = 1000
const LONGEST_REASON = 2000

export class CallLine implements Disposable {
  readonly #options: LineOptions
  readonly #reader = new FrameReader(MOST_SAID)
  readonly #writer = new FrameWriter()
  readonly #calls = new Map<number, Call>()
  readonly #waiting: Call[] = []
  /** While calls are open. */
  #timer: Disposable | null = null
  /** Pulls that wait until the process has read what it was sent. */
  #parched: Call[] = []
  #next = 0
  #second: Ms
  #unasked = 0
  #idle = 0
  #heardAt: Ms
  /** A frame is being gathered over turns. */
  #isFlushing = false
  #hasMore = false
  /** It was sent something, and has said nothing since. */
  #isUnheard = false
  /** While more is gathered. */
  #gathering: Disposable | null = null
  #isOver = false

  constructor(options: LineOptions) {
    this.#options = options
    this.#heardAt = options.clock.mono()
    this.#second = this.#heardAt
    options.channel.on('drain', () => this.#drained())
    const read = (chunk: Buffer): void => this.#read(chunk)
    if (options.channel instanceof Socket) options.reads.listen(options.channel, read)
    else options.channel.on('data', read)
  }

  /** Calls without an answer yet. */
  get open(): number {
    return this.#calls.size + this.#waiting.length
  }

  /** `settle` is called once, here or later, and does not throw. */
  call({ hook, facts, body = null }: Question, settle: (result: CallResult) => void): void {
    if (this.#isOver) return settle({ failed: 'gone', reason: 'it has no process' })
    if (this.#waiting.length >= MOST_WAITING) return settle({ failed: 'full', reason: `${MOST_WAITING} calls wait for it already` })
    const id = this.#next++
    this.#timer ??= every(this.#options.clock, LOOK_EVERY, () => this.#look())
    const message = `["call",${id},"${hook}",${asJson(facts)}]`
    const call: Call = { id, at: this.#options.clock.mono(), message, body, settle, pieces: null, isPulling: false }
    if (this.#mayAsk) this.#send(call)
    else this.#waiting.push(call)
  }

  /** Nothing is waited for. What it does not read is not told. */
  tell(hook: string, facts: Facts): void {
    if (this.#isOver || !this.#isRead) return
    this.#writer.addJson(`["call",-1,"${hook}",${asJson(facts)}]`)
    this.#leave()
  }

  say(message: unknown): void {
    this.#writer.add(message)
    this.#leave()
  }

  #leave(): void {
    if (this.#writer.size > MOST_TOGETHER) this.#write()
    else if (!this.#isUnheard) this.#soon()
    else this.#gathering ??= machineClock.after(GATHER, () => this.#write())
  }

  /** When a turn brings nothing more. */
  #soon(): void {
    this.#hasMore = true
    if (this.#isFlushing) return
    this.#isFlushing = true
    this.#turn(machineClock.mono() + GATHER)
  }

  #turn(until: Ms): void {
    this.#hasMore = false
    setImmediate(() => {
      if (!this.#isFlushing) return
      if (!this.#hasMore || machineClock.mono() >= until) this.#write()
      else this.#turn(until)
    })
  }

  /** The process is gone or is to go: every call has its answer now. */
  end(reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#timer?.[Symbol.dispose]()
    this.#gathering?.[Symbol.dispose]()
    const open = [...this.#calls.values(), ...this.#waiting.splice(0)]
    this.#calls.clear()
    for (const { settle } of open) settle({ failed: 'gone', reason })
  }

  [Symbol.dispose](): void {
    this.end('it was stopped')
  }

  #send(call: Call): void {
    this.#calls.set(call.id, call)
    this.#writer.addJson(call.message)
    this.#leave()
  }

  #write(): void {
    this.#isFlushing = false
    this.#gathering?.[Symbol.dispose]()
    this.#gathering = null
    if (this.#isOver || this.#writer.isEmpty) return
    this.#isUnheard = true
    writeFrame(this.#options.channel, this.#writer.take())
  }

  #read(chunk: Buffer): void {
    if (this.#isOver) return
    const now = this.#options.clock.mono()
    if (now - this.#second >= SECOND) [this.#second, this.#unasked, this.#idle] = [now, 0, 0]
    this.#heardAt = now
    this.#isUnheard = false
    try {
      for (const frame of this.#reader.push(chunk)) this.#take(frame)
      if (this.#gathering !== null) this.#soon()
    } catch (error) {
      this.#lost(`it said what is no frame: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #take(frame: Frame): void {
    let answers = 0
    for (const message of frame.messages) {
      if (this.#isOver) return
      if (Array.isArray(message) && this.#heed(message, frame)) answers++
      else this.#unasked++
      if (this.#unasked > MOST_UNASKED) return this.#lost('it said too much that nobody asked for')
    }
    this.#idle += answers > 0 ? 0 : frame.size
    if (this.#idle > MOST_IDLE) this.#lost('it said too much that nobody asked for')
  }

  #lost(reason: string): void {
    if (!this.#isOver) this.#options.lost(reason)
  }

  /** Whether it was asked for. */
  #heed(message: readonly unknown[], frame: Frame): boolean {
    const [kind, id, what, at] = message
    if (kind === 'answer') return this.#answered(id, what, frame, at)
    if (kind === 'answers') return this.#settleAll(id, what)
    if (kind === 'failed')
      return this.#settle(id, { failed: 'threw', reason: typeof what === 'string' ? what.slice(0, LONGEST_REASON) : 'it threw' })
    if (kind === 'pull') return this.#pulled(id)
    this.#options.heard(message)
    return false
  }

  /** Octets are copied for a call that takes them, and no other; where they are not there, or another's, what came is no answer. */
  #answered(id: unknown, answer: unknown, frame: Frame, at: unknown): boolean {
    const call = typeof id === 'number' ? this.#calls.get(id) : undefined
    if (call === undefined) return false
    if (at === undefined || call.body === null) return this.#settle(id, { answer, octets: null })
    const octets = takeOctets(frame, at)
    return octets !== null && this.#settle(id, { answer, octets })
  }

  /** The same answer to several calls; each that was not made, or is late, counts as unasked. */
  #settleAll(calls: unknown, answer: unknown): boolean {
    if (!Array.isArray(calls)) return false
    const isShort = calls.length < 2 || typeof answer !== 'object' || JSON.stringify(answer).length <= MOST_SHARED
    const result: CallResult = { answer, octets: null }
    let settled = 0
    if (isShort) for (const id of calls as readonly unknown[]) if (this.#settle(id, result)) settled++
    this.#unasked += calls.length - settled
    return settled > 0
  }

  /** It may answer once; what is late or made up has no call. */
  #settle(id: unknown, result: CallResult): boolean {
    const call = typeof id === 'number' ? this.#calls.get(id) : undefined
    if (call === undefined) return false
    this.#calls.delete(call.id)
    call.settle(result)
    this.#sendMore()
    return true
  }

  #sendMore(): void {
    while (this.#mayAsk) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#send(next)
    }
  }

  get #isRead(): boolean {
    return this.#options.channel.writableLength < MOST_UNREAD
  }

  get #mayAsk(): boolean {
    return this.#calls.size < MOST_UNDER_WAY && this.#isRead
  }

  #drained(): void {
    if (this.#isOver) return
    for (const call of this.#parched.splice(0)) void this.#give(call)
    this.#sendMore()
  }

  /** One piece at a time, and none to a process that does not read: it may ask for more than it takes. */
  #pulled(id: unknown): boolean {
    const call = typeof id === 'number' ? this.#calls.get(id) : undefined
    if (call === undefined || call.body === null || call.isPulling) return false
    call.isPulling = true
    if (this.#isRead) void this.#give(call)
    else this.#parched.push(call)
    return true
  }

  async #give(call: Call): Promise<void> {
    if (call.body === null || !this.#calls.has(call.id)) return
    try {
      call.pieces ??= call.body()[Symbol.asyncIterator]()
      const { done, value } = await call.pieces.next()
      if (!this.#calls.has(call.id)) return
      call.isPulling = false
      // A copy: once the call has its answer the memory is another message's, and the process may not have read it yet.
      this.say(['piece', call.id, done === true ? null : this.#writer.put(Buffer.from(value))])
    } catch (error) {
      this.#settle(call.id, {
        failed: 'threw',
        reason: `its body cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      })
    }
  }

  #look(): void {
    const { clock, budget } = this.#options
    const due = clock.mono() - budget
    for (const call of this.#calls.values()) {
      // They are in the order in which they were made.
      if (call.at > due) break
      const isLost = this.#heardAt < call.at
      this.#settle(call.id, { failed: 'late', reason: `it had no answer within ${budget} ms` })
      if (isLost) return this.#lost(`it said nothing for ${budget} ms`)
    }
    while (this.#waiting[0] !== undefined && this.#waiting[0].at <= due)
      this.#waiting.shift()?.settle({ failed: 'late', reason: `it was not asked within ${budget} ms` })
    if (this.open > 0) return
    this.#timer?.[Symbol.dispose]()
    this.#timer = null
  }
}

function asJson(facts: Facts): string {
  return typeof facts === 'string' ? facts : JSON.stringify(facts)
}
