// An idempotency key over crashes: whatever a worker was at when it died, each message of the call is there once, and the same call again is
// answered with its ids.
import assert from 'node:assert/strict'
import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import type { AccountId } from '../src/base/brand.ts'
import type { CrashPoint } from '../src/base/crash-point.ts'
import { type Called, inject } from '../testkit/injecting.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { temporaryFolder } from '../testkit/spool-samples.ts'

const opened = new AsyncDisposableStack()
const crashFile = join(opened.use(temporaryFolder()).path, 'crash')
let server: TestServer
let peer: SmtpPeer
before(async () => {
  peer = opened.use(await SmtpPeer.start())
  server = opened.use(await startServer({ workers: 2, environment: { HMS_TEST_CRASH: crashFile } }))
  await server.hms('route', 'set', '*.test', `smtp://127.0.0.1:${peer.port}`)
})
after(() => opened.disposeAsync())

function messagesTo(...names: readonly string[]) {
  return { messages: names.map((name) => ({ from: 'ann@sender.test', to: [`${name}@a.test`], subject: 'Hello', text: name })) }
}

/** Asked again while it is under way, or cannot be told at the moment, as the answer says. */
async function again(body: unknown, key: string): Promise<Called> {
  for (;;) {
    const called = await inject(server, '/v1/messages/batch', body, { 'idempotency-key': key }).catch(() => null)
    if (called !== null && called.headers.get('retry-after') === null) return called
    await wait(100)
  }
}

test('the same call under a key is taken once; another call under it is refused', async () => {
  const body = messagesTo('first', 'second')
  const calls = await Promise.all([again(body, 'one'), again(body, 'one'), again(body, 'one')])
  for (const { status, json } of calls) assert.deepEqual([status, json], [200, calls[0]?.json])
  const other = await inject(server, '/v1/messages/batch', messagesTo('third'), { 'idempotency-key': 'one' })
  assert.deepEqual([other.status, other.json.error.code], [409, 'key-conflict'])
  const bad = await inject(server, '/v1/messages', messagesTo('x').messages[0], { 'idempotency-key': 'x'.repeat(300) })
  assert.deepEqual([bad.status, bad.json.error.code], [400, 'invalid-key'])
  await peer.waitForMessages(2)
  await server.until(({ queued }) => queued === 0)
  assert.equal(peer.messages.length, 2)
})

for (const point of ['injection-begun', 'commit-written', 'commit-done', 'injection-committed'] as CrashPoint[])
  test(`killed at ${point}, the call again finds what came of it`, async () => {
    const names = [`a-${point}`, `b-${point}`]
    writeFileSync(crashFile, point)
    const { status, json } = await again(messagesTo(...names), point)
    assert.equal(status, 200)
    assert.ok(!existsSync(crashFile), 'the worker was killed')
    for (const [n, name] of names.entries()) {
      assert.equal((await server.outcome(`${name}@a.test`)).kind, 'delivered')
      const { events } = await server.call('events.find', { recipient: `${name}@a.test`, kinds: ['accepted'], limit: 9 })
      assert.deepEqual(
        events.map(({ message }) => message),
        [json.results[n].id],
      )
    }
    await server.until(({ queued }) => queued === 0)
  })

test('killed before it is answered, a message for many tells of those who were left out as it would have', async () => {
  const account = server.account.id as AccountId
  await server.call('suppression.create', { name: 'never' })
  await server.call('suppression.add', { list: 'never', targets: ['left-out@a.test'] })
  await server.call('suppression.policy', { account, change: { check: 'never', reject: true } })
  try {
    const message = { from: 'ann@sender.test', subject: 'Hi', text: 'Hello {{ recipient.email }}' }
    const body = { message, recipients: ['many-1', 'left-out', 'many-2'].map((name) => ({ to: `${name}@a.test` })) }
    writeFileSync(crashFile, 'injection-committed')
    const { status, json } = await again(body, 'many')
    assert.equal(status, 200)
    assert.ok(!existsSync(crashFile), 'the worker was killed')
    const [first, leftOut, last] = json.results
    assert.deepEqual([first.status, leftOut.error?.code, last], ['queued', 'suppressed', first])
    for (const name of ['many-1', 'many-2']) assert.equal((await server.outcome(`${name}@a.test`)).kind, 'delivered')
  } finally {
    await server.call('suppression.policy', { account, change: { check: null, reject: false } })
  }
})

test('what was answered is there after a kill of the whole server, with or without a key', async () => {
  const answered = await Promise.all([
    inject(server, '/v1/messages/batch', messagesTo('k1', 'k2')),
    inject(server, '/v1/messages/batch', messagesTo('k3', 'k4'), { 'idempotency-key': 'killed' }),
  ])
  await server.kill9('launcher')
  await server.startAgain()
  const ids = answered.flatMap(({ json }) => json.results.map(({ id }: { id: string }) => id))
  const accepted = []
  for (const name of ['k1', 'k2', 'k3', 'k4']) {
    assert.equal((await server.outcome(`${name}@a.test`)).kind, 'delivered')
    const { events } = await server.call('events.find', { recipient: `${name}@a.test`, kinds: ['accepted'], limit: 9 })
    accepted.push(...events.map(({ message }) => message))
  }
  assert.deepEqual(accepted, ids)
  assert.deepEqual((await again(messagesTo('k3', 'k4'), 'killed')).json, answered[1]?.json)
})
