// Suppressed recipients, at acceptance and before an attempt, over the real store.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import { systemClock } from '../src/base/clock.ts'
import { jsonLog } from '../src/base/log.ts'
import type { Account } from '../src/contract/settings.ts'
import { type AccountSuppression, NO_SUPPRESSION } from '../src/contract/suppression.ts'
import { SuppressionReader } from '../src/store/sqlite/suppression/suppression-reader.ts'
import { SuppressionStore } from '../src/store/sqlite/suppression/suppression.ts'
import { ACCOUNT, EngineHome, type HomeOptions, routeTo } from '../testkit/engine-home.ts'
import { FakeClock } from '../testkit/fake-clock.ts'
import { until } from '../testkit/patience.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'
import { temporaryFolder } from '../testkit/spool-samples.ts'
import type { Suppressions } from '../src/engine/ports/suppression.ts'

const log = jsonLog('test', 'error', () => {})

function accountsWith(change: Partial<AccountSuppression>): Map<AccountId, Account> {
  const account = { ...ACCOUNT, id: 1000 as AccountId, suppression: { ...NO_SUPPRESSION, check: 'l', ...change } }
  return new Map([[account.id, account]])
}

async function start(policy: Partial<AccountSuppression> = {}, options: Omit<HomeOptions, 'settings'> = {}) {
  const end = new AsyncDisposableStack()
  const folder = end.use(temporaryFolder())
  const file = join(folder.path, 'suppression.db')
  const store = end.use(new SuppressionStore(file))
  await store.create('l', null)
  const peers = { areBusy: false }
  const peer = end.use(await SmtpPeer.start({ on: { rcpt: () => (peers.areBusy ? '451 4.3.0 later' : undefined) } }))
  const reader = end.use(await SuppressionReader.open({ file, clock: systemClock, log }))
  const settings = { routes: [routeTo(peer.port)], accounts: accountsWith(policy) }
  const home = end.use(await EngineHome.start({ suppressions: reader, settings, ...options }))
  const add = async (target: string, stream: string | null = null): Promise<void> => {
    const how = { reason: 'Manual', at: Date.UTC(2026, 10, 22), expires: null, origin: 'test' } as const
    await store.put('l', [{ target, stream, ...how }])
    await reader.look()
  }
  return { home, peer, peers, add, [Symbol.asyncDispose]: () => end.disposeAsync() }
}

test('suppressed recipients are accepted and fail at once; the others go out, numbered as the event names them', async () => {
  await using at = await start()
  await at.add('ann@example.com')
  await at.add('@gone.example')
  const to = ['Ann@example.com', 'bob@example.com', 'x@gone.example', 'cid@example.com']
  assert.match(await at.home.submit({ to }), /^250/)
  const failed = await at.home.waitFor('failed', 2)
  assert.deepEqual(
    failed.map(({ recipient, failureCode, attempt, reason }) => [recipient, failureCode, attempt, reason]),
    [
      ['Ann@example.com', 1001, 0, 'It is suppressed by list l: Manual of 2026-11-22.'],
      ['x@gone.example', 1001, 0, 'It is suppressed by list l (@gone.example): Manual of 2026-11-22.'],
    ],
  )
  await at.home.waitFor('delivered', 2)
  const [accepted] = await at.home.waitFor('accepted')
  assert.deepEqual(
    [accepted?.recipients, accepted?.recipient, accepted?.others],
    [4, 'bob@example.com', ['cid@example.com', 'Ann@example.com', 'x@gone.example']],
  )
  assert.deepEqual(
    at.peer.messages.flatMap(({ recipients }) => recipients).toSorted((a, b) => a.localeCompare(b)),
    ['bob@example.com', 'cid@example.com'],
  )
})

