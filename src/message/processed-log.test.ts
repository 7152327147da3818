import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId, Domain, MessageId } from '../base/brand.ts'
import type { NumberedEvent } from '../contract/events.ts'
import { processedLine } from './processed-log.ts'

const base = {
  at: new Date(2026, 10, 2, 7, 5, 9).getTime(),
  account: 1001 as AccountId,
  message: '0000000000000001' as MessageId,
  clientId: 'order-17',
  mailing: 'autumn',
  sender: 'a@x.example',
  size: 4096,
  recipient: 'b@y.example',
  domain: 'y.example' as Domain,
  attempt: 2,
  site: 'y.example',
  remoteHost: 'mx.y.example',
  remoteAddress: '192.0.2.1',
  localAddress: '198.51.100.7',
  tls: { version: 'TLSv1.3', cipher: 'TLS_AES_256_GCM_SHA384', verified: false },
}
const reply = { code: 250, enhanced: '2.0.0', text: 'Ok: queued as 4B1\u0007 grün' }
const events: readonly NumberedEvent[] = [
  { ...base, id: '0.1', kind: 'delivered', reply, queuedFor: 61_400 },
  {
    ...base,
    id: '0.2',
    kind: 'failed',
    reply: { code: 550, enhanced: null, text: 'no  such user\r\nhere' },
    failureCode: 2001,
    reason: 'r',
    queuedFor: 0,
  },
  {
    ...base,
    id: '0.3',
    kind: 'expired',
    clientId: null,
    mailing: null,
    sender: '',
    recipient: '"b c"@y.example',
    remoteHost: null,
    remoteAddress: null,
    localAddress: null,
    tls: null,
    reply: null,
    failureCode: 4004,
    reason: 'It could not be delivered within 4 days.',
    queuedFor: 345_600_000,
  },
  { ...base, id: '0.4', kind: 'deferred', reply: null, failureCode: 4003, reason: 'r', nextAttempt: 0 },
  { ...base, id: '0.5', kind: 'deleted', reason: 'r', by: 'hms' },
]

test('Processed lines are those of the golden file, final outcomes only', () => {
  const golden = readFileSync(join(import.meta.dirname, 'processed-log.golden'), 'utf8')
  const lines = events.map(processedLine).filter((line) => line !== null)
  assert.equal(`${lines.join('\n')}\n`, golden)
})

test('the fields that the original had are at their places', () => {
  for (const event of events) {
    const fields = processedLine(event)?.split(' ')
    if (fields === undefined || !('size' in event)) continue
    assert.equal(fields.length, 20)
    assert.deepEqual([fields[5], fields[8]], [event.mailing ?? '-', String(event.size)])
    assert.equal(fields[13], 'failureCode' in event ? String(event.failureCode) : '-')
  }
})
