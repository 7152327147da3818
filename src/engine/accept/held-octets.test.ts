import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, MessageId } from '../../base/brand.ts'
import { HeldOctets, parted } from './held-octets.ts'

const SEEN = { account: { id: 1000 as AccountId }, request: { sender: null }, recipients: [] }

test('a header of very many fields is held as its octets alone, and read for each who asks', () => {
  const header = `${'a:\r\n'.repeat(60_000)}\r\n`
  for (const octets of [Buffer.from(`${header}text`), Buffer.from(header.slice(0, -2))]) {
    assert.equal(parted(octets).read, null)
    const held = HeldOctets.inMemory(octets)
    const view = held.view('1' as MessageId, SEEN)
    held.change({ header: [{ kind: 'add', name: 'X-Seen', value: 'yes' }] })
    assert.deepEqual([view.header.fields.length, held.read.fields.length], [60_000, 60_001])
    assert.equal(view.header.text, header)
  }
  assert.equal(parted(Buffer.from('a: b\r\n\r\ntext')).read?.fields.length, 1)
})
