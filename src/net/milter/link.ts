// One connection to a milter: drives the conversation with real octets and real time. What can go wrong with it is told as a value, never
// thrown; a link that failed once is of no use any more.
import { createConnection, type Socket } from 'node:net'
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { ChangeBounds } from '../../smtp/milter/changes.ts'
import { MilterConversation, type Step, type Verdict } from '../../smtp/milter/conversation.ts'
import type { Macros } from '../../smtp/milter/macros.ts'
import type { Agreement } from '../../smtp/milter/negotiation.ts'
import type { MilterPlace } from '../../smtp/milter/place.ts'

/**
 * `away`: it cannot be connected to; `late`: it did not answer in time; `gone`: it closed the connection; `nonsense`: it said what it must
 * not say; `busy`: all connections that it may have are in use; `resting`: it failed before, and is left alone for a while.
 */
export interface MilterFailure {
  readonly failed: 'away' | 'late' | 'gone' | 'nonsense' | 'busy' | 'resting'
  /** The end of a sentence that begins with the milter. */
  readonly why: string
}

/** Steps that are not answered are written together, up to so many octets. */
const MOST_UNSENT = 64 * 1024
/** What was written to one that is left may take so long to leave; one that reads nothing would keep its socket for good. */
const LINGER: Ms = 5000
/** Octets that may wait in the socket before the next step is. */
const MOST_WAITING = 256 * 1024
/** rfc:5321#4.5.3.2.6: as long as a client waits after its final dot. However often a milter says that it is at work. */
const LONGEST_WAIT: Ms = 600_000

interface Waiting {
  readonly resolve: (answer: Verdict | MilterFailure) => void
  readonly began: Ms
  readonly limit: Ms
  timer: Disposable
}

export class MilterLink {
  readonly #clock: Clock
  readonly #socket: Socket
  readonly #conversation: MilterConversation
  #waiting: Waiting | null = null
  #unsent: Buffer[] = []
  #unsentOctets = 0
  #failure: MilterFailure | null = null
  #drained: (() => void) | null = null
  /** Told once, when it is of no use any more. */
  ended: (() => void) | null = null

  private constructor(socket: Socket, clock: Clock, bounds: ChangeBounds) {
    this.#socket = socket
    this.#clock = clock
    this.#conversation = new MilterConversation(bounds)
  }

