import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { systemClock } from '../../../base/clock.ts'
import { until } from '../../../../testkit/patience.ts'
import { sample, spoolIn, temporaryFolder } from '../../../../testkit/spool-samples.ts'

const MIB = 1024 * 1024
const quick = { ...systemClock, after: (ms: number, fn: () => void) => systemClock.after(ms / 20, fn) }

test('an adopted shard without a message keeps no disk space back, one with a message does', async () => {
  using folder = temporaryFolder()
  for (const slot of [1, 2]) {
    await using other = await spoolIn(folder.path, { slot, workers: 3, reserve: MIB })
    if (slot === 2) await other.append(sample(other.reserve()))
    await until(() => sizeOf(slot) === MIB)
  }
  await using spool = await spoolIn(folder.path, { slot: 0, workers: 1, reserve: MIB, clock: quick })
  await until(() => sizeOf(1) === 0)
  assert.deepEqual([...spool.shards()].toSorted(), [0, 1, 2])
  assert.deepEqual([0, 1, 2].map(sizeOf), [MIB, 0, MIB])

  function sizeOf(shard: number): number {
    return statSync(join(folder.path, `${shard}.reserve`), { throwIfNoEntry: false })?.size ?? 0
  }
})
