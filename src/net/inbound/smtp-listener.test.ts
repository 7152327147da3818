import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { connect as connectTls, createSecureContext } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'
import { testCertificate } from '../../../testkit/certificate.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { systemClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { reply } from '../../smtp/reply.ts'
import type { Client, ServerHandler } from '../../smtp/server/handler.ts'
import { ConnectionLimits } from './connection-limits.ts'
import { createSmtpListener, type SmtpListener, type SmtpListenerOptions } from './smtp-listener.ts'

const SILENT: Log = { debug() {}, info() {}, warn() {}, error: (message, fields) => console.error(message, fields) }
const OK = reply(250, '2.6.0', 'Message received and queued.')

/** Takes everything, and remembers it. `hold`: messages are acknowledged when it resolves. */
class Accepting {
  readonly clients: Client[] = []
  readonly messages: string[] = []
  aborted = 0
  closed = 0
  hold: Promise<void> | null = null

  readonly handlerFor = (): ServerHandler => ({
    connected: (client) => {
      this.clients.push(client)
      return null
    },
    checkPassword: () => ({ ok: false, reply: reply(535, '5.7.8', 'No.') }),
    scramVerifier: () => reply(535, '5.7.8', 'No.'),
    scramFinished: () => ({ ok: false, reply: reply(535, '5.7.8', 'No.') }),
    mail: (_request, client) => {
      this.clients.push(client)
      return null
    },
    recipient: () => null,
    begin: () => {
      let text = ''
      return {
        write: (chunk) => {
          text += chunk.toString('latin1')
        },
        end: async () => {
          await this.hold
          this.messages.push(text)
          return OK
        },
        abort: () => {
          this.aborted++
        },
      }
    },
    reset() {},
    closed: () => {
      this.closed++
    },
  })
}

interface Kit {
  readonly listener: SmtpListener
  readonly accepting: Accepting
  readonly limits: ConnectionLimits
  readonly client: (from?: string) => Promise<Dialog>
}

type More = Partial<Omit<SmtpListenerOptions, 'limits'>> & { limits?: Partial<ConstructorParameters<typeof ConnectionLimits>[0]> }

const { cert, key } = testCertificate('mail.example.test')
const CERTIFICATE = { context: createSecureContext({ cert, key }) }

const GENEROUS = { sessions: 100, sessionsPerAddress: 100, connectionsPerMinute: 1000, clock: systemClock }

async function withListener(more: More, run: (kit: Kit) => Promise<void>): Promise<void> {
  const accepting = new Accepting()
  const limits = new ConnectionLimits({ ...GENEROUS, ...more.limits })
  const listener = await createSmtpListener({
    on: { host: '127.0.0.1', port: 0 },
    certificate: CERTIFICATE,
    implicitTls: false,
    session: {
      hostName: 'mail.example.test',
      plainAuth: false,
      bareNewline: 'refuse',
      messageSize: 1_000_000,
      recipients: 100,
      commandLength: 2048,
      commands: 100_000_000,
      errors: 20,
    },
    proxyFrom: [],
    xclientFrom: [],
    timeouts: { command: 60_000, data: 60_000, session: 600_000, stranger: 600_000 },
    handlerFor: accepting.handlerFor,
    clock: systemClock,
    log: SILENT,
    ...more,
    limits,
  })
  const sockets: Socket[] = []
  const client = async (from?: string): Promise<Dialog> => {
    const socket = connect({ host: '127.0.0.1', port: listener.address.port, ...(from !== undefined && { localAddress: from }) })
    sockets.push(socket)
    await once(socket, 'connect')
    return new Dialog(socket)
  }
  try {
    await run({ listener, accepting, limits, client })
  } finally {
    for (const socket of sockets) socket.destroy()
    await listener.close(0)
    assert.equal(listener.open, 0)
    assert.equal(limits.open, 0)
  }
}

