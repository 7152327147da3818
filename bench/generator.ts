// The load generator: a process that sends as cheaply as it can, since it shares the cores with the server. What is sent is
// made once; what is read is looked at in place. At a rate, the clock of a message starts when it was due and not when a
// connection was free for it: a server that stalls is charged with all that came due meanwhile.
import { connect, type Socket } from 'node:net'
import { createHistogram, type RecordableHistogram } from 'node:perf_hooks'
import { connect as connectTls } from 'node:tls'
import { type GeneratorLoad, type Latency, type Sent, SETTLED_AFTER_MS } from './peer-words.ts'
import { servePeer } from './peer-process.ts'
import { ReplyCodes } from './reply-codes.ts'

/** What a session waits for. */
type Step = 'greeting' | 'ehlo' | 'starttls' | 'ehlo-again' | 'auth' | 'free' | 'envelope' | 'content' | 'closed'

const TICK_MS = 1
const REOPEN_AFTER_MS = 100
/** What is under way at the end is waited for so long. */
const LAST_WORDS_MS = 60_000
/** Fewer than any server takes before it sends a client away. */
const MESSAGES_A_CONNECTION = 1000
const SENDER = 'sender@example.test'

/** All that is ever written, by the domain of the recipients. */
class Words {
  readonly envelopes: readonly (readonly Buffer[])[]
  readonly content: Buffer
  readonly hello = Buffer.from('EHLO bench.example.test\r\n')
  readonly starttls = Buffer.from('STARTTLS\r\n')
  readonly quit = Buffer.from('QUIT\r\n')
  readonly login: Buffer

  constructor({ recipients, domains, size, pipelined, login }: GeneratorLoad) {
    this.envelopes = Array.from({ length: domains }, (_, domain) => {
      const to = Array.from({ length: recipients }, (_, i) => `RCPT TO:<r${i}@d${domain}.bench.test>\r\n`)
      const lines = [`MAIL FROM:<${SENDER}>\r\n`, ...to, 'DATA\r\n']
      return (pipelined ? [lines.join('')] : lines).map((line) => Buffer.from(line))
    })
    this.login = Buffer.from(`AUTH PLAIN ${Buffer.from(`\0${login?.user}\0${login?.password}`).toString('base64')}\r\n`)
    const header = `From: <${SENDER}>\r\nTo: <recipient@example.test>\r\nDate: Sun, 22 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@example.test>\r\nSubject: bench\r\n\r\n`
    const line = `${'x'.repeat(76)}\r\n`
    const body = line.repeat(Math.ceil(Math.max(0, size - header.length) / line.length)).slice(0, Math.max(0, size - header.length - 2))
    this.content = Buffer.from(`${header}${body}\r\n.\r\n`)
  }
}

class Run {
  readonly load: GeneratorLoad
  readonly words: Words
  readonly began = performance.now()
  readonly #whole = createHistogram()
  readonly #settled = createHistogram()
  #since = createHistogram()
  readonly #done = Promise.withResolvers<Sent>()
  readonly #free: Session[] = []
  #ticker: NodeJS.Timeout | undefined
  #overSince = 0
  /** Messages begun, and those that ended one way or the other. */
  #begun = 0
  #accepted = 0
  #refused = 0
  #refusal: string | null = null
  #open = 0
  #connections = 0
  #lastAt = this.began

  constructor(load: GeneratorLoad) {
    this.load = load
    this.words = new Words(load)
  }

  start(): Promise<Sent> {
    // At a rate with a connection each, connections are opened as messages come due.
    if (this.load.kept || this.load.rate === undefined) for (let i = 0; i < this.load.sessions; i++) this.#openSession()
    this.#ticker = setInterval(() => this.#tick(), this.load.rate === undefined ? 50 : TICK_MS)
    return this.#done.promise
  }

  sample(): Sent {
    const sent = this.#sent(this.#since)
    this.#since = createHistogram()
    return sent
  }

