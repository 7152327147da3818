// One connection of the scripted peer: reads lines and messages one after the other, asks the test's hooks, answers.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { TLSSocket, type SecureContext } from 'node:tls'
import { PEER_EXTENSIONS, type Answer, type PeerBooks, type PeerHooks, type ReceivedMessage, type ScriptedSession } from './smtp-script.ts'

const SCRAM_ITERATIONS = 4096

/** Between the angle brackets of MAIL FROM or RCPT TO. */
function addressIn(line: string): string {
  return line.slice(line.indexOf('<') + 1, line.lastIndexOf('>'))
}

/** Dot-stuffing undone (rfc:5321#4.5.2). */
function unstuff(wire: Buffer): Buffer {
  const parts: Buffer[] = []
  let start = wire[0] === 0x2e ? 1 : 0
  for (let at = wire.indexOf('\r\n.', start); at !== -1; at = wire.indexOf('\r\n.', start)) {
    parts.push(wire.subarray(start, at + 2))
    start = at + 3
  }
  return Buffer.concat([...parts, wire.subarray(start)])
}

export class PeerSession implements ScriptedSession {
  readonly number: number
  secure = false
  helo = ''
  user: string | null = null
  /** The transaction so far. */
  mailLine = ''
  recipients: string[] = []
  rcptLines: string[] = []
  readonly #peer: PeerBooks
  readonly #context: SecureContext | undefined
  #socket: Socket
  #input: Buffer = Buffer.alloc(0)
  #ended = false
  #silent = false
  #wake: (() => void) | undefined
  #bdat: Buffer[] = []

  constructor(peer: PeerBooks, socket: Socket, number: number, context: SecureContext | undefined) {
    this.#peer = peer
    this.#socket = socket
    this.number = number
    this.#context = context
  }

