// Headers as a hook sees them: their fields as people read them, and an event that is plain data whatever is done with it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readHeader } from '../message/header.ts'
import { receivedMessage } from './host/received-message.ts'
import { shownFields, shownHeader } from './shown-header.ts'

const shown = (...lines: readonly string[]) => shownHeader(readHeader(Buffer.from([...lines, '', ''].join('\r\n'))))

test('fields are shown unfolded, in their order, with their names as they are written', () => {
  const fields = shownFields(shown('Received: by a', '\tfor b;', 'SUBJECT :  two ', ' lines  ', 'X-Empty:'))
  assert.deepEqual(fields, [
    { name: 'Received', value: 'by a\tfor b;' },
    { name: 'SUBJECT', value: 'two  lines' },
    { name: 'X-Empty', value: '' },
  ])
  assert.deepEqual(shownFields({ text: '', places: [] }), [])
})

test('values are read as UTF-8 before they are trimmed', () => {
  // Their last octets are A0 and 85, spaces as characters.
  for (const word of ['grüße', 'voilà', 'Р', '…', '堠', '😠'])
    assert.deepEqual(shownFields(shown(`X: ${word}`)), [{ name: 'X', value: word }])
})

test('an event has its header however it is copied, and as it was set', async () => {
  const pieces = [Buffer.from('the '), Buffer.from('body'), null]
  const facts = { session: 1, client: null, account: 1, message: 'm', sender: 'a@example.test', recipients: [], size: 9 }
  const told = { ...facts, header: shown('Subject: one') } as unknown as Parameters<typeof receivedMessage>[0]
  const event = receivedMessage(told, () => Promise.resolve(pieces.shift() ?? null))
  const header = [{ name: 'Subject', value: 'one' }]
  assert.deepEqual({ ...event }.header, header)
  assert.deepEqual(JSON.parse(JSON.stringify(event)), { ...facts, header })
  assert.equal(event.header, event.header)
  const other = [{ name: 'X', value: 'two' }]
  Object.assign(event, { header: other })
  assert.equal(event.header, other)
  assert.equal(String(await event.wholeBody()), 'the body')
})