  #sent(histogram: RecordableHistogram): Sent {
    return {
      accepted: this.#accepted,
      refused: this.#refused,
      refusal: this.#refusal,
      connections: this.#connections,
      behind: this.load.rate === undefined ? 0 : Math.max(0, this.#due() - this.#begun),
      latency: latencyOf(histogram),
      settled: latencyOf(this.#settled),
      seconds: (this.#lastAt - this.began) / 1000,
    }
  }

  /** Messages that should have begun by now. */
  #due(): number {
    const { rate, messages = Infinity, seconds = Infinity } = this.load
    const elapsed = Math.min((performance.now() - this.began) / 1000, seconds)
    return Math.min(rate === undefined ? (elapsed < seconds ? Infinity : this.#begun) : Math.floor(elapsed * rate), messages)
  }

  get isOver(): boolean {
    const { messages = Infinity, seconds = Infinity } = this.load
    return this.#begun >= messages || ((performance.now() - this.began) / 1000 >= seconds && this.#due() <= this.#begun)
  }

  #tick(): void {
    for (let left = this.#due() - this.#begun; left > 0; left--) {
      const session = this.#free.shift()
      if (session !== undefined) session.begin()
      else if (this.#open < this.load.sessions && !this.load.kept && this.#opening < left) this.#openSession()
      else break
    }
    if (this.isOver) this.#end()
  }

  #opening = 0

  #openSession(): void {
    this.#open++
    this.#connections++
    this.#opening++
    void new Session(this)
  }

  /** When the message that begins now was due; null: none is due yet. */
  take(): { readonly due: number; readonly number: number } | null {
    if (this.#due() <= this.#begun) return null
    const number = this.#begun++
    const { rate } = this.load
    return { number, due: rate === undefined ? performance.now() : this.began + (number * 1000) / rate }
  }

  ready(): void {
    this.#opening--
  }

  waits(session: Session): void {
    this.#free.push(session)
  }

  accepted(due: number): void {
    this.#accepted++
    this.#lastAt = performance.now()
    const microseconds = Math.max(1, Math.round((this.#lastAt - due) * 1000))
    this.#whole.record(microseconds)
    this.#since.record(microseconds)
    if (due - this.began >= SETTLED_AFTER_MS) this.#settled.record(microseconds)
  }

  refused(words: string): void {
    this.#refused++
    this.#refusal ??= words
  }

  /** A connection ended; `ready`: it had come as far as to take messages. */
  ended(session: Session, ready: boolean, trouble: string | null): void {
    this.#open--
    if (!ready) this.#opening--
    const at = this.#free.indexOf(session)
    if (at >= 0) this.#free.splice(at, 1)
    if (trouble !== null) this.#refusal ??= trouble
    if (this.isOver) return
    if (trouble !== null) setTimeout(() => this.isOver || this.#openSession(), REOPEN_AFTER_MS)
    else if (this.load.kept || this.load.rate === undefined || this.#due() > this.#begun) this.#openSession()
  }

  #end(): void {
    this.#overSince ||= performance.now()
    const under = this.#begun - this.#accepted - this.#refused
    if (under > 0 && performance.now() - this.#overSince < LAST_WORDS_MS) return
    if (under > 0) this.#refusal ??= `${under} messages had no answer`
    this.#refused += under
    clearInterval(this.#ticker)
    for (const session of this.#free.splice(0)) session.end()
    this.#done.resolve(this.#sent(this.#whole))
  }
}

class Session {
  readonly #run: Run
  readonly #codes = new ReplyCodes((code, text) => this.#replied(code, text))
  #socket: Socket
  #step: Step = 'greeting'
  #ready = false
  #due = 0
  #began = performance.now()
  #number = 0
  /** Parts of the envelope written, and replies to them. */
  #written = 0
  #replies = 0
  /** Messages that it carried. */
  #carried = 0

  constructor(run: Run) {
    this.#run = run
    const { port, starttls = false } = run.load
    const options = { port, host: '127.0.0.1', noDelay: true }
    this.#socket = starttls ? connect(options) : connect({ ...options, onread: { buffer: READ, callback: this.#onRead } })
    this.#watch(this.#socket)
    if (starttls) this.#socket.on('data', this.#onData)
  }

  readonly #onRead = (count: number): boolean => {
    this.#codes.read(READ, count)
    return true
  }

  readonly #onData = (chunk: Buffer): void => this.#codes.read(chunk, chunk.length)

  #watch(socket: Socket): void {
    socket.on('error', (error) => this.#fail(error.message))
    socket.on('close', () => this.#fail('the connection was closed'))
  }

  /** Takes the next message, or waits until one is due. */
  begin(): void {
    const next = this.#run.take()
    if (next === null) {
      this.#step = 'free'
      return this.#run.waits(this)
    }
    // Without a rate, the first message of a connection begins with it.
    this.#due = this.#run.load.rate === undefined && !this.#run.load.kept ? this.#began : next.due
    this.#number = next.number
    this.#step = 'envelope'
    this.#written = 1
    this.#replies = 0
    this.#socket.write(this.#envelope[0] ?? '')
  }

  end(): void {
    this.#step = 'closed'
    this.#socket.end(this.#run.words.quit)
  }

  get #envelope(): readonly Buffer[] {
    const { envelopes } = this.#run.words
    return envelopes[this.#number % envelopes.length] ?? []
  }

  #replied(code: number, text: string): void {
    switch (this.#step) {
      case 'greeting':
        return this.#expect(code, 220, text) ? this.#ask('ehlo', this.#run.words.hello) : undefined
      case 'ehlo':
        if (!this.#expect(code, 250, text)) return
        return this.#run.load.starttls === true ? this.#ask('starttls', this.#run.words.starttls) : this.#introduced()
      case 'starttls':
        return this.#expect(code, 220, text) ? this.#secure() : undefined
      case 'ehlo-again':
        return this.#expect(code, 250, text) ? this.#introduced() : undefined
      case 'auth':
        return this.#expect(code, 235, text) ? this.#opened() : undefined
      case 'envelope':
        return this.#enveloped(code, text)
      case 'content':
        return this.#expect(code, 250, text) ? this.#delivered() : undefined
      case 'free':
        return this.#fail(`said without being asked: ${text}`)
      case 'closed':
        return undefined
    }
  }

  #enveloped(code: number, text: string): void {
    const last = ++this.#replies === this.#run.load.recipients + 2
    if (!this.#expect(code, last ? 354 : 250, text)) return
    if (last) return this.#ask('content', this.#run.words.content)
    const next = this.#envelope[this.#written]
    if (next === undefined) return
    this.#written++
    this.#socket.write(next)
  }

  #introduced(): void {
    if (this.#run.load.login === undefined) this.#opened()
    else this.#ask('auth', this.#run.words.login)
  }

  #opened(): void {
    this.#ready = true
    this.#run.ready()
    this.begin()
  }

  #delivered(): void {
    this.#run.accepted(this.#due)
    if (this.#run.load.kept && ++this.#carried < MESSAGES_A_CONNECTION) return this.begin()
    this.end()
    this.#run.ended(this, this.#ready, null)
  }

  #secure(): void {
    this.#socket.removeAllListeners('data')
    this.#socket.removeAllListeners('close')
    this.#socket = connectTls({ socket: this.#socket, rejectUnauthorized: false })
    this.#watch(this.#socket)
    this.#socket.on('data', this.#onData)
    this.#ask('ehlo-again', this.#run.words.hello)
  }

  #ask(step: Step, words: Buffer): void {
    this.#step = step
    this.#socket.write(words)
  }

  #expect(code: number, wanted: number, text: string): boolean {
    if (code === wanted) return true
    this.#fail(text)
    return false
  }

  #fail(words: string): void {
    if (this.#step === 'closed') return
    if (this.#step === 'envelope' || this.#step === 'content') this.#run.refused(words)
    this.#step = 'closed'
    this.#socket.destroy()
    this.#run.ended(this, this.#ready, words)
  }
}

/** One for all connections: what was read is looked at before anything else is. */
const READ = Buffer.allocUnsafe(16_384)

function latencyOf(histogram: RecordableHistogram): Latency {
  const least = histogram.count === 0 ? 0 : histogram.min / 1000
  return { least, p50: histogram.percentile(50) / 1000, p99: histogram.percentile(99) / 1000, max: histogram.max / 1000 }
}

let run: Run | null = null

servePeer({
  send: (load) => {
    run = new Run(load)
    return run.start()
  },
  sample: () => {
    if (run === null) throw new Error('nothing was sent yet')
    return run.sample()
  },
})
