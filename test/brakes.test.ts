// The drill: a login that always sent a little from one place sends very much from another, a third of it to nobody. With real processes.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import { deskFile } from '../src/lifecycle/home-files.ts'
import { AccountHistory } from '../src/store/sqlite/desk/account-history.ts'
import { CountingSink } from '../testkit/counting-sink.ts'
import { until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'

const THIEF = 1001 as AccountId
const DAY = 86_400_000
const MESSAGES = 400
const EACH = 50
const SESSIONS = 4

/** 2,000 recipients a day, at most 200 in an hour, always from 192.0.2.0/24. */
function habits({ home }: TestServer): void {
  using history = new AccountHistory(deskFile(home))
  const today = Math.floor(Date.now() / DAY)
  const days = Array.from({ length: 14 }, (_unused, i) => today - 1 - i)
  const dayOf = (day: number) => ({ account: THIEF, day, hour: day * 24 + 12, accepted: 200, most: 200, delivered: 2000, complaints: 0 })
  history.save(days.map(dayOf), [{ account: THIEF, network: '192.0.2.0/24', seen: Date.now() - DAY }], Date.now())
}

interface Login {
  readonly user: string
  readonly password: string
}

async function session(server: TestServer, { user, password }: Login): Promise<SmtpClient> {
  const client = await SmtpClient.open(server.smtpPort)
  assert.equal((await client.command(`AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`)).code, 235)
  return client
}

/** Until all is sent: a held account's mail is taken. */
async function storm(server: TestServer, login: Login): Promise<void> {
  let next = 0
  const work = async (): Promise<void> => {
    using client = await session(server, login)
    while (next < MESSAGES) {
      const message = next++
      const to = Array.from({ length: EACH }, (_unused, i) => `${i % 10 < 3 ? 'nobody' : 'somebody'}${message}-${i}@victims.test`)
      assert.equal((await client.send({ from: 'me@shop.test', to, data: 'From: me@shop.test\r\n\r\nWin!\r\n' })).code, 250)
    }
  }
  await Promise.all(Array.from({ length: SESSIONS }, work))
}

test('a stolen login is held before 2,000 of its mails have left, others go on; one command purges, one releases', async () => {
  await using victims = await CountingSink.start()
  victims.unknown = (recipient) => recipient.startsWith('nobody')
  await using friends = await CountingSink.start()
  await using server = await startServer({ workers: 2, config: { 'smtp.plain_auth': 'true' } })
  assert.equal(await server.stop(), 0)
  habits(server)
  await server.startAgain()
  await server.call('route.set', { pattern: 'victims.test', url: `smtp://127.0.0.1:${victims.port}` })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${friends.port}` })
  const { credential: other } = await server.hms<{ credential: Login }>('account', 'add', 'Another')

  const isOver = new AbortController()
  const acknowledged: string[] = []
  const honest = (async () => {
    using client = await session(server, other)
    while (!isOver.signal.aborted) {
      const to = `m${acknowledged.length}@friends.test`
      assert.equal((await client.send({ from: 'x@honest.test', to: [to], data: 'From: x@honest.test\r\n\r\nHello\r\n' })).code, 250)
      acknowledged.push(to)
      // Each is there before the next: whoever is in its way would stop it.
      await friends.until([to])
    }
  })()
  await storm(server, server.account)
  const { account } = await server.call('account.show', { id: THIEF })
  assert.deepEqual([account.state, account.standing?.by.startsWith('brake ')], ['held', true])
  assert.ok(victims.received < 2000, `${victims.received} have left`)
  isOver.abort()
  await honest
  assert.deepEqual(friends.missing(acknowledged), [])
  assert.ok(acknowledged.length >= 20, `${acknowledged.length} of another account during the storm`)
  const { accounts } = { accounts: await server.call('account.list', {}) }
  assert.deepEqual(
    accounts.filter(({ state }) => state === 'held').map(({ id }) => id),
    [THIEF],
  )

  const told = async (kind: string): Promise<string> =>
    (await server.call('alerts.list', { limit: 1000 }))
      .filter((alert) => alert.kind === kind)
      .map(({ what, by }) => `${by} ${what}`)
      .join('\n')
  await until(async () => /brake new-network .*1 networks from which/.test(await told('account.warned')), 'its new network is told')
  assert.match(await told('account.braked'), /^brake (?:unknown-users|hard-bounces|peak) Account 1001 is held by brake/)
  assert.match((await server.run('brakes', 'ls', '--account', '1001')).stdout, /hard-bounces +all +5 % +10 %/)

  // What is in hand is left alone: all of it has come to rest.
  const count = async (state: 'waiting' | 'held'): Promise<number> =>
    (await server.call('queue.count', { selection: { account: THIEF, state } })).recipients
  const isHeld = async (): Promise<boolean> =>
    (await count('waiting')) === 0 && (await server.status()).workers.every(({ sending }) => sending === 0)
  await until(isHeld, 'all of it is held')
  const left = victims.received
  assert.match((await server.run('queue', 'delete', '--account', '1001', '--dry-run')).stdout, /would delete up to \d+ recipients/)
  assert.match((await server.run('queue', 'delete', '--account', '1001', '--yes')).stdout, /^Deleted 1\d{4} recipients/)
  await server.until(({ queued }) => queued === 0)
  using again = await session(server, server.account)
  for (let i = 0; i < 3; i++) {
    const to = [`somebody-later-${i}@victims.test`]
    assert.equal((await again.send({ from: 'me@shop.test', to, data: 'From: me@shop.test\r\n\r\nSorry\r\n' })).code, 250)
  }
  await until(async () => (await count('held')) === 3, 'what came later is held')
  assert.match(
    (await server.run('account', 'state', '1001', 'active', '--reason', 'new password')).stdout,
    /3 recipients that were kept back released/,
  )
  await until(() => victims.received === left + 3, 'it is delivered')
  // Its first mails after somebody looked at it are not what was held against it before.
  assert.equal((await server.call('account.show', { id: THIEF })).account.state, 'active')
})
