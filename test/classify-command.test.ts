// `hms classify` and `hms unknowns`: replies without a server, what the server counts, and a rule that is made of it.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { startServer } from '../testkit/server.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const HMS = join(import.meta.dirname, '../hms')

function classify(input: string | Buffer, ...words: string[]): { status: number | null; stdout: string } {
  const { status, stdout } = spawnSync(HMS, ['classify', ...words], {
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    env: { ...process.env, HMS_HOME: '/nonexistent/hms-home' },
  })
  return { status, stdout }
}

test('replies on standard input are told one a line, without a home; nonsense is unknown', () => {
  const { status, stdout } = classify('550 5.1.1 User unknown\r\n\n554 5.7.1 blocked using zen.spamhaus.org\nqqq', '--json')
  assert.equal(status, 0)
  const told = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  assert.deepEqual(
    told.map(({ reply, kind, category, code, action }) => [reply, kind, category, code, action]),
    [
      ['550 5.1.1 User unknown', 'bounce', 'Hard', 2001, 'suppress'],
      ['554 5.7.1 blocked using zen.spamhaus.org', 'bounce', 'BlockedOther', 1002, 'look'],
      ['qqq', 'bounce', 'Unknown', 9999, 'look'],
    ],
  )
  const table = classify('552 5.2.2 Mailbox \u001b[2J full\n').stdout
  assert.match(table, /^TYPE +CATEGORY/)
  assert.match(table, /Undeliverable +Soft +3001 +recipient +retry/)
  assert.ok(!table.includes('\u001b'))
})

test('octets that are no text and lines without an end do not harm', () => {
  const noise = Buffer.from(Array.from({ length: 20_000 }, (_, i) => (i * 7919) % 256))
  assert.equal(
    classify(Buffer.concat([noise, Buffer.from('\n'), Buffer.alloc(4_000_000, 'x'), Buffer.from('\n550 5.1.1 User unknown')]), '--json')
      .status,
    0,
  )
  const { stdout } = classify(Buffer.concat([Buffer.alloc(4_000_000, 'x'), Buffer.from('\n550 5.1.1 User unknown')]), '--json')
  assert.deepEqual(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { category: string }).category),
    ['Unknown', 'Hard'],
  )
})

test('what no rule knows is listed by frequency after a restart, and one command makes a rule of it', async () => {
  await using peer = await SmtpPeer.start({
    on: { rcpt: (line) => (line.includes('odd-') ? '550 5.9.9 Frobnicated by gizmo' : undefined) },
  })
  await using server = await startServer()
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  for (const name of ['odd-1', 'odd-2']) {
    await server.hms('send', '--to', `${name}@example.test`, '--no-follow')
    assert.equal((await server.outcome(`${name}@example.test`)).kind, 'failed')
  }
  await server.stop()
  const listed = await server.hms<Record<string, unknown>[]>('unknowns', 'ls')
  assert.deepEqual(
    listed.map(({ number, count, sample, domain }) => [number, count, sample, domain]),
    [[1, 2, '550 5.9.9 Frobnicated by gizmo', 'example.test']],
  )
  const list = join(server.home, 'config', 'response_translations.list')
  await server.hms('classify', 'learn', '1', '--code', '2004', '--dry-run')
  assert.equal(existsSync(list), false)
  await server.hms('classify', 'learn', '1', '--code', '2004', '--site', 'example.test')
  assert.match(readFileSync(list, 'utf8'), /\nfrobnicated by gizmo~\*~2004~\*~example\.test\n$/)
})
