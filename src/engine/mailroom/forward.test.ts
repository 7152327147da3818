// Who uses up the turns of people's mail that is sent on.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain } from '../../base/brand.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import type { MailReader } from '../ports/feedback.ts'
import type { MessageHead } from '../ports/spool.ts'
import type { Surroundings } from '../surroundings.ts'
import { Forwarder } from './forward.ts'

const OWN = { domain: 'in.test' as Domain, account: null, forwardTo: 'owner@example.test', localParts: [] }

test('a network uses up its own share of the turns of an hour, and leaves those of others', () => {
  const clock = new FakeClock()
  const forwarder = new Forwarder({ clock } as unknown as Surroundings, {} as MailReader)
  const write = (client: string | null, sender = 'a@people.test', field = ''): string | null =>
    forwarder.refuse(OWN, { head: { sender } as MessageHead, beginning: Buffer.from(`From: ${sender}\r\n${field}\r\nx\r\n`), client })
  const sentOn = (from: (i: number) => string, count: number): number =>
    Array.from({ length: count }, (_, i) => write(from(i))).filter((reason) => reason === null).length
  assert.equal(
    sentOn((i) => `192.0.2.${i}`, 100),
    40,
  )
  assert.match(write('192.0.2.200') ?? '', /^More than 40 messages an hour from one network/)
  assert.equal(
    sentOn((i) => `2001:db8:7:${i}::1`, 100),
    40,
  )
  assert.equal(write('198.51.100.1'), null)
  assert.equal(
    sentOn((i) => `203.0.${i}.1`, 200),
    119,
  )
  assert.match(write('198.51.100.1') ?? '', /^More than 200 messages an hour are not sent on/)
  clock.pass(2 * 3_600_000)
  assert.equal(write('192.0.2.1'), null)
  assert.equal(write(null, '', 'Auto-Submitted: auto-replied\r\n'), null)
  assert.match(write(null, '', 'Auto-Submitted: auto-replied\r\n') ?? '', /^A machine wrote it/)
})
