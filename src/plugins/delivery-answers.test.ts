// What plug-ins answer about mail on its way: values within the bounds that rules have, and everything else is no answer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { configWith } from '../../testkit/engine-home.ts'
import { merge } from '../policy/rules/merge.ts'
import { Nonsense, receivedAnswer, stepAnswer } from './answers.ts'
import { connectionAnswer, connectionRuleOf, deferringAnswer, domainAnswer, domainChangeOf, domainRuleOf } from './delivery-answers.ts'

const EFFECTIVE = merge([], { config: configWith(), provider: null })
const RULE = domainRuleOf(EFFECTIVE)
const OF_CONNECTION = connectionRuleOf(EFFECTIVE)

test('what is answered is a change, a deferral or a failure; what repeats the rule changes nothing', () => {
  for (const nothing of [
    undefined,
    null,
    { action: 'continue' },
    { action: 'continue', rule: null },
    { action: 'continue', rule: { ...RULE } },
  ])
    assert.equal(domainAnswer(nothing, RULE, 'a'), null)
  const rule = { ...RULE, messages_per_hour: 50, expiry: 3_600_000, pool: 'cold', recipients_per_connection: null }
  const changed = domainAnswer({ action: 'continue', rule }, RULE, 'a')
  assert.deepEqual(changed, { kind: 'changed', values: { messages_per_hour: 50, expiry: 3_600_000, pool: 'cold' } })
  assert.deepEqual(domainChangeOf({ messages_per_hour: 50, expiry: 3_600_000, pool: 'cold' }), {
    rule: { messages_per_hour: { limit: 50 }, expiry: 3_600_000 },
    pool: 'cold',
  })
  assert.deepEqual(connectionAnswer({ action: 'defer', wait: 60_000 }, OF_CONNECTION, 'a'), {
    kind: 'defer',
    reason: 'Plug-in a puts it off: it gave no reason.',
    wait: 60_000,
    isFailure: false,
  })
  assert.equal(deferringAnswer({ action: 'fail' }, 'The mailbox is full.', 'a'), 'Plug-in a gave it up: The mailbox is full.')
  assert.equal(deferringAnswer({ action: 'continue' }, '', 'a'), null)
})

test('what is out of bounds, of another kind or of another hook is no answer', () => {
  const rules: readonly object[] = [
    { messages_per_hour: 0 },
    { messages_per_hour: 1.5 },
    { messages_per_hour: '50' },
    { connections: Infinity },
    { tls: 'perhaps' },
    { pipelining: 1 },
    { timeout_idle: -1 },
    { pool: 'x'.repeat(101) },
    { window: 'mon 09:00-10:00' },
    { toString: 1 },
  ]
  for (const rule of rules) assert.throws(() => domainAnswer({ action: 'continue', rule }, RULE, 'a'), Nonsense)
  assert.throws(() => connectionAnswer({ action: 'continue', rule: { expiry: 3_600_000 } }, OF_CONNECTION, 'a'), Nonsense)
  for (const answer of [
    42,
    'fail',
    [],
    { action: 'dance' },
    {},
    { action: 'defer', wait: 10 },
    { action: 'defer', wait: '1h' },
    { action: 'refuse' },
  ])
    assert.throws(() => domainAnswer(answer, RULE, 'a'), Nonsense)
  for (const answer of [true, { action: 'defer' }, { action: 'continue ' }]) assert.throws(() => deferringAnswer(answer, '', 'a'), Nonsense)
})

test('what is nested deeper than anything can be made of it is no answer either, whatever hook and field it is for', () => {
  const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000))
  const deepObject: unknown = JSON.parse('{"a":'.repeat(100_000) + '1' + '}'.repeat(100_000))
  assert.throws(() => JSON.stringify(deep), RangeError)
  for (const value of [deep, deepObject]) {
    for (const name of ['tls', 'pipelining', 'messages_per_connection', 'timeout_final']) {
      const answer = { action: 'continue', rule: { [name]: value } }
      assert.throws(() => domainAnswer(answer, RULE, 'a'), Nonsense)
      assert.throws(() => connectionAnswer(answer, OF_CONNECTION, 'a'), Nonsense)
    }
    assert.throws(() => domainAnswer({ action: 'continue', rule: { pool: value } }, RULE, 'a'), Nonsense)
    for (const answer of [value, { action: value }, { action: 'continue', rule: value }, { action: 'defer', wait: value }])
      assert.throws(() => domainAnswer(answer, RULE, 'a'), Nonsense)
    for (const answer of [value, { action: value }]) {
      assert.throws(() => deferringAnswer(answer, '', 'a'), Nonsense)
      for (const hook of ['connect', 'auth', 'from', 'recipient', 'data', 'complete'])
        assert.throws(() => stepAnswer(hook, answer, 'a'), Nonsense)
      assert.throws(() => receivedAnswer(answer, null, 'a'), Nonsense)
    }
    assert.throws(() => stepAnswer('from', { action: 'relay', account: value }, 'a'), Nonsense)
    for (const refusal of [{ code: value }, { enhanced: value }])
      assert.throws(() => stepAnswer('from', { action: 'refuse', ...refusal }, 'a'), Nonsense)
    const header = (change: object): object => ({ header: [change] })
    const changes = [
      { body: value },
      { header: [value] },
      header({ name: value }),
      header({ name: 'A', kind: value }),
      header({ name: 'A', kind: 'add', value }),
      header({ name: 'A', kind: 'remove', nth: value }),
      { sender: value },
      { addRecipients: [value] },
      { account: value },
    ]
    for (const action of ['accept', 'hold'])
      for (const one of changes) assert.throws(() => receivedAnswer({ action, changes: one }, null, 'a'), Nonsense)
  }
})

test('a value that is out of bounds is named in the reason', () => {
  const withValue = (pipelining: unknown) => () => domainAnswer({ action: 'continue', rule: { pipelining } }, RULE, 'a')
  assert.throws(withValue('yes'), /^Error: pipelining of the rule cannot be "yes"$/)
  assert.throws(withValue(7), /^Error: pipelining of the rule cannot be 7$/)
  assert.throws(withValue({ a: 1 }), /^Error: pipelining of the rule cannot be "object"$/)
})
