import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Restarts } from './restarts.ts'

test('a worker that came back is told of for an hour, and how often', () => {
  const restarts = new Restarts()
  restarts.saw(0, 1000)
  restarts.saw(0, 1000)
  restarts.saw(1, 1000)
  assert.deepEqual(restarts.alerts(2000), [])
  restarts.saw(0, 50_000)
  assert.match(restarts.alerts(60_000)[0]?.what ?? '', /^Worker 0 ended unexpectedly\. It is running again/)
  restarts.saw(0, 70_000)
  assert.deepEqual(
    restarts.alerts(80_000).map(({ at, what }) => [at, /2 times/.test(what)]),
    [[70_000, true]],
  )
  assert.deepEqual(restarts.alerts(70_000 + 3_600_000), [])
})
