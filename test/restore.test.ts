// The restore drill: a backup, then more mail accepted and delivered, then disaster, then the restore. Counted at the receiving end: nothing
// is delivered twice, and what is missing is exactly what the restore names. `node test/restore.test.ts --long`: the first tests as large as
// the product promises it, 20,000 messages accepted and 15,000 delivered after the backup.
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { Domain } from '../src/base/brand.ts'
import { placeOf } from '../src/base/message-id.ts'
import { LoadApart } from '../testkit/apart.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import {
  accept,
  assertAllComesOnce,
  assertTotalsHold,
  deleteShard,
  DRILL,
  drill,
  type Report,
  tell,
  zipOf,
  PATIENCE,
} from '../testkit/restore-drill.ts'

test('over a living home nothing is lost, nothing is sent twice, and a trial changes nothing', { timeout: 1_200_000 }, async (t) => {
  await using up = await drill(2, {}, DRILL)
  const { server, backup } = up
  const waiting = up.all.filter((recipient) => recipient.endsWith('.b.test')).length
  const trial = await server.hms<Report>('restore', backup, '--dry-run')
  assert.equal((await server.status()).queued, waiting, 'it runs on')
  const short = ({ restored, uncertain, lost }: Report) => ({ restored, uncertain, lost: lost.length })
  const expected = { restored: 0, uncertain: 0, lost: 0 }
  assert.deepEqual([trial.kept, short(trial), trial.server], [waiting, expected, 'untouched'])
  assert.equal(trial.alreadyDelivered, up.before.filter((recipient) => recipient.endsWith('.a.test')).length)
  assert.ok(!readdirSync(server.home).some((name) => name.startsWith('restore')))
  // The routes that were set since.
  assert.deepEqual(
    trial.differences.map(({ kind, key, backup: there }) => [kind, key, there]),
    [['route', '*.a.test', 'lacks it']],
  )
  await using load = await LoadApart.start({ port: server.smtpPort, connections: 2, domain: 'three.b.test', rate: 50 })
  const done = await server.hms<Report>('restore', backup, '--yes')
  assert.deepEqual([short(done), done.alreadyDelivered], [expected, trial.alreadyDelivered])
  assert.deepEqual([done.kept >= waiting, done.server, done.aside], [true, 'goes-on', null])
  // Whoever came meanwhile waited, and goes on.
  await load.more(20)
  const all = [...up.all, ...(await load.stop())]
  await assertAllComesOnce({ ...up, all }, [])
  tell(t, { ...up, all }, done)
})

/** A shard that has mail from after the backup: the system spreads connections over the shards as it likes. */
async function shardSince(server: TestServer): Promise<number> {
  const { entries } = await server.call('queue.list', { selection: { domain: 'two.b.test' as Domain }, limit: 1 })
  const [first] = entries
  assert.ok(first !== undefined)
  return placeOf(first.id).shard
}

for (const what of ['one shard deleted', 'all shards deleted'])
  test(`with ${what} nothing is sent twice, and what is lost is what is named`, { timeout: 1_200_000 }, async (t) => {
    await using up = await drill(2, {}, DRILL)
    const { server, backup } = up
    const shards = what === 'one shard deleted' ? [await shardSince(server)] : [0, 1]
    await server.stop()
    for (const shard of shards) deleteShard(server.home, shard)
    const refused = await server.run('start')
    assert.match(refused.stderr, /is older than its delivery journal \(shard \d is lost\)/)
    const done = await server.hms<Report>('restore', backup, '--yes')
    assert.equal(done.uncertain, 0, done.doubts.join())
    assert.ok(done.kept + done.restored + done.lost.length >= 40 && done.lost.length > 0, JSON.stringify(done))
    if (shards.length === 2) assert.deepEqual([done.kept, done.restored], [0, up.before.filter((one) => one.endsWith('.b.test')).length])
    assert.ok(done.lost.every(({ message, account, recipient }) => message.length === 16 && account === 1000 && recipient.includes('@')))
    assert.equal(done.server, 'none')
    await server.startAgain()
    assert.equal((await server.status()).endedByRestore, done.lost.length)
    await assertAllComesOnce(up, done.lost)
    tell(t, up, done)
  })

