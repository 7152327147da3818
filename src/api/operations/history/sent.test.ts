// To whom mail was sent, as operations: by place, by token, by address.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MessageId } from '../../../base/brand.ts'
import type { NumberedEvent } from '../../../contract/events.ts'
import { tokenOf } from '../../../message/token.ts'
import { fill } from '../../../../testkit/event-lines.ts'
import { installation, NOW } from '../../../../testkit/installation.ts'

test('a token is read with its return path, and what it says is found', async () => {
  using at = installation()
  await at.call('tokens.rotate', {})
  const facts = { account: 1000 as never, message: '0000010000000001' as MessageId, n: 1 }
  const token = tokenOf(at.settings.read().tokenKeys, { ...facts, acceptedAt: NOW })
  assert.deepEqual(await at.call('sent.open', { token }), { facts, recipient: null })
  const batch = await at.sent.begin(0)
  const event = {
    id: '0.1',
    kind: 'accepted',
    at: NOW,
    ...facts,
    clientId: null,
    mailing: 'm',
    recipient: 'a@x.example',
    others: ['b@x.example'],
    perRecipient: true,
  }
  fill(batch, [event as unknown as NumberedEvent])
  await batch.commit()
  const { recipient } = await at.call('sent.open', { token: `${token.toUpperCase()}@bounces.example.com` })
  assert.deepEqual([recipient?.address, recipient?.mailing, recipient?.stream], ['b@x.example', 'm', 'transactional'])
  const { message } = facts
  const { recipients } = await at.call('sent.find', {
    places: [
      { message, n: 0 },
      { message, n: 2 },
    ],
  })
  assert.deepEqual(
    recipients.map((one) => (one === 'ahead' ? one : one?.address)),
    ['a@x.example', undefined],
  )
  assert.equal((await at.call('sent.search', { address: 'B@x.example' })).recipients.length, 1)
  assert.deepEqual(await at.call('sent.open', { token: 'ann@example.com' }), { facts: null, recipient: null })
  await at.refuses('sent.find', { places: [{ message: 'x', n: 0 }] })
  await at.refuses('sent.find', { places: Array.from({ length: 1001 }, () => ({ message, n: 0 })) })
})
