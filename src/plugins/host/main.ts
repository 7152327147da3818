// The process of one plug-in: loads its code, checks its settings, and answers the calls of the server that it was started by. It has the
// rights of Node's permission model: it reads the plug-in's folder and this one, writes nothing, and starts nothing. Its environment is
// empty. It ends when the server does.
import { Socket } from 'node:net'
import { type Frame, FrameReader, FrameWriter, MOST_SHARED, MOST_TOGETHER, takeOctets, writeFrame } from '../frames.ts'
import { fence } from './fence.ts'
import { type LoadedPlugin, type Loading, loadPlugin } from './load.ts'
import { receivedMessage, type ToldMessage } from './received-message.ts'

const CHANNEL = 3
const READS = 256 * 1024
/** Different ones that are gathered. */
const MOST_ANSWERS = 100
/** Calls that one answer is for. */
const MOST_CALLS = 500
/** A longer text leaves as octets, which need no parsing. */
const LONG_TEXT = 64 * 1024

interface Start extends Loading {
  readonly network: boolean
}

class Host {
  readonly #channel: Socket
  readonly #reader = new FrameReader()
  readonly #writer = new FrameWriter()
  /** Those that wait to be said, as JSON, and the calls that each is for. */
  readonly #answers = new Map<string, number[]>()
  readonly #pulls = new Map<number, (piece: Buffer | null) => void>()
  #plugin: LoadedPlugin | null = null
  #started: Promise<void> = Promise.resolve()
  #isFlushing = false

  constructor() {
    // One buffer for all reads: Node makes another of 64 KiB for each otherwise, which costs more than the call that is read.
    const buffer = Buffer.allocUnsafeSlow(READS)
    const callback = (octets: number): boolean => {
      this.#read(buffer.subarray(0, octets))
      return true
    }
    this.#channel = new Socket({ fd: CHANNEL, readable: true, writable: true, onread: { buffer, callback } })
  }

  begin(): void {
    this.#channel.resume()
    this.#channel.on('close', () => process.exit(0))
    this.#channel.on('error', () => process.exit(0))
    process.on('uncaughtException', (error) => this.#die(error))
  }

  /** What a plug-in leaves uncaught may have left it half done. */
  #die(error: unknown): void {
    process.stderr.write(`${words(error, true)}\n`, () => process.exit(1))
  }

  #read(chunk: Buffer): void {
    for (const frame of this.#reader.push(chunk)) for (const message of frame.messages) this.#heed(message as unknown[], frame)
  }

  #heed([kind, id, what, facts]: unknown[], frame: Frame): void {
    if (kind === 'call') this.#called(id as number, what as string, facts as Record<string, unknown>)
    else if (kind === 'piece') {
      const pull = this.#pulls.get(id as number)
      this.#pulls.delete(id as number)
      pull?.(takeOctets(frame, what))
    } else if (kind === 'start') this.#started = this.#start(id as Start)
  }

  async #start(start: Start): Promise<void> {
    fence(start.network)
    try {
      this.#plugin = await loadPlugin(start, (level, text) => this.#say(['log', level, text.slice(0, 2000)]))
      const { name, api, hooks, schema, settings, problem } = this.#plugin
      this.#say(['ready', { name, api, hooks, schema, ...(start.isTrial === true && { settings: plain(settings), problem }) }])
    } catch (error) {
      this.#say(['refused', words(error, false)])
    }
  }

  #called(id: number, hook: string, facts: Record<string, unknown>): void {
    if (this.#plugin === null) void this.#started.then(() => this.#call(id, hook, facts))
    else this.#call(id, hook, facts)
  }

  #call(id: number, hook: string, facts: Record<string, unknown>): void {
    const failed = (error: unknown): void => this.#say(['failed', id, words(error, true)])
    try {
      const event = hook === 'received' ? receivedMessage(facts as unknown as ToldMessage, () => this.#pull(id)) : facts
      if (this.#plugin === null) throw new Error('the plug-in was not loaded')
      const answer = this.#plugin.call(hook, event)
      // What is there at once costs no turn of its own, and no promise.
      if (isThenable(answer))
        void Promise.resolve(answer)
          .then((said) => this.#answer(id, said))
          .catch(failed)
      else this.#answer(id, answer)
    } catch (error) {
      failed(error)
    }
  }

  #answer(id: number, answer: unknown): void {
    if (id < 0) return
    const given = (answer as { readonly changes?: { readonly body?: unknown } } | null | undefined)?.changes?.body
    const body = typeof given === 'string' && given.length > LONG_TEXT ? Buffer.from(given) : given
    if (!(body instanceof Uint8Array)) return this.#answerTogether(id, JSON.stringify(answer ?? null) ?? 'null')
    const { changes, ...rest } = answer as { readonly changes: object }
    const octets = this.#writer.put(body)
    this.#say(['answer', id, { ...rest, changes: { ...changes, body: undefined } }, octets])
  }

  /** The next piece of a body; null: there is none left. */
  #pull(id: number): Promise<Buffer | null> {
    const { promise, resolve } = Promise.withResolvers<Buffer | null>()
    this.#pulls.set(id, resolve)
    this.#say(['pull', id])
    return promise
  }

  /** Most hooks have few answers, all of them short: each is said once, with all calls of this turn that it is for. */
  #answerTogether(id: number, answer: string): void {
    if (answer.length > MOST_SHARED) {
      this.#writer.addJson(`["answer",${id},${answer}]`)
      return this.#leave()
    }
    const calls = this.#answers.get(answer)
    if (calls === undefined) this.#answers.set(answer, [id])
    else calls.push(id)
    if (this.#answers.size >= MOST_ANSWERS || (calls !== undefined && calls.length >= MOST_CALLS)) this.#flush()
    else this.#leave()
  }

  /** What is said in one turn leaves in one frame. */
  #say(message: unknown): void {
    this.#writer.add(message)
    this.#leave()
  }

  #leave(): void {
    if (this.#writer.size > MOST_TOGETHER) this.#flush()
    if (this.#isFlushing) return
    this.#isFlushing = true
    setImmediate(() => {
      this.#isFlushing = false
      this.#flush()
    })
  }

  #flush(): void {
    for (const [answer, calls] of this.#answers) this.#writer.addJson(`["answers",[${calls.join()}],${answer}]`)
    this.#answers.clear()
    if (!this.#writer.isEmpty) writeFrame(this.#channel, this.#writer.take())
  }
}

function isThenable(answer: unknown): boolean {
  return typeof (answer as { readonly then?: unknown } | null | undefined)?.then === 'function'
}

/** What is JSON of them: a schema may make anything of what it was given. */
function plain(settings: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(settings)) as unknown
  } catch {
    return null
  }
}

function words(error: unknown, hasStack: boolean): string {
  if (!(error instanceof Error)) return String(error).slice(0, 2000)
  return ((hasStack ? error.stack : undefined) ?? error.message).slice(0, 2000)
}

new Host().begin()
