import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain, MessageId } from '../base/brand.ts'
import type { ComplainedEvent } from '../contract/events.ts'
import { reportKey } from './report-key.ts'

const COMPLAINT: ComplainedEvent = {
  kind: 'complained',
  at: 1,
  account: 1001 as AccountId,
  message: '7c0000000000sent' as MessageId,
  clientId: null,
  mailing: null,
  stream: null,
  recipient: 'ann@people.test',
  domain: 'people.test' as Domain,
  report: '7c000000report00' as MessageId,
  reporter: 'mx.test',
  proved: true,
  authentication: '',
  feedbackType: 'abuse',
}
const keyOf = (feedbackType: string, change: Partial<ComplainedEvent> = {}): string | null =>
  reportKey({ ...COMPLAINT, ...change, feedbackType })

test('one recipient complains once of a message, by however many types he calls it', () => {
  for (const type of ['Abuse', 'fraud', 'opt-out', 'other']) assert.equal(keyOf(type), keyOf('abuse'))
  assert.equal(keyOf('made-up-1'), keyOf('made-up-2'))
  const different = [keyOf('abuse'), keyOf('not-spam'), keyOf('virus'), keyOf('abuse', { proved: false })]
  assert.equal(new Set(different).size, 4, 'what is no complaint, or proves nothing, never stands for one that does')
  assert.notEqual(keyOf('abuse'), keyOf('abuse', { recipient: 'bob@people.test' }))
})
