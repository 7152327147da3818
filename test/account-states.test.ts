// Account states over a real server of two workers: in force on every open session and for what is in the queue when the answer is there,
// over a restart too, ended by time, told and audited.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import { loadConfig } from '../src/lifecycle/config.ts'
import { keyFile, masterFile } from '../src/lifecycle/home-files.ts'
import { openSettings } from '../src/store/sqlite/settings/settings.ts'
import { CountingSink } from '../testkit/counting-sink.ts'
import { until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { type ClientReply, SmtpClient } from '../testkit/smtp-client.ts'

const ID = 1001 as AccountId
const SESSIONS = 8

async function sessionsOf(server: TestServer): Promise<readonly SmtpClient[]> {
  const { user, password } = server.account
  const login = `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`
  const clients = await Promise.all(Array.from({ length: SESSIONS }, () => SmtpClient.open(server.smtpPort)))
  for (const client of clients) assert.equal((await client.command(login)).code, 235)
  return clients
}

const replies = (clients: readonly SmtpClient[], to: string): Promise<readonly ClientReply[]> =>
  Promise.all(clients.map((client, n) => client.send({ from: 'a@sender.test', to: [`${to}${n}@e.test`], data: 'Subject: x\r\n\r\nx\r\n' })))

test('a held account sends nothing from any worker, a suspended one is refused on open sessions; both end and are told', async () => {
  await using sink = await CountingSink.start()
  await using server = await startServer({ workers: 2, config: { 'smtp.plain_auth': 'true' } })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  const clients = await sessionsOf(server)
  await server.hms('account', 'state', '1001', 'held', '--reason', 'phishing report')
  assert.deepEqual([...new Set((await replies(clients, 'held')).map(({ code }) => code))], [250])
  const held = { account: ID, state: 'held' } as const
  await until(async () => (await server.call('queue.count', { selection: held })).recipients === SESSIONS, 'all are held')
  assert.equal(sink.received, 0)
  assert.match(
    (await server.run('queue', 'release', '--account', '1001', '--dry-run')).stdout,
    /would release up to 8 recipients of 8 messages/,
  )
  assert.match((await server.run('queue', 'delete', '--recipient', 'held0@*', '--account', '1001', '--yes')).stdout, /Deleted 1 recipient/)
  assert.match((await server.run('why', 'held1@e.test')).stdout, /Account 1001 is held by .*: phishing report/)
  assert.match((await server.run('account', 'show', '1001')).stdout, /state +held\n.*by .*: phishing report/)

  assert.equal(await server.stop(), 0)
  await server.startAgain()
  await server.hms('route', 'ls')
  const again = await sessionsOf(server)
  await server.hms('account', 'state', '1001', 'suspended', '--reason', 'no answer')
  for (const { code, text } of await replies(again, 'refused')) {
    assert.equal(code, 550)
    assert.match(text, /^5\.7\.1 This account is suspended/)
  }
  assert.equal(sink.received, 0)
  // For a time: then it is what it was before the state for a time, which is suspended; so it is made active first, and held for a moment.
  const { released } = await server.hms<{ released: number }>('account', 'state', '1001', 'active')
  assert.equal(released, SESSIONS - 1)
  await server.until(({ queued }) => queued === 0)
  assert.equal(sink.received, SESSIONS - 1)
  await server.call('account.state', { id: ID, state: 'held', until: Date.now() + 1500 })
  assert.deepEqual([...new Set((await replies(again, 'moment')).map(({ code }) => code))], [250])
  await server.until(({ queued }) => queued === 0)
  await until(async () => (await server.call('account.show', { id: ID })).account.state === 'active', 'it is active again')
  assert.equal(sink.received, 2 * SESSIONS - 1)

  const told = (): Promise<readonly string[]> =>
    server.call('alerts.list', { limit: 100 }).then((all) => all.filter(({ kind }) => kind === 'account.state').map(({ what }) => what))
  await until(async () => (await told()).length === 5, 'time is told')
  assert.match(
    (await told()).join('\n'),
    /active by time[^]*held by test until[^]*active by [^]*suspended by [^]*: no answer[^]*held by .*: phishing report/,
  )
  using settings = openSettings({ file: masterFile(server.home), keyFile: keyFile(server.home, loadConfig(server.home, {})) })
  const audited = settings.audit(100).filter(({ action }) => action === 'account state')
  assert.deepEqual(
    audited.map(({ subject }) => subject.replace(/ until .*Z/, '')),
    [
      '1001 held -> active',
      '1001 active -> held',
      '1001 suspended -> active',
      '1001 held -> suspended: no answer',
      '1001 active -> held: phishing report',
    ],
  )
})