test('where all are suppressed nothing is stored but the events, and no file is left of a large message', async () => {
  await using at = await start()
  await at.add('ann@example.com')
  const text = `From: bob@sender.example\r\nSubject: large\r\n\r\n${'x'.repeat(70)}\r\n`.padEnd(700_000, 'hello hello\r\n')
  for (const body of [undefined, text]) assert.match(await at.home.submit({ to: ['ann@example.com'], ...(body && { text: body }) }), /^250/)
  await at.home.waitFor('failed', 2)
  assert.equal((await at.home.waitFor('accepted', 2)).length, 2)
  assert.deepEqual(await at.home.queued(), [])
  for (const shard of at.home.spool.shards()) {
    const check = await until(async () => {
      const found = await at.home.spool.check(shard)
      return found.problems.length === 0 && found
    })
    assert.deepEqual(check, { recipients: 0, problems: [] })
  }
})

test('an unsubscription is of its stream, all else of all mail', async () => {
  await using at = await start()
  await at.add('ann@example.com', 'bulk')
  const text = (stream: string): string => `From: bob@sender.example\r\nX-xsStream: ${stream}\r\n\r\nhello\r\n`
  await at.home.submit({ text: text('bulk') })
  await at.home.submit({ text: text('transactional') })
  assert.equal((await at.home.waitFor('failed'))[0]?.stream, 'bulk')
  assert.equal((await at.home.waitFor('delivered'))[0]?.stream, undefined)
})

test('an account that wants so refuses them: each at RCPT, what is of a stream at the end of the message', async () => {
  await using at = await start({ reject: true })
  await at.add('ann@example.com')
  await at.add('bob@example.com', 'bulk')
  assert.equal(await at.home.submit(), '550 5.1.1 It is suppressed by list l: Manual of 2026-11-22.')
  const bulk = 'From: bob@sender.example\r\nX-xsStream: bulk\r\n\r\nhello\r\n'
  assert.match(await at.home.submit({ to: ['bob@example.com'], text: bulk }), /^550 5\.1\.1 /)
  assert.match(await at.home.submit({ to: ['bob@example.com'] }), /^250/)
  assert.match(await at.home.submit({ to: ['bob@example.com', 'cid@example.com'], text: bulk }), /^250/)
  assert.equal((await at.home.waitFor('failed'))[0]?.recipient, 'bob@example.com')
})

test('an entry made while mail waits holds before its next attempt, and others of the same message go', async () => {
  const clock = new FakeClock()
  await using at = await start({}, { clock })
  await at.add('nobody@example.com')
  at.peers.areBusy = true
  await at.home.submit({ to: ['ann@example.com', 'bob@example.com'] })
  await at.home.waitFor('deferred', 2)
  await at.add('ann@example.com')
  at.peers.areBusy = false
  clock.pass(60_000)
  assert.equal((await at.home.waitFor('failed'))[0]?.recipient, 'ann@example.com')
  assert.equal((await at.home.waitFor('failed'))[0]?.failureCode, 1001)
  assert.equal((await at.home.waitFor('delivered'))[0]?.recipient, 'bob@example.com')
})

test('where the list cannot be read nobody is mailed: clients come again, queued mail waits', async () => {
  let isBroken = false
  const suppressions: Suppressions = {
    has: () => true,
    find: async (_list, _stream, addresses) => {
      if (isBroken) throw new Error('disk')
      return addresses.map(() => null)
    },
  }
  const clock = new FakeClock()
  await using at = await start({}, { suppressions, clock })
  at.peers.areBusy = true
  assert.match(await at.home.submit(), /^250/)
  await at.home.waitFor('deferred')
  isBroken = true
  at.peers.areBusy = false
  assert.match(await at.home.submit(), /^451 4\.3\.0 The suppression list cannot be read/)
  clock.pass(60_000)
  const deferred = await at.home.waitFor('deferred', 2)
  assert.match(deferred.at(-1)?.reason ?? '', /suppression list of the account cannot be read: disk/)
  assert.ok(at.home.engine.alerts().some(({ key }) => key === 'suppression'))
  isBroken = false
  clock.pass(60_000)
  await at.home.waitFor('delivered')
})
