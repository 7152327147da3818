// Backups of a real server: taken while mail flows they are of one moment to the last event, and whatever ends one leaves nothing that
// looks like a backup.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { test } from 'node:test'
import { parseMessageId, placeOf } from '../src/base/message-id.ts'
import { openBackup } from '../src/lifecycle/backup/archive.ts'
import type { BackupManifest } from '../src/lifecycle/backup/manifest.ts'
import { readEvents } from '../src/message/event-line.ts'
import { openEvents } from '../src/store/sqlite/events/events.ts'
import { openShardReader } from '../src/store/sqlite/spool/schema.ts'
import { LoadApart, SinkApart } from '../testkit/apart.ts'
import { until } from '../testkit/patience.ts'
import { startServer, type TestServer } from '../testkit/server.ts'

const HMS = join(import.meta.dirname, '../hms')

interface Made {
  readonly file: string
  readonly size: number
  readonly messages: number
  readonly recipients: number
}

class Unpacked implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'hms-unpacked-'))

  async take(file: string, passphrase?: string): Promise<BackupManifest> {
    await using archive = await openBackup(file, passphrase)
    for (const { path } of archive.manifest.files) {
      mkdirSync(dirname(join(this.folder, path)), { recursive: true })
      await pipeline(Readable.from(archive.read(path)), createWriteStream(join(this.folder, path)))
    }
    return archive.manifest
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true })
  }
}

async function flowing(workers: number): Promise<{ server: TestServer; sink: SinkApart } & AsyncDisposable> {
  await using opened = new AsyncDisposableStack()
  const sink = opened.use(await SinkApart.start())
  const server = opened.use(await startServer({ workers, config: { 'delivery.retry_first': '1s', 'backup.keep': '2' } }))
  await server.call('route.set', { pattern: '*', url: `smtp://127.0.0.1:${sink.port}` })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  const kept = opened.move()
  return { server, sink, [Symbol.asyncDispose]: () => kept.disposeAsync() }
}

/** What its events say is left is what its shards hold, recipient by recipient, and every body is there. */
function assertOneMoment(home: string, { shards }: BackupManifest): void {
  using events = openEvents(join(home, 'events'))
  const { accepted, delivered, failed, expired } = events.totals()
  let left = accepted - delivered - failed - expired
  let rows = 0
  for (const { shard, recipients } of shards) {
    using reader = openShardReader(join(home, 'spool', `${shard}.db`))
    const lines = reader.prepare('SELECT lines FROM outbox WHERE last > ? ORDER BY last').all(events.cursor(shard))
    for (const { event } of readEvents(Buffer.concat(lines.map((row) => row['lines'] as Uint8Array)), events.cursor(shard))) {
      if (event.kind === 'accepted') left += event.recipients
      else if (event.kind !== 'deferred') left -= 1
    }
    const here = Number(reader.prepare('SELECT count(*) AS n FROM recipient').get()?.['n'])
    assert.equal(here, recipients, `shard ${shard} holds what the manifest says`)
    rows += here
    assertBodies(
      home,
      shard,
      new Set(
        reader
          .prepare('SELECT id FROM message WHERE flags & 8')
          .all()
          .map((row) => Number(row['id'])),
      ),
    )
    assert.equal(reader.prepare('PRAGMA integrity_check').get()?.['integrity_check'], 'ok')
  }
  assert.equal(rows, left, 'the queue is what the events say')
}

function assertBodies(home: string, shard: number, named: ReadonlySet<number>): void {
  const folder = join(home, 'spool', String(shard))
  const ids = existsSync(folder) ? readdirSync(folder).map((name) => parseMessageId(name)) : []
  assert.deepEqual(new Set(ids.map((id) => (id === undefined ? -1 : placeOf(id).sequence))), named)
}

