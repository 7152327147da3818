// Endpoints that mean harm, or lead to where nothing may be posted: each post ends, others go on, and no private address is connected to.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { DnsServer, type DnsZones } from '../../../testkit/dns-server.ts'
import { until } from '../../../testkit/patience.ts'
import { type PostAnswer, PostServer } from '../../../testkit/post-server.ts'
import { assertWhole, WebhookHouse } from '../../../testkit/webhook-house.ts'

test('hostile endpoints harm nobody: endless and huge answers, slow ones, ends in the middle, and ways to private addresses', async () => {
  await using posts = await PostServer.start([])
  await using house = new WebhookHouse({ within: 1000 })
  house.open()
  const url = `http://127.0.0.1:${posts.port}`
  const ways: Record<string, PostAnswer> = {
    '/huge': (response) => void response.write(Buffer.alloc(8 * 1024 * 1024, 'x'), () => response.end()),
    '/headers': (response) => void response.writeHead(200, { endless: 'x'.repeat(64 * 1024) }).end(),
    '/redirect': (response) => void response.writeHead(307, { location: `${url}/well` }).end(),
    '/slow': (response) => void response.writeHead(500).write('a'),
    '/silent': () => {},
    '/cut': (response) => void response.socket?.destroy(),
    '/well': (response) => response.end('thanks, ann@example.com'),
  }
  posts.answer = (response, post) => ways[post.path]?.(response, post)
  const ids = Object.keys(ways).map((path, i) => house.add(`wh_00000000000${i}`, `${url}${path}`))
  house.tell(
    1,
    Array.from({ length: 50 }, (_unused, i) => i),
  )
  await until(() => house.told(ids[6] ?? '') >= 50, 'the one that is well')
  await until(() => [1, 2, 3, 4, 5].every((i) => house.room.health([ids[i] ?? ''])[0]?.[1].state === 'failing'), 'that the others fail')
  assertWhole(
    posts.posts.filter(({ path }) => path === '/well'),
    50,
  )
  // On a busy machine some may end by their time.
  const said = (i: number, words: string): Promise<unknown> => {
    const all = () => house.room.attempts(ids[i] ?? '', { failed: false, after: null, limit: 100 })
    return until(() => all().some(({ answer }) => answer.includes(words)), words)
  }
  await said(2, 'redirects are not followed')
  await said(6, 'OK: thanks, …@…')
  await until(() => house.told(ids[0] ?? '') > 0, 'a huge answer, of which the status counts')
})

test('what a bare socket can answer ends each post: switched protocols, interim answers without end, octets that nobody reads', async () => {
  const ways: Record<string, (socket: Socket) => void> = {
    switched: (socket) => void socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
    interim: (socket) => {
      const write = (): void => {
        while (!socket.destroyed && socket.write('HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n'.repeat(50)));
      }
      socket.on('drain', write)
      write()
    },
    ended: (socket) => void socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nab'),
    twice: (socket) => void socket.write('HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n'.repeat(1000)),
    unread: (socket) => void socket.pause(),
  }
  await using opened = new AsyncDisposableStack()
  const house = opened.use(new WebhookHouse({ within: 1000 }))
  house.open()
  const large = { metadata: { large: 'x'.repeat(8 * 1024 * 1024) } }
  const ids = new Map<string, string>()
  for (const [name, say] of Object.entries(ways)) {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket.on('error', () => {}))
      if (name === 'unread') say(socket)
      else socket.once('data', () => say(socket)).resume()
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    opened.defer(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    const { port } = server.address() as AddressInfo
    ids.set(name, house.add(`wh_${name.padEnd(12, '0')}`, `http://127.0.0.1:${port}/`))
  }
  house.tell(1, [1], large)
  const failed = (name: string) => house.room.attempts(ids.get(name) ?? '', { failed: true, after: null, limit: 5 })
  for (const name of ['switched', 'interim', 'twice', 'unread']) await until(() => failed(name).length >= 2, `two ends of ${name}`)
  // On a busy machine the first may end by its time.
  await until(() => failed('switched').some(({ answer }) => answer.includes('101')), 'what it answered')
  await until(() => house.told(ids.get('ended') ?? '') >= 1, 'a status that came, though its answer was cut')
})

test('private addresses are refused, whatever name leads there', async () => {
  await using posts = await PostServer.start([])
  const zones: DnsZones = {
    'loopback.test': { A: ['127.0.0.1'] },
    'zero.test': { A: ['0.0.0.0'] },
    'both.test': { A: ['127.0.0.1', '10.0.0.1'], AAAA: ['::1', 'fe80::1'] },
    'mapped.test': { AAAA: ['::ffff:127.0.0.1'] },
    'alias.test': { CNAME: 'loopback.test' },
  }
  await using dns = await DnsServer.start(zones)
  await using house = new WebhookHouse({ allowPrivate: false, dns: dns.address })
  house.open()
  const hosts = ['127.0.0.1', '[::ffff:127.0.0.1]', '[64:ff9b::7f00:1]', '0.0.0.0', '[::]', '[2002:7f00:1::1]', ...Object.keys(zones)]
  const ids = hosts.map((host, i) => house.add(`wh_${String(i).padStart(12, '0')}`, `http://${host}:${posts.port}/`))
  house.tell(1, [1])
  const failure = (id: string): string => house.room.health([id])[0]?.[1].failure?.reason ?? ''
  for (const [i, id] of ids.entries())
    await until(() => /has no address that may be connected to/.test(failure(id)), `refusal of ${hosts[i]}`)
  assert.equal(posts.connections, 0)
})
