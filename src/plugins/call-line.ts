// Calls to one process of a plug-in: those of one turn of the event loop leave in one frame, so many at most are under way, so many more
// wait, and each has an answer within the budget, if only the answer that there was none. What the process says is judged, never trusted.
import type { Duplex } from 'node:stream'
import type { Ms } from '../base/brand.ts'
import { type Clock, every } from '../base/clock.ts'
import { type Frame, FrameReader, FrameWriter } from './frames.ts'

/** Why a call has no answer. `late`: the budget is over; `gone`: the process ended; `full`: too many wait already. */
export type CallFailure = 'threw' | 'late' | 'gone' | 'full'

export type CallResult =
  | { readonly answer: unknown; readonly octets: Buffer | null }
  | { readonly failed: CallFailure; readonly reason: string }

export interface LineOptions {
  readonly channel: Duplex
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
  readonly message: readonly unknown[]
  readonly body: (() => AsyncIterable<Buffer>) | null
  readonly settle: (result: CallResult) => void
  pieces: AsyncIterator<Buffer> | null
}

const MOST_UNDER_WAY = 1000
const MOST_WAITING = 10_000
const LOOK_EVERY: Ms = 50
/** Octets that the process has not read yet, beyond which it is told no more of what needs no answer. */
const MOST_UNREAD = 4 * 1024 * 1024

export class CallLine implements Disposable {
  readonly #options: LineOptions
  readonly #reader = new FrameReader()
  readonly #writer = new FrameWriter()
  readonly #calls = new Map<number, Call>()
  readonly #waiting: Call[] = []
  readonly #timer: Disposable
  #next = 0
  #heardAt: Ms
  #isFlushing = false
  #isOver = false

  constructor(options: LineOptions) {
    this.#options = options
    this.#heardAt = options.clock.mono()
    options.channel.on('data', (chunk: Buffer) => this.#read(chunk))
    this.#timer = every(options.clock, LOOK_EVERY, () => this.#look())
  }

  /** Calls without an answer yet. */
  get open(): number {
    return this.#calls.size + this.#waiting.length
  }

  call(hook: string, facts: object, body: Call['body'] = null): Promise<CallResult> {
    if (this.#isOver) return Promise.resolve({ failed: 'gone', reason: 'it has no process' })
    if (this.#waiting.length >= MOST_WAITING)
      return Promise.resolve({ failed: 'full', reason: `${MOST_WAITING} calls wait for it already` })
    const id = this.#next++
    return new Promise((settle) => {
      const call: Call = { id, at: this.#options.clock.mono(), message: ['call', id, hook, facts], body, settle, pieces: null }
      if (this.#calls.size < MOST_UNDER_WAY) this.#send(call)
      else this.#waiting.push(call)
    })
  }

  /** Nothing is waited for. What it does not read is not told. */
  tell(hook: string, facts: object): void {
    if (!this.#isOver && this.#options.channel.writableLength < MOST_UNREAD) this.say(['call', -1, hook, facts])
  }

  say(message: unknown): void {
    this.#writer.add(message)
    if (this.#isFlushing) return
    this.#isFlushing = true
    setImmediate(() => this.#flush())
  }

  /** The process is gone or is to go: every call has its answer now. */
  end(reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#timer[Symbol.dispose]()
    const open = [...this.#calls.values(), ...this.#waiting.splice(0)]
    this.#calls.clear()
    for (const { settle } of open) settle({ failed: 'gone', reason })
  }

  [Symbol.dispose](): void {
    this.end('it was stopped')
  }

  #send(call: Call): void {
    this.#calls.set(call.id, call)
    this.say(call.message)
  }

  #flush(): void {
    this.#isFlushing = false
    if (this.#isOver) return
    const { channel } = this.#options
    channel.cork()
    for (const part of this.#writer.take()) channel.write(part)
    channel.uncork()
  }

  #read(chunk: Buffer): void {
    if (this.#isOver) return
    this.#heardAt = this.#options.clock.mono()
    let frames: Frame[]
    try {
      frames = this.#reader.push(chunk)
    } catch (error) {
      return this.#options.lost(`it said what is no frame: ${error instanceof Error ? error.message : String(error)}`)
    }
    for (const frame of frames) for (const message of frame.messages) if (Array.isArray(message)) this.#heed(message, frame.octets)
  }

  #heed(message: readonly unknown[], octets: readonly Buffer[]): void {
    const [kind, id, what, at] = message
    if (kind === 'answer') this.#settle(id, { answer: what, octets: typeof at === 'number' ? (octets[at] ?? null) : null })
    else if (kind === 'failed') this.#settle(id, { failed: 'threw', reason: String(what).slice(0, 2000) })
    else if (kind === 'pull') void this.#pulled(id)
    else this.#options.heard(message)
  }

  /** It may answer once; what is late or made up has no call. */
  #settle(id: unknown, result: CallResult): void {
    const call = typeof id === 'number' ? this.#calls.get(id) : undefined
    if (call === undefined) return
    this.#calls.delete(call.id)
    call.settle(result)
    const next = this.#waiting.shift()
    if (next !== undefined) this.#send(next)
  }

  async #pulled(id: unknown): Promise<void> {
    const call = typeof id === 'number' ? this.#calls.get(id) : undefined
    if (call === undefined || call.body === null) return
    try {
      call.pieces ??= call.body()[Symbol.asyncIterator]()
      const { done, value } = await call.pieces.next()
      if (!this.#calls.has(call.id)) return
      this.say(['piece', call.id, done === true ? null : this.#writer.put(value)])
    } catch (error) {
      this.#settle(id, { failed: 'threw', reason: `its body cannot be read: ${error instanceof Error ? error.message : String(error)}` })
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
      if (isLost) return this.#options.lost(`it said nothing for ${budget} ms`)
    }
    while (this.#waiting[0] !== undefined && this.#waiting[0].at <= due)
      this.#waiting.shift()?.settle({ failed: 'late', reason: `it was not asked within ${budget} ms` })
  }
}
