import assert from 'node:assert/strict'
import { test } from 'node:test'
import { OutboxMemory } from './outbox-memory.ts'

const MIB = 1024 * 1024

function memoryOf(...sizes: readonly number[]): OutboxMemory {
  const memory = new OutboxMemory(0)
  for (const [n, size] of sizes.entries()) memory.add({ last: n + 1, count: 1, lines: new Uint8Array(size) })
  return memory
}

test('one answer has so many events, or so many octets, and always a whole group', () => {
  const small = memoryOf(100, 100, 100)
  assert.equal(small.read(0, 2)?.length, 2)
  assert.equal(small.read(1, 10)?.length, 2)
  const large = memoryOf(MIB, 1.5 * MIB, 100, 100)
  assert.equal(large.read(0, 10)?.length, 2)
  assert.equal(large.read(2, 10)?.length, 2)
  assert.equal(memoryOf(3 * MIB, 100).read(0, 10)?.length, 1)
})

test('who is further behind than it reaches has to read the rows', () => {
  const memory = memoryOf(3 * MIB, 3 * MIB, 100)
  assert.equal(memory.read(0, 10), null)
  assert.equal(memory.read(1, 10)?.length, 1)
  memory.release(3)
  assert.deepEqual(memory.read(3, 10), [])
})
