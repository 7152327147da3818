import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain, MessageId } from '../../base/brand.ts'
import type { MailEvent } from '../../contract/events.ts'
import { ReplyCounts } from './reply-counts.ts'

const HOUR = 3_600_000

function deferred(text: string, at = 1): Extract<MailEvent, { readonly kind: 'deferred' }> {
  const target = { site: 's', remoteHost: null, remoteAddress: null, localAddress: null, tls: null }
  const message = {
    account: 1001 as AccountId,
    message: '0000000000000001' as MessageId,
    clientId: null,
    mailing: null,
    sender: '',
    size: 1,
  }
  const recipient = { recipient: 'b@y.example', domain: 'y.example' as Domain, attempt: 1 }
  const [code = '', ...words] = text.split(' ')
  const reply = { code: Number(code), enhanced: null, text: words.join(' ') }
  return { kind: 'deferred', at, ...message, ...recipient, ...target, reply, failureCode: 4999, reason: 'x', nextAttempt: 2 }
}

test('replies that differ in ids and addresses are one, with the last of them; after an hour nothing is left', () => {
  const counts = new ReplyCounts()
  counts.add('a', deferred('450 4.7.1 slow down, id abc-123456', 1), 0)
  counts.add('a', deferred('450 4.7.1 slow down, id zzz-654321', 2), 1000)
  counts.add('a', deferred('452 4.2.2 mailbox full', 3), 2000)
  const told = [...counts.of('a', 3000)].map(({ count, reply, at }) => [count, reply, at])
  assert.deepEqual(told, [
    [2, '450 4.7.1 slow down, id zzz-654321', 2],
    [1, '452 4.2.2 mailbox full', 3],
  ])
  assert.deepEqual([...counts.of('b', 3000)], [])
  assert.deepEqual([...counts.of('a', 2 * HOUR)], [])
})

test('a receiver that says something else each time keeps no more than its part, and what it says often stays', () => {
  const counts = new ReplyCounts({ forms: 100, ofSite: 10 })
  const word = (n: number): string => [...n.toString(26)].map((digit) => String.fromCodePoint(97 + Number.parseInt(digit, 26))).join('')
  counts.add('quiet', deferred('450 once'), 0)
  for (let n = 0; n < 5; n++) counts.add('loud', deferred('450 again and again'), 0)
  for (let n = 0; n < 1000; n++) counts.add('loud', deferred(`450 what is ${word(n)} about`), 1)
  assert.equal(counts.forms, 11)
  assert.ok([...counts.of('loud', 1)].some(({ count }) => count === 5))
  assert.equal([...counts.of('quiet', 1)].length, 1)
  for (let site = 0; site < 500; site++) counts.add(`site ${site}`, deferred('450 once'), 2)
  assert.ok(counts.forms <= 100)
  assert.equal([...counts.of('site 499', 2)].length, 1)
  assert.equal([...counts.of('quiet', 2)].length, 0)
})
