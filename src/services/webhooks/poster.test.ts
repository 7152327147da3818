import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { createServer as createTlsServer } from 'node:tls'
import { jsonLog } from '../../base/log.ts'
import { createMailResolver } from '../../net/dns/mail-resolver.ts'
import { createResolver } from '../../net/dns/resolver.ts'
import { createOutbound } from '../../net/outbound/outbound.ts'
import { placeOf } from '../../smtp/post-address.ts'
import { testCertificate } from '../../../testkit/certificate.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { type DnsName, DnsServer } from '../../../testkit/dns-server.ts'
import { PostServer } from '../../../testkit/post-server.ts'
import { type Answer, Poster } from './poster.ts'

const POST = { path: '/', headers: {}, body: Buffer.from('{}') }

interface House extends AsyncDisposable {
  readonly dns: DnsServer
  /** The name `flips.test`, from now on. */
  readonly leadsTo: (records: DnsName) => void
  readonly post: (url: string) => Promise<Answer>
}

async function openHouse(allowPrivate: boolean, trust: readonly string[] = []): Promise<House> {
  await using opened = new AsyncDisposableStack()
  const dns = opened.use(await DnsServer.start())
  const clock = new FakeClock()
  const resolver = opened.use(createResolver({ servers: [dns.address], timeout: 5000, clock }))
  const names = createMailResolver({ resolver, hostName: 'hms.test', listeners: [], port: 25, allowPrivate })
  const within = 15_000
  const timeouts = { connect: within, greeting: within, command: within, data: within, final: within }
  const outbound = createOutbound({ timeouts, clock, log: jsonLog('test', 'error', () => {}), trust })
  const poster = opened.use(new Poster({ outbound, resolver: names, allowPrivate, clock }))
  const leadsTo = (records: DnsName): void => {
    dns.zones = { 'flips.test': { ...records, ttl: 0 } }
    // An answer is kept for a second at least, and that there is none for a minute.
    clock.pass(60_001)
  }
  const held = opened.move()
  return {
    dns,
    leadsTo,
    post: (url) => poster.post(placeOf(url as never), POST, { idle: [] }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

test('a name that changes its answer between two posts is judged each time, and the address that was judged is connected to', async () => {
  await using house = await openHouse(true)
  const { dns, leadsTo, post } = house
  await using first = await PostServer.start([])
  const came: string[] = []
  const second = createServer((request, response) => {
    came.push(request.headers.host ?? '')
    request.resume().on('end', () => response.end('of the second'))
  })
  second.listen(first.port, '127.0.0.2')
  await once(second, 'listening')
  await using _closed = {
    async [Symbol.asyncDispose]() {
      second.closeAllConnections()
      await new Promise((resolve) => second.close(resolve))
    },
  }
  const url = `http://flips.test:${first.port}`
  leadsTo({ A: ['127.0.0.1'] })
  assert.equal((await post(url)).text, 'OK: taken')
  leadsTo({ A: ['127.0.0.2'] })
  assert.equal((await post(url)).text, 'OK: of the second')
  assert.deepEqual([first.connections, came], [1, [`flips.test:${first.port}`]])
  // Between judging and connecting the name is not looked up again.
  assert.equal(dns.asked.filter((asked) => asked === 'flips.test A').length, 2)
})

test('a name that comes to lead to a private address is refused from then on, and whatever it led to before', async () => {
  await using house = await openHouse(false)
  const { dns, leadsTo, post } = house
  await using posts = await PostServer.start([])
  for (const records of [{}, { A: ['127.0.0.1'] }, { A: ['0.0.0.0'] }, { AAAA: ['::ffff:127.0.0.1'] }, { A: ['10.0.0.1', '127.0.0.1'] }]) {
    leadsTo(records)
    const { status, text } = await post(`http://flips.test:${posts.port}`)
    assert.equal(status, null)
    assert.match(text, /has no address that may be connected to/)
  }
  assert.equal(dns.asked.filter((asked) => asked === 'flips.test A').length, 5)
  assert.equal(posts.connections, 0)
})

test('who is posted to cannot have the keys of a connection made anew (TLS 1.2)', async () => {
  const certificate = testCertificate('hooks.test')
  await using house = await openHouse(true, [certificate.cert])
  house.dns.zones = { 'hooks.test': { A: ['127.0.0.1'] } }
  const outcomes: boolean[] = []
  let asked = 0
  const server = createTlsServer({ ...certificate, maxVersion: 'TLSv1.2' }, (socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      asked++
      socket.renegotiate({ rejectUnauthorized: false }, (error) => {
        outcomes.push(error === null)
        socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
      })
    })
  })
  server.on('tlsClientError', () => undefined)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const { status } = await house.post(`https://hooks.test:${(server.address() as AddressInfo).port}`)
    assert.equal(status, null)
    assert.equal(asked, 1)
    assert.deepEqual(outcomes, [])
  } finally {
    server.close()
  }
})
