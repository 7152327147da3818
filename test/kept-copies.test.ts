// An account that asks has a sealed copy of each message that was delivered, over kills of the worker and of the whole server; others have none.
import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId } from '../src/base/brand.ts'
import type { Erasure } from '../src/contract/data-kept.ts'
import type { KeptDelivery } from '../src/contract/kept.ts'
import type { Account } from '../src/contract/settings.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { SmtpClient } from '../testkit/smtp-client.ts'
import { SmtpPeer } from '../testkit/smtp-peer.ts'

const ACCOUNT = 1000 as AccountId

async function send(server: TestServer, to: readonly string[], subject: string): Promise<void> {
  using client = await SmtpClient.open(server.smtpPort)
  const reply = await client.send({
    from: 'shop@sender.test',
    to,
    data: `From: shop@sender.test\r\nSubject: ${subject}\r\n\r\nso secret\r\n`,
  })
  assert.equal(reply.code, 250, reply.text)
}

test('what an account asks to be kept is there after kills, sealed, and goes with who is erased', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'hms-kept-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const crash = join(folder, 'crash')
  await using peer = await SmtpPeer.start()
  await using server = await startServer({ environment: { HMS_TEST_CRASH: crash } })
  const kept = join(server.home, 'kept')
  const files = (): string[] => readdirSync(join(kept, '1000')).map((name) => join(kept, '1000', name))
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${peer.port}` })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await send(server, ['early@x.test'], 'nobody asked')
  await server.until(({ delivered }) => delivered === 1)
  assert.ok(!existsSync(kept), 'who does not ask has none')

  await server.hms('account', 'keep', '1000', '--days', '3', '--bytes', '1GiB')
  assert.deepEqual((await server.hms<{ account: Account }>('account', 'show', '1000')).account.keep, { days: 3, bytes: 2 ** 30 })
  await server.settled()
  // Killed when the copy is on the disk and the outcome is not: it is settled after the start.
  writeFileSync(crash, 'copy-synced')
  await send(server, ['ann@x.test', 'bob@x.test'], 'over a kill')
  await server.until(({ delivered }) => delivered === 3)
  assert.ok(!existsSync(crash), 'the worker was killed')
  await send(server, ['eve@x.test'], 'for eve')
  await server.until(({ delivered }) => delivered === 4)
  await server.kill9('launcher')
  for (const file of files()) appendFileSync(file, 'kept, but cut')
  await server.startAgain()
  await send(server, ['eve@x.test'], 'after the kill')
  await server.until(({ delivered }) => delivered === 5)

  const found = async (...of: readonly string[]) => server.hms<readonly KeptDelivery[]>('kept', 'ls', '1000', ...of)
  const subjects = (rows: readonly KeptDelivery[]): string[] => [...new Set(rows.map(({ subject }) => subject ?? ''))].toSorted()
  assert.deepEqual(subjects(await found()), ['after the kill', 'for eve', 'over a kill'])
  assert.deepEqual(subjects(await found('--address', 'eve@x.test', '--subject', 'KILL')), ['after the kill'])
  assert.ok(files().every((file) => !/x\.test|secret|kill/.test(readFileSync(file, 'latin1'))))
  const [ofAnn] = await found('--address', 'ann@x.test')
  assert.ok(ofAnn !== undefined)
  const { deliveries, header } = await server.call('kept.show', { account: ACCOUNT, message: ofAnn.message })
  assert.deepEqual(deliveries.at(-1)?.recipients, [{ address: 'ann@x.test' }, { address: 'bob@x.test' }])
  assert.match(header ?? '', /Subject: over a kill\r\n/)
  const raw = join(folder, 'copy.eml')
  await server.hms('kept', 'show', '1000', ofAnn.message, '--raw', raw)
  const taken = peer.messages.find(({ data }) => data.includes('over a kill'))
  assert.equal(readFileSync(raw, 'latin1'), taken?.data.toString('latin1'))
  const use = await server.call('disk.use', {})
  assert.ok((use.kinds.find(({ kind }) => kind === 'kept')?.bytes ?? 0) > 0)

  const erased = await server.hms<Erasure>('erase', '--address', 'bob@x.test', '--no-suppress', '--yes')
  assert.deepEqual([erased.step, erased.found.kept], [null, 1])
  assert.deepEqual(subjects(await found()), ['after the kill', 'for eve'])

  assert.equal(await server.stop(), 0)
  assert.deepEqual(subjects(await found('--address', 'eve@x.test')), ['after the kill', 'for eve'])
  await server.hms('account', 'keep', '1000', '--off')
  await server.startAgain()
  await send(server, ['late@x.test'], 'nobody asks any more')
  await server.until(({ delivered }) => delivered === 6)
  assert.deepEqual(await found('--address', 'late@x.test'), [])
})
