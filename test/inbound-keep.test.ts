// What came for people and is sent on to nobody is kept for a time, and then it goes; nobody is told that it failed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { TreeClock } from '../testkit/tree-clock.ts'

test('mail for people is kept for as long as inbound.keep says', async () => {
  await using clock = await TreeClock.start()
  await using server = await startServer({ environment: clock.environment, config: { 'inbound.keep': '1m' } })
  await server.hms('inbound', 'add', 'kept.test')
  using client = await SmtpClient.open(server.smtpPort)
  const sent = await client.send({ from: 'ann@people.test', to: ['abuse@kept.test'], data: 'Subject: you\r\n\r\nsent me this\r\n' })
  assert.equal(sent.code, 250)
  assert.equal((await server.outcome('abuse@kept.test')).kind, 'held')
  clock.pace(60)
  await clock.pass(20_000)
  assert.equal((await server.status()).queued, 1)
  await clock.pass(80_000)
  await server.until(({ queued, deleted }) => queued === 0 && deleted === 1)
  const { events } = await server.call('events.find', { recipient: 'abuse@kept.test', limit: 10 })
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ['deleted', 'held', 'accepted'],
  )
})