test('a snapshot from before, put back and started by hand, sends nothing', { timeout: 1_200_000 }, async () => {
  await using up = await drill(1, {}, DRILL)
  const { server, sink, all } = up
  await server.stop()
  const snapshot = `${server.home}-snapshot`
  cpSync(server.home, snapshot, { recursive: true, preserveTimestamps: true })
  await server.startAgain()
  await assertAllComesOnce(up, [])
  await server.stop()
  rmSync(server.home, { recursive: true })
  cpSync(snapshot, server.home, { recursive: true, preserveTimestamps: true })
  const refused = await server.run('start')
  assert.deepEqual([refused.code, /is a copy .*nothing is accepted or delivered/.test(refused.stderr)], [78, true], refused.stderr)
  // Whoever says so all the same has it held: what is in it may have gone out since.
  const waiting = all.filter((recipient) => recipient.endsWith('.b.test')).length
  const done = await server.hms<Report>('restore', '--in-place', '--yes')
  assert.deepEqual([done.uncertain, done.kept], [waiting, 0])
  await server.startAgain()
  await server.until(({ running, queued }) => running && queued === waiting, PATIENCE)
  await server.hms('queue', 'retry', '--all', '--yes')
  const later = await accept(server, 'later.a.test', 5)
  assert.deepEqual(await sink.missing(later), [])
  const { times, repeated } = await sink.taken()
  assert.deepEqual([times.size, repeated], [all.length + later.length, 0])
  rmSync(snapshot, { recursive: true })
})

