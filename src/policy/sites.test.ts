import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connectionsWanted, shareOf } from './sites.ts'

test('connections grow with the queue and stay within limit and queue', () => {
  const table: [waiting: number, limit: number, wanted: number][] = [
    [0, 20, 0],
    [1, 20, 1],
    [2, 20, 1],
    [10, 20, 5],
    [100, 20, 18],
    [1000, 20, 20],
    [1_000_000, 20, 20],
    [5, 1, 1],
    [3, 1000, 3],
  ]
  for (const [waiting, limit, wanted] of table) assert.equal(connectionsWanted(waiting, limit), wanted, `${waiting} of ${limit}`)
})

test('a limit is divided among workers and never comes to nothing', () => {
  assert.equal(shareOf(20, 4), 5)
  assert.equal(shareOf(2, 4), 1)
  assert.equal(shareOf(2, 0), 2)
})
