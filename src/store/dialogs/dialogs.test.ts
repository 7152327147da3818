// Dialogs on a real disk: found by message among those of others, within bounds however many come, gone with a person, and no worse for a crash
// or a disk that fails.
import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../../../testkit/patience.ts'
import { EPOCH, temporaryFolder } from '../../../testkit/spool-samples.ts'
import type { AccountId, MessageId, ShardId } from '../../base/brand.ts'
import { machineClock } from '../../base/clock.ts'
import { jsonLog } from '../../base/log.ts'
import { formatMessageId } from '../../base/message-id.ts'
import type { AttemptDialog } from '../../contract/dialogs.ts'
import { Eraser } from '../../policy/kept/erasure.ts'
import { pruneDialogs } from './dialog-file.ts'
import { DialogShelf, newestDialogs } from './dialog-shelf.ts'
import { DialogWriter } from './dialog-writer.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const DAY = 86_400_000
const gently = async (): Promise<void> => {}
const id = (n: number): MessageId => formatMessageId(EPOCH, 0 as ShardId, n)

function dialogOf(n: number, change: Partial<AttemptDialog> = {}, text = '451 4.7.1 later'): AttemptDialog {
  const who = { account: 1001 as AccountId, message: id(n), recipients: [`r${n}@x.test`], more: 0, again: false }
  const lines = [
    { from: 'us', after: 20, text: `RCPT TO:<r${n}@x.test>` },
    { from: 'peer', after: 31, text },
  ] as const
  return { at: NOW + n, ...who, host: 'mx.x.test', address: '192.0.2.1', port: 25, begun: NOW, lines, ...change }
}

function writerIn(folder: string, change: { bytes?: number; now?: () => number; log?: (line: string) => void } = {}): DialogWriter {
  const log = jsonLog('test', 'info', change.log ?? ((line) => assert.fail(line)))
  return new DialogWriter({ folder, all: false, bytes: 1 << 28, workers: 1, clock: machineClock, now: () => NOW, ...change, log })
}

async function write(folder: string, dialogs: readonly AttemptDialog[], change: Parameters<typeof writerIn>[1] = {}): Promise<void> {
  await using writer = writerIn(folder, change)
  for (const one of dialogs) writer.keep(one)
}

const sizeOf = (folder: string): number => readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0)

test('those of a message are found in order, over writers, blocks and days; at most so many, the newest', async () => {
  using folder = temporaryFolder()
  const shelf = new DialogShelf(folder.path)
  assert.deepEqual(await shelf.find(id(1), 10), [])
  const long = 'x'.repeat(900)
  await write(
    folder.path,
    Array.from({ length: 1000 }, (_, n) => dialogOf(n, {}, long)),
  )
  await write(folder.path, [dialogOf(7, { at: NOW + 5000, again: true })])
  await write(folder.path, [dialogOf(7, { at: NOW + DAY })], { now: () => NOW + DAY })
  assert.deepEqual(
    (await shelf.find(id(7), 10)).map(({ at, again }) => [at - NOW, again]),
    [
      [7, false],
      [5000, true],
      [DAY, false],
    ],
  )
  assert.deepEqual(
    (await shelf.find(id(7), 2)).map(({ at }) => at - NOW),
    [5000, DAY],
  )
  assert.deepEqual(await shelf.find(id(999), 10), [dialogOf(999, {}, long)])
  assert.deepEqual(await shelf.find(id(1000), 10), [])
  assert.deepEqual(await shelf.dayNames(), ['2026-11-22', '2026-11-23'])
  assert.equal((await newestDialogs(folder.path))?.format, 1)
  assert.ok(readdirSync(folder.path).every((name) => (statSync(join(folder.path, name)).mode & 0o077) === 0))
})

test('what waits is written by itself, and what comes while the disk is slow is bounded', async () => {
  using folder = temporaryFolder()
  const lines: string[] = []
  await using writer = writerIn(folder.path, { log: (line) => lines.push(line) })
  writer.keep(dialogOf(1))
  const shelf = new DialogShelf(folder.path)
  await until(async () => (await shelf.find(id(1), 1)).length === 1, 'it is not written')
  // In one turn: nothing can be written meanwhile.
  for (let n = 0; n < 20_000; n++) writer.keep(dialogOf(n + 2, {}, 'y'.repeat(1000)))
  await until(() => lines.length > 0, 'nothing was left out')
  assert.match(lines.join(), /failed faster/)
  assert.equal((await shelf.find(id(2), 1)).length, 1)
  assert.equal((await shelf.find(id(20_001), 1)).length, 0)
})

