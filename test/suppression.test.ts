// Who is suppressed, from the command to the wire: lists and files, what comes back and adds to them, a desk that is killed while it
// does, and a provider that refuses living users for an hour.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import type { SuppressionEntry, SuppressionFlood } from '../src/contract/suppression.ts'
import { PATIENCE_MS } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const ACCOUNT = 1000 as AccountId

async function start(refuse: (recipient: string) => string | undefined, options: Parameters<typeof startServer>[0] = {}) {
  const end = new AsyncDisposableStack()
  const folder = mkdtempSync(join(tmpdir(), 'hms-suppression-'))
  end.defer(() => rmSync(folder, { recursive: true }))
  const peer = end.use(await SmtpPeer.start({ on: { rcpt: (line) => refuse(/<([^>]*)>/.exec(line)?.[1] ?? '') } }))
  const server = end.use(await startServer(options))
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('suppression.create', { name: 'all' })
  await server.call('suppression.policy', {
    account: ACCOUNT,
    change: { check: 'all', add: 'all', soft: { count: 2, within: 86_400_000, holds: 'ever' } },
  })
  const entries = async (): Promise<readonly SuppressionEntry[]> =>
    (await server.call('suppression.export', { list: 'all', limit: 10_000 })).entries
  return { server, peer, entries, file: (name: string) => join(folder, name), [Symbol.asyncDispose]: () => end.disposeAsync() }
}

async function send(server: TestServer, to: readonly string[]): Promise<void> {
  using client = await SmtpClient.open(server.smtpPort)
  const reply = await client.send({ from: 'bob@sender.test', to, data: 'From: bob@sender.test\r\nSubject: hello\r\n\r\nhello\r\n' })
  assert.equal(reply.code, 250, reply.text)
}

