import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { networkInterfaces } from 'node:os'
import { test } from 'node:test'
import { connect as connectTls, createSecureContext } from 'node:tls'
import { setTimeout as sleep } from 'node:timers/promises'
import { testCertificate } from '../../../testkit/certificate.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import type { Log } from '../../base/log.ts'
import { cert, key, SILENT, type Kit, CERTIFICATE, withListener, Dialog } from '../../../testkit/listener-kit.ts'
import { until } from '../../../testkit/patience.ts'

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
    await until(() => accepting.closed === 1)
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
    await until(() => accepting.closed === 1)
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
      await until(() => listener.open === 0)
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
  await withListener({ clock, proxyFrom: ['127.0.0.1'] }, async ({ accepting, client, listener }) => {
    for (const bad of ['EHLO c.test\r\n', 'PROXY TCP4 1.2.3.4\r\n', `PROXY ${'x'.repeat(200)}`, '\r\n\r\n\0\r\nQUIT\n\xff\xff\xff\xff']) {
      const one = await client()
      one.say(bad)
      assert.equal(await one.reply(), undefined, bad)
    }
    await until(() => listener.open === 0)
    const slow = await client()
    slow.say('PROXY TCP4')
    await until(() => listener.open === 1)
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
  await withListener({ limits: { sessions: 4, sessionsPerAddress: 2 } }, async ({ client, limits }) => {
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
    await until(() => limits.open === 3)
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
