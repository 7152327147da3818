// Quotas over a real server of two workers: exact over both, over a restart, and after control was killed.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import { CountingSink } from '../testkit/counting-sink.ts'
import { PATIENCE_MS } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'

const SESSIONS = 8
const LIMIT = 60

/** How many of so many messages were taken, over sessions of both workers at once; each other answer is the refusal. */
async function taken(server: TestServer, count: number): Promise<number> {
  const { user, password } = server.account
  const login = `AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`
  let [sent, accepted] = [0, 0]
  const work = async (): Promise<void> => {
    using client = await SmtpClient.open(server.smtpPort)
    assert.equal((await client.command(login)).code, 235)
    while (sent < count) {
      const letter = { from: 'a@shop.test', to: [`r${sent++}@e.test`], data: 'From: a@shop.test\r\n\r\nx\r\n' }
      const { code, text } = await client.send(letter)
      if (code === 250) accepted++
      else assert.match(`${code} ${text}`, /^450 4\.7\.1 The quota of this account, 60 recipients a day, is used up until 2\S+Z\./)
      await client.command('RSET')
    }
  }
  await Promise.all(Array.from({ length: SESSIONS }, work))
  return accepted
}

/** A message on each of some sessions: how many were taken, and a refusal where there was one. */
async function fill(server: TestServer, count: number): Promise<{ readonly queued: number; readonly answers: string }> {
  const { user, password } = server.account
  let [queued, answers] = [0, '']
  for (let i = 0; i < count; i++) {
    using client = await SmtpClient.open(server.smtpPort)
    await client.command(`AUTH PLAIN ${Buffer.from(`\0${user}\0${password}`).toString('base64')}`)
    const { code, text } = await client.send({ from: 'a@shop.test', to: ['r@e.test'], data: 'From: a@shop.test\r\n\r\nx\r\n' })
    if (code === 250) queued++
    else answers = `${code} ${text}`
  }
  return { queued, answers }
}

test('a quota holds over two workers to the last recipient, is shown with its use, and outlives a restart', async () => {
  await using sink = await CountingSink.start()
  await using server = await startServer({ workers: 2, config: { 'smtp.plain_auth': 'true' } })
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  const set = await server.run('account', 'quota', '1001', '--recipients-per-day', String(LIMIT), '--messages-per-month', '5000')
  assert.match(set.stdout, /Account 1001 may send at most 5000 messages in 30 days, 60 recipients a day\.$/m)
  assert.equal(await taken(server, 2 * LIMIT), LIMIT)
  const shown = await server.run('account', 'show', '1001')
  assert.match(shown.stdout, /recipients a day +the account +60 +60 +100 %/)
  assert.match(shown.stdout, /messages in 30 days +the account +60 +5000 +1 %/)
  assert.equal(await server.stop(), 0)
  await server.startAgain()
  assert.equal(await taken(server, 20), 0)
  const raised = await server.run('account', 'quota', '1001', '--recipients-per-day', 'none')
  assert.match(raised.stdout, /at most 5000 messages in 30 days/)
  assert.equal(await taken(server, 20), 20)
  await server.until(({ queued }) => queued === 0)
  assert.equal(sink.received, LIMIT + 20)
  // Mail of a held account is in the queue: of both workers together.
  await server.hms('account', 'state', '1001', 'held')
  await server.hms('account', 'quota', '1001', '--queued-messages', '40', '--queued-bytes', '1GiB')
  let [queued, answers] = [0, '']
  for (const end = performance.now() + PATIENCE_MS; answers === '';) {
    assert.ok(performance.now() < end, 'the quota of the queue never held')
    ;({ queued, answers } = await fill(server, 8))
  }
  assert.match(answers, /^452 4\.3\.1 40 messages of this account wait, as much as its quota allows/)
  const all = (await server.call('queue.count', { selection: { account: 1001 as AccountId } })).messages
  assert.ok(all >= 40 && all < 40 + 8 * SESSIONS, `${all} wait, ${queued} of them by the last`)
  assert.match((await server.run('account', 'show', '1001')).stdout, new RegExp(`messages in the queue +the account +${all} +40`))
})
