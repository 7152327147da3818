import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ago, roughly, share, size, span } from './format.ts'

// Languages part number and unit with other spaces.
const plain = (text: string): string => text.replaceAll(/\s/g, ' ')

test('spans name their two greatest parts, short ones a place behind the point', () => {
  assert.equal(plain(span(420)), '420 ms')
  assert.equal(plain(span(1500)), '1.5s')
  assert.equal(plain(span(61_000)), '1m 1s')
  assert.equal(plain(span(7_500_000)), '2h 5m')
  assert.equal(plain(span(3 * 86_400_000)), '3d')
})

test('times are told from now on, in the greatest unit that they fill', () => {
  assert.equal(ago(0, 0), 'now')
  assert.equal(ago(0, 110_000), '2 minutes ago')
  assert.equal(ago(7_200_000, 0), 'in 2 hours')
})

test('octets, shares and great numbers are short', () => {
  assert.equal(plain(size(0)), '0 bytes')
  assert.equal(plain(size(1_250_000)), '1.3 MB')
  assert.equal(share(0.973), '97.3%')
  assert.equal(share(0.0008), '0.08%')
  assert.equal(roughly(9999), '9,999')
  assert.equal(roughly(1_234_567), '1.23M')
})
