import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LineHandover, type ToFollower } from './line-handover.ts'

test('a thread that takes nothing is given no more than it has room for, and told to look once it takes again', () => {
  const posted: ToFollower[] = []
  const handover = new LineHandover((message) => void posted.push(message))
  const lines = Buffer.alloc(1024 * 1024, 'x')
  for (let i = 0; i < 10; i++) handover.committed({ shard: 0, after: i, upTo: i + 1, lines })
  assert.equal(posted.length, 4)
  for (const message of posted.slice()) {
    assert.ok(message !== 'look' && message.lines.lines.buffer !== lines.buffer)
    handover.took(message.lines.lines.length)
  }
  assert.deepEqual(posted.slice(4), ['look'])
  handover.committed({ shard: 0, after: 10, upTo: 11, lines })
  assert.equal(posted.length, 6)
})

test('a batch that is larger than all the room is looked for on the disk at once', () => {
  const posted: ToFollower[] = []
  const handover = new LineHandover((message) => void posted.push(message))
  handover.committed({ shard: 0, after: 0, upTo: 4000, lines: Buffer.alloc(5 * 1024 * 1024) })
  assert.deepEqual(posted, ['look'])
})
