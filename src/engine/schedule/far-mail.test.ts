import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EpochMs, ShardId } from '../../base/brand.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { FarMail } from './far-mail.ts'

const SHARD = 0 as ShardId

test('who looks for all domains finds those of mail for a later day, too, while the backlog is read anew', () => {
  const clock = new FakeClock(0)
  using far = new FarMail({ clock, read: () => {} })
  assert.deepEqual(far.shards(), [])
  far.add(SHARD, 40, 86_400_000 as EpochMs)
  assert.deepEqual(far.shards(), [SHARD])
  far.begin(SHARD)
  assert.deepEqual([far.shards(), far.waiting], [[SHARD], 0])
  far.end(SHARD)
  assert.deepEqual(far.shards(), [], 'the reading found none')
})
