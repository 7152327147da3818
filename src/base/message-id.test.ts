import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ShardId } from './brand.ts'
import { epochOf, formatEpoch, formatMessageId, parseMessageId, placeOf } from './message-id.ts'

test('a message id tells its epoch, shard and sequence', () => {
  const epoch = formatEpoch(2 ** 30 - 1)
  const id = formatMessageId(epoch, 1023 as ShardId, 2 ** 40 - 1)
  assert.equal(id.length, 16)
  assert.deepEqual(placeOf(id), { shard: 1023, sequence: 2 ** 40 - 1 })
  assert.equal(epochOf(id), epoch)
  assert.equal(parseMessageId(id.toUpperCase()), id)
})

test('ids of one shard sort by age, and what is no id is refused', () => {
  const epoch = formatEpoch(7)
  const ids = [1, 31, 32, 33, 1024, 10 ** 9].map((sequence) => formatMessageId(epoch, 3 as ShardId, sequence))
  assert.deepEqual(ids.toSorted(), ids)
  for (const text of ['', 'short', 'uuuuuuuuuuuuuuuu', `${ids[0]}0`]) assert.equal(parseMessageId(text), undefined)
})
