import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NumberedEvent } from '../../contract/events.ts'
import { ERASED, Eraser } from './erasure.ts'

const ann = new Eraser('Ann.Lee@example.com')

test('the address is found whatever its case, in links and in return paths, and nobody else is', () => {
  for (const text of [
    '<ANN.lee@Example.COM>: unknown',
    'to=ann.lee@example.com.',
    'https://x.example/?u=ann.lee%40example.com&x',
    'bounce+ann.lee=example.com@own.example',
  ]) {
    assert.ok(ann.isIn(text), text)
    assert.ok(!/ann\.lee/i.test(ann.masked(text)), text)
    assert.ok(!ann.isIn(ann.masked(text)), text)
  }
  for (const text of [
    'joann.lee@example.com',
    'x+ann.lee@example.com',
    'ann.lee@example.com.au',
    'ann.lee@example.community',
    'annxlee@example.com',
  ])
    assert.ok(!ann.isIn(text), text)
  assert.ok(new Eraser('"a b"@x.example').isIn(JSON.stringify({ to: '"a b"@x.example' })))
  assert.equal(new Eraser('a+b/c@x.example').masked('a+b/c@x.example, a+b/c@x.example'), `${ERASED}, ${ERASED}`)
})

test('every address that there can be is found', () => {
  for (const address of [
    "o'neil-smith!#$%&*+/=?^_`{|}~x@mail-1.example",
    '"a\\"b c"@x.example',
    'jürgen@bücher.example',
    'a@[192.0.2.1]',
    'a@[IPv6:2001:db8::1]',
  ]) {
    const eraser = new Eraser(address)
    assert.ok(eraser.isIn(`to <${address.toUpperCase()}>`), address)
    assert.ok(eraser.isIn(JSON.stringify({ to: address })), address)
    assert.ok(!eraser.isIn(`to <x${address}>`), address)
  }
})

const event = (facts: object): NumberedEvent => ({ id: '0.1', at: 1, kind: 'delivered', sender: 's@own.example', ...facts }) as never

test('what is about the person goes, what is about others no longer names him', () => {
  assert.equal(ann.event(event({ recipient: 'ann.lee@EXAMPLE.com' })), null)
  assert.equal(ann.event(event({ kind: 'accepted', recipients: 1, recipient: 'ann.lee@example.com' })), null)
  const many = event({
    kind: 'accepted',
    recipients: 3,
    recipient: 'bob@example.com',
    others: ['Ann.Lee@example.com', 'cy@example.com'],
    clientIds: ['b', 'a', null],
  })
  assert.deepEqual(ann.event(many), { ...many, others: [ERASED, 'cy@example.com'], clientIds: ['b', null, null] })
  const from = event({ recipient: 'bob@example.com', sender: 'ann.lee@example.com', reply: { text: 'hello ann.lee@example.com' } })
  assert.deepEqual(ann.event(from), { ...from, sender: ERASED, reply: { text: `hello ${ERASED}` } })
})

test('lines of logs go where he is the recipient', () => {
  const line = (recipient: string, sender: string): string => `2026-11-22 07:15:41 Sent 1000 id - ${recipient} ${sender} 700`
  assert.equal(ann.line(line('ann.lee@example.com', 's@own.example'), false), null)
  assert.equal(ann.line(line('b@example.com', 'ann.lee@example.com'), false), line('b@example.com', ERASED))
  assert.equal(ann.line(line('b@example.com', 's@own.example'), false), line('b@example.com', 's@own.example'))
  assert.equal(ann.line(JSON.stringify(event({ recipient: 'ann.lee@example.com' })), true), null)
})
