// Runs a server session against a written dialog: what the client says and what must come back, line by line.
//
//   S: a reply line that the server must say      C: a line of the client (CRLF added)    c: the same without CRLF
//   X: close | starttls (what the driver is told)  T: the TLS handshake succeeds           L: the connection is lost
//   H: what the handler was asked; checked only in groups that have such a line
//
// `\r`, `\n`, `\0` and `\xHH` stand for octets. Client lines that follow each other go out together.
import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import { closing, type Reply, reply } from '../src/smtp/reply.ts'
import { makeVerifier } from '../src/smtp/scram.ts'
import type {
  AuthDecision,
  BodySink,
  Client,
  FutureRelease,
  MailRequest,
  RecipientRequest,
  ScramVerifier,
  ServerHandler,
} from '../src/smtp/server/handler.ts'
import type { ServerSessionOptions, SessionOutput } from '../src/smtp/server/session-io.ts'
import { ServerSession } from '../src/smtp/server/session.ts'
import { PATIENCE_MS } from './patience.ts'

export const DIALOG_OPTIONS: ServerSessionOptions = {
  hostName: 'mx.test',
  startTls: true,
  plainAuth: false,
  xclient: false,
  bareNewline: 'refuse',
  messageSize: 1000,
  recipients: 3,
  commandLength: 512,
  commands: 1000,
  errors: 20,
}

export const TEST_TLS = { version: 'TLSv1.3', cipher: 'TLS_AES_128_GCM_SHA256', verified: false } as const
const BASE = { address: '192.0.2.1', port: 40_000, localAddress: '192.0.2.25', localPort: 25 }

/** Decides by local part (`no…` is refused, `later…` temporarily) and writes down what it was asked. */
export class DialogHandler implements ServerHandler {
  readonly asked: string[] = []
  readonly messages: Buffer[] = []
  /** `promise`: every decision takes a turn of the event loop. `throw`: every decision is a bug. */
  mood: 'now' | 'promise' | 'throw' = 'now'
  verifier: ScramVerifier | null = null
  client: Client | null = null

  #decide<T>(note: string, value: T): T | Promise<T> {
    if (note !== '') this.asked.push(note)
    if (this.mood === 'throw') throw new Error('a bug of the handler')
    return this.mood === 'now' ? value : setImmediate(value)
  }

  connected(client: Client): Reply | null {
    this.client = client
    this.asked.push(`connected ${client.address}`)
    return client.address === '192.0.2.66' ? reply(554, '5.7.1', 'Go away.') : null
  }

  checkPassword(user: string, password: string): AuthDecision | Promise<AuthDecision> {
    const ok = password === 'right'
    return this.#decide<AuthDecision>(`login ${user}`, ok ? { ok, user } : { ok, reply: reply(535, '5.7.8', 'No such login.') })
  }

  async scramVerifier(user: string): Promise<ScramVerifier> {
    this.asked.push(`verifier ${user}`)
    this.verifier ??= await makeVerifier('right', 4096)
    return this.verifier
  }

  scramFinished(user: string, proved: boolean): AuthDecision | Promise<AuthDecision> {
    return this.#decide<AuthDecision>(
      `scram ${user} ${proved}`,
      proved ? { ok: true, user } : { ok: false, reply: reply(535, '5.7.8', 'No.') },
    )
  }

  #judge(note: string, local: string): Reply | null | Promise<Reply | null> {
    if (local.startsWith('no')) return this.#decide<Reply | null>(note, reply(550, '5.7.1', 'Not you.'))
    if (local.startsWith('later')) return this.#decide<Reply | null>(note, reply(451, '4.7.1', 'Later.'))
    if (local.startsWith('bye')) return this.#decide<Reply | null>(note, closing(reply(421, '4.7.0', 'Bye.')))
    return this.#decide<Reply | null>(note, null)
  }

  /** For one user, that of the dialogs about it. */
  futureRelease({ user }: Client): FutureRelease | null {
    return user === 'planner' ? { longest: 86_400_000, latest: Date.UTC(2027, 0, 2) } : null
  }

  mail({ sender, ...rest }: MailRequest, client: Client): Reply | null | Promise<Reply | null> {
    this.client = client
    const { hold, ...others } = rest
    const held = hold === undefined ? '' : ` hold ${JSON.stringify(hold)}`
    const details = `${Object.values(others).join(' ').trim()}${held}`
    return this.#judge(`mail <${sender?.address ?? ''}> ${details}`, sender?.local ?? '')
  }

  recipient({ recipient, notify, originalRecipient }: RecipientRequest): Reply | null | Promise<Reply | null> {
    const wishes = (['success', 'failure', 'delay'] as const).filter((name) => notify[name])
    const note = notify.given ? ` notify=${wishes.join(',')}` : ''
    return this.#judge(
      `recipient <${recipient.address}>${note}${originalRecipient === null ? '' : ` ${originalRecipient}`}`,
      recipient.local,
    )
  }

  begin(): BodySink | Reply | Promise<BodySink | Reply> {
    return this.#decide<BodySink | Reply>('begin', new DialogSink(this, (note, value) => this.#decide(note, value)))
  }

  reset(): void {
    this.asked.push('reset')
  }

  closed(): void {
    this.asked.push('closed')
  }
}

