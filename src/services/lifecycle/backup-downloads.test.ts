// Backups that are opened for reading: piece by piece, for half a day, and no other file in their place.
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { BackupDownloads } from './backup-downloads.ts'

const HOUR = 3_600_000
const SIZE = 2_500_000

function backup(): string {
  const file = join(mkdtempSync(join(tmpdir(), 'downloads-')), 'hms.zip')
  writeFileSync(file, Buffer.alloc(SIZE, 'backup'))
  return file
}

test('an opened backup is read in pieces of 1 MiB to its end, under a name that nobody guesses', async () => {
  const downloads = new BackupDownloads(new FakeClock())
  const { id, name, size } = await downloads.open(backup())
  assert.deepEqual([name, size], ['hms.zip', SIZE])
  assert.match(id, /^[0-9a-f]{32}$/)
  let octets = 0
  for (let from: number | null = 0; from !== null;) {
    const piece = await downloads.read(id, from)
    octets += Buffer.from(piece.octets, 'base64').length
    from = piece.next
  }
  assert.equal(octets, SIZE)
  assert.equal((await downloads.read(id, SIZE)).octets, '')
  await assert.rejects(downloads.read(id, SIZE + 1), { code: 'no-backup' })
  await assert.rejects(downloads.read('0'.repeat(32), 0), { code: 'no-backup' })
})

test('after half a day, or with another file in its place, nothing is read; the oldest of too many is let go', async () => {
  const clock = new FakeClock()
  const downloads = new BackupDownloads(clock)
  const file = backup()
  const first = await downloads.open(file)
  clock.pass(13 * HOUR)
  await assert.rejects(downloads.read(first.id, 0), { code: 'no-backup' })
  const second = await downloads.open(file)
  writeFileSync(file, 'another')
  await assert.rejects(downloads.read(second.id, 0), { code: 'no-backup' })
  await assert.rejects(downloads.open('/nowhere/hms.zip'), { code: 'no-backup' })
  const other = backup()
  const all = []
  for (let n = 0; n < 21; n++) all.push(await downloads.open(other))
  await assert.rejects(downloads.read(all[0]?.id ?? '', 0), { code: 'no-backup' })
  assert.equal((await downloads.read(all[1]?.id ?? '', 0)).size, SIZE)
})