  async run(): Promise<void> {
    this.#listen(this.#socket)
    try {
      if (this.#peer.options.implicitTls === true) await this.#startTls()
      await this.#answer(this.#ask('connect', '') ?? `220 ${this.#peer.options.name ?? 'peer.test'} ESMTP`)
      while (!this.#ended) await this.#command(await this.#line())
    } catch {
      this.#socket.destroy()
    }
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk) => {
      this.#peer.reads++
      this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk])
      this.#wake?.()
    })
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#ended = true
      this.#wake?.()
    })
  }

  async #more(): Promise<void> {
    if (this.#ended) throw new Error('the client is gone')
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
    this.#wake = undefined
  }

  async #line(): Promise<string> {
    let at = this.#input.indexOf('\r\n')
    while (at === -1) {
      await this.#more()
      at = this.#input.indexOf('\r\n')
    }
    const line = this.#input.toString('utf8', 0, at)
    this.#input = this.#input.subarray(at + 2)
    this.#peer.transcript.push(`${this.number} ${line}`)
    this.#peer.changed()
    return line
  }

  #ask(name: Exclude<keyof PeerHooks, 'piece' | 'final'>, line: string): Answer | undefined {
    return this.#peer.options.on?.[name]?.(line, this)
  }

  /** Writes the answer; true where it was a 2xx or 3xx. */
  async #answer(answer: Answer): Promise<boolean> {
    const { text, delay, when, after } = typeof answer === 'string' ? { text: answer } : answer
    // A process whose tests are over does not wait for it.
    if (delay !== undefined) await sleep(delay, undefined, { ref: false })
    if (when !== undefined) await when
    if (this.#silent) return false
    if (text !== undefined && !this.#ended) this.#socket.write(`${text.replaceAll('\n', '\r\n')}\r\n`)
    if (after === 'drop') this.#socket.resetAndDestroy()
    if (after === 'close') this.#socket.end()
    if (after === 'silence') this.#silent = true
    return after !== 'drop' && text !== undefined && /^[23]/.test(text)
  }

  async #command(line: string): Promise<void> {
    const verb = line.split(' ', 1)[0]?.toUpperCase() ?? ''
    if (verb === 'EHLO' || verb === 'HELO') await this.#hello(verb, line)
    else if (verb === 'STARTTLS') await this.#starttls(line)
    else if (verb === 'AUTH') await this.#auth(line)
    else if (verb === 'MAIL') await this.#mail(line)
    else if (verb === 'RCPT') await this.#rcpt(line)
    else if (verb === 'DATA') await this.#data(line)
    else if (verb === 'BDAT') await this.#bdatChunk(line)
    else if (verb === 'RSET') {
      this.#reset()
      await this.#answer(this.#ask('rset', line) ?? '250 2.0.0 ok')
    } else if (verb === 'QUIT') await this.#answer(this.#ask('quit', line) ?? { text: '221 2.0.0 bye', after: 'close' })
    else await this.#answer(verb === 'NOOP' ? '250 2.0.0 ok' : '500 5.5.2 unknown command')
  }

  async #hello(verb: string, line: string): Promise<void> {
    this.helo = line.slice(5)
    this.#reset()
    const { options } = this.#peer
    const name = options.name ?? 'peer.test'
    const lines = [name, ...(options.extensions ?? PEER_EXTENSIONS)]
    if (options.tls !== undefined && !this.secure) lines.push('STARTTLS')
    if (options.auth !== undefined) lines.push(`AUTH ${(options.auth.mechanisms ?? ['PLAIN', 'LOGIN', 'SCRAM-SHA-256']).join(' ')}`)
    const ehlo = lines.map((text, i) => `250${i === lines.length - 1 ? ' ' : '-'}${text}`).join('\n')
    if (verb === 'EHLO') await this.#answer(this.#ask('ehlo', line) ?? ehlo)
    else await this.#answer(this.#ask('helo', line) ?? `250 ${name}`)
  }

  async #starttls(line: string): Promise<void> {
    const ready = await this.#answer(this.#ask('starttls', line) ?? '220 2.0.0 ready')
    if (ready) await this.#startTls()
  }

  async #startTls(): Promise<void> {
    const plain = this.#socket
    plain.removeAllListeners('data')
    const secure = new TLSSocket(plain, { isServer: true, ...(this.#context === undefined ? {} : { secureContext: this.#context }) })
    this.#socket = secure
    this.#input = Buffer.alloc(0)
    this.#listen(secure)
    await once(secure, 'secure')
    this.secure = true
  }

  async #auth(line: string): Promise<void> {
    const scripted = this.#ask('auth', line)
    if (scripted !== undefined) return void (await this.#answer(scripted))
    const [, mechanism = '', initial] = line.split(' ')
    const proved = await this.#prove(mechanism.toUpperCase(), initial)
    if (proved) this.user = this.#peer.options.auth?.user ?? null
    await this.#answer(proved ? '235 2.7.0 welcome' : '535 5.7.8 wrong')
    return undefined
  }

  async #challenge(text: string): Promise<string> {
    await this.#answer(`334 ${Buffer.from(text).toString('base64')}`)
    return Buffer.from(await this.#line(), 'base64').toString()
  }

  async #prove(mechanism: string, initial: string | undefined): Promise<boolean> {
    const { user, password } = this.#peer.options.auth ?? { user: '', password: '' }
    const first = initial === undefined ? undefined : Buffer.from(initial, 'base64').toString()
    if (mechanism === 'PLAIN') return (first ?? (await this.#challenge(''))) === `\0${user}\0${password}`
    if (mechanism === 'LOGIN')
      return (first ?? (await this.#challenge('Username:'))) === user && (await this.#challenge('Password:')) === password
    return mechanism === 'SCRAM-SHA-256' && this.#scram(first ?? (await this.#challenge('')), user, password)
  }

  /** rfc:5802 with SHA-256 (rfc:7677), the server's side. */
  async #scram(first: string, user: string, password: string): Promise<boolean> {
    const bare = first.slice('n,,'.length)
    const [, name = '', clientNonce = ''] = /^n=(.*),r=(.*)$/.exec(bare) ?? []
    const salt = randomBytes(16)
    const nonce = clientNonce + randomBytes(12).toString('base64')
    const serverFirst = `r=${nonce},s=${salt.toString('base64')},i=${SCRAM_ITERATIONS}`
    const last = await this.#challenge(serverFirst)
    const [, withoutProof = '', proof = ''] = /^(.*),p=(.*)$/.exec(last) ?? []
    const salted = pbkdf2Sync(password, salt, SCRAM_ITERATIONS, 32, 'sha256')
    const clientKey = createHmac('sha256', salted).update('Client Key').digest()
    const storedKey = createHash('sha256').update(clientKey).digest()
    const exchange = `${bare},${serverFirst},${withoutProof}`
    const signature = createHmac('sha256', storedKey).update(exchange).digest()
    const expected = Buffer.from(clientKey.map((octet, i) => octet ^ (signature[i] ?? 0))).toString('base64')
    if (name.replaceAll('=2C', ',').replaceAll('=3D', '=') !== user || proof !== expected || withoutProof !== `c=biws,r=${nonce}`)
      return false
    const serverKey = createHmac('sha256', salted).update('Server Key').digest()
    await this.#challenge(`v=${createHmac('sha256', serverKey).update(exchange).digest('base64')}`)
    return true
  }

  #reset(): void {
    this.mailLine = ''
    this.recipients = []
    this.rcptLines = []
    this.#bdat = []
  }

  async #mail(line: string): Promise<void> {
    const nested = this.mailLine !== ''
    const fine = await this.#answer(this.#ask('mail', line) ?? (nested ? '503 5.5.1 nested MAIL' : '250 2.1.0 ok'))
    if (fine) this.mailLine = line
  }

  async #rcpt(line: string): Promise<void> {
    const fine = await this.#answer(this.#ask('rcpt', line) ?? (this.mailLine === '' ? '503 5.5.1 MAIL first' : '250 2.1.5 ok'))
    if (!fine) return
    this.recipients.push(addressIn(line))
    this.rcptLines.push(line)
  }

  async #data(line: string): Promise<void> {
    const usual = this.recipients.length > 0 ? '354 go ahead' : '554 5.5.1 no valid recipients'
    if (!(await this.#answer(this.#ask('data', line) ?? usual))) return
    let end = -1
    while (end === -1) {
      if (this.#input.subarray(0, 3).equals(Buffer.from('.\r\n'))) end = 0
      else {
        const at = this.#input.indexOf('\r\n.\r\n')
        if (at !== -1) end = at + 2
      }
      await this.#piece(end === -1 ? this.#input.length : end)
      if (end === -1) await this.#more()
    }
    const wire = this.#input.subarray(0, end)
    this.#input = this.#input.subarray(end + 3)
    await this.#final('data', wire, unstuff(wire))
  }

  async #piece(octets: number): Promise<void> {
    const answer = this.#peer.options.on?.piece?.(octets, this)
    if (answer !== undefined) await this.#answer(answer)
  }

  async #bdatChunk(line: string): Promise<void> {
    const [, length = '', last] = line.split(' ')
    const octets = Number(length)
    while (this.#input.length < octets) {
      await this.#piece(this.#bdat.reduce((sum, part) => sum + part.length, this.#input.length))
      await this.#more()
    }
    this.#bdat.push(this.#input.subarray(0, octets))
    this.#input = this.#input.subarray(octets)
    const scripted = this.#ask('bdat', line)
    if (scripted !== undefined) return void (await this.#answer(scripted))
    if (this.recipients.length === 0) return void (await this.#answer('554 5.5.1 no valid recipients'))
    if (last?.toUpperCase() !== 'LAST') return void (await this.#answer(`250 2.0.0 ${octets} octets`))
    const data = Buffer.concat(this.#bdat)
    await this.#final('bdat', data, data)
    return undefined
  }

  async #final(how: 'data' | 'bdat', wire: Buffer, data: Buffer): Promise<void> {
    const { number: connection, secure, helo, user, mailLine, recipients, rcptLines } = this
    const sender = addressIn(mailLine)
    const from = this.#socket.remoteAddress ?? ''
    const message: ReceivedMessage = { connection, secure, from, helo, user, sender, mailLine, recipients, rcptLines, how, data, wire }
    this.#reset()
    const answer = this.#peer.options.on?.final?.(message, this) ?? '250 2.0.0 queued'
    const text = typeof answer === 'string' ? answer : answer.text
    if (text?.startsWith('2') === true) this.#peer.messages.push(message)
    else this.#peer.refused.push(message)
    await this.#answer(answer)
    this.#peer.changed()
  }
}
