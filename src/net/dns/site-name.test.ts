import assert from 'node:assert/strict'
import { test } from 'node:test'
import { siteName } from './site-name.ts'

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