test('a backup under load is of one moment, in all shards and in the events', async () => {
  await using up = await flowing(2)
  await using load = await LoadApart.start({ port: up.server.smtpPort, connections: 8, rate: 150 })
  await using large = await LoadApart.start({
    port: up.server.smtpPort,
    connections: 2,
    rate: 8,
    size: 400_000,
    domain: 'large.example.test',
  })
  for (let n = 0; n < 4; n++) {
    await load.more(100)
    await large.more(2)
    const made = await up.server.hms<Made>('backup')
    using unpacked = new Unpacked()
    const manifest = await unpacked.take(made.file)
    assert.equal(manifest.shards.length, 2)
    assertOneMoment(unpacked.folder, manifest)
    const { recipients } = made
    assert.equal(
      recipients,
      manifest.shards.reduce((sum, one) => sum + one.recipients, 0),
    )
    assert.ok(existsSync(join(unpacked.folder, 'config/hms.yaml')))
    assert.ok(!existsSync(join(unpacked.folder, 'config/hms.key')), 'the sealing key is not in a backup that anyone can read')
  }
  const acknowledged = [...(await load.stop()), ...(await large.stop())]
  assert.deepEqual(await up.sink.missing(acknowledged), [])
  await up.server.until(({ queued }) => queued === 0)
  // What the backups kept from being removed goes when they end.
  for (const shard of [0, 1]) {
    const folder = join(up.server.home, 'spool', String(shard))
    await until(() => !existsSync(folder) || readdirSync(folder).length === 0)
  }
})

test('a stopped home is backed up too, sealed with its key, and without its queue where that is asked', async () => {
  await using server = await startServer({ config: { 'delivery.port': '9' } })
  await server.hms('send', '--to', 'someone@nowhere.example.test', '--no-follow')
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  await using load = await LoadApart.start({ port: server.smtpPort, connections: 1 })
  await load.more(20)
  await load.stop()
  await server.stop()
  const passphrase = join(server.home, 'passphrase')
  writeFileSync(passphrase, 'correct horse\n')
  const sealed = await server.hms<Made>('backup', '--passphrase-file', passphrase)
  assert.match(sealed.file, /\.zip\.enc$/)
  using unpacked = new Unpacked()
  const manifest = await unpacked.take(sealed.file, 'correct horse')
  assertOneMoment(unpacked.folder, manifest)
  assert.ok(sealed.recipients >= 20)
  assert.deepEqual(readFileSync(join(unpacked.folder, 'hms.key')), readFileSync(join(server.home, 'config/hms.key')))
  const [verified] = [
    await server.hms<{ ok: boolean; recipients: number }>('backup', 'verify', sealed.file, '--passphrase-file', passphrase),
  ]
  assert.deepEqual([verified.ok, verified.recipients], [true, sealed.recipients])

  const to = join(server.home, 'without.zip')
  const without = await server.hms<Made>('backup', '--to', to, '--no-messages', '--no-logs')
  assert.deepEqual([without.file, without.recipients], [to, 0])
  const { files } = await new Unpacked().take(to)
  assert.ok(!files.some(({ path }) => path.startsWith('spool/') || path.startsWith('accounts/')))
  const again = await server.run('backup', '--to', to)
  assert.deepEqual([again.code, /exists already/.test(again.stderr)], [1, true])

  writeFileSync(to, readFileSync(to).subarray(0, -100))
  const damaged = await server.run('backup', 'verify', to)
  assert.deepEqual([damaged.code, /cannot be used as a backup/.test(damaged.stderr)], [1, true], damaged.stderr)
  const listed = await server.hms<{ file: string; there: boolean }[]>('backup', 'ls')
  assert.deepEqual(
    listed.map(({ file }) => file),
    [to, sealed.file],
  )
})

