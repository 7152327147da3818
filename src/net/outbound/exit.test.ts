import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TestExit } from '../../../testkit/exits.ts'
import { opened, refused, targetAt, testOutbound, transaction } from '../../../testkit/outbound.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'
import { parseProxyHeader, writeProxyHeader } from '../../smtp/proxy-header.ts'
import { SocksDialog } from './exit.ts'

const exitAt = (kind: 'socks5' | 'haproxy', port: number) => ({ exit: { kind, host: '127.0.0.1', port } })

test('a message leaves by a SOCKS5 exit and by HAProxy, from the address that each sends from', async () => {
  await using peer = await SmtpPeer.start()
  await using socks = await TestExit.socks5({ from: '127.0.0.41' })
  await using haproxy = await TestExit.haproxy()
  const ways = [exitAt('socks5', socks.port), { ...exitAt('haproxy', haproxy.port), localAddress: '127.0.0.42' }]
  for (const way of ways) {
    const connection = await opened(testOutbound(), targetAt(peer.port, way))
    assert.equal((await connection.send(transaction('Subject: x\r\n\r\nhello\r\n')))[0]?.kind, 'accepted')
    assert.equal(connection.peer.localAddress, way === ways[0] ? '127.0.0.41' : '127.0.0.42')
    await connection.close('quit')
  }
  assert.deepEqual(
    peer.messages.map(({ from }) => from),
    ['127.0.0.41', '127.0.0.42'],
  )
  assert.deepEqual([...socks.asked, ...haproxy.asked], [`127.0.0.1:${peer.port}`, `127.0.0.1:${peer.port}`])
})

test('what goes wrong at an exit is told from what goes wrong behind it', async () => {
  await using peer = await SmtpPeer.start()
  const tell = async (port: number): Promise<string> => {
    const { kind, reason } = await refused(testOutbound({ connect: 200 }), targetAt(peer.port, exitAt('socks5', port)))
    return `${kind} ${reason}`
  }
  const closed = await TestExit.socks5()
  const { port } = closed
  await closed[Symbol.asyncDispose]()
  assert.match(await tell(port), /^source the exit socks5:\/\/127\.0\.0\.1:\d+ cannot be used: connect ECONNREFUSED/)
  const answers = [
    [{ method: 255 }, /^source .*: it asks for a login, and none is known here/],
    [{ reply: 7 }, /^source .*knows no CONNECT/],
    // A stranger says where his host is: what an exit has against it takes no source out.
    [{ reply: 2 }, /^network .*rules do not allow/],
    [{ reply: 8 }, /^network .*does not know such addresses/],
    [{ isSilent: true }, /^timeout the exit .*no answer within/],
    [{ isClosing: true }, /^network the exit .*closed/],
    [{ reply: 5 }, /^refused .*the host refuses/],
    [{ reply: 4 }, /^network .*does not reach that host/],
  ] as const
  for (const [options, words] of answers) {
    await using exit = await TestExit.socks5(options)
    assert.match(await tell(exit.port), words)
  }
  // One that greets like a mail server.
  assert.match(await tell(peer.port), /^source .*(?:does not speak SOCKS5|cannot be used)/)
})

test('an exit and an address are probed without mail', async () => {
  const outbound = testOutbound()
  const exit = await TestExit.socks5()
  const way = { localAddress: null, ...exitAt('socks5', exit.port) }
  assert.equal(await outbound.probe(way), null)
  await exit[Symbol.asyncDispose]()
  assert.match((await outbound.probe(way)) ?? '', /^the exit .* cannot be used: .*ECONNREFUSED/)
  assert.equal(await outbound.probe({ localAddress: '127.0.0.99' }), null)
  assert.match((await outbound.probe({ localAddress: '192.0.2.1' })) ?? '', /^192\.0\.2\.1 cannot be bound: .*EADDRNOTAVAIL/)
  assert.equal(await outbound.probe({ localAddress: null }), null)
})

