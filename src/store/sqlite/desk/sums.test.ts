import assert from 'node:assert/strict'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { ReportSum } from '../../../contract/sums.ts'
import { SumsOnSqlite } from './sums.ts'

const COUNTS = { messages: 1, aligned: 1, dkim: 1, spf: 1, quarantined: 0, rejected: 0 }
const row = (change: Partial<Extract<ReportSum, { kind: 'dmarc' }>>): ReportSum => ({
  kind: 'dmarc',
  reporter: 'liar.test',
  isProved: true,
  report: 'r',
  domain: 'sender.test',
  day: 20_000,
  counts: COUNTS,
  ...change,
})

test('a report counts once, and of one reporter no more than a hundred about a domain and day', () => {
  using database = new DatabaseSync(':memory:')
  const sums = new SumsOnSqlite(database)
  for (let i = 0; i < 2; i++) sums.take([row({ reporter: 'example.net' })])
  sums.take(Array.from({ length: 300 }, (_, i) => row({ report: `r${i}` })))
  sums.take([
    row({ report: 'late' }),
    row({ report: 'late', day: 20_001 }),
    row({ report: 'late', domain: 'two.test' }),
    row({ reporter: 'z' }),
  ])
  const listed = sums.list('dmarc', 0, null)
  const of = (name: string): number => listed.filter(({ reporter }) => reporter === name).length
  assert.deepEqual([of('example.net'), of('liar.test'), of('z')], [1, 102, 1])
})
