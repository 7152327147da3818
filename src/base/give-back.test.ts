import assert from 'node:assert/strict'
import { test } from 'node:test'
import { giveBack } from './give-back.ts'

test('memory that is given back is the system’s at once, and nothing is left in what was a view of it', () => {
  const before = process.memoryUsage().arrayBuffers
  const octets = new Uint8Array(64 * 1024 * 1024).fill(1)
  const part = octets.subarray(5)
  assert.ok(process.memoryUsage().arrayBuffers - before >= octets.length)
  giveBack(octets)
  assert.ok(process.memoryUsage().arrayBuffers - before < 32 * 1024 * 1024)
  assert.deepEqual([octets.length, part.length], [0, 0])
  giveBack(octets)
})

test('small octets that share their memory with others are not given back', () => {
  const [one, other] = [Buffer.from('one'), Buffer.from('other')]
  assert.equal(one.buffer, other.buffer)
  assert.throws(() => giveBack(one), TypeError)
  assert.deepEqual([one.toString(), other.toString()], ['one', 'other'])
})
