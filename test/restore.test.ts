// The restore drill: a backup, then more mail accepted and delivered, then disaster, then the restore. Counted at the receiving end: nothing
// is delivered twice, and what is missing is exactly what the restore names.
import assert from 'node:assert/strict'
import { cpSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { LoadApart, SinkApart } from '../testkit/apart.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

interface Report {
  readonly kept: number
  readonly restored: number
  readonly alreadyDelivered: number
  readonly deleted: number
  readonly uncertain: number
  readonly lost: readonly { readonly message: string; readonly recipient: string; readonly account: number }[]
  readonly doubts: readonly string[]
  readonly aside: string | null
  readonly stopped: boolean
  readonly secretsLost: readonly string[]
  readonly differences: readonly { readonly kind: string; readonly key: string; readonly backup: string }[]
}

/** A server with a backup, of which a part was delivered since and to which more was added. */
interface Drill extends AsyncDisposable {
  readonly server: TestServer
  readonly sink: SinkApart
  readonly backup: string
  readonly before: readonly string[]
  readonly all: readonly string[]
}

const WAITING = ['one.b.test', 'two.b.test']

async function accept(server: TestServer, domain: string, count: number): Promise<readonly string[]> {
  // Of the first some have their bodies beside the shard.
  const size = domain.startsWith('one.') ? 40_000 : 1000
  await using load = await LoadApart.start({ port: server.smtpPort, connections: 4, domain, size })
  await load.more(count)
  return await load.stop()
}

/** What goes to a.test is delivered as soon as it is allowed; what goes to b.test waits until the end. */
async function drill(workers = 2): Promise<Drill> {
  await using opened = new AsyncDisposableStack()
  const sink = opened.use(await SinkApart.start())
  const server = opened.use(await startServer({ workers, config: { 'delivery.retry_first': '1s', 'delivery.retry_longest': '1s' } }))
  await server.hms('relay', 'allow', '127.0.0.1')
  await server.hms('route', 'set', '*', 'smtp://127.0.0.1:9')
  const before = [...(await accept(server, 'one.a.test', 40)), ...(await accept(server, 'one.b.test', 20))]
  const { file } = await server.hms<{ file: string }>('backup')
  await server.hms('route', 'set', '*.a.test', `smtp://127.0.0.1:${sink.port}`)
  const since = [...(await accept(server, 'two.a.test', 30)), ...(await accept(server, 'two.b.test', 20))]
  const all = [...before, ...since]
  assert.deepEqual(await sink.missing(all.filter((recipient) => recipient.endsWith('.a.test'))), [])
  const waiting = all.filter((recipient) => recipient.endsWith('.b.test')).length
  await server.until(({ queued }) => queued === waiting)
  const kept = opened.move()
  return { server, sink, backup: file, before, all, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** Starts again, lets everything out, and compares what came with what was accepted. */
async function assertAllComesOnce({ server, sink, all }: Drill, lost: Report['lost']): Promise<void> {
  await server.startAgain()
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${sink.port}`)
  for (const domain of WAITING) await server.hms('queue', 'retry', '--domain', domain)
  const named = new Set(lost.map(({ recipient }) => recipient))
  assert.deepEqual(await sink.missing(all.filter((recipient) => !named.has(recipient))), [])
  await server.until(({ queued }) => queued === 0)
  const { times, repeated } = await sink.taken()
  assert.equal(repeated, 0, 'nothing came twice')
  assert.deepEqual(
    [...named].filter((recipient) => times.has(recipient)),
    [],
    'what is named as lost did not come',
  )
  assert.equal(times.size + named.size, all.length)
}

function deleteShard(home: string, shard: number): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(home, 'spool', `${shard}.db${suffix}`), { force: true })
}

test('over a living home nothing is lost, nothing is sent twice, and a trial changes nothing', { timeout: 300_000 }, async () => {
  await using up = await drill()
  const { server, backup } = up
  const waiting = up.all.filter((recipient) => recipient.endsWith('.b.test')).length
  const trial = await server.hms<Report>('restore', backup, '--dry-run')
  assert.equal((await server.status()).queued, waiting, 'it runs on')
  const expected = { kept: waiting, restored: 0, uncertain: 0, lost: 0 }
  const short = ({ kept, restored, uncertain, lost }: Report) => ({ kept, restored, uncertain, lost: lost.length })
  assert.deepEqual(short(trial), expected)
  assert.equal(trial.alreadyDelivered, up.before.filter((recipient) => recipient.endsWith('.a.test')).length)
  assert.ok(!readdirSync(server.home).some((name) => name.startsWith('restore')))
  // The routes that were set since.
  assert.deepEqual(
    trial.differences.map(({ kind, key, backup: there }) => [kind, key, there]),
    [['route', '*.a.test', 'lacks it']],
  )
  const done = await server.hms<Report>('restore', backup, '--yes')
  assert.deepEqual({ ...short(done), delivered: done.alreadyDelivered }, { ...expected, delivered: trial.alreadyDelivered })
  assert.deepEqual([done.stopped, done.aside], [true, null])
  await assertAllComesOnce(up, [])
})

for (const [what, shards] of [
  ['one shard deleted', [0]],
  ['all shards deleted', [0, 1]],
] as const)
  test(`with ${what} nothing is sent twice, and what is lost is what is named`, { timeout: 300_000 }, async () => {
    await using up = await drill()
    const { server, backup } = up
    await server.stop()
    for (const shard of shards) deleteShard(server.home, shard)
    const refused = await server.run('start')
    assert.match(refused.stderr, /is older than its delivery journal \(shard \d is lost\)/)
    const done = await server.hms<Report>('restore', backup, '--yes')
    assert.equal(done.uncertain, 0, done.doubts.join())
    assert.ok(done.restored > 0 && done.lost.length > 0, JSON.stringify(done))
    if (shards.length === 2) assert.deepEqual([done.kept, done.restored], [0, up.before.filter((one) => one.endsWith('.b.test')).length])
    assert.ok(done.lost.every(({ message, account, recipient }) => message.length === 16 && account === 1000 && recipient.includes('@')))
    await assertAllComesOnce(up, done.lost)
  })

test('a lost home comes back into an empty one; without a journal what waited is held', { timeout: 300_000 }, async () => {
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
  await server.hms('route', 'set', '*', `smtp://127.0.0.1:${up.sink.port}`)
  await server.hms('queue', 'release', '--all', '--yes')
  await server.until(({ queued }) => queued === 0)
  const { times } = await up.sink.taken()
  assert.ok(up.before.every((recipient) => times.has(recipient)))
})

test('with the journal on another disk a lost home is known to the last recipient', { timeout: 300_000 }, async () => {
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
  await assertAllComesOnce(up, done.lost)
  rmSync(apart, { recursive: true })
})

test('a copied home does not start; in its place it is compared, held, and goes on', { timeout: 300_000 }, async () => {
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
  await assertAllComesOnce(up, [])
})

test(
  'a folder that was put back by hand loses nothing that the journal knows, and a snapshot is a source too',
  { timeout: 300_000 },
  async () => {
    await using up = await drill(1)
    const { server } = up
    await server.stop()
    const snapshot = `${server.home}-snapshot`
    cpSync(server.home, snapshot, { recursive: true })
    deleteShard(server.home, 0)
    const done = await server.hms<Report>('restore', snapshot, '--yes')
    const waiting = up.all.filter((recipient) => recipient.endsWith('.b.test')).length
    assert.deepEqual([done.restored, done.uncertain, done.lost.length], [waiting, 0, 0], done.doubts.join())
    await assertAllComesOnce(up, [])
    rmSync(snapshot, { recursive: true })
  },
)
