import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BodyPieces } from './body-pieces.ts'

test('pieces of all sizes come together as they came', () => {
  const sizes = [1, 4095, 4096, 1, 1, 70_000, 0, 3, ...Array.from({ length: 50_000 }, () => 1), 4000, 4000, 9000]
  const pieces = new BodyPieces()
  const all = sizes.map((size, n) => Buffer.alloc(size, n % 251))
  for (const piece of all) pieces.add(piece)
  assert.equal(pieces.octets, Buffer.concat(all).length)
  assert.ok(pieces.whole().equals(Buffer.concat(all)))
  assert.equal(new BodyPieces().whole().length, 0)
})

test('none of the small ones is kept, but for a body that is one', () => {
  const one = Buffer.from('a')
  const pieces = new BodyPieces()
  pieces.add(one)
  assert.equal(pieces.whole(), one)
  const small = Buffer.from('b')
  pieces.add(small)
  small.write('x')
  assert.equal(pieces.whole().toString(), 'ab')
})
