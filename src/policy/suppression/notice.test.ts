// What events say of recipients, and what they do not.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain, MessageId } from '../../base/brand.ts'
import type { BouncedEvent, FailedEvent, MailEvent } from '../../contract/events.ts'
import type { FailureCode } from '../../contract/failure-codes.ts'
import { addressKey, domainKey, matchesPattern } from './targets.ts'
import { noticeOf } from './notice.ts'

const BASE = {
  at: 1,
  account: 1001 as AccountId,
  message: 'm' as MessageId,
  clientId: null,
  mailing: null,
  recipient: 'ann@example.com',
  domain: 'example.com' as Domain,
}
const NOWHERE = { site: null, remoteHost: null, remoteAddress: null, localAddress: null, tls: null }
const QUEUED = { ...BASE, ...NOWHERE, sender: '', size: 1, attempt: 1, queuedFor: 1, reason: 'r' }

function failed(failureCode: FailureCode, change: Partial<FailedEvent> = {}): FailedEvent {
  return { kind: 'failed', ...QUEUED, reply: { code: 550, enhanced: '5.1.1', text: 'no such user' }, failureCode, ...change }
}

function bounced(change: Partial<BouncedEvent>): BouncedEvent {
  const report = { report: 'r' as MessageId, reporter: null, proved: true, status: null, response: 'unknown user', stream: null }
  return {
    kind: 'bounced',
    ...BASE,
    ...report,
    category: 'Hard',
    failureCode: 2001,
    blame: 'recipient',
    action: 'suppress',
    rule: null,
    ...change,
  }
}

const kindOf = (event: MailEvent): string | null => noticeOf(event)?.kind ?? null

test('what is wrong with a recipient counts; what is wrong with us, our mail or their server does not', () => {
  for (const code of [2001, 2002, 2003, 2004] as const) assert.equal(kindOf(failed(code)), 'hard', String(code))
  for (const code of [3001, 3002] as const) assert.equal(kindOf(failed(code)), 'soft', String(code))
  for (const code of [
    1001, 1002, 1003, 1004, 1006, 1007, 1011, 1999, 2999, 3003, 3999, 4001, 4002, 4003, 4004, 4006, 4999, 5001, 9999,
  ] as const)
    assert.equal(kindOf(failed(code)), null, String(code))
  assert.equal(noticeOf(failed(2001))?.reply, '550 5.1.1 no such user')
})

test('mail that was too old tells of the recipient only where the last reply did', () => {
  const expired = (text: string, enhanced: string | null): MailEvent =>
    failed(4004, { kind: 'expired', reply: { code: 452, enhanced, text } })
  assert.equal(kindOf(expired('mailbox full', '4.2.2')), 'soft')
  assert.equal(kindOf(expired('too many connections from your host', '4.7.0')), null)
  assert.equal(kindOf(failed(4004, { kind: 'expired', reply: null })), null)
})

test('a code of more than one meaning is told apart by the reply', () => {
  const said = (failureCode: FailureCode, text: string, enhanced: string | null): string | null =>
    kindOf(failed(failureCode, { reply: { code: 550, enhanced, text } }))
  assert.equal(said(4006, 'Relaying denied', '5.7.1'), null)
  assert.equal(said(4006, 'This domain does not accept mail (nullMX)', '5.1.10'), 'hard')
  assert.equal(said(2999, 'Message refused', null), null)
  assert.equal(said(1999, 'Access denied, sending domain d.test does not meet the required authentication level.', '5.7.515'), null)
})

test('reports count where somebody stands behind them, and where they are of the recipient', () => {
  assert.equal(kindOf(bounced({})), 'hard')
  assert.equal(kindOf(bounced({ category: 'Soft' })), 'soft')
  assert.equal(kindOf(bounced({ proved: false })), null)
  assert.equal(kindOf(bounced({ blame: 'reputation' })), null)
  for (const category of ['Spam', 'BlockedOther', 'Challenge', 'Virus', 'AutoReply', 'Transient', 'Unknown', 'Custom'] as const)
    assert.equal(kindOf(bounced({ category })), null, category)
  const complaint = { ...bounced({}), kind: 'complained', feedbackType: 'abuse' } as const
  assert.equal(kindOf(complaint), 'complaint')
  assert.equal(kindOf({ ...complaint, proved: false }), null)
  assert.equal(kindOf({ ...complaint, feedbackType: 'not-spam' }), null)
})

test('an unsubscription is of its stream', () => {
  const event = { kind: 'unsubscribed', ...BASE, stream: 'bulk', by: 'one-click', client: null, agent: null } as const
  assert.deepEqual(noticeOf(event), { kind: 'unsubscribe', reason: 'Unsubscribe', stream: 'bulk', reply: 'one-click' })
})

test('local parts are the same whatever their case; patterns are bounded in time', () => {
  assert.equal(addressKey('Ann.O@example.com'), 'ann.o@example.com')
  assert.equal(addressKey('JOSE\u0301@example.com'), addressKey('jos\u00e9@example.com'))
  assert.equal(domainKey('ann@example.com'), '@example.com')
  assert.ok(matchesPattern('*@spam.example', 'x@spam.example'))
  assert.ok(matchesPattern('abuse@*', 'abuse@a.example'))
  assert.ok(matchesPattern('a?n@*.example', 'ann@x.example'))
  assert.ok(!matchesPattern('a?n@*.example', 'an@x.example'))
  assert.ok(!matchesPattern('*a*a*a*a*b', 'a'.repeat(320)))
})

test('an endpoint that is posted to suppresses nothing, whatever it says', () => {
  const place = { recipient: 'post@https://hooks.example.com/', domain: 'https://hooks.example.com' as Domain }
  for (const code of [2001, 2002, 3001, 4002] as const) assert.equal(kindOf(failed(code, place)), null, String(code))
  const reply = { code: 503, enhanced: null, text: 'mailbox full' }
  assert.equal(kindOf(failed(4004, { kind: 'expired', reply, ...place })), null)
})
