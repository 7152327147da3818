// What comes to the scheduler from two sides at once, over the real store and real sockets.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { ShardId } from '../../base/brand.ts'
import { EngineHome, type HomeOptions, routeTo } from '../../../testkit/engine-home.ts'
import { SmtpPeer } from '../../../testkit/smtp-peer.ts'
import type { NewMessage } from '../ports/spool.ts'

/** The backlog is read after the message is committed, and its commit is told after the backlog was read. */
const crossing: NonNullable<HomeOptions['wrapSpool']> = (spool) =>
  new Proxy(spool, {
    get(target, name) {
      if (name === 'append') return (message: NewMessage) => target.append(message).then(() => pause(150))
      if (name === 'backlog')
        return async function* (shard: ShardId) {
          await pause(75)
          yield* target.backlog(shard)
        }
      const value: unknown = Reflect.get(target, name)
      return typeof value === 'function' ? (value.bind(target) as unknown) : value
    },
  })

test('a message that a read finds before its commit is told is delivered once, and counted once', async () => {
  await using peer = await SmtpPeer.start({ on: { final: () => ({ text: '250 2.0.0 ok', delay: 300 }) } })
  await using home = await EngineHome.start({ settings: { routes: [routeTo(peer.port)] }, wrapSpool: crossing })
  assert.match(await home.submit({ to: ['a@one.example', 'b@two.example'] }), /^250/)
  await home.waitFor('delivered', 2)
  await pause(400)
  const sent = peer.messages.flatMap(({ recipients }) => recipients)
  assert.deepEqual(sent.toSorted(), ['a@one.example', 'b@two.example'])
  assert.equal((await home.events()).filter(({ kind }) => kind === 'delivered').length, 2)
  assert.equal(home.engine.status().queued, 0)
})
