import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fields, table } from './table.ts'
import { visible, visibleLines } from './visible.ts'
import { withMoments } from '../../policy/audit/difference.ts'
import { counted, dateTime, octets, relative } from './when.ts'

const ROWS = [
  { id: 'a', n: 5, text: 'short' },
  { id: 'bb', n: 12_345, text: 'a long text that goes on and on' },
]
const COLUMNS = [
  { title: 'ID', of: (row: (typeof ROWS)[0]) => row.id },
  { title: 'N', of: (row: (typeof ROWS)[0]) => row.n, right: true },
  { title: 'TEXT', of: (row: (typeof ROWS)[0]) => row.text, shrinks: true },
]

test('a table is as wide as its content, and never wider than the terminal', () => {
  assert.equal(
    table(ROWS, COLUMNS, Number.POSITIVE_INFINITY, 'none'),
    'ID      N  TEXT\na       5  short\nbb  12345  a long text that goes on and on\n',
  )
  const narrow = table(ROWS, COLUMNS, 24, 'none')
  assert.ok(narrow.split('\n').every((line) => line.length <= 24))
  assert.match(narrow, /a long text …/)
  assert.equal(table([], COLUMNS, 80, 'No rows.'), 'No rows.\n')
  assert.equal(fields([['a', 1] as const, ['long', null] as const]), 'a     1\nlong  -\n')
})

test('what a peer says cannot steer the terminal', () => {
  assert.equal(visible('250 \u001b]0;owned\u0007 ok\r\n\u009b31m\u202e'), String.raw`250 \x1b]0;owned\x07 ok\x0d\x0a\x9b31m\u202e`)
  assert.equal(visible('a\u061cb\u200bc\u00add\u{e0041}'), String.raw`a\u061cb\u200bc\xadd\u{e0041}`)
  assert.equal(visible('grün 日本 👍'), 'grün 日本 👍')
  assert.equal(visibleLines('A: b\r\n\tc\u001b'), `A: b\n\tc${String.raw`\x1b`}`)
  assert.match(table([{ id: '\u001b[2J' }], [{ title: 'ID', of: (row) => row.id }], 80, ''), /\\x1b\[2J/)
})

test('times and amounts', () => {
  assert.match(dateTime(0), /^19(69|70)-\d\d-\d\d \d\d:\d\d:\d\d$/)
  assert.equal(relative(1000, 301_000), '5m ago')
  assert.equal(relative(7_200_000 + 1000, 1000), 'in 2h')
  assert.equal(octets(1536), '1.5 KiB')
})

test('one is one', () => {
  assert.deepEqual(
    [0, 1, 2].map((n) => counted(n, 'message')),
    ['0 messages', '1 message', '2 messages'],
  )
})

test('moments among the fields of a thing are read as times, amounts are not', () => {
  const at = Date.parse('2026-11-23T08:12:44Z')
  const thing = { madeAt: at, linkUntil: null, silence: { until: at }, seen: [{ lastUse: at }], limits: { at: 60_000, size: at } }
  const time = dateTime(at)
  assert.deepEqual(withMoments(thing, dateTime), {
    madeAt: time,
    linkUntil: null,
    silence: { until: time },
    seen: [{ lastUse: time }],
    limits: { at: 60_000, size: at },
  })
})
