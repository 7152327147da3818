import assert from 'node:assert/strict'
import { test } from 'node:test'
import { patternOf } from './learn.ts'
import { UnknownReplies } from './unknowns.ts'

test('unknown replies that differ in ids and addresses are one entry, the most frequent first', () => {
  const replies = new UnknownReplies()
  replies.add('550 5.9.9 frobnicated at mx1.example.org id abc-123456 <ann@example.org>', 1, 'example.org')
  replies.add('550 5.9.9 once only', 2, 'example.net')
  replies.add('550-5.9.9 frobnicated at mx2.example.net id zzz-654321 <bob@example.org>', 3, 'example.org')
  assert.deepEqual(
    replies.list().map(({ count, first, last, sample, domain }) => ({ count, first, last, sample, domain })),
    [
      {
        count: 2,
        first: 1,
        last: 3,
        sample: '550 5.9.9 frobnicated at mx1.example.org id abc-123456 <ann@example.org>',
        domain: 'example.org',
      },
      { count: 1, first: 2, last: 2, sample: '550 5.9.9 once only', domain: 'example.net' },
    ],
  )
  const again = new UnknownReplies(replies.list())
  again.add('550 5.9.9 once only', 4, 'example.net')
  assert.deepEqual(
    again.list().map(({ count, last }) => [count, last]),
    [
      [2, 4],
      [2, 3],
    ],
  )
})

test('a flood of new forms drops the least frequent and keeps the frequent ones, and no more than the most are held', () => {
  const replies = new UnknownReplies([], 50)
  for (let i = 0; i < 5; i++) replies.add('550 what comes again and again', i, 'example.org')
  const word = (n: number): string => [...n.toString(26)].map((digit) => String.fromCodePoint(97 + Number.parseInt(digit, 26))).join('')
  for (let i = 0; i < 2000; i++) replies.add(`550 form ${word(i)} alone`, 10 + i, 'example.org')
  const list = replies.list()
  assert.ok(list.length <= 50)
  assert.equal(list[0]?.form, 'what comes again and again')
})

test('a pattern of an unknown reply has its fixed words, matches it and others of its form, and is refused where nothing is fixed', () => {
  const sample = '550 5.9.9 Frobnicated (by rule 17) at mx1.example.org, id abc-123456'
  const replies = new UnknownReplies()
  replies.add(sample, 1, 'example.org')
  const [entry] = replies.list()
  const pattern = patternOf(entry?.form ?? '', sample)
  assert.ok(pattern !== null)
  assert.ok(pattern.matches('550 5.9.9 frobnicated (by rule 9) at mx2.example.net, id zzz-9'))
  assert.ok(!pattern.matches('550 5.1.1 user unknown'))
  assert.equal(patternOf('<id> 0', '550 abc-123456 17'), null)
})