/** A client that speaks line by line. */
class Dialog {
  socket: Socket
  #text = ''
  ended = false
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    this.socket = socket
    this.#listen(socket)
  }

  #listen(socket: Socket): void {
    socket.on('data', (data) => {
      this.#text += data.toString('latin1')
      this.#wake()
    })
    const over = (): void => {
      this.ended = true
      this.#wake()
    }
    for (const event of ['end', 'close', 'error']) socket.on(event, over)
  }

  /** The next whole reply, all its lines; undefined when the connection ended instead. */
  async reply(): Promise<string | undefined> {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/.exec(this.#text)
      if (match !== null) {
        this.#text = this.#text.slice(match[0].length)
        return match[0]
      }
      if (this.ended) return undefined
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
  say(text: string): void {
    this.socket.write(text, 'latin1')
  }
  async ask(line: string): Promise<string | undefined> {
    this.say(`${line}\r\n`)
    return this.reply()
  }
  async startTls(early = ''): Promise<void> {
    this.say(`STARTTLS\r\n${early}`)
    assert.match((await this.reply()) ?? '', /^220 /)
    this.socket.removeAllListeners('data')
    const secure = connectTls({ socket: this.socket, servername: 'mail.example.test', ca: cert })
    await once(secure, 'secureConnect')
    this.socket = secure
    this.#listen(secure)
  }
  async send(body: string): Promise<string | undefined> {
    assert.match((await this.ask('MAIL FROM:<a@example.test>')) ?? '', /^250 /)
    assert.match((await this.ask('RCPT TO:<b@example.test>')) ?? '', /^250 /)
    assert.match((await this.ask('DATA')) ?? '', /^354 /)
    this.say(`${body}\r\n.\r\n`)
    return this.reply()
  }
}

test('a message goes through a real socket, and the client is who it is', async () => {
  await withListener({}, async ({ accepting, client, listener }) => {
    const one = await client('127.0.0.7')
    assert.match((await one.reply()) ?? '', /^220 mail\.example\.test /)
    assert.match((await one.ask('EHLO c.test')) ?? '', /STARTTLS/)
    assert.equal(await one.send('Subject: x\r\n\r\n..dot'), '250 2.6.0 Message received and queued.\r\n')
    assert.deepEqual(accepting.messages, ['Subject: x\r\n\r\n.dot\r\n'])
    const known = accepting.clients.at(-1)
    assert.equal(known?.address, '127.0.0.7')
    assert.equal(known?.localPort, listener.address.port)
    assert.equal(listener.open, 1)
    assert.match((await one.ask('QUIT')) ?? '', /^221 /)
    assert.equal(await one.reply(), undefined)
    one.socket.destroy()
    await sleep(20)
    assert.equal(accepting.closed, 1)
  })
})

test('STARTTLS protects what follows, and what was sent in the clear before it is dropped', async () => {
  await withListener({}, async ({ accepting, client }) => {
    const one = await client()
    await one.reply()
    await one.ask('EHLO c.test')
    await one.startTls('MAIL FROM:<injected@example.test>\r\nRCPT TO:<x@example.test>\r\n')
    assert.doesNotMatch((await one.ask('EHLO c.test')) ?? '', /STARTTLS/)
    assert.match((await one.ask('RCPT TO:<b@example.test>')) ?? '', /^503 /)
    assert.match((await one.send('secret')) ?? '', /^250 /)
    assert.equal(accepting.clients.at(-1)?.tls?.version, 'TLSv1.3')
    assert.equal(accepting.clients.at(-1)?.protocol, 'ESMTPS')
  })
})

test('a failed handshake ends the connection and nothing else', async () => {
  await withListener({}, async ({ client, accepting }) => {
    const one = await client()
    await one.reply()
    await one.ask('EHLO c.test')
    assert.match((await one.ask('STARTTLS')) ?? '', /^220 /)
    one.say('MAIL FROM:<a@example.test>\r\n')
    assert.equal(await one.reply(), undefined)
    await sleep(20)
    assert.equal(accepting.closed, 1)
    const two = await client()
    assert.match((await two.reply()) ?? '', /^220 /)
  })
})

test('a client that hangs up after its QUIT was not cut off; one that hangs up before was', async () => {
  const told: string[] = []
  const log: Log = { ...SILENT, info: (what, fields) => void told.push(`${what} ${JSON.stringify(fields)}`) }
  await withListener({ log }, async ({ client, listener }) => {
    for (const [last, lines] of [
      ['QUIT', 0],
      ['NOOP', 1],
    ] as const) {
      const one = await client()
      const plain = one.socket
      await one.reply()
      await one.ask('EHLO c.test')
      await one.startTls()
      await one.ask('EHLO c.test')
      assert.match((await one.ask(last)) ?? '', /^2/)
      plain.resetAndDestroy()
      while (listener.open > 0) await sleep(5)
      assert.equal(told.length, lines, told.join('\n'))
    }
  })
})

test('TLS from the first octet, with the certificate of the moment', async () => {
  const certificate = { context: CERTIFICATE.context }
  await withListener({ implicitTls: true, certificate }, async ({ listener, accepting }) => {
    for (const name of ['mail.example.test', 'renewed.example.test']) {
      const now = testCertificate(name)
      certificate.context = createSecureContext(now)
      const secure = connectTls({ host: '127.0.0.1', port: listener.address.port, servername: name, ca: now.cert })
      await once(secure, 'secureConnect')
      const one = new Dialog(secure)
      assert.match((await one.reply()) ?? '', /^220 /)
      assert.doesNotMatch((await one.ask('EHLO c.test')) ?? '', /STARTTLS/)
      assert.match((await one.send('x')) ?? '', /^250 /)
      assert.equal(accepting.clients.at(-1)?.protocol, 'ESMTPS')
      secure.destroy()
    }
  })
})

test('a TLS session that one worker began is resumed at another that has its ticket keys', async () => {
  const ticketKeys = randomBytes(48)
  const worker = (keys: Buffer) => ({ implicitTls: true, certificate: { context: createSecureContext({ cert, key, ticketKeys: keys }) } })
  let session: Buffer | undefined
  const isResumed = async ({ listener }: Kit): Promise<boolean> => {
    const secure = connectTls({ host: '127.0.0.1', port: listener.address.port, ca: cert, ...(session && { session }) })
    secure.once('session', (its) => (session ??= its))
    const one = new Dialog(secure)
    await one.reply()
    await one.ask('NOOP')
    const reused = secure.isSessionReused()
    secure.destroy()
    return reused
  }
  await withListener(worker(ticketKeys), async (kit) => assert.equal(await isResumed(kit), false))
  assert.ok(session)
  await withListener(worker(ticketKeys), async (kit) => assert.equal(await isResumed(kit), true))
  await withListener(worker(randomBytes(48)), async (kit) => assert.equal(await isResumed(kit), false))
})

test('PROXY headers of both versions name the client, whatever the cut', async () => {
  const v1 = Buffer.from('PROXY TCP4 198.51.100.7 203.0.113.1 4321 25\r\n')
  const v2 = Buffer.concat([
    Buffer.from('\r\n\r\n\0\r\nQUIT\n', 'latin1'),
    Buffer.from([0x21, 0x11, 0, 12, 198, 51, 100, 7, 203, 0, 113, 1, 0x10, 0xe1, 0, 25]),
  ])
  await withListener({ proxyFrom: ['127.0.0.0/8'] }, async ({ accepting, client }) => {
    for (const header of [v1, v2])
      for (const size of [header.length, 1, 7]) {
        const one = await client()
        for (let at = 0; at < header.length; at += size) {
          one.socket.write(header.subarray(at, at + size))
          if (size < header.length) await sleep(1)
        }
        assert.match((await one.reply()) ?? '', /^220 /)
        const { address, port, localAddress, localPort } = accepting.clients.at(-1) ?? {}
        assert.deepEqual([address, port, localAddress, localPort], ['198.51.100.7', 4321, '203.0.113.1', 25])
      }
    const together = await client()
    together.say(`${v1.toString()}EHLO c.test\r\n`)
    assert.match((await together.reply()) ?? '', /^220 /)
    assert.match((await together.reply()) ?? '', /^250-/)
    const local = await client()
    local.socket.write(Buffer.concat([v2.subarray(0, 12), Buffer.from([0x20, 0, 0, 0])]))
    assert.match((await local.reply()) ?? '', /^220 /)
    assert.equal(accepting.clients.at(-1)?.address, '127.0.0.1')
  })
})

test('PROXY ahead of implicit TLS leaves the handshake whole', async () => {
  await withListener({ proxyFrom: ['127.0.0.1'], implicitTls: true }, async ({ accepting, client }) => {
    const { socket } = await client()
    socket.removeAllListeners('data')
    socket.cork()
    socket.write('PROXY TCP6 2001:db8::7 2001:db8::1 4321 465\r\n')
    const secure = connectTls({ socket, servername: 'mail.example.test', ca: cert })
    socket.uncork()
    await once(secure, 'secureConnect')
    assert.match((await new Dialog(secure).reply()) ?? '', /^220 /)
    assert.equal(accepting.clients.at(-1)?.address, '2001:db8::7')
  })
})

test('a bad PROXY header, one from a stranger and none at all get no session', async () => {
  const clock = new FakeClock()
  await withListener({ clock, proxyFrom: ['127.0.0.1'] }, async ({ accepting, client }) => {
    for (const bad of ['EHLO c.test\r\n', 'PROXY TCP4 1.2.3.4\r\n', `PROXY ${'x'.repeat(200)}`, '\r\n\r\n\0\r\nQUIT\n\xff\xff\xff\xff']) {
      const one = await client()
      one.say(bad)
      assert.equal(await one.reply(), undefined, bad)
    }
    const slow = await client()
    slow.say('PROXY TCP4')
    await sleep(20)
    clock.pass(4000)
    await sleep(20)
    assert.equal(slow.ended, false)
    clock.pass(2000)
    assert.equal(await slow.reply(), undefined)
    assert.equal(accepting.clients.length, 0)
    const stranger = await client('127.0.0.2')
    stranger.say('PROXY TCP4 198.51.100.7 203.0.113.1 4321 25\r\n')
    assert.match((await stranger.reply()) ?? '', /^220 /)
    assert.match((await stranger.reply()) ?? '', /^5/)
    assert.equal(accepting.clients.at(-1)?.address, '127.0.0.2')
  })
})

test('limits are answered with 421, and a place that was left can be taken', async () => {
  await withListener({ limits: { sessions: 4, sessionsPerAddress: 2 } }, async ({ client }) => {
    const [one, two, three] = [await client(), await client(), await client()]
    assert.match((await one.reply()) ?? '', /^220 /)
    assert.match((await two.reply()) ?? '', /^220 /)
    assert.equal(await three.reply(), '421 4.7.0 too many connections from your address\r\n')
    assert.equal(await three.reply(), undefined)
    const others = [await client('127.0.0.2'), await client('127.0.0.3')]
    for (const other of others) assert.match((await other.reply()) ?? '', /^220 /)
    assert.equal(await (await client('127.0.0.4')).reply(), '421 4.7.0 too many connections\r\n')
    await one.ask('QUIT')
    one.socket.destroy()
    await sleep(20)
    assert.match((await (await client()).reply()) ?? '', /^220 /)
  })
  await withListener({ limits: { connectionsPerMinute: 2 } }, async ({ client }) => {
    for (const expected of [/^220 /, /^220 /, /^421 4\.7\.0 too many new connections/]) {
      const one = await client()
      assert.match((await one.reply()) ?? '', expected)
      one.socket.destroy()
    }
  })
})

test('behind a proxy the real client counts', async () => {
  await withListener({ proxyFrom: ['127.0.0.1'], limits: { sessionsPerAddress: 1 } }, async ({ client }) => {
    const from = async (address: string): Promise<string> => {
      const one = await client()
      one.say(`PROXY TCP6 ${address} 2001:db8::1 4321 25\r\n`)
      return (await one.reply()) ?? ''
    }
    assert.match(await from('2001:db8:0:1::1'), /^220 /)
    assert.match(await from('2001:db8:0:1::2'), /^421 /, 'one /64 is one client')
    assert.match(await from('2001:db8:0:2::1'), /^220 /)
  })
})

test('who says nothing is told 421, in time for what is waited for', async () => {
  const clock = new FakeClock()
  await withListener(
    { clock, timeouts: { command: 10_000, data: 30_000, session: 600_000, stranger: 600_000 } },
    async ({ accepting, client }) => {
      const idle = await client()
      await idle.reply()
      const sending = await client()
      await sending.reply()
      for (const line of ['EHLO c.test', 'MAIL FROM:<a@example.test>', 'RCPT TO:<b@example.test>', 'DATA']) await sending.ask(line)
      sending.say('half a mess')
      await sleep(20)
      clock.pass(11_000)
      assert.match((await idle.reply()) ?? '', /^421 4\.4\.2 /)
      assert.equal(await idle.reply(), undefined)
      assert.equal(sending.ended, false)
      clock.pass(20_000)
      await sending.reply()
      assert.equal(await sending.reply(), undefined)
      await sleep(20)
      assert.equal(accepting.aborted, 1)
    },
  )
})

test('a session has an end, however busy, and a handshake too', async () => {
  const clock = new FakeClock()
  await withListener({ clock, timeouts: { command: 10_000, data: 10_000, session: 60_000, stranger: 60_000 } }, async ({ client }) => {
    const busy = await client()
    await busy.reply()
    const handshaking = await client()
    await handshaking.reply()
    await handshaking.ask('EHLO c.test')
    await handshaking.ask('STARTTLS')
    for (let i = 0; i < 7; i++) {
      assert.match((await busy.ask('NOOP')) ?? '', /^250 /)
      clock.pass(8000)
      if (i === 2) assert.equal(handshaking.ended, false)
    }
    assert.equal(await handshaking.reply(), undefined)
    assert.match((await busy.ask('NOOP')) ?? '', /^250 /)
    clock.pass(8000)
    assert.match((await busy.reply()) ?? '', /^421 /)
  })
})

test('a stranger has a short stay; who had a recipient accepted may stay', async () => {
  const clock = new FakeClock()
  await withListener({ clock, timeouts: { command: 10_000, data: 10_000, session: 600_000, stranger: 20_000 } }, async ({ client }) => {
    const stranger = await client()
    const sender = await client()
    for (const one of [stranger, sender]) await one.reply()
    for (const line of ['EHLO c.test', 'MAIL FROM:<a@x.test>', 'RCPT TO:<b@y.test>']) assert.match((await sender.ask(line)) ?? '', /^250/)
    for (let i = 0; i < 3; i++) {
      for (const one of [stranger, sender]) assert.match((await one.ask('NOOP')) ?? '', /^250 /)
      clock.pass(8000)
    }
    assert.match((await stranger.reply()) ?? '', /^421 /)
    assert.match((await sender.ask('NOOP')) ?? '', /^250 /)
  })
})

test('our own time is not the client’s, and its own end is not lost on it', async () => {
  const gate = Promise.withResolvers<void>()
  const clock = new FakeClock()
  await withListener(
    { clock, timeouts: { command: 1000, data: 1000, session: 600_000, stranger: 600_000 } },
    async ({ accepting, client }) => {
      accepting.hold = gate.promise
      const one = await client()
      await one.reply()
      one.socket.end('HELO c.test\r\nMAIL FROM:<a@example.test>\r\nRCPT TO:<b@example.test>\r\nDATA\r\n')
      for (const expected of [/^250/, /^250/, /^250/, /^354/]) assert.match((await one.reply()) ?? '', expected)
      assert.equal(await one.reply(), undefined, 'it ended before its message: nothing is taken')
      assert.equal(accepting.messages.length, 0)
      const two = await client()
      await two.reply()
      await two.ask('EHLO c.test')
      two.socket.end('MAIL FROM:<a@example.test>\r\nRCPT TO:<b@example.test>\r\nBDAT 5 LAST\r\nhello')
      await two.reply()
      await two.reply()
      clock.pass(30_000)
      await sleep(20)
      assert.equal(two.ended, false)
      gate.resolve()
      assert.equal(await two.reply(), '250 2.6.0 Message received and queued.\r\n')
      assert.deepEqual(accepting.messages, ['hello'])
      assert.equal(await two.reply(), undefined)
    },
  )
})

test('who never reads its replies is cut off', async () => {
  await withListener({}, async ({ accepting, client }) => {
    const one = await client()
    await one.reply()
    await one.ask('EHLO c.test')
    one.socket.pause()
    const noops = 'NOOP\r\n'.repeat(10_000)
    for (let sent = 0; sent < 200 && accepting.closed === 0; sent++) {
      one.say(noops)
      await sleep(5)
    }
    assert.equal(accepting.closed, 1)
  })
})

test('a client that vanishes in the middle leaves nothing behind', async () => {
  await withListener({}, async ({ accepting, client, listener }) => {
    const one = await client()
    await one.reply()
    for (const line of ['EHLO c.test', 'MAIL FROM:<a@example.test>', 'RCPT TO:<b@example.test>', 'DATA']) await one.ask(line)
    one.say('half a mess')
    await sleep(20)
    one.socket.resetAndDestroy()
    await sleep(20)
    assert.deepEqual([accepting.aborted, accepting.closed, listener.open], [1, 1, 0])
  })
})

test('a stop tells idle clients at once, lets a message finish, and cuts off what is left after the grace', async () => {
  const gate = Promise.withResolvers<void>()
  await withListener({}, async ({ accepting, client, listener }) => {
    accepting.hold = gate.promise
    const [idle, busy, stuck] = [await client(), await client(), await client()]
    for (const each of [idle, busy, stuck]) {
      await each.reply()
      await each.ask('EHLO c.test')
    }
    for (const each of [busy, stuck])
      for (const line of ['MAIL FROM:<a@example.test>', 'RCPT TO:<b@example.test>', 'DATA']) await each.ask(line)
    busy.say('hello\r\n.\r\n')
    stuck.say('never ends')
    await sleep(20)
    const closed = listener.close(500)
    assert.match((await idle.reply()) ?? '', /^421 4\.3\.2 /)
    assert.equal(await idle.reply(), undefined)
    idle.socket.destroy()
    await assert.rejects(client())
    gate.resolve()
    assert.match((await busy.reply()) ?? '', /^250 /)
    assert.match((await busy.reply()) ?? '', /^421 4\.3\.2 /)
    busy.socket.destroy()
    await closed
    assert.deepEqual([accepting.messages.length, accepting.aborted, accepting.closed], [1, 1, 3])
  })
})

test('on a socket for both families an IPv4 client is one', { skip: !hasIPv6() && 'this machine has no IPv6' }, async () => {
  await withListener({ on: { host: '::', port: 0 } }, async ({ accepting, client }) => {
    await (await client('127.0.0.9')).reply()
    const { address, localAddress } = accepting.clients.at(-1) ?? {}
    assert.deepEqual([address, localAddress], ['127.0.0.9', '127.0.0.1'])
  })
})

function hasIPv6(): boolean {
  return Object.values(networkInterfaces()).some((its) => its?.some(({ address }) => address === '::1'))
}

test('an address that is taken is told to the owner', async () => {
  await withListener({}, async ({ listener }) => {
    await assert.rejects(
      withListener({ on: { host: '127.0.0.1', port: listener.address.port } }, async () => {}),
      { code: 'cannot-listen', blame: 'owner' },
    )
  })
})