test('SOCKS5 answers are read whole however they are cut, with what the peer says behind them', () => {
  for (const bound of [
    [1, 192, 0, 2, 1],
    [4, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7],
    [3, 2, 65, 66],
    [1, 0, 0, 0, 0],
  ]) {
    const octets = Buffer.from([5, 0, 5, 0, 0, ...bound, 0, 25, ...Buffer.from('220 hi\r\n')])
    const dialog = new SocksDialog({ address: '2001:db8::1', port: 2525 }, undefined)
    const sent: Buffer[] = []
    let rest = ''
    let local: string | null = 'not told'
    for (const octet of octets) {
      if (local !== 'not told') {
        rest += String.fromCharCode(octet)
        continue
      }
      const step = dialog.receive(Buffer.from([octet]))
      assert.notEqual(step.kind, 'failed')
      if (step.kind === 'more' && step.send !== null) sent.push(step.send)
      if (step.kind === 'ready') local = step.localAddress
    }
    assert.equal(rest, '220 hi\r\n')
    assert.equal(local, { 192: '192.0.2.1', 32: '2001:db8::7', 2: null, 0: null }[bound[1] ?? 0])
    assert.equal(Buffer.concat(sent).toString('hex'), '0501000420010db800000000000000000000000109dd')
  }
})

test('at an exit that asks for it the login is said, and one that it refuses takes the source out, when it is probed too', async () => {
  await using peer = await SmtpPeer.start()
  const login = { user: 'hms', password: 'päss word' }
  await using exit = await TestExit.socks5({ login, from: '127.0.0.43' })
  const to = (known?: { user: string; password: string }) => ({
    exit: { ...exitAt('socks5', exit.port).exit, ...(known && { login: known }) },
  })
  const connection = await opened(testOutbound(), targetAt(peer.port, to(login)))
  assert.equal((await connection.send(transaction('Subject: x\r\n\r\nhello\r\n')))[0]?.kind, 'accepted')
  await connection.close('quit')
  assert.equal(peer.messages[0]?.from, '127.0.0.43')
  const cases = [
    [{ user: 'hms', password: 'other' }, /it refuses the login of hms$/],
    [undefined, /it asks for a login, and none is known here$/],
  ] as const
  for (const [known, words] of cases) {
    const failure = await refused(testOutbound(), targetAt(peer.port, to(known)))
    assert.equal(failure.kind, 'source')
    assert.match(failure.reason, words)
    assert.match((await testOutbound().probe({ localAddress: null, ...to(known) })) ?? '', words)
  }
  assert.equal(await testOutbound().probe({ localAddress: null, ...to(login) }), null)
  assert.deepEqual(exit.asked, [`127.0.0.1:${peer.port}`], 'a probe names no peer')
})

test('the login of SOCKS5 is sent as rfc:1929 has it, and nothing of it where the exit wants none', () => {
  const login = { user: 'u', password: 'pw' }
  const dialog = new SocksDialog({ address: '192.0.2.1', port: 25 }, login)
  assert.equal(dialog.begin.toString('hex'), '05020002')
  const octets = [5, 2, 1, 0, 5, 0, 0, 1, 192, 0, 2, 9, 0, 25]
  const steps = octets.map((octet) => dialog.receive(Buffer.from([octet])))
  const sent = steps.flatMap((step) => (step.kind === 'more' && step.send !== null ? [step.send.toString('hex')] : []))
  assert.deepEqual(sent, ['010175027077', '05010001c00002010019'])
  assert.equal(steps.at(-1)?.kind, 'ready')
  const open = new SocksDialog({ address: '192.0.2.1', port: 25 }, login)
  const step = open.receive(Buffer.from([5, 0]))
  assert.equal(step.kind === 'more' && step.send?.toString('hex'), '05010001c00002010019')
  const odd = new SocksDialog({ address: '192.0.2.1', port: 25 }, login).receive(Buffer.from([5, 1]))
  assert.equal(odd.kind === 'failed' && odd.reason, 'it takes no login by user and password')
})

test("a long greeting that comes with the answer of SOCKS5 is the peer's, and no fault of the exit", () => {
  const dialog = new SocksDialog({ address: '192.0.2.1', port: 25 }, undefined)
  dialog.receive(Buffer.from([5, 0]))
  const greeting = `${'220-hi\r\n'.repeat(100)}220 hi\r\n`
  const step = dialog.receive(Buffer.from([5, 0, 0, 1, 192, 0, 2, 1, 0, 25, ...Buffer.from(greeting)]))
  assert.equal(step.kind === 'ready' && step.rest.toString(), greeting)
})

test('the PROXY header that is written is the one that is read', () => {
  for (const [source, destination] of [
    ['192.0.2.1', '198.51.100.7'],
    ['2001:db8::1', '2001:db8::2'],
  ] as const) {
    const header = parseProxyHeader(writeProxyHeader({ address: source, port: 0 }, { address: destination, port: 25 }))
    assert.equal(header.kind, 'proxied')
    if (header.kind !== 'proxied') return
    assert.deepEqual(
      [header.source, header.destination],
      [
        { address: source, port: 0 },
        { address: destination, port: 25 },
      ],
    )
  }
})
