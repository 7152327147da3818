import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NumberedEvent } from '../../contract/events.ts'
import type { LinedEvent } from '../../message/event-line.ts'
import { Refusals } from './refusals.ts'

const HOUR = 3_600_000
const REPLY = {
  code: 550,
  enhanced: '5.7.515',
  text: 'Access denied, sending domain SHOP.example does not meet the required authentication level.',
}
const FAILED = { kind: 'failed', at: 10, sender: 'b-token@bounce.example', domain: 'outlook.com', reply: REPLY, id: '0.1' }

async function tell(refusals: Refusals, ...events: readonly object[]): Promise<void> {
  const sink = await refusals.begin()
  for (const event of events) sink.add({ event: event as NumberedEvent, number: 1, start: 0, end: 0 } satisfies LinedEvent)
  await sink.commit()
}

test('refusals for missing authentication count by the domain that the provider names, for an hour after the last', async () => {
  const refusals = new Refusals(0)
  assert.equal(refusals.readings(HOUR - 1), null, 'a server that has just been started knows nothing yet')
  assert.deepEqual(refusals.readings(HOUR), [])
  await tell(
    refusals,
    FAILED,
    { ...FAILED, at: 20 },
    { ...FAILED, kind: 'bounced', status: '5.7.515', response: `550 5.7.515 ${REPLY.text}`, reply: undefined },
    { ...FAILED, domain: 'gmail.com', sender: 'x@Other.example', reply: { code: 550, enhanced: '5.7.26', text: 'unauthenticated\n' } },
    { ...FAILED, reply: { code: 550, enhanced: '5.1.1', text: 'no such user' } },
    { ...FAILED, kind: 'deferred', reply: null },
    { ...FAILED, kind: 'delivered' },
  )
  const told = refusals.readings(30)
  assert.deepEqual(
    told?.map(({ subject, value }) => [subject, value]),
    [
      ['shop.example', 3],
      ['other.example', 1],
    ],
  )
  assert.match(told?.[0]?.words ?? '', /^outlook\.com refused mail of shop\.example: 550 5\.7\.515 Access denied/)
  assert.match(told?.[0]?.mend ?? '', /hms domain check shop\.example/)
  assert.deepEqual(refusals.readings(HOUR + 20), [])
})
