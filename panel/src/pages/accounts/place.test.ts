import assert from 'node:assert/strict'
import { test } from 'node:test'
import { placeOf } from './place.ts'

test('the first listener is where an application reaches the server', () => {
  const of = (listen: string | undefined) => placeOf(listen, 'mta.example', 587)
  assert.deepEqual(of('[127.0.0.1:2525]'), { host: '127.0.0.1', port: 2525 })
  assert.deepEqual(of('127.0.0.1:2525, [::]:25'), { host: '127.0.0.1', port: 2525 })
  assert.deepEqual(of('0.0.0.0:25'), { host: 'mta.example', port: 25 })
  assert.deepEqual(of('[::]:25'), { host: 'mta.example', port: 25 })
  assert.deepEqual(of('[[::1]:25]'), { host: '::1', port: 25 })
  assert.deepEqual(of('127.0.0.1:0'), { host: 'mta.example', port: 587 }, 'any port that is free')
  assert.deepEqual(of(''), { host: 'mta.example', port: 587 })
  assert.deepEqual(of(undefined), { host: 'mta.example', port: 587 })
})
