import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { systemClock } from '../../base/clock.ts'
import { sample, spoolIn, temporaryFolder } from '../../../testkit/spool-samples.ts'

const MIB = 1024 * 1024
const quick = { ...systemClock, after: (ms: number, fn: () => void) => systemClock.after(ms / 20, fn) }

test('an adopted shard without a message keeps no disk space back, one with a message does', async () => {
  using folder = temporaryFolder()
  for (const slot of [1, 2]) {
    await using other = await spoolIn(folder.path, { slot, workers: 3, reserve: MIB })
    if (slot === 2) await other.append(sample(other.reserve()))
    for (const end = performance.now() + 10_000; sizeOf(slot) !== MIB && performance.now() < end;) await wait(20)
    assert.equal(sizeOf(slot), MIB)
  }
  await using spool = await spoolIn(folder.path, { slot: 0, workers: 1, reserve: MIB, clock: quick })
  for (const end = performance.now() + 30_000; sizeOf(1) > 0 && performance.now() < end;) await wait(50)
  assert.deepEqual([...spool.shards()].toSorted(), [0, 1, 2])
  assert.deepEqual([0, 1, 2].map(sizeOf), [MIB, 0, MIB])

  function sizeOf(shard: number): number {
    return statSync(join(folder.path, `${shard}.reserve`), { throwIfNoEntry: false })?.size ?? 0
  }
})
