import assert from 'node:assert/strict'
import { test } from 'node:test'
import { cutoffsOf, type KeptKind } from './cutoffs.ts'

const kind = (days: Readonly<Record<string, number>>, change: Partial<KeptKind> = {}): KeptKind => ({
  days: new Map(Object.entries(days)),
  since: '2026-11-01',
  mostBytes: Infinity,
  untouched: '2026-11-22',
  ...change,
})

test('what is too old for its kind goes, and nothing else while there is room', () => {
  const kinds = {
    events: kind({ '2026-10-31': 50, '2026-11-01': 50, '2026-11-22': 5 }),
    sent: kind({ '2026-01-01': 9 }, { since: '2025-12-01' }),
  }
  assert.deepEqual(cutoffsOf(kinds, 64, 0), { events: '2026-11-01', sent: '2025-12-01' })
})

test('beyond what a kind may have its oldest days go, never the one that is written', () => {
  const days = { '2026-11-19': 10, '2026-11-20': 10, '2026-11-21': 10, '2026-11-22': 10 }
  assert.equal(cutoffsOf({ logs: kind(days, { mostBytes: 20 }) }, 1000, 0).logs, '2026-11-21')
  assert.equal(cutoffsOf({ logs: kind(days, { mostBytes: 0 }) }, 1000, 0).logs, '2026-11-22')
})

test('beyond what all may have the oldest days of all kinds go first, but none that is needed', () => {
  const kinds = {
    events: kind({ '2026-11-20': 10, '2026-11-21': 10, '2026-11-22': 10 }),
    sent: kind({ '2026-06-01': 10, '2026-11-21': 10 }, { since: '2026-01-01' }),
    journal: kind({ '2026-11-02': 10, '2026-11-03': 10 }, { untouched: '2026-11-03' }),
  }
  const begin = { events: '2026-11-01', sent: '2026-01-01', journal: '2026-11-01' }
  assert.deepEqual(cutoffsOf(kinds, 70, 0), begin)
  assert.deepEqual(cutoffsOf(kinds, 70, 1), { ...begin, sent: '2026-06-02' })
  assert.deepEqual(cutoffsOf(kinds, 50, 0), { ...begin, sent: '2026-06-02', journal: '2026-11-03' })
  assert.deepEqual(cutoffsOf(kinds, 40, 0), { events: '2026-11-21', sent: '2026-06-02', journal: '2026-11-03' })
  assert.deepEqual(cutoffsOf(kinds, 0, 0), { events: '2026-11-22', sent: '2026-11-22', journal: '2026-11-03' })
})
