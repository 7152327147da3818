// Fields are added, put in, changed and removed where a filter says, and nothing else of the header moves by an octet.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changeHeader, type FieldChange } from './header-changes.ts'

const HEADER = 'Received: by a\r\n\tfor b;\r\nSubject: =?x?=\r\nX-A: 1\r\nx-a:  2\r\n\r\n'

function changed(changes: readonly FieldChange[], header = HEADER): string {
  return changeHeader(Buffer.from(header, 'latin1'), changes).toString('latin1')
}

test('what is not touched stays as it is, with its folds and spaces', () => {
  assert.equal(changed([]), HEADER)
  assert.equal(changed([{ kind: 'add', name: 'X-B', value: 'b' }]), HEADER.replace('\r\n\r\n', '\r\nX-B: b\r\n\r\n'))
})

test('fields are put in by place and found by name and number, whatever their case', () => {
  assert.match(changed([{ kind: 'insert', at: 0, name: 'X-B', value: 'b' }]), /^X-B: b\r\nReceived/)
  assert.match(changed([{ kind: 'insert', at: 99, name: 'X-B', value: 'b' }]), /X-B: b\r\n\r\n$/)
  assert.match(changed([{ kind: 'change', name: 'X-a', nth: 2, value: 'new' }]), /X-A: 1\r\nX-a: new\r\n/)
  assert.match(changed([{ kind: 'change', name: 'x-c', nth: 1, value: 'new' }]), /x-c: new\r\n\r\n$/)
  assert.doesNotMatch(changed([{ kind: 'remove', name: 'x-A', nth: 1 }]), /X-A: 1/)
  assert.doesNotMatch(changed([{ kind: 'remove', name: 'x-A', nth: 'all' }]), /x-a/i)
  assert.equal(changed([{ kind: 'remove', name: 'x-A', nth: 3 }]), HEADER)
})

test('each change is made over those before it', () => {
  const made = changed([
    { kind: 'insert', at: 0, name: 'X-A', value: '0' },
    { kind: 'remove', name: 'X-A', nth: 2 },
  ])
  assert.deepEqual(made.match(/^x-a:.*$/gim), ['X-A: 0', 'x-a:  2'])
})

test('a value can be no field of its own and no end of the header', () => {
  const made = changed([{ kind: 'add', name: 'X-B', value: 'b\nBcc: all\r\n\r\nbody\r\rmore\0' }])
  assert.match(made, /X-B: b\r\n\tBcc: all\r\n\tbody\r\n\tmore\r\n\r\n$/)
  assert.throws(() => changed([{ kind: 'add', name: 'X B:', value: '' }]), /no name of a header field/)
})

test('letters beyond ASCII are UTF-8, and octets of others are kept', () => {
  const octets = Buffer.concat([Buffer.from('X-A: '), Buffer.from([0xff, 0xfe]), Buffer.from('\r\n\r\n')])
  const made = changeHeader(octets, [{ kind: 'add', name: 'X-B', value: 'ü' }])
  assert.ok(made.includes(Buffer.from([0xff, 0xfe])))
  assert.ok(made.includes(Buffer.from('X-B: ü\r\n')))
})

test('a header of nothing gets its first field', () => {
  assert.equal(changed([{ kind: 'add', name: 'X-B', value: 'b' }], '\r\n'), 'X-B: b\r\n\r\n')
})
