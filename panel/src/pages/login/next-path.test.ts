import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nextPath } from './next-path.ts'

test('a link leads on to a path of this panel, and nowhere else', () => {
  for (const path of ['/', '/messages?q=a%2F%2Fb#x', '/login']) assert.equal(nextPath(path), path)
  for (const other of [
    '//x.example',
    '/\\x.example',
    '/\t/x.example',
    '/\n\\x.example',
    '\t//x.example',
    '/\r/x.example',
    'https://x.example/',
    'javascript:alert(1)',
    'messages',
    '',
    7,
    undefined,
  ])
    assert.equal(nextPath(other), undefined, String(other))
})