class DialogSink implements BodySink {
  readonly #handler: DialogHandler
  readonly #decide: (note: string, value: Reply) => Reply | Promise<Reply>
  readonly #octets: Buffer[] = []
  #writing = false
  #over = false

  constructor(handler: DialogHandler, decide: (note: string, value: Reply) => Reply | Promise<Reply>) {
    this.#handler = handler
    this.#decide = decide
  }

  write(chunk: Buffer): void | Promise<void> {
    assert.ok(!this.#writing, 'a write began before the one before it was done')
    assert.ok(!this.#over, 'a write after the end')
    this.#octets.push(Buffer.from(chunk))
    if (this.#handler.mood !== 'promise') return undefined
    this.#writing = true
    return setImmediate().then(() => {
      this.#writing = false
    })
  }

  end(): Reply | Promise<Reply> {
    assert.ok(!this.#over, 'ended after the end')
    assert.ok(!this.#writing, 'ended before the last write was done')
    this.#over = true
    const message = Buffer.concat(this.#octets)
    this.#handler.messages.push(message)
    return this.#decide(`end ${JSON.stringify(message.toString('latin1'))}`, reply(250, '2.6.0', 'Message received and queued.'))
  }

  abort(): void {
    assert.ok(!this.#over, 'aborted after the end')
    this.#over = true
    this.#handler.asked.push('abort')
  }
}

/** A session whose output is written down. */
export class DialogDriver implements SessionOutput {
  readonly handler = new DialogHandler()
  readonly session: ServerSession
  /** `S:` and `X:` lines not yet looked at. */
  said: string[] = []
  writes = 0
  paused = false
  readonly errors: unknown[] = []

  constructor(options: Partial<ServerSessionOptions> = {}) {
    this.session = new ServerSession({ ...DIALOG_OPTIONS, ...options }, this.handler, BASE, null, this)
  }

  write(text: string): void {
    assert.match(text, /^(?:[2-5]\d\d[ -][ -~]*\r\n)+$/, 'a reply is not well-formed')
    this.writes++
    this.said.push(
      ...text
        .split('\r\n')
        .slice(0, -1)
        .map((line) => `S: ${line.trimEnd()}`),
    )
  }
  startTls(): void {
    this.said.push('X: starttls')
  }
  close(): void {
    this.said.push('X: close')
  }
  pause(): void {
    assert.ok(!this.paused)
    this.paused = true
  }
  resume(): void {
    assert.ok(this.paused)
    this.paused = false
  }
  failed(error: unknown): void {
    this.errors.push(error)
  }

  /** Waits until no decision is pending; a SCRAM verifier takes the thread pool some milliseconds. */
  async settled(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS
    while (this.session.wait === 'us' && performance.now() < deadline) await setImmediate()
  }
}

function octetsOf(text: string): Buffer {
  const plain = text.replaceAll(/\\(r|n|0|x[\dA-Fa-f]{2}|\\)/g, (_, code: string) =>
    code === 'r'
      ? '\r'
      : code === 'n'
        ? '\n'
        : code === '0'
          ? '\0'
          : code === '\\'
            ? '\\'
            : String.fromCharCode(Number.parseInt(code.slice(1), 16)),
  )
  return Buffer.from(plain, 'latin1')
}

export interface DialogMode {
  readonly mood: 'now' | 'promise'
  /** The client's octets come one by one. */
  readonly octetwise: boolean
}

export const DIALOG_MODES: readonly DialogMode[] = [
  { mood: 'now', octetwise: false },
  { mood: 'now', octetwise: true },
  { mood: 'promise', octetwise: false },
  { mood: 'promise', octetwise: true },
]

/** Plays the dialog; what differs fails the test. Returns the driver for further questions. */
export async function playDialog(script: string, options: Partial<ServerSessionOptions>, mode: DialogMode): Promise<DialogDriver> {
  const driver = new DialogDriver(options)
  driver.handler.mood = mode.mood
  driver.session.start()
  const lines = script
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  let expected: string[] = []
  let client: Buffer[] = []
  const check = (): void => {
    const wanted = expected.filter((line) => !line.startsWith('H: '))
    const asked = expected.filter((line) => line.startsWith('H: '))
    assert.deepEqual(driver.said, wanted)
    if (asked.length > 0)
      assert.deepEqual(
        driver.handler.asked.map((note) => `H: ${note.replaceAll('  ', ' ')}`),
        asked,
      )
    driver.said = []
    driver.handler.asked.length = 0
    expected = []
  }
  const feed = async (): Promise<void> => {
    const octets = Buffer.concat(client)
    client = []
    if (!mode.octetwise) driver.session.feed(octets)
    else for (const octet of octets) driver.session.feed(Buffer.from([octet]))
    await driver.settled()
  }
  for (const line of lines) {
    const text = line.slice(3)
    if (/^[SXH]: /.test(line)) {
      if (client.length > 0) await feed()
      expected.push(line)
      continue
    }
    if (client.length === 0) check()
    if (line.startsWith('C: ') || line === 'C:') client.push(octetsOf(text), Buffer.from('\r\n'))
    else if (line.startsWith('c: ')) client.push(octetsOf(text))
    else if (line === 'T:') driver.session.tlsEstablished(TEST_TLS)
    else if (line === 'L:') driver.session.ended()
    else assert.fail(`no such line in a dialog: ${line}`)
  }
  if (client.length > 0) await feed()
  check()
  assert.deepEqual(driver.errors, [])
  return driver
}
