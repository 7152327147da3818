// What a template is while it is written.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { draftOf, filledUp, isSame, partsOf } from './parts.ts'

test('a part that is empty is none', () => {
  assert.deepEqual(partsOf({ subject: '  ', text: 'x', html: '' }), { text: 'x' })
  assert.ok(isSame(draftOf({ text: 'x' }), { subject: '', text: 'x', html: '' }))
})

test('fields that are missing get their own names as values, within what is there', () => {
  const data = { name: 'Ann', order: { id: 1 } }
  assert.deepEqual(filledUp(data, ['order.total.net', 'nick']), { name: 'Ann', order: { id: 1, total: { net: 'net' } }, nick: 'nick' })
  assert.deepEqual(data, { name: 'Ann', order: { id: 1 } })
})
