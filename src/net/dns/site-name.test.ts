import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hostsOfSite, siteName } from './site-name.ts'

test('a site is named by what its hosts share', () => {
  assert.equal(siteName(['mx.example.test']), 'mx.example.test')
  assert.equal(siteName(['alt2.in.l.test', 'in.l.test', 'alt1.in.l.test']), '(@|alt1|alt2).in.l.test')
  assert.equal(siteName(['mx1.one.test', 'mx2.two.example']), '(mx1.one.test|mx2.two.example)')
  assert.equal(siteName(['b.x.test', 'a.y.test']), '(a.y|b.x).test')
  assert.equal(siteName(['a.x.test', 'a.x.test']), 'a.x.test')
})

test('other hosts are another site, and the name stays short', () => {
  assert.notEqual(siteName(['a.x.test', 'b.y.test']), siteName(['a.y.test', 'b.x.test']))
  const many = Array.from({ length: 60 }, (_, i) => `mx${i}.mail.example.test`)
  const name = siteName(many)
  assert.match(name, /^\(60 hosts [0-9a-f]{16}\)\.mail\.example\.test$/)
  assert.equal(siteName(many.toReversed()), name)
  assert.notEqual(siteName(many.slice(1)), name)
})

test('the hosts of a site are in its name, unless they are too many', () => {
  for (const hosts of [['mx.example.test'], ['alt1.in.l.test', 'in.l.test'], ['mx1.one.test', 'mx2.two.example'], ['a.y.test', 'b.x.test']])
    assert.deepEqual(hostsOfSite(siteName(hosts)).toSorted(), hosts)
  assert.deepEqual(hostsOfSite(siteName(Array.from({ length: 60 }, (_, i) => `mx${i}.mail.example.test`))), [])
  for (const other of ['', '(', '()', 'smtp://127.0.0.1:25', '(a|b', '(a)(b)']) assert.ok(hostsOfSite(other).length === 1, other)
})
