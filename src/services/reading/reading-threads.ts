// The worker's side of the thread that reads mail for own domains. It is made at the first message. A thread that answers no more, or that
// dies, is replaced: what it had in hand is read again, one by one, so that the message that did it is found, and told apart from the others.
//
// A message is here:
//   with others   in the thread together with up to `mailroom`'s bound  → answered; alone (the thread was replaced)
//   alone         waits until the thread has nothing else, then in it   → answered; unreadable (the thread was replaced again)
import { createReadStream } from 'node:fs'
import { Worker } from 'node:worker_threads'
import type { Ms } from '../../base/brand.ts'
import { machineClock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { CameIn, MailReader, Reading } from '../../engine/ports/feedback.ts'
import type { ListWatch } from '../worker/list-watch.ts'
import type { FromReader, ReadingData, ToReader } from './protocol.ts'

const LOOK_EVERY: Ms = 500
const PROGRAM = new URL('./reading-thread.ts', import.meta.url)
/** A thread that does not answer so many questions is busy with one message. They are counted, as a machine that is busy delays us too. */
const MOST_UNANSWERED = 20
const MOST_AT_START = 120
const HEAP_MIB = 256
const STOPPED = (): Error => new Error('the server stops')

interface Request {
  readonly mail: CameIn
  resolve(reading: Reading): void
  reject(error: Error): void
}

export interface ReadingOptions {
  /** How often a thread is asked whether it still answers. */
  readonly lookEvery?: Ms
  readonly thread?: URL
  /** The owner's list files: they count over the rules of the program. */
  readonly lists?: Pick<ListWatch, 'texts' | 'version'>
}

export class ReadingThreads implements MailReader, Disposable {
  readonly #data: ReadingData
  readonly #lookEvery: Ms
  readonly #program: URL
  readonly #lists: Pick<ListWatch, 'texts' | 'version'> | null
  /** Of the lists that the thread has. */
  #version = 0
  #thread: Worker | null = null
  #inHand = new Map<number, Request>()
  /** To be read alone. */
  #suspects: Request[] = []
  #isAlone = false
  #waiting: Request[] = []
  #last = 0
  #unanswered = 0
  #hasAnswered = false
  #watch: Disposable | null = null
  #isDisposed = false

  constructor(data: ReadingData, { lookEvery = LOOK_EVERY, thread = PROGRAM, lists }: ReadingOptions = {}) {
    this.#lists = lists ?? null
    this.#data = data
    this.#lookEvery = lookEvery
    this.#program = thread
  }

  /** Mail is to be expected: the first need not wait until the thread is there. */
  warm(): void {
    if (!this.#isDisposed) this.#running()
  }

  read(mail: CameIn): Promise<Reading> {
    // No thread begins that nobody would end.
    if (this.#isDisposed) return Promise.reject(STOPPED())
    return new Promise((resolve, reject) => {
      this.#waiting.push({ mail, resolve, reject })
      this.#next()
    })
  }

  contents(path: string): AsyncIterable<Uint8Array> {
    return createReadStream(path)
  }

  [Symbol.dispose](): void {
    this.#isDisposed = true
    this.#watch?.[Symbol.dispose]()
    void this.#thread?.terminate()
    this.#thread = null
    for (const { reject } of [...this.#inHand.values(), ...this.#suspects, ...this.#waiting]) reject(STOPPED())
    this.#inHand.clear()
  }

  #next(): void {
    if (this.#isAlone) return
    const suspect = this.#inHand.size === 0 ? this.#suspects.shift() : undefined
    if (suspect !== undefined) {
      this.#isAlone = true
      return this.#give(suspect)
    }
    if (this.#suspects.length > 0) return
    for (const request of this.#waiting.splice(0)) this.#give(request)
  }

  #give(request: Request): void {
    const id = ++this.#last
    const { body, sender } = request.mail
    const thread = this.#running()
    this.#tellLists(thread)
    if (this.#inHand.size === 0) thread.ref()
    this.#inHand.set(id, request)
    // A copy of its own octets alone, which moves: a clone would be of all the memory that it is a part of.
    const own = body.kind === 'bytes' ? new Uint8Array(body.bytes) : null
    const asked: ToReader = { id, mail: { sender, body: own === null ? body : { kind: 'bytes', bytes: own } } }
    thread.postMessage(asked, own === null ? [] : [own.buffer])
    this.#look()
  }

  #running(): Worker {
    if (this.#thread !== null) return this.#thread
    const thread = new Worker(this.#program, {
      name: 'reading',
      workerData: this.#data,
      execArgv: ['--disable-warning=ExperimentalWarning'],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
      // What a library prints of a stranger's message is nobody's news.
      stdout: true,
      stderr: true,
    })
    thread.stdout.resume()
    thread.stderr.resume()
    thread.on('message', (said: FromReader) => this.#heard(thread, said))
    thread.on('error', (error) => this.#replace(thread, messageOf(error)))
    thread.on('exit', () => this.#replace(thread, 'the thread that read it ended'))
    thread.unref()
    this.#thread = thread
    this.#hasAnswered = false
    this.#unanswered = 0
    this.#version = 0
    return thread
  }

  #tellLists(thread: Worker): void {
    if (this.#lists === null || this.#lists.version === this.#version) return
    this.#version = this.#lists.version
    const told: ToReader = { lists: this.#lists.texts }
    thread.postMessage(told)
  }

  #heard(thread: Worker, said: FromReader): void {
    if (thread !== this.#thread) return
    this.#hasAnswered = true
    this.#unanswered = 0
    if (said === 'pong') return
    const request = this.#inHand.get(said.id)
    this.#inHand.delete(said.id)
    // Only what is under way keeps the process alive.
    if (this.#inHand.size === 0) thread.unref()
    this.#isAlone = false
    if ('reading' in said) request?.resolve(said.reading)
    else request?.reject(new Error(said.trouble))
    this.#next()
  }

  /** While there is something in hand the thread is asked whether it still answers. */
  #look(): void {
    if (this.#watch !== null) return
    this.#unanswered = 0
    this.#watch = machineClock.after(this.#lookEvery, () => this.#looked())
  }

  #looked(): void {
    this.#watch = null
    if (this.#inHand.size === 0 || this.#thread === null) return
    if (++this.#unanswered > (this.#hasAnswered ? MOST_UNANSWERED : MOST_AT_START)) return this.#replace(this.#thread, 'it takes too long')
    const asked: ToReader = 'ping'
    this.#thread.postMessage(asked)
    this.#watch = machineClock.after(this.#lookEvery, () => this.#looked())
  }

  #replace(thread: Worker, why: string): void {
    if (thread !== this.#thread) return
    this.#thread = null
    this.#watch?.[Symbol.dispose]()
    this.#watch = null
    thread.unref()
    void thread.terminate()
    const lost = [...this.#inHand.values()]
    this.#inHand = new Map()
    if (this.#isAlone || lost.length === 1) for (const { reject } of lost) reject(new Error(why))
    else this.#suspects.push(...lost)
    this.#isAlone = false
    this.#next()
  }
}
