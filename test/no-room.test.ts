// A disk that is too small, or fills up while a backup or a restore is made: it is refused before it begins, or undone with the reason, and
// what was there before is there still. Needs root for a small tmpfs; conversions: formats.test.ts and settings.test.ts.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { PATIENCE_MS } from '../testkit/patience.ts'
import { fillQueue } from '../testkit/queue-fill.ts'
import { startServer, type TestServer } from '../testkit/server.ts'
import { cannotMount, SmallDisk } from '../testkit/small-disk.ts'

const HMS = join(import.meta.dirname, '../hms')
const MESSAGES = 1000
const QUEUE = { messages: MESSAGES, recipientsEach: 1, domains: 50, size: 20_000, dueIn: 3_600_000 }
const skip = cannotMount()

interface Made {
  readonly file: string
}

/** Stopped, with a queue of 20 MB, all of it told to the journal. */
async function filledServer(home?: string): Promise<TestServer> {
  const server = await startServer(home === undefined ? {} : { home })
  await server.call('route.set', { pattern: '*', url: 'smtp://127.0.0.1:9' })
  await server.stop()
  await fillQueue({ home: server.home, ...QUEUE })
  await server.startAgain()
  await server.until(({ accepted }) => accepted === MESSAGES)
  await server.stop()
  return server
}

/** Everything in the home but what a look at it makes anew. */
function contentOf(home: string): Record<string, string> {
  const names = readdirSync(home, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(home, name)).isFile())
  const kept = names.filter((name) => !/-shm$|-wal$|\.lock$|^run\//.test(name)).toSorted()
  return Object.fromEntries(
    kept.map((name) => [
      name,
      createHash('sha256')
        .update(readFileSync(join(home, name)))
        .digest('hex'),
    ]),
  )
}

/** Runs the command and fills the disk as soon as it has begun to write `begun`; it is halted meanwhile. */
async function filledDuring(disk: SmallDisk, home: string, words: readonly string[], begun: () => boolean) {
  const child = spawn(HMS, [...words, '--home', home, '--json'], { stdio: ['ignore', 'ignore', 'pipe'] })
  const [said, ended] = [text(child.stderr), once(child, 'exit')]
  for (const end = performance.now() + PATIENCE_MS; !begun(); await wait(1)) assert.ok(performance.now() < end && child.exitCode === null)
  child.kill('SIGSTOP')
  disk.fill()
  child.kill('SIGCONT')
  await ended
  const { error } = JSON.parse((await said).trim().split('\n').at(-1) ?? '') as { error: { code: string; message: string; mend: string } }
  return { code: child.exitCode, error }
}

test('a backup on a disk that is too small, or fills up, leaves nothing, and mail goes on', { skip }, async () => {
  using disk = new SmallDisk('160m')
  await using server = await filledServer()
  await server.startAgain()
  const to = join(disk.folder, 'backup.zip')
  {
    using small = new SmallDisk('10m')
    await assert.rejects(server.hms('backup', '--to', join(small.folder, 'b.zip')), (error) => {
      const [, need, free] = /backup-no-room.*may need (\d+) MiB.*; (\d+) MiB are free/.exec(String(error)) ?? []
      return Number(need) > Number(free)
    })
    assert.deepEqual(readdirSync(small.folder), [])
  }
  const { code, error } = await filledDuring(disk, server.home, ['backup', '--to', to], () => existsSync(`${to}.new`))
  assert.deepEqual([code, error.code], [1, 'backup-unwritable'], error.message)
  assert.match(`${error.message} ${error.mend}`, /cannot be made: .*(?:ENOSPC|full).*--to/)
  assert.deepEqual(readdirSync(disk.folder), ['ballast'])
  assert.equal((await server.status()).workers[0]?.health, 'ok')
  assert.equal((await server.hms<{ message: string }>('send')).message.length, 16)
  disk.free()
  const made = await server.hms<Made>('backup', '--to', to)
  await server.hms('backup', 'verify', made.file)
})

test('a restore on a disk that is too small, or fills up, changes nothing', { skip }, async () => {
  using disk = new SmallDisk('200m')
  const apart = mkdtempSync(join(tmpdir(), 'hms-no-room-'))
  await using server = await filledServer(join(disk.folder, 'home'))
  const { home } = server
  const backup = join(apart, 'backup.zip')
  await server.hms('backup', '--to', backup)
  for (const suffix of ['', '-wal', '-shm']) rmSync(join(home, `spool/0.db${suffix}`), { force: true })
  const before = contentOf(home)

  disk.fillBut(10 * 1024 * 1024)
  await assert.rejects(server.hms('restore', backup, '--yes'), /restore-no-room.*may need \d+ MiB.*Nothing was changed/)
  assert.deepEqual(contentOf(home), before)
  disk.free()

  const staged = join(home, 'restore.new/spool/0.db')
  const { code, error } = await filledDuring(disk, home, ['restore', backup, '--yes'], () => existsSync(staged))
  assert.deepEqual([code, error.code], [1, 'restore-no-room'], error.message)
  assert.match(`${error.message} ${error.mend}`, /full.*Nothing was changed/)
  assert.deepEqual(contentOf(home), before)
  disk.free()
  const { restored, lost } = await server.hms<{ restored: number; lost: unknown[] }>('restore', backup, '--yes')
  assert.deepEqual([restored, lost.length], [MESSAGES, 0])
  await server.startAgain()
  await server.until(({ queued }) => queued === MESSAGES)
  rmSync(apart, { recursive: true })
})
