import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import { clickTarget, openClickTarget, openUnsubscription, unsubscribeValue } from './links.ts'

const key = (n: number, since: number, fill: number) => ({ n, since, secret: new Uint8Array(32).fill(fill) })
const KEYS = [key(1, 0, 1), key(2, 1000, 2)]
const ACCOUNT = 1001 as AccountId
const HOST = 'click.example.com'
const TARGET = { account: ACCOUNT, url: 'https://x.example/a b?c=%20&d=ü#e', link: 'top-1', at: 0 }

test('a target is read as it was written, with and without an id, and by a key that was followed by others', () => {
  const text = clickTarget(KEYS, HOST, TARGET)
  assert.match(text, /^[\w-]+$/)
  assert.deepEqual(openClickTarget([...KEYS, key(3, 2000, 3)], HOST, text), TARGET)
  const plain = { ...TARGET, link: null, at: 5000 }
  assert.deepEqual(openClickTarget(KEYS, HOST, clickTarget(KEYS, HOST, plain)), plain)
  assert.equal(text, clickTarget(KEYS, HOST, TARGET), 'each recipient has the same link')
})

test('nothing is read that was not signed for this host with a key of ours', () => {
  const text = clickTarget(KEYS, HOST, TARGET)
  assert.equal(openClickTarget(KEYS, 'other.example.com', text), null)
  assert.equal(openClickTarget([key(1, 0, 9)], HOST, text), null)
  assert.equal(openClickTarget([], HOST, text), null)
  const octets = Buffer.from(text, 'base64url')
  for (let i = 0; i < octets.length; i++) {
    const changed = Buffer.from(octets)
    changed[i] = (changed[i] ?? 0) ^ 1
    assert.equal(openClickTarget(KEYS, HOST, changed.toString('base64url')), null, `octet ${i}`)
  }
  for (const other of ['', 'x', text.slice(0, -1), `${text}A`, `${text}=`, `${text.slice(0, -2)}!!`, 'A'.repeat(100_000)])
    assert.equal(openClickTarget(KEYS, HOST, other), null)
})

const WHOM = { address: 'jane.doe@example.com', stream: 'news', mailing: 'may-2026', clientId: 'c-1' }

test('an unsubscribe link holds whom it is for, sealed: the same at every attempt, readable with its token and key alone', () => {
  const value = unsubscribeValue(KEYS, 'tokena', WHOM, 5000)
  assert.equal(value, unsubscribeValue(KEYS, 'tokena', WHOM, 6000))
  const [token = '', sealed = ''] = value.split('.')
  assert.deepEqual(openUnsubscription(KEYS, token, sealed), WHOM)
  assert.doesNotMatch(Buffer.from(sealed, 'base64url').toString('latin1'), /jane|example|news/)
  assert.equal(openUnsubscription(KEYS, 'tokenb', sealed), null)
  assert.equal(openUnsubscription([key(2, 0, 9)], token, sealed), null)
  const changed = Buffer.from(sealed, 'base64url')
  changed[changed.length - 1] = (changed.at(-1) ?? 0) ^ 1
  assert.equal(openUnsubscription(KEYS, token, changed.toString('base64url')), null)
  assert.notEqual(sealed, unsubscribeValue(KEYS, 'tokena', { ...WHOM, address: 'x@example.com' }, 5000).split('.')[1])
})

test('however long an address and its ids, a line of a header has room for the link', () => {
  const address = `${'a'.repeat(64)}@${'b'.repeat(186)}.com`
  const whom = { address, stream: 's'.repeat(32), mailing: 'm'.repeat(100), clientId: 'c'.repeat(100) }
  const value = unsubscribeValue(KEYS, 't'.repeat(64), whom, 1)
  assert.ok(value.length < 700, String(value.length))
  const [token = '', sealed = ''] = value.split('.')
  assert.deepEqual(openUnsubscription(KEYS, token, sealed), { ...whom, mailing: null, clientId: null })
})
