// What a job is while it is written.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dataOf, documentOf, EMPTY } from './job-values.ts'

test('a job names a template or brings its own message, and leaves out what is empty', () => {
  const values = { ...EMPTY, account: '1001', from: ' news@example.com ', template: 'spring' }
  assert.deepEqual(documentOf(values), {
    account: 1001,
    message: { from: 'news@example.com', template: { id: 'spring' } },
    missing: 'error',
  })
  const own = { ...values, source: 'own' as const, subject: 'Hello', html: '<p>x</p>', data: '{"shop":"x"}', start: '2027-03-01T08:00:00Z' }
  assert.deepEqual(documentOf(own), {
    account: 1001,
    message: { from: 'news@example.com', subject: 'Hello', html: '<p>x</p>' },
    data: { shop: 'x' },
    missing: 'error',
    start: '2027-03-01T08:00:00.000Z',
  })
})

test('data are an object or nothing', () => {
  assert.deepEqual(dataOf(' '), {})
  for (const text of ['[1]', '"x"', '{', 'null']) assert.equal(dataOf(text), null, text)
})
