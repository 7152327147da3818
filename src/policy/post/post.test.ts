import assert from 'node:assert/strict'
import { test } from 'node:test'
import { canonicalPattern, mayPost } from './allowed.ts'
import { classifyStatus, retryAfter, waitAsked } from './answers.ts'

test('a pattern allows its scheme, host, port and path, and nothing else', () => {
  const table: [pattern: string, allowed: readonly string[], refused: readonly string[]][] = [
    [
      'https://hooks.example.com/',
      ['https://hooks.example.com/', 'https://hooks.example.com/a?b'],
      ['http://hooks.example.com/', 'https://hooks.example.com:8443/', 'https://a.hooks.example.com/', 'https://xhooks.example.com/'],
    ],
    [
      'https://*.example.com/',
      ['https://a.example.com/', 'https://a.b.example.com/x'],
      ['https://example.com/', 'https://aexample.com/', 'https://example.com.evil.test/', 'https://a.example.com:444/'],
    ],
    ['https://*/', ['https://x.test/', 'https://192.0.2.1/'], ['http://x.test/', 'https://x.test:8443/']],
    ['http://*:8080/', ['http://x.test:8080/'], ['https://x.test:8080/', 'http://x.test/']],
    ['https://x.test/in/', ['https://x.test/in/a'], ['https://x.test/in', 'https://x.test/inside', 'https://x.test/in/..%2fadmin']],
    [
      'https://x.test/in',
      ['https://x.test/in', 'https://x.test/in/a', 'https://x.test/in?a'],
      ['https://x.test/inside', 'https://x.test/'],
    ],
    ['https://[2001:db8::1]/', ['https://[2001:db8::1]/a'], ['https://[2001:db8::2]/']],
  ]
  for (const [pattern, allowed, refused] of table) {
    for (const url of allowed) assert.ok(mayPost([pattern], url), `${pattern} allows ${url}`)
    for (const url of refused) assert.ok(!mayPost([pattern], url), `${pattern} does not allow ${url}`)
  }
  assert.equal(mayPost([], 'https://x.test/'), false)
})

test('patterns have one form; what is none is refused', () => {
  assert.equal(canonicalPattern(' HTTPS://Hooks.Example.com:443 '), 'https://hooks.example.com/')
  assert.equal(canonicalPattern('https://*.Example.com:8443/in/'), 'https://*.example.com:8443/in/')
  for (const text of [
    '',
    '*',
    'hooks.example.com',
    'ftp://x.test/',
    'https://a*.x.test/',
    'https://x.*/',
    'https://u@x.test/',
    'https://x.test/*',
    'https://x.test/?a',
    'https://x.test/a/../b',
    'https://127.1/',
    'https://x.test:0/',
    'https://x.test:70000/',
    'https://*.1.2.3.4/',
  ])
    assert.equal(canonicalPattern(text), undefined, text)
})

test('408, 425, 429 and 5xx come again; redirects and the rest fail, and none of them is a hard bounce', () => {
  for (const status of [408, 425, 429, 500, 502, 503, 599]) assert.equal(classifyStatus(status).kind, 'defer', String(status))
  for (const status of [300, 301, 302, 307, 308, 400, 401, 403, 404, 410, 413, 422, 600, 999])
    assert.equal(classifyStatus(status).kind, 'fail', String(status))
  for (let status = 100; status < 1000; status++)
    assert.ok(![2001, 2002, 2003, 2004, 2999, 3002, 4006].includes(classifyStatus(status).code))
})

test('Retry-After is read as seconds or as a date, within a day', () => {
  const now = Date.UTC(2026, 10, 22, 7)
  assert.equal(retryAfter('120', now), 120_000)
  assert.equal(retryAfter('9999999999', now), 24 * 3_600_000)
  assert.equal(retryAfter('Sun, 22 Nov 2026 07:05:00 GMT', now), 300_000)
  assert.equal(retryAfter('Sun, 22 Nov 2026 06:05:00 GMT', now), 0)
  for (const text of [undefined, '', '-1', '1.5', '1e9', 'soon', '99999999999', 'Sun, 99 Nov 2026 07:05:00 GMT', '2026-11-22'])
    assert.equal(retryAfter(text, now), null, text)
  assert.deepEqual([waitAsked(1000, 1), waitAsked(1000, 10), waitAsked(500_000, 10)], [1000, 100_000, 500_000])
})
