// What a report is asked by.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commandOf, divisionOf, queryOf, searchOf } from './search.ts'

const NOON = Date.parse('2026-11-23T12:00:00Z')

test('what stands in the address is judged, and what is none of it left out', () => {
  assert.deepEqual(searchOf({ by: 'day', last: '30d', account: 12, order: 'nothing', compare: 'yes' }), {})
  assert.deepEqual(searchOf({ from: '2026-11-05', to: '2026-11-01', last: '7d' }), { last: '7d' })
  assert.deepEqual(searchOf({ by: 'code', from: '2026-11-01', to: '2026-11-05', code: 2001, account: 1001, compare: true }), {
    by: 'code',
    from: '2026-11-01',
    to: '2026-11-05',
    code: '2001',
    account: 1001,
    compare: true,
  })
})

test('days are whole ones, today among them; the last 24 hours end with this hour', () => {
  assert.equal(queryOf({ last: '7d' }, 'UTC', NOON).from, '2026-11-17')
  assert.equal(queryOf({ last: '24h' }, 'UTC', NOON + 1).from, '2026-11-22T13:00:00.000Z')
  assert.deepEqual(queryOf({ from: '2026-11-01', to: '2026-11-05', domain: 'x.example' }, 'UTC', NOON), {
    from: '2026-11-01',
    to: '2026-11-05',
    zone: 'UTC',
    domain: 'x.example',
  })
})

test('times are intervals, all else divides the whole; providers are sites added up', () => {
  assert.deepEqual(divisionOf({}), { interval: 'day' })
  assert.deepEqual(divisionOf({ by: 'provider' }), { interval: 'total', by: 'site', order: 'recipients' })
  assert.deepEqual(divisionOf({ by: 'code' }), { interval: 'total', by: 'code', order: 'failed' })
  assert.equal(
    commandOf({ by: 'domain', last: '7d', account: 1001, compare: true }, 'Europe/Vienna', (text) => text),
    'report --last 7 --by domain --order recipients --account 1001 --zone Europe/Vienna --compare',
  )
})