test('what makes itself is kept as often as said; what a person made stays', async () => {
  await using server = await startServer({ config: { 'backup.keep': '2' } })
  await server.stop()
  const made: string[] = []
  for (let n = 0; n < 4; n++) {
    const to = join(server.home, 'backups', `n${n}.zip`)
    made.push((await server.hms<Made>('backup', '--to', to, ...(n === 0 ? [] : ['--scheduled']))).file)
  }
  assert.deepEqual(
    made.map((file) => existsSync(file)),
    [true, false, true, true],
  )
  const listed = await server.hms<{ file: string }[]>('backup', 'ls')
  assert.deepEqual(new Set(listed.map(({ file }) => file)), new Set([made[0], made[2], made[3]]))
})

test('the server makes backups by itself, and tells when it cannot', async () => {
  await using server = await startServer({ config: { 'backup.every': '1s', 'backup.keep': '2' } })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  const made = (): Promise<{ file: string; scheduled: boolean; at: number }[]> => server.hms('backup', 'ls')
  const [newest, older] = await until(async () => {
    const seen = await made()
    return new Set(seen.map(({ at }) => at)).size >= 2 && seen
  })
  assert.ok(newest?.scheduled === true && older !== undefined && newest.at - older.at >= 1000)
  await server.hms('backup', 'verify', newest.file)
  rmSync(join(server.home, 'backups'), { recursive: true })
  writeFileSync(join(server.home, 'backups'), 'a file in the way')
  const { alerts } = await server.until((status) => status.alerts.some(({ what }) => what.startsWith('No backup could be made')))
  assert.match(JSON.stringify(alerts), /cannot be made: .*every 10 minutes/)
})

test('killed at any point it leaves no backup but a whole one, and the next one cleans up', async () => {
  const crashFile = join(tmpdir(), `hms-backup-crash-${process.pid}`)
  await using server = await startServer({ environment: { HMS_TEST_CRASH: crashFile } })
  await server.call('relay.allow', { cidr: '127.0.0.1' })
  const folder = join(server.home, 'backups')
  for (const point of ['backup-begun', 'backup-copied', 'backup-copied 2', 'backup-written', 'backup-renamed']) {
    writeFileSync(crashFile, point)
    const ended = await server.run('backup')
    assert.notEqual(ended.code, 0, point)
    assert.ok(!existsSync(crashFile), `${point} was come to`)
    const whole = readdirSync(folder).filter((name) => name.endsWith('.zip'))
    assert.equal(whole.length, point === 'backup-renamed' ? 1 : 0, point)
    for (const name of whole) await server.hms('backup', 'verify', join(folder, name))
    // The server never stops for it.
    assert.equal((await server.status()).workers[0]?.health, 'ok')
  }
  const made = await server.hms<Made>('backup')
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.includes('.new')),
    [],
  )
  assert.ok(statSync(made.file).size === made.size)
})

test('a disk without room is told before anything is written', async () => {
  await using server = await startServer()
  await server.stop()
  server.configure({ 'spool.low_water': '1000GiB' })
  const refused = await server.run('backup')
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /may need .* are kept for mail/)
  assert.deepEqual(readdirSync(join(server.home, 'backups')), [])
})

test('how far it is stands at the terminal, wherever the answer goes', async () => {
  await using server = await startServer()
  await server.stop()
  const [file, answer] = [join(server.home, 'backup.zip'), join(server.home, 'answer.json')]
  const atTerminal = (words: string): string => {
    const command = `'${HMS}' ${words} --home '${server.home}' --json >'${answer}'`
    const { status, stdout } = spawnSync('script', ['-qefc', command, '/dev/null'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    assert.equal(status, 0, stdout)
    JSON.parse(readFileSync(answer, 'utf8'))
    return stdout
  }
  assert.match(atTerminal(`backup --to '${file}'`), /Backing up: \d+ % of/)
  assert.match(atTerminal(`backup verify '${file}'`), /Checking: \d+ % of/)
  assert.match(
    atTerminal(`restore '${file}' --yes`),
    /Reading: \d+ % of[^]*Checking shard 0[^]*Comparing the queue with the delivery journal[^]*Making the new parts/,
  )
})
