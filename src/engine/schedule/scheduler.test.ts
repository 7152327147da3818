// What comes to the scheduler from two sides at once, over the real store and real sockets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Domain, ShardId } from '../../base/brand.ts'
import { EngineHome, type HomeOptions, routeTo } from '../../../testkit/engine-home.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'
import type { NewMessage } from '../ports/spool.ts'

type Wrap = NonNullable<HomeOptions['wrapSpool']>

/** The backlog is read after the message is committed, and its commit is told after the backlog was read. `which`: in place of what is asked. */
const crossing =
  (which?: 'all'): Wrap =>
  (spool) =>
    new Proxy(spool, {
      get(target, name) {
        if (name === 'append') return (message: NewMessage) => target.append(message).then(() => pause(150))
        if (name === 'backlog')
          return async function* (shard: ShardId, asked?: 'all' | 'old') {
            await pause(75)
            yield* target.backlog(shard, which ?? asked)
          }
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })

test('a message that a read finds before its commit is told is delivered once, and counted once', async () => {
  await using peer = await SmtpPeer.start({ on: { final: () => ({ text: '250 2.0.0 ok', delay: 300 }) } })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] }, wrapSpool: crossing('all') })
  assert.match(await home.submit({ to: ['a@one.example', 'b@two.example'] }), /^250/)
  await home.waitFor('delivered', 2)
  await pause(400)
  const sent = peer.messages.flatMap(({ recipients }) => recipients)
  assert.deepEqual(sent.toSorted(), ['a@one.example', 'b@two.example'])
  assert.equal((await home.events()).filter(({ kind }) => kind === 'delivered').length, 2)
  assert.equal(home.engine.status().queued, 0)
})

test('what comes while the backlog of a start is read is counted once', async () => {
  await using home = await EngineHome.start({ wrapSpool: crossing() })
  const until = Math.floor(Date.now() / 1000) * 1000 + 3_600_000
  assert.match(await home.submit({ to: ['a@one.example', 'b@two.example'], hold: { until } }), /^250/)
  assert.equal(home.engine.status().queued, 2)
})

async function until(condition: () => boolean): Promise<void> {
  for (const end = performance.now() + 120_000; !condition(); await pause(5)) assert.ok(performance.now() < end, 'it did not come about')
}

test('mail for a later day to more domains than memory has room for waits on disk, is counted, steered, and leaves in time', async () => {
  const now = Date.UTC(2027, 1, 26, 19)
  const clock = new FakeClock(now)
  let backlogs = 0
  const counted: NonNullable<HomeOptions['wrapSpool']> = (spool) =>
    new Proxy(spool, {
      get(target, name) {
        if (name === 'backlog') backlogs++
        const value: unknown = Reflect.get(target, name)
        return typeof value === 'function' ? (value.bind(target) as unknown) : value
      },
    })
  await using peer = await SmtpPeer.start()
  const config = { 'spool.memory': 20 * 512 }
  const settings = { routes: [routeTo(peer.port)] }
  await using home = await EngineHome.start({ clock, config, settings, wrapSpool: counted })
  const later = 'From: bob@sender.example\r\nX-xsSendAt: 2027-02-26T22:00:00Z\r\nSubject: x\r\n\r\nhello\r\n'
  for (let i = 0; i < 60; i++) assert.match(await home.submit({ to: [`a@d${i}.example`], text: later }), /^250/)
  const atFirst = backlogs
  assert.equal(home.engine.status().queued, 60)
  // Neither who asks nor who acts misses those without a line.
  for (const n of [0, 59]) {
    const { domain } = await home.engine.why.ask({ domain: `d${n}.example` as Domain })
    assert.deepEqual([domain?.waiting, domain?.holds[0]?.kind], [1, 'scheduled'], `d${n}`)
  }
  const site = `smtp://127.0.0.1:${peer.port}`
  assert.equal((await home.engine.queue.count({ site })).recipients, 60)
  assert.equal((await home.engine.queue.act('delete', { domain: 'd59.example' as Domain }, { by: 'ann' })).recipients, 1)
  assert.equal(home.engine.status().queued, 59)
  // One that is due at once is not kept waiting by them.
  await home.submit({ to: ['b@d58.example'] })
  await peer.waitForMessages(1)
  const before = backlogs
  clock.pass(2 * 3_600_000)
  assert.equal(backlogs, before)
  clock.pass(3_600_000 - 60_000)
  await until(() => backlogs > before)
  assert.ok(atFirst > 0 && backlogs > before, 'it was looked for on disk before it was due')
  await until(() => {
    clock.pass(1000)
    return peer.messages.length === 60
  })
  const sent = peer.messages.flatMap(({ recipients }) => recipients).toSorted()
  assert.deepEqual(sent, ['b@d58.example', ...Array.from({ length: 59 }, (_unused, i) => `a@d${i}.example`)].toSorted())
  await until(() => home.engine.status().queued === 0)
})
