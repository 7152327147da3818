import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '../../base/brand.ts'
import type { MailEventKind, NumberedEvent } from '../../contract/events.ts'
import { engineForm } from './engine-form.ts'
import { sampleEvent } from './samples.ts'

const AT = Date.UTC(2026, 10, 23, 9)

function formOf(kind: MailEventKind, change: Partial<Record<string, unknown>> = {}): Record<string, string> {
  const event = { ...sampleEvent(kind, { account: 1001 as AccountId, at: AT }), ...change } as NumberedEvent
  return Object.fromEntries(new URLSearchParams(engineForm(event, { secret: 'my-old-key', id: 'evt_1' })))
}

/** Those that only some kinds have. */
function furtherOf(kind: MailEventKind, change?: Partial<Record<string, unknown>>): Record<string, string> {
  const { Type, DateTime, MailingId, MessageId, Address, AccountId, SystemMessageId, EventId, SecretKey, ...further } = formOf(kind, change)
  assert.deepEqual(
    [DateTime, MailingId, MessageId, Address, AccountId, SystemMessageId, EventId, SecretKey],
    ['Mon, 23 Nov 2026 09:00:00 GMT', 'test', 'test', 'recipient@example.com', '1001', '0000000000000000', 'evt_1', 'my-old-key'],
  )
  return { Type: Type ?? '', ...further }
}

const ATTEMPT = { RemoteMTA: 'mx.example.com', LocalIp: '192.0.2.1', FromAddress: 'sender@example.org' }
const NOWHERE = { RemoteMTA: '', LocalIp: '' }
const WHO = { ClientIp: '192.0.2.9', UserAgent: 'test' }

test('sent, deferred and failed: where, why, and whether for good', () => {
  assert.deepEqual(furtherOf('delivered'), { Type: 'ProcessedSent', ...ATTEMPT, Response: '250 2.0.0 Ok: queued' })
  const later = '451 4.7.1 Try again later'
  const put = { DeferralCode: '3999', FailureCode: '3999', Reason: later }
  assert.deepEqual(furtherOf('deferred'), { Type: 'ProcessedDeferred', ...ATTEMPT, Response: later, ...put })
  const never = '550 5.1.1 No such user'
  const why = { FailureType: '1', FailureCode: '2001', Reason: never, BounceStatus: '5.1.1', DiagnosticCode: never }
  assert.deepEqual(furtherOf('failed'), { Type: 'ProcessedFailed', ...ATTEMPT, Response: never, ...why })
  const old = furtherOf('expired', { reply: null, failureCode: 4004, reason: 'It is too old.' })
  const empty = { FailureType: '0', FailureCode: '4004', Reason: 'It is too old.', BounceStatus: '', DiagnosticCode: '' }
  assert.deepEqual(old, { Type: 'ProcessedFailed', ...ATTEMPT, Response: 'It is too old.', ...empty })
  assert.equal(furtherOf('failed', { failureCode: 1001 })['FailureType'], '2')
})

test('bounces: only what is proved is for good', () => {
  const said = '550 5.1.1 No such user'
  const why = { FailureType: '1', FailureCode: '2001', Reason: said, BounceStatus: '5.1.1', DiagnosticCode: said, BounceCategory: 'Hard' }
  assert.deepEqual(furtherOf('bounced'), { Type: 'Bounce', ...NOWHERE, Response: said, ...why })
  assert.equal(furtherOf('bounced', { proved: false })['FailureType'], '0')
  assert.equal(furtherOf('bounced', { category: 'Soft' })['FailureType'], '0')
})

test('feedback loops, opens, clicks and the end of a subscription', () => {
  const loop = { FblType: 'abuse', UserAgent: 'mx.example.com', From: '', To: 'recipient@example.com' }
  assert.deepEqual(furtherOf('complained'), { Type: 'FeedbackLoop', ...NOWHERE, Response: '', ...loop })
  assert.deepEqual(furtherOf('opened'), { Type: 'Open', ...NOWHERE, Response: '', TrackingType: '1', ...WHO })
  const target = { Url: 'https://example.org/', Tag: '' }
  assert.deepEqual(furtherOf('clicked'), { Type: 'Click', ...NOWHERE, Response: '', TrackingType: '0', ...WHO, ...target })
  assert.deepEqual(furtherOf('unsubscribed'), { Type: 'Unsubscribe', ...NOWHERE, Response: '', TrackingType: '2', ...WHO })
})

test('accepted, and what people do to mail that waits', () => {
  const { Subject, MessageSize, FromAddress } = formOf('accepted', { subject: 'grüße & more' })
  assert.deepEqual([Subject, MessageSize, FromAddress], ['grüße & more', '2048', 'sender@example.org'])
  assert.deepEqual([formOf('held')['Type'], formOf('held')['Reason'], formOf('deleted')['Type']], ['Held', 'a test', 'Deleted'])
})
