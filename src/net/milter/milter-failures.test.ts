// What becomes of mail while a milter is away, late, dies or speaks nonsense, and that nobody else waits for it.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import type { Milter } from '../../contract/milters.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { greeted, milterAt, PLAIN, sendAll, withMilters } from '../../../testkit/milter-house.ts'
import { answerOf, pkt } from '../../../testkit/milter-packets.ts'
import { MilterPeer, type Script } from '../../../testkit/milter-peer.ts'
import { PATIENCE_MS, until } from '../../../testkit/patience.ts'
import { MilterLink } from './link.ts'

/** SMFIP_NR_BODY */
const SILENT_BODY = 0x80000
const PIECES = 1000

test('while a milter is away mail waits, goes on or is refused as the owner says, at once and without a wait for each message', async () => {
  const replies = { accept: /^250 /, tempfail: /^451 4\.7\.1/, reject: /^550 5\.7\.1/ } as const
  for (const [onFailure, reply] of Object.entries(replies)) {
    await using milter = await MilterPeer.start()
    await withMilters([milterAt(milter.address, { onFailure: onFailure as Milter['onFailure'] })], async ({ client, milters }) => {
      const dialog = await greeted(client)
      assert.match((await dialog.send(PLAIN)) ?? '', /^250 /)
      const port = await milter.gone()
      for (let n = 0; n < 5; n++) {
        const said = await dialog.ask('MAIL FROM:<a@example.test>')
        assert.match(said ?? '', reply)
        await dialog.ask('RSET')
      }
      const [seen] = milters.seen()
      assert.equal(seen?.state, 'resting')
      assert.match(seen.failure ?? '', /ECONNREFUSED|closed/)
      await milter.back(port)
      await until(() => milters.seen()[0]?.state === 'well', 'it is found again by itself')
      assert.match((await dialog.send(PLAIN)) ?? '', /^250 /)
      assert.equal(milters.seen()[0]?.failingSince, undefined)
    })
  }
})

test('a milter that dies, is silent or speaks nonsense in the middle of a message fails that message as the owner says', async () => {
  const deaths: readonly (readonly [string, Script])[] = [
    ['dies at a recipient', ({ letter }) => (letter === 'R' ? 'die' : undefined)],
    ['dies in the body', ({ letter }) => (letter === 'B' ? 'die' : undefined)],
    ['dies at the end', ({ letter }) => (letter === 'E' ? 'die' : undefined)],
    ['is silent', ({ letter }) => (letter === 'E' ? null : undefined)],
    ['speaks nonsense', ({ letter }) => (letter === 'E' ? [Buffer.from('HTTP/1.1 200 OK\r\n')] : undefined)],
    ['changes what it did not ask for', ({ letter }) => (letter === 'T' ? [pkt('h', 'A\0b\0')] : undefined)],
    ['answers twice', ({ letter }) => (letter === 'R' ? [Buffer.concat([pkt('c'), pkt('c')])] : undefined)],
    [
      'writes too large a body',
      ({ letter }) => (letter === 'E' ? Array.from({ length: 40 }, () => pkt('b', 'x'.repeat(60_000))) : undefined),
    ],
  ]
  await using milter = await MilterPeer.start()
  // Only what is silent at the end is waited for.
  const timeouts = { connect: PATIENCE_MS, command: PATIENCE_MS, content: PATIENCE_MS, end: 2000 }
  for (const [onFailure, good] of [
    ['tempfail', false],
    ['accept', true],
  ] as const)
    for (const [what, script] of deaths)
      await withMilters([milterAt(milter.address, { timeouts, onFailure })], async ({ client, milters, peer }) => {
        milter.script = script
        const dialog = await greeted(client)
        const said = await sendAll(dialog)
        assert.match(said, good ? /^250 2\.6\.0/ : /^451/, `${what}: ${said}`)
        assert.equal(milters.seen()[0]?.counts.failures, 1, what)
        await dialog.ask('RSET')
        milter.script = () => undefined
        assert.match((await dialog.send(PLAIN)) ?? '', /^250 /, `after it ${what}`)
        await peer.waitForMessages(good ? 2 : 1)
      })
})

test('a milter that reads nothing does not keep the connection of one that left it', async () => {
  let read = 0
  const sockets: Socket[] = []
  await using end = new AsyncDisposableStack()
  const server = createServer((socket) => {
    sockets.push(socket)
    end.defer(() => void socket.destroy())
    socket.on('error', () => {})
    socket.once('data', () => {
      socket.write(answerOf({ protocol: SILENT_BODY }))
      socket.pause()
      socket.on('data', (chunk: Buffer) => (read += chunk.length))
      socket.pause()
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  end.defer(() => void server.close())
  const clock = new FakeClock()
  const { port } = server.address() as AddressInfo
  const bounds = { header: 1000, recipients: 10, body: 1000 }
  const link = await MilterLink.open({ kind: 'inet', host: '127.0.0.1', port }, { clock, bounds, limit: 60_000 })
  assert.ok(!('failed' in link))
  const octets = Buffer.alloc(65_535)
  // Far more than the system keeps of it.
  for (let n = 0; n < PIECES; n++) void link.ask({ step: 'body', octets }, {}, 60_000)
  link.close()
  clock.pass(5000)
  const [peer] = sockets
  assert.ok(peer !== undefined)
  peer.resume()
  await once(peer, 'close')
  assert.ok(read < PIECES * octets.length, `${read} octets came`)
})

test('progress keeps a milter from being late', async () => {
  await using milter = await MilterPeer.start()
  milter.script = async ({ letter, connection }) => {
    if (letter !== 'E') return undefined
    for (let n = 0; n < 3; n++) {
      await new Promise((resolve) => setTimeout(resolve, 1500))
      milter.write(connection, pkt('p'))
    }
    return [pkt('c')]
  }
  const timeouts = { connect: PATIENCE_MS, command: PATIENCE_MS, content: PATIENCE_MS, end: 4000 }
  await withMilters([milterAt(milter.address, { timeouts })], async ({ client }) => {
    assert.match((await (await greeted(client)).send(PLAIN)) ?? '', /^250 /)
  })
})

test('a slow milter stops nobody whose mail it does not see', async () => {
  const { promise: released, resolve: release } = Promise.withResolvers<undefined>()
  await using milter = await MilterPeer.start(({ letter }) => (letter === 'E' ? released : undefined))
  await withMilters([milterAt(milter.address, { ports: [1] })], async ({ client, milters, peer }) => {
    milters.use([milterAt(milter.address)])
    const waiting = (await greeted(client)).send(PLAIN)
    await until(() => milter.letters.endsWith('E'), 'it has the message')
    milters.use([milterAt(milter.address, { ports: [1] })])
    assert.match((await (await greeted(client)).send(PLAIN)) ?? '', /^250 /)
    await peer.waitForMessages(1)
    release(undefined)
    assert.match((await waiting) ?? '', /^250 /)
  })
})
