// Slots are found and filled wherever they are, however the octets come in pieces, and nothing else is touched.
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import type { MessageId } from '../base/brand.ts'
import type { TokenKey } from '../contract/settings.ts'
import { filledChunks, filledSize, fillSlots, findSlots, SlotFinder, slotMark, slotNonce, storedSize } from './slots.ts'

const KEYS: readonly TokenKey[] = [{ n: 1, since: 0, secret: createHash('sha256').update('key').digest() }]
const NONCE = slotNonce(KEYS, '0123456789abcdef' as MessageId, 1)
const MARK = slotMark('token', NONCE)
const VALUE = 'bcdefghijklmnopqrstuvwxyz234567abcdefghij'

const cases: Record<string, string> = {
  none: 'plain text\r\n',
  nothing: '',
  alone: MARK,
  'in a link': `<a href="https://x.example/u/${MARK}">`,
  'one after the other': `${MARK}${MARK}x${MARK}`,
  'at both ends': `${MARK} and ${MARK}`,
  'between soft line breaks': `text =\r\n${MARK}=\r\n more\r\n`,
  'half a mark before': `${MARK.slice(0, -1)}${MARK}`,
  'half a mark at the end': `${MARK} ${MARK.slice(0, 20)}`,
  'a mark of another kind': `${NONCE}9 ${MARK}`,
  'a mark of another message': `${slotMark('token', slotNonce(KEYS, '0123456789abcdeg' as MessageId, 1))} ${MARK}`,
}

async function* pieces(octets: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size)
}

test('marks are letters and digits, one line, and of their message alone', () => {
  assert.match(MARK, /^hms[a-z2-7]{24}t$/)
  assert.equal(slotNonce(KEYS, '0123456789abcdef' as MessageId, 99), NONCE)
  assert.throws(() => slotNonce([], '0123456789abcdef' as MessageId, 1), { code: 'no-token-key' })
})

for (const [name, text] of Object.entries(cases))
  test(`slots: ${name}`, async () => {
    const octets = Buffer.from(text)
    const slots = findSlots(octets, NONCE)
    const fill = { slots, values: { token: VALUE, unsubscribe: VALUE } }
    const expected = text.replaceAll(MARK, VALUE)
    assert.equal(fillSlots(octets, fill).toString(), expected)
    assert.equal(filledSize(octets.length, fill), expected.length)
    assert.equal(storedSize(expected.length, fill), octets.length)
    for (const size of [1, 2, 3, 7, 27, 28, 29, 64]) {
      const finder = new SlotFinder(NONCE)
      for await (const piece of pieces(octets, size)) finder.push(piece)
      assert.deepEqual(finder.slots, slots, `found in pieces of ${size}`)
      const out: Buffer[] = []
      for await (const piece of filledChunks(pieces(octets, size), fill)) out.push(piece)
      assert.equal(Buffer.concat(out).toString(), expected, `filled in pieces of ${size}`)
    }
  })

test('what could change a line does not go into a slot', () => {
  for (const token of ['', '.x', 'a b', 'a\r\nb', 'ü'])
    assert.throws(
      () => fillSlots(Buffer.from(MARK), { slots: [{ at: 0, kind: 'token' }], values: { token, unsubscribe: 'x' } }),
      /cannot stand in a slot/,
    )
})
