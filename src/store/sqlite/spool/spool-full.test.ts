// A disk that is really full: a small tmpfs, for root only.
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { MessageId } from '../../../base/brand.ts'
import type { SpoolHealth } from '../../../engine/ports/spool.ts'
import { until } from '../../../../testkit/patience.ts'
import { FIRST, sample, settled, spoolIn } from '../../../../testkit/spool-samples.ts'
import type { SpoolOptions, SqliteSpool } from './spool.ts'

const skip = process.getuid?.() === 0 ? false : 'a full disk is made by mounting a tmpfs, which needs root'
const MIB = 1024 * 1024
const QUIET = { debug() {}, info() {}, warn() {}, error() {} }

function mount(size: number): { path: string; spool: string; filler: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'hms-full-'))
  assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'hms-test', path]).status, 0)
  return {
    path,
    spool: join(path, 'spool'),
    filler: join(path, 'filler'),
    [Symbol.dispose]() {
      spawnSync('umount', ['-l', path])
      rmdirSync(path)
    },
  }
}

function fill(path: string): void {
  for (const size of [MIB, 4096, 512])
    try {
      for (;;) writeFileSync(path, Buffer.alloc(size, 1), { flag: 'a' })
    } catch {
      // No room for a piece of this size.
    }
}

const open = (folder: string, change: Partial<SpoolOptions> = {}): Promise<SqliteSpool> =>
  spoolIn(folder, { reserve: 4 * MIB, log: QUIET, ...change })

async function appendUntilFull(spool: SqliteSpool, size: number): Promise<MessageId[]> {
  const kept: MessageId[] = []
  for (;;) {
    try {
      const id = spool.reserve()
      await spool.append(sample(id, { body: Buffer.alloc(size, 'z') }))
      kept.push(id)
    } catch (error) {
      assert.equal((error as { code?: string }).code, 'spool-full')
      return kept
    }
  }
}

for (const [what, size, count] of [
  ['in the database', 4096, 300],
  ['in slots', 40_000, 30],
] as const)
  test(`a full disk refuses messages, takes every outcome, and is well again when there is room: bodies ${what}`, { skip }, async () => {
    using disk = mount(24 * MIB)
    const states: SpoolHealth['state'][] = []
    await using spool = await open(disk.spool, {
      listener: { adopted: () => undefined, health: (_shard, { state }) => states.push(state) },
    })
    await until(() => (statSync(join(disk.spool, '0.reserve'), { throwIfNoEntry: false })?.size ?? 0) === 4 * MIB, 'the reserve')
    const early: MessageId[] = []
    for (let n = 0; n < count; n++) {
      const id = spool.reserve()
      early.push(id)
      await spool.append(sample(id, { body: Buffer.alloc(size, 'z') }))
    }
    fill(disk.filler)
    const late = await appendUntilFull(spool, size)
    assert.equal(spool.health().state, 'full')
    assert.throws(() => spool.reserve(), { code: 'spool-full' })
    for (const id of early) await spool.settle(settled(id))
    for (const id of late) assert.ok(await spool.find(id))
    await assert.rejects(spool.append(sample(early[0]!)), { code: 'spool-full' })
    unlinkSync(disk.filler)
    await until(() => spool.health().state === 'ok', 'health')
    await spool.append(sample(spool.reserve()))
    await until(() => (statSync(join(disk.spool, '0.reserve')).size ?? 0) === 4 * MIB, 'the reserve again')
    // Each reason is told: no room for a row, then for a page of the log.
    assert.deepEqual(
      states.filter((state, at) => state !== states[at - 1]),
      ['full', 'ok'],
    )
    assert.deepEqual(await spool.check(FIRST), { recipients: late.length + 1, problems: [] })
  })

test('a start on a full disk after a kill keeps what was acknowledged and takes outcomes', { skip }, async () => {
  using disk = mount(24 * MIB)
  const script = join(import.meta.dirname, '../../../../testkit/spool-child.ts')
  const args = ['--disable-warning=ExperimentalWarning', script, disk.spool, '0', '1', 'fill']
  const child = spawnSync(process.execPath, args, { encoding: 'utf8', killSignal: 'SIGKILL', timeout: 600_000 })
  assert.equal(child.signal, 'SIGKILL')
  const acknowledged = child.stdout
    .split('\n')
    .filter((line) => line.startsWith('ack '))
    .map((line) => line.slice(4) as MessageId)
  assert.ok(acknowledged.length > 100)
  fill(disk.filler)
  await using spool = await open(disk.spool)
  assert.deepEqual(spool.shards(), [0])
  for (const id of acknowledged) await spool.settle(settled(id))
  assert.equal((await spool.count({})).messages, 0)
  unlinkSync(disk.filler)
  await until(() => spool.health().state === 'ok', 'health')
})

test('below the low-water mark nothing is accepted, and outcomes need no reserve', { skip }, async () => {
  using disk = mount(24 * MIB)
  await using spool = await open(disk.spool, { lowWater: { bytes: 8 * MIB, percent: 0 } })
  const id = spool.reserve()
  await spool.append(sample(id))
  writeFileSync(disk.filler, Buffer.alloc(14 * MIB, 1))
  await until(() => spool.health().state === 'full', 'low water')
  assert.throws(() => spool.reserve(), { code: 'spool-full' })
  await spool.settle(settled(id))
  unlinkSync(disk.filler)
  await until(() => spool.health().state === 'ok', 'health')
})
