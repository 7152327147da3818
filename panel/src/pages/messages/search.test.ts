import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventCommand, eventQuery, filtersOf, queueQuery, searchOf } from './search.ts'

test('what stands in an address and is no filter is left out', () => {
  assert.deepEqual(
    searchOf({ recipient: 'ann@example.com', account: '1001', kinds: ['failed', 'nonsense'], last: '24h', page: 3, state: 'gone' }),
    {
      recipient: 'ann@example.com',
      account: 1001,
      kinds: ['failed'],
      last: '24h',
    },
  )
  assert.deepEqual(searchOf({ mailing: 7, account: 12, last: 'toString', kinds: 'failed' }), { mailing: '7' })
})

test('a recipient with signs of a pattern is one, to the call that takes patterns', () => {
  assert.deepEqual(eventQuery({ recipient: '*@example.com' }), { address: '*@example.com' })
  assert.deepEqual(eventQuery({ recipient: 'ann@example.com' }), { recipient: 'ann@example.com' })
  assert.deepEqual(queueQuery({ view: 'queue', recipient: '*@example.com', state: 'held', subject: 'no filter of the queue' }), {
    recipient: '*@example.com',
    state: 'held',
  })
})

test('a search is told as the command that does it, and by its filters', () => {
  const search = searchOf({ domain: 'example.com', subject: 'two words', kinds: ['failed', 'expired'], last: '7d' })
  assert.equal(
    eventCommand(search, (text) => `<${text}>`),
    'events --subject <two words> --recipient <@example.com> --kind failed,expired --since 7d',
  )
  assert.deepEqual(filtersOf({ ...search, view: 'queue' }), [['domain', 'example.com']])
})