test('a lost home comes back into an empty one; without a journal what waited is held', async () => {
  await using up = await drill(1)
  const { server, backup } = up
  await server.stop()
  const elsewhere = join(tmpdir(), `hms-restore-${process.pid}.zip`)
  renameSync(backup, elsewhere)
  rmSync(server.home, { recursive: true })
  const damaged = join(tmpdir(), `hms-restore-damaged-${process.pid}.zip`)
  writeFileSync(damaged, 'no zip')
  const refused = await server.run('restore', damaged, '--yes')
  assert.deepEqual([refused.code, existsSync(server.home)], [1, false])
  const trial = await server.hms<Report>('restore', elsewhere, '--dry-run')
  assert.ok(!existsSync(server.home))
  const done = await server.hms<Report>('restore', elsewhere, '--yes')
  assert.deepEqual([done.uncertain, done.restored, done.lost.length], [up.before.length, 0, 0])
  assert.equal(trial.uncertain, done.uncertain)
  assert.match(done.doubts.join(), /no delivery journal/)
  await server.startAgain()
  const held = await server.call('queue.count', { selection: { state: 'held' } })
  assert.equal(held.recipients, up.before.length)
  assert.equal((await up.sink.taken()).repeated, 0)
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${up.sink.port}` })
  await server.hms('queue', 'release', '--all', '--yes')
  await server.until(({ queued }) => queued === 0)
  const { times } = await up.sink.taken()
  assert.ok(up.before.every((recipient) => times.has(recipient)))
})

test('with the journal on another disk a lost home is known to the last recipient', async () => {
  await using up = await drill(1)
  const { server, backup } = up
  await server.stop()
  const apart = mkdtempSync(join(tmpdir(), 'hms-apart-'))
  renameSync(backup, join(apart, 'backup.zip'))
  renameSync(join(server.home, 'journal'), join(apart, 'journal'))
  rmSync(server.home, { recursive: true })
  server.configure({ 'journal.folder': join(apart, 'journal') })
  const done = await server.hms<Report>('restore', join(apart, 'backup.zip'), '--yes')
  const waited = up.before.filter((recipient) => recipient.endsWith('.b.test')).length
  assert.deepEqual([done.uncertain, done.restored], [0, waited], done.doubts.join())
  await server.startAgain()
  await assertAllComesOnce(up, done.lost)
  rmSync(apart, { recursive: true })
})

test('a copied home does not start; in its place it is compared, held, and goes on', async () => {
  await using up = await drill(1)
  const { server } = up
  await server.stop()
  const original = `${server.home}-original`
  renameSync(server.home, original)
  cpSync(original, server.home, { recursive: true })
  rmSync(original, { recursive: true })
  const refused = await server.run('start')
  assert.match(refused.stderr, /is a copy/)
  const waiting = up.all.filter((recipient) => recipient.endsWith('.b.test')).length
  const trial = await server.hms<Report>('restore', '--in-place', '--dry-run')
  assert.deepEqual([trial.uncertain, trial.kept], [waiting, 0])
  const moved = await server.hms<Report>('restore', '--in-place', '--moved', '--yes')
  assert.deepEqual([moved.uncertain, moved.kept, moved.lost.length], [0, waiting, 0])
  await server.startAgain()
  await assertAllComesOnce(up, [])
})

test('a snapshot of the disk and a zip of a home are sources too', async () => {
  await using up = await drill(1)
  const { server } = up
  await server.stop()
  const snapshot = `${server.home}-snapshot`
  cpSync(server.home, snapshot, { recursive: true })
  const zip = `${server.home}-home.zip`
  await zipOf(snapshot, zip)
  deleteShard(server.home, 0)
  const trial = await server.hms<Report>('restore', zip, '--dry-run')
  const done = await server.hms<Report>('restore', snapshot, '--yes')
  const waiting = up.all.filter((recipient) => recipient.endsWith('.b.test')).length
  for (const { restored, uncertain, lost, doubts } of [trial, done])
    assert.deepEqual([restored, uncertain, lost.length], [waiting, 0, 0], doubts.join())
  await server.startAgain()
  await assertAllComesOnce(up, [])
  rmSync(snapshot, { recursive: true })
  rmSync(zip)
})

test('what the owner names comes back though it was deleted; secrets come back with their key only', async () => {
  await using server = await startServer()
  const { home } = server
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('route.set', { pattern: '*', url: 'smtp://127.0.0.1:9' })
  await server.call('route.set', { pattern: 'sealed.test', url: 'smtp://127.0.0.1:9', user: 'me', password: 'hunter-22' })
  await accept(server, 'one.b.test', 5)
  const passphrase = join(tmpdir(), `hms-passphrase-${process.pid}`)
  writeFileSync(passphrase, 'correct horse\n')
  const apart = mkdtempSync(join(tmpdir(), 'hms-apart-'))
  await server.hms('backup', '--to', join(apart, 'plain.zip'))
  await server.hms('backup', '--to', join(apart, 'sealed.zip.enc'), '--passphrase-file', passphrase)
  const { entries } = await server.call('queue.list', { selection: {}, limit: 1000 })
  const [first] = entries
  assert.ok(first !== undefined)
  await server.call('queue.act', { action: 'delete', selection: { domain: 'one.b.test' as Domain } })
  await server.until(({ queued }) => queued === 0)
  const back = await server.hms<Report>('restore', join(apart, 'plain.zip'), '--yes', '--message', first.id)
  assert.deepEqual([back.restored, back.kept, back.deleted, back.alreadyDelivered], [1, 0, entries.length - 1, 0])
  await server.until(({ queued }) => queued === 1)
  assert.equal((await server.status()).endedByRestore, -1)
  await assertTotalsHold(server)
  assert.equal((await server.call('queue.list', { selection: {}, limit: 1000 })).entries[0]?.id, first.id)

  await server.stop()
  for (const [file, lost] of [
    ['plain.zip', ['route sealed.test']],
    ['sealed.zip.enc', []],
  ] as const) {
    rmSync(home, { recursive: true })
    const done = await server.hms<Report>('restore', join(apart, file), '--yes', '--passphrase-file', passphrase)
    assert.deepEqual(done.secretsLost, lost)
    await server.startAgain()
    const { hasPassword } = (await server.call('route.list', {})).find(({ pattern }) => pattern === 'sealed.test') ?? {}
    assert.equal(hasPassword, lost.length === 0)
    await server.stop()
  }
  rmSync(apart, { recursive: true })
})

test('what a queue that was begun anew does not know of is named, and nothing takes the place of other mail', async () => {
  await using server = await startServer()
  const { home } = server
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await server.call('route.set', { pattern: '*', url: 'smtp://127.0.0.1:9' })
  await accept(server, 'one.b.test', 5)
  const apart = mkdtempSync(join(tmpdir(), 'hms-apart-'))
  const backup = join(apart, 'backup.zip')
  await server.hms('backup', '--to', backup)
  const { entries } = await server.call('queue.list', { selection: {}, limit: 1000 })
  await server.call('queue.act', { action: 'delete', selection: { ids: entries.slice(0, 2).map(({ id }) => id) } })
  await server.until(({ queued }) => queued === entries.length - 2)
  await server.stop()
  deleteShard(home, 0)
  // Without the backup at hand; it is found later.
  const first = await server.hms<Report>('restore', '--in-place', '--yes')
  assert.deepEqual([first.kept, first.lost.length], [0, entries.length - 2])
  await server.startAgain()
  const { length: since } = await accept(server, 'two.b.test', 6)
  const named = entries.map(({ id }) => id).join()
  const later = await server.hms<Report>('restore', backup, '--yes', '--message', named)
  assert.deepEqual([later.kept, later.restored, later.alreadyDelivered, later.deleted, later.lost.length], [since, 0, 0, 2, 0])
  assert.deepEqual(
    later.missing.map(({ message }) => message).toSorted(),
    entries
      .slice(2)
      .map(({ id }) => id)
      .toSorted(),
  )
  await server.until(({ queued }) => queued === since)
  const now = await server.call('queue.list', { selection: {}, limit: 1000 })
  assert.ok(now.entries.every(({ recipients }) => recipients.length === 1 && recipients[0]?.address.endsWith('@two.b.test') === true))
  rmSync(apart, { recursive: true })
})

/** Before the moves begin nothing has changed; from then on it is finished. */
const EARLY = ['restore-begun', 'restore-unpacked', 'restore-made']
const LATE = [
  'restore-swapping',
  'restore-moved',
  'restore-moved 3',
  'restore-swapped',
  'adopt-begun',
  'adopt-numbered',
  'adopt-renewed',
  'restore-adopted',
]

test('killed at any point, the next start undoes it or finishes it', async () => {
  const crashFile = join(tmpdir(), `hms-restore-crash-${process.pid}`)
  await using up = await drill(1, { HMS_TEST_CRASH: crashFile })
  const { server, backup } = up
  await server.stop()
  const apart = mkdtempSync(join(tmpdir(), 'hms-apart-'))
  renameSync(backup, join(apart, 'backup.zip'))
  deleteShard(server.home, 0)
  cpSync(server.home, join(apart, 'home'), { recursive: true })
  const restore = ['restore', join(apart, 'backup.zip'), '--settings', 'backup', '--moved', '--yes'] as const
  const waited = up.before.filter((recipient) => recipient.endsWith('.b.test')).length
  for (const point of [...EARLY, ...LATE]) {
    rmSync(server.home, { recursive: true })
    cpSync(join(apart, 'home'), server.home, { recursive: true })
    writeFileSync(crashFile, point)
    const killed = await server.run(...restore)
    assert.ok(killed.code !== 0 && !existsSync(crashFile), `${point} was come to: ${killed.stderr}`)
    if (EARLY.includes(point)) {
      const refused = await server.run('start')
      assert.match(refused.stderr, /it was undone[^]*(?:is a copy|is older than its delivery journal)/, point)
      await server.hms(...restore)
    }
    await server.startAgain()
    await server.until(({ queued }) => queued === waited)
    await assertTotalsHold(server)
    assert.ok(!readdirSync(server.home).some((name) => name.startsWith('restore')), point)
    await server.stop()
  }
  rmSync(apart, { recursive: true })
})