async function until<T>(look: () => Promise<T>, isSo: (seen: T) => boolean): Promise<T> {
  const end = performance.now() + PATIENCE_MS
  for (;;) {
    const seen = await look()
    if (isSo(seen)) return seen
    if (performance.now() > end) throw new Error(`waited in vain; last seen: ${JSON.stringify(seen).slice(0, 2000)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

test('lists are filled from files, asked, written out and audited; what stands on one gets no mail from the answer on', async () => {
  await using at = await start(() => undefined)
  const { server } = at
  const csv = [
    'Email;Reason;Created',
    '"Ann@Example.test";unsubscribe;2026-01-02',
    'nonsense;Manual;',
    'x@b.test;Odd;',
    '@whole.test;;',
    '',
  ]
  writeFileSync(at.file('old.csv'), csv.join('\r\n'))
  const imported = ['suppression', 'import', at.file('old.csv'), '--list', 'all']
  const trial = await server.hms<{ added: number; bad: unknown }>(...imported, '--dry-run')
  assert.deepEqual([trial.added, await at.entries()], [2, []])
  const shown = await server.run(...imported)
  assert.match(
    shown.stdout,
    /^2 new entries .*\n2 lines cannot be used:\n {2}line 3: it has no @.*\n {2}line 4: the reason is none of Failure, /,
  )
  await send(server, ['ann@example.test', 'cid@example.test', 'dan@whole.test'])
  const failed = await server.outcome('ann@example.test')
  assert.ok(failed.kind === 'failed')
  assert.deepEqual([failed.failureCode, failed.reason], [1001, 'It is suppressed by list all: Unsubscribe of 2026-01-02.'])
  assert.equal((await server.outcome('dan@whole.test')).kind, 'failed')
  assert.equal((await server.outcome('cid@example.test')).kind, 'delivered')

  assert.deepEqual(await server.hms('suppression', 'export', '--list', 'all', '--to', at.file('all.jsonl')), { entries: 2 })
  assert.equal(readFileSync(at.file('all.jsonl'), 'utf8').trim().split('\n').length, 2)
  await server.call('suppression.create', { name: 'copy' })
  await server.hms('suppression', 'import', at.file('all.jsonl'), '--list', 'copy')
  const [copied] = (await server.call('suppression.find', { target: 'ann@example.test', list: 'copy' })).entries
  assert.deepEqual([copied?.reason, copied?.at, copied?.expires], ['Unsubscribe', Date.UTC(2026, 0, 2), null])
  await server.hms('suppression', 'remove', 'ANN@example.test', '--list', 'all')
  await send(server, ['ann@example.test'])
  await server.until(({ delivered }) => delivered === 2)
  const again = await server.run('suppression', 'remove', 'ann@example.test', '--list', 'all')
  assert.match(again.stderr, /None of them is on the list/)
  assert.match((await server.run('suppression', 'add', 'a@b.test', '--list', 'nowhere')).stderr, /There is no suppression list "nowhere"/)

  writeFileSync(at.file('stars.csv'), Array.from({ length: 202 }, (_, n) => `x${n}*@stars.test\n`).join('') + 'plain@stars.test\n')
  const stars = await server.hms<{ added: number; bad: readonly { line: number }[] }>(
    'suppression',
    'import',
    at.file('stars.csv'),
    '--list',
    'copy',
  )
  assert.deepEqual([stars.added, stars.bad.map(({ line }) => line)], [201, [201, 202]])
  assert.match((await server.run(...imported, '--reason', 'Odd')).stderr, /"Odd" is no reason/)

  assert.equal(await server.stop(), 0)
  await server.hms('suppression', 'add', 'eve@example.test', '--list', 'all', '--for', '1h')
  await server.startAgain()
  await send(server, ['eve@example.test'])
  assert.equal((await server.outcome('eve@example.test')).kind, 'failed')
  assert.match((await server.run('suppression', 'lists')).stdout, /all +all +2 +1000 +1000/)
  assert.match((await server.run('suppression', 'drop', 'all', '--yes')).stderr, /Account 1000 uses the list all/)
  assert.deepEqual(await server.hms('suppression', 'drop', 'copy', '--yes'), { entries: 203 })
})

const HARD = '550 5.1.1 no such user here'
const SAID: Readonly<Record<string, string>> = {
  hard: HARD,
  soft: '552 5.2.2 mailbox full',
  ours: '550 5.7.1 Service unavailable; client host [192.0.2.1] blocked using zen.spamhaus.org',
  spam: '554 5.7.1 message looks like spam',
  unclear: '550 no',
}

test('a hard failure suppresses at once, soft ones when they are enough, a block of our address or content never', async () => {
  await using at = await start((recipient) => SAID[recipient.slice(0, recipient.indexOf('@'))])
  const { server } = at
  // A worker learns within a second that a list has its first entry.
  await server.call('suppression.add', { list: 'all', targets: ['@never.test'] })
  const added = async (): Promise<readonly SuppressionEntry[]> => (await at.entries()).filter(({ target }) => target !== '@never.test')
  const about = ['hard', 'soft', 'spam', 'unclear'].map((name) => `${name}@x.test`)
  await send(server, about)
  const [first, ...others] = await until(added, ({ length }) => length > 0)
  assert.deepEqual([first?.target, first?.reason, first?.stream, others], ['hard@x.test', 'Failure', null, []])
  assert.match(first?.origin ?? '', /^event \d+\.\d+$/)
  await send(server, about)
  const all = await until(added, ({ length }) => length > 1)
  assert.deepEqual(
    all.map(({ target }) => target),
    ['hard@x.test', 'soft@x.test'],
  )
  await send(server, ['ours@x.test'])
  assert.equal((await server.outcome('ours@x.test')).kind, 'deferred')
  assert.equal((await added()).length, 2)
  const { events } = await server.call('events.find', { recipient: 'hard@x.test', kinds: ['failed'], limit: 5 })
  assert.deepEqual(
    events.map((event) => event.kind === 'failed' && event.failureCode),
    [1001, 2001],
  )
})

test('a desk that is killed between what it added and its events counts each failure once', async () => {
  const crash = join(tmpdir(), `hms-suppression-crash-${process.pid}`)
  const soft = (recipient: string): string | undefined => (recipient.startsWith('soft') ? SAID['soft'] : undefined)
  await using at = await start(soft, { environment: { HMS_TEST_CRASH: crash } })
  const { server } = at
  for (const recipient of ['soft1@x.test', 'soft2@x.test']) {
    const desk = server.pidOf('desk')
    writeFileSync(crash, 'feedback-committed')
    await send(server, [recipient])
    await until(
      async () => isAlive(desk),
      (alive) => !alive,
    )
    const told = () => server.call('events.find', { recipient, kinds: ['failed'], limit: 5 }).catch(() => null)
    assert.equal((await until(told, (found) => (found?.events.length ?? 0) > 0))?.events.length, 1)
    assert.deepEqual(await at.entries(), [], 'the same failure told twice is one failure')
  }
  await send(server, ['soft1@x.test'])
  const all = await until(at.entries, ({ length }) => length > 0)
  assert.deepEqual(
    all.map(({ target }) => target),
    ['soft1@x.test'],
  )
})

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

test('an hour in which a provider refuses a third of its living users leaves nobody suppressed', async () => {
  await using at = await start((recipient) => (/^u\d*[012]@/.test(recipient) ? HARD : undefined))
  const { server } = at
  // They would hold the account before the hour is over.
  for (const name of ['hard-bounces', 'unknown-users'] as const) await server.call('brakes.off', { name })
  const users = Array.from({ length: 400 }, (_, n) => `u${n}@big.test`)
  for (let n = 0; n < users.length; n += 50) await send(server, users.slice(n, n + 50))
  await server.until(({ delivered, failed }) => delivered + failed === 400)
  const [flood] = await until(
    () => server.call('suppression.review', {}),
    ([one]) => one?.held === 120,
  )
  assert.deepEqual(await at.entries(), [])
  assert.match(flood?.examples[0]?.reply ?? '', /550 5\.1\.1 no such user here/)
  const { alerts } = await server.until((status) => status.alerts.some(({ key }) => key?.startsWith('suppression flood') === true))
  assert.match(alerts.find(({ key }) => key?.startsWith('suppression flood'))?.what ?? '', /120 suppressions wait for you/)
  assert.match((await server.run('suppression', 'review')).stdout, /120 wait\. \d+ of \d+ failed \([\d.]+ %, usual is 2\.0 %\)/)

  const site = flood?.site ?? ''
  const asked = ['suppression', 'undo', '--site', site, '--from', '1h', '--yes']
  const none = await server.hms<{ found: number }>(...asked, '--reply', 'mailbox full', '--dry-run')
  assert.equal(none.found, 0)
  assert.equal((await server.hms<{ undone: number }>(...asked, '--reply', '5\\.1\\.1')).undone, 120)
  const left = await server.hms<readonly SuppressionFlood[]>('suppression', 'review')
  assert.deepEqual(
    left.map(({ held }) => held),
    [0],
  )
  assert.deepEqual(await at.entries(), [])
})
