import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailEvent } from '../../contract/events.ts'
import type { FailureCode } from '../../contract/failure-codes.ts'
import { figuresOf } from './figures.ts'

function event(
  kind: 'delivered' | 'deferred' | 'failed',
  change: { code?: FailureCode; text?: string; warmup?: string[] | null } = {},
): MailEvent {
  const { code = 3999, text = 'no', warmup = ['source=192.0.2.1 provider=google'] } = change
  const reply = { code: 450, enhanced: null, text }
  return { kind, reply, failureCode: code, ...(warmup !== null && { warmup }) } as unknown as MailEvent
}

test('an attempt under a cap is counted with what came of it, and nothing else is', () => {
  assert.equal(figuresOf(event('delivered', { warmup: null })), null)
  const none = { sent: 1, deferred: 0, blocked: 0, bounced: 0, complaints: 0 }
  assert.deepEqual(figuresOf(event('delivered')), none)
  assert.deepEqual(figuresOf(event('deferred')), { ...none, deferred: 1 })
  assert.deepEqual(figuresOf(event('deferred', { text: 'Greylisted, come back' })), none)
  assert.deepEqual(figuresOf(event('deferred', { code: 1002 })), { ...none, deferred: 1, blocked: 1 })
  assert.deepEqual(figuresOf(event('failed', { code: 2001 })), { ...none, bounced: 1 })
  assert.deepEqual(figuresOf(event('failed', { code: 1004 })), { ...none, blocked: 1 })
})