  /** Connects and agrees on what is asked, within `limit`. */
  static async open(
    place: MilterPlace,
    { clock, bounds, limit }: { readonly clock: Clock; readonly bounds: ChangeBounds; readonly limit: Ms },
  ): Promise<MilterLink | MilterFailure> {
    const socket = createConnection(place.kind === 'unix' ? { path: place.path } : { host: place.host, port: place.port, noDelay: true })
    const link = new MilterLink(socket, clock, bounds)
    socket.on('data', (chunk: Buffer) => link.#heard(chunk))
    socket.on('drain', () => link.#drained?.())
    socket.on('error', (error) => link.#fail(socket.connecting || link.agreement === null ? 'away' : 'gone', `failed: ${error.message}`))
    socket.on('close', () => link.#fail(link.agreement === null ? 'away' : 'gone', 'closed the connection'))
    const agreed = link.#wait(limit)
    socket.once('connect', () => socket.write(link.#conversation.negotiate()))
    const answer = await agreed
    return 'failed' in answer ? answer : link
  }

  get agreement(): Agreement | null {
    return this.#conversation.agreement
  }

  get isUsable(): boolean {
    return this.#failure === null
  }

  wants(step: Step['step']): boolean {
    return this.#conversation.wants(step)
  }

  /** Null: there is no answer to it, and it goes on. */
  async ask(step: Step, macros: Macros, limit: Ms): Promise<Verdict | MilterFailure | null> {
    if (this.#failure !== null) return this.#failure
    const { octets, waits } = this.#conversation.ask(step, macros)
    if (octets !== null) this.#put(octets)
    if (waits) {
      const answer = this.#wait(limit)
      this.#flush()
      return answer
    }
    if (this.#unsentOctets > MOST_UNSENT) this.#flush()
    if (this.#socket.writableLength > MOST_WAITING) await this.#drain(limit)
    return this.#failure
  }

  /** The message will not come to its end. */
  abort(): void {
    if (this.#failure !== null) return
    this.#put(this.#conversation.abort())
    this.#flush()
  }

  /** The session is over. Whether another one may be had on the link. */
  quit(): boolean {
    if (this.#failure !== null || this.#waiting !== null || this.agreement === null) {
      this.close()
      return false
    }
    const isKept = this.#conversation.mayBeKept
    this.#put(this.#conversation.quit(isKept))
    this.#flush()
    if (!isKept) this.close()
    return isKept
  }

  /** What was written leaves first. */
  close(): void {
    if (this.#failure === null) this.#fail('gone', 'was left')
  }

  #put(octets: Buffer): void {
    this.#unsent.push(octets)
    this.#unsentOctets += octets.length
  }

  #flush(): void {
    if (this.#unsentOctets === 0) return
    const all = this.#unsent.length === 1 ? this.#unsent[0] : Buffer.concat(this.#unsent)
    this.#unsent = []
    this.#unsentOctets = 0
    if (all !== undefined) this.#socket.write(all)
  }

  #wait(limit: Ms): Promise<Verdict | MilterFailure> {
    if (this.#failure !== null) return Promise.resolve(this.#failure)
    const { promise, resolve } = Promise.withResolvers<Verdict | MilterFailure>()
    this.#waiting = { resolve, began: this.#clock.mono(), limit, timer: this.#clock.after(limit, () => this.#late()) }
    return promise
  }

  #drain(limit: Ms): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = this.#clock.after(limit, () => this.#late())
    this.#drained = () => {
      this.#drained = null
      timer[Symbol.dispose]()
      resolve()
    }
    return promise
  }

  #late(): void {
    this.#fail(this.agreement === null ? 'away' : 'late', 'did not answer in time')
  }

  #heard(chunk: Buffer): void {
    let taken = this.#conversation.take(chunk)
    if (taken.taken === 'progress') this.#more()
    while (taken.taken === 'progress') taken = this.#conversation.take(null)
    if (taken.taken === 'broken') this.#fail('nonsense', `cannot be understood: ${taken.why}`)
    else if (taken.taken === 'verdict') this.#settle(taken.verdict)
    else if (taken.taken === 'agreed') this.#settle({ verdict: 'continue', changes: { header: [], recipients: [] } })
  }

  /** It is at work: the wait begins again, but for the end of all patience. */
  #more(): void {
    const waiting = this.#waiting
    if (waiting === null) return
    const left = waiting.began + Math.max(waiting.limit, LONGEST_WAIT) - this.#clock.mono()
    waiting.timer[Symbol.dispose]()
    waiting.timer = this.#clock.after(Math.max(0, Math.min(waiting.limit, left)), () => this.#late())
  }

  #settle(answer: Verdict | MilterFailure): void {
    const waiting = this.#waiting
    this.#waiting = null
    waiting?.timer[Symbol.dispose]()
    waiting?.resolve(answer)
  }

  #leave(): void {
    const socket = this.#socket
    socket.destroySoon()
    if (socket.destroyed) return
    const patience = this.#clock.after(LINGER, () => socket.destroy())
    socket.once('close', () => patience[Symbol.dispose]())
  }

  #fail(failed: MilterFailure['failed'], why: string): void {
    if (this.#failure !== null) return
    const failure: MilterFailure = { failed, why }
    this.#failure = failure
    if (failed === 'gone') this.#leave()
    else this.#socket.destroy()
    this.#settle(failure)
    this.#drained?.()
    const { ended } = this
    this.ended = null
    ended?.()
  }
}