test('all files together stay within their octets, and the newest stay', async () => {
  using folder = temporaryFolder()
  const bytes = 8 << 20
  let seed = 1
  const noise = (): string => Array.from({ length: 60 }, () => ((seed = Math.imul(seed, 48_271) >>> 0), seed.toString(36))).join(' ')
  let most = 0
  for (let round = 0; round < 12; round++) {
    await write(
      folder.path,
      Array.from({ length: 3000 }, (_, n) => dialogOf(round * 3000 + n, {}, noise())),
      { bytes },
    )
    most = Math.max(most, sizeOf(folder.path))
  }
  assert.ok(most <= bytes && most > bytes / 4, String(most))
  const shelf = new DialogShelf(folder.path)
  assert.equal((await shelf.find(id(35_999), 1)).length, 1)
  assert.equal((await shelf.find(id(1), 1)).length, 0)
  await pruneDialogs(folder.path, { since: '2026-11-23', most: bytes })
  assert.deepEqual(readdirSync(folder.path), [])
})

test('a person is erased from every dialog that names him, beside a writer, and others stay', async () => {
  using folder = temporaryFolder()
  const shelf = new DialogShelf(folder.path)
  await using writer = writerIn(folder.path)
  const named = { recipients: ['bob@x.test', 'Ann@x.test'] }
  for (const one of [dialogOf(1), dialogOf(2, named), dialogOf(3, {}, '550 no ann@X.test here'), dialogOf(4)]) writer.keep(one)
  await until(async () => (await shelf.find(id(4), 1)).length === 1, 'it is not written')
  const ann = new Eraser('ann@x.test')
  assert.equal(await shelf.erase('2026-11-22', ann, true, gently), 2)
  assert.equal(await shelf.erase('2026-11-22', ann, false, gently), 2)
  assert.equal(await shelf.erase('2026-11-22', ann, false, gently), 0)
  assert.deepEqual(await shelf.find(id(2), 1), [])
  assert.deepEqual(await shelf.find(id(3), 1), [])
  assert.deepEqual(await shelf.find(id(1), 1), [dialogOf(1)])
  writer.keep(dialogOf(5))
  await until(async () => (await shelf.find(id(5), 1)).length === 1, 'it is not written behind it')
  assert.deepEqual(await shelf.find(id(4), 1), [dialogOf(4)])
  // Of one that is alone in its block nothing stays.
  assert.equal(await shelf.erase('2026-11-22', new Eraser('r5@x.test'), false, gently), 1)
  assert.deepEqual(await shelf.find(id(5), 1), [])
})

test('what a crash cut off, and what is no such file, hides nothing else', async () => {
  using folder = temporaryFolder()
  await write(folder.path, [dialogOf(1)])
  await write(folder.path, [dialogOf(1, { at: NOW + 99 })])
  const [one = '', two = ''] = readdirSync(folder.path).filter((name) => name.endsWith('.dialogs'))
  const index = join(folder.path, one.replace('.dialogs', '.index'))
  // The index of a block that is not there, half of another entry, a block that was cut.
  const entry = readFileSync(index)
  entry.writeUInt32LE(100_000, 4)
  appendFileSync(index, Buffer.concat([entry, entry.subarray(0, 5)]))
  const whole = readFileSync(join(folder.path, two))
  writeFileSync(join(folder.path, two), whole.subarray(0, whole.length - 3))
  writeFileSync(join(folder.path, '2026-11-22.9.dialogs'), 'hm')
  const shelf = new DialogShelf(folder.path)
  assert.deepEqual(await shelf.find(id(1), 10), [dialogOf(1)])
  assert.equal(await shelf.erase('2026-11-22', new Eraser('nobody@x.test'), false, gently), 0)
  await write(folder.path, [dialogOf(2)])
  assert.equal((await shelf.find(id(2), 1)).length, 1)
})

test('a disk that does not take them is told of once, and what comes when it does is kept', async () => {
  using folder = temporaryFolder()
  const lines: string[] = []
  const place = join(folder.path, 'dialogs')
  writeFileSync(place, 'in the way')
  await using writer = writerIn(place, { log: (line) => lines.push(line) })
  for (const n of [1, 2]) {
    writer.keep(dialogOf(n))
    await until(() => lines.length === 1, 'it is not told')
  }
  rmSync(place)
  mkdirSync(place)
  const shelf = new DialogShelf(place)
  await until(async () => {
    writer.keep(dialogOf(3))
    return (await shelf.find(id(3), 1)).length === 1
  }, 'it is not kept')
  assert.equal(lines.length, 1)
})
