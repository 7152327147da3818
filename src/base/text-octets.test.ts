import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TextOctets } from './text-octets.ts'

test('text comes out as it went in, whatever it is made of and however it is cut', () => {
  for (const piece of ['a', 'ü', '€', '🌀', 'line of a log\n', '', 'x'.repeat(70_000), '€'.repeat(30_000)]) {
    const text = new TextOctets()
    let all = ''
    for (let n = 0; n < 20_000 && all.length < 400_000; n++) {
      const added = n % 3 === 0 ? piece : `${n} `
      all += added
      text.add(added)
      if (n === 500) assert.equal(text.octets().toString(), all)
    }
    assert.ok(text.octets().equals(Buffer.from(all)))
    const octets = text.octets()
    text.letGo()
    assert.deepEqual([octets.length, text.octets().length], [0, 0])
    text.add('once more')
    assert.equal(text.octets().toString(), 'once more')
  }
})

test('a short text takes little memory: a batch may have thousands of them', () => {
  const text = new TextOctets()
  text.add('a line of a log\n')
  const octets = text.octets()
  assert.equal(octets.toString(), 'a line of a log\n')
  assert.ok(octets.buffer.byteLength < 1024, `${octets.buffer.byteLength} octets`)
})
