import assert from 'node:assert/strict'
import { test } from 'node:test'
import { differenceLines } from './difference.ts'
import { shownAlone, shownChange } from './shown.ts'

test('secrets are not shown, wherever they are, and that one is another is told', () => {
  const before = { user: 'u', storedKey: 'AAA', salt: 'S', inner: [{ newPassword: 'p1' }], networks: [] }
  const after = { user: 'u', storedKey: 'BBB', salt: 'S', inner: [{ newPassword: 'p1' }], secret: 'new', password: null }
  const shown = shownChange(before, after)
  assert.deepEqual(shown.before, {
    user: 'u',
    storedKey: '(not shown)',
    salt: '(not shown)',
    inner: [{ newPassword: '(not shown)' }],
    networks: [],
  })
  assert.deepEqual(shown.after, {
    user: 'u',
    storedKey: '(not shown, changed)',
    salt: '(not shown)',
    inner: [{ newPassword: '(not shown)' }],
    secret: '(not shown)',
    password: null,
  })
  assert.deepEqual(shownAlone({ private_key: 'x', recoveryCodes: ['1', '2'], Token: 't', keys: 3, hasPassword: true }), {
    private_key: '(not shown)',
    recoveryCodes: '(not shown)',
    Token: '(not shown)',
    keys: 3,
    hasPassword: true,
  })
})

test('the login of an address is not shown, its host is', () => {
  const [url, two] = ['smtp://ann:pa@ss@relay.example:587/x@y', 'a https://u:p@h.example and socks5://x@i.example "b"']
  assert.equal(shownAlone(url), 'smtp://(not shown)@relay.example:587/x@y')
  assert.equal(shownAlone(two), 'a https://(not shown)@h.example and socks5://(not shown)@i.example "b"')
  assert.equal(shownAlone('http://h.example/ mail a@b.example'), 'http://h.example/ mail a@b.example')
  const cut = String(shownAlone(`${'x'.repeat(1980)} smtp://ann:${'secret'.repeat(10)}@host`))
  assert.ok(!cut.includes('secret'), cut.slice(1970))
})

test('however large a value is, what is kept of it is bounded, and that it is another is seen', () => {
  const text = 'a'.repeat(100_000)
  const [one, other] = [shownAlone(text), shownAlone(`${text}b`)]
  assert.notEqual(one, other)
  assert.ok(String(one).length < 2100)
  const many = Array.from({ length: 1000 }, (_, i) => ({ text: `${i} ${text}` }))
  assert.ok(JSON.stringify(shownAlone(many)).length < 200)
  assert.deepEqual((shownAlone(Array.from({ length: 101 }, () => 1)) as unknown[]).at(-1), '… 101 in all')
  let deep: unknown = 1
  for (let i = 0; i < 10_000; i++) deep = [deep]
  assert.ok(JSON.stringify(shownAlone(deep)).length < 100)
})

test('differences are told line by line', () => {
  const lines = (before: unknown, after: unknown): string[] =>
    differenceLines(before, after).map(({ kind, text }) => `${kind === 'gone' ? '-' : '+'} ${text}`)
  assert.deepEqual(lines({ a: 1, b: { c: 'x', d: [1, 2] } }, { a: 1, b: { c: 'y', d: [1, 3] }, e: {} }), [
    '- b.c: x',
    '+ b.c: y',
    '- b.d.1: 2',
    '+ b.d.1: 3',
    '+ e: {}',
  ])
  assert.deepEqual(lines(null, { a: null }), ['+ a: null'])
  assert.deepEqual(lines({ a: 1 }, null), ['- a: 1'])
  assert.deepEqual(lines('x', 'y'), ['- x', '+ y'])
  assert.deepEqual(lines({ a: 1 }, { a: 1 }), [])
})
