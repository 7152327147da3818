// The index of what was sent: found by message and number, by address; each once, whatever comes again; gone with its day.
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { test } from 'node:test'
import type { AccountId, MessageId, ShardId } from '../../../base/brand.ts'
import { formatMessageId } from '../../../base/message-id.ts'
import type { AcceptedEvent } from '../../../contract/events.ts'
import { fill } from '../../../../testkit/event-lines.ts'
import { EPOCH, temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { Eraser } from '../../../policy/kept/erasure.ts'
import { openSent } from './sent-index.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 10, 22, 12)
const idOf = (sequence: number, shard = 0, epoch = EPOCH): MessageId => formatMessageId(epoch, shard as ShardId, sequence)

interface Change extends Partial<AcceptedEvent> {
  readonly to?: readonly string[]
}

function accepted(message: MessageId, { to = ['ann@example.com'], ...change }: Change = {}): Omit<AcceptedEvent, 'id'> {
  const [recipient = '', ...others] = to
  return {
    kind: 'accepted',
    at: START,
    account: 1001 as AccountId,
    message,
    clientId: null,
    mailing: 'spring',
    sender: 'bob@sender.example',
    size: 100,
    recipients: to.length,
    recipient,
    ...(others.length > 0 && { others }),
    perRecipient: true,
    protocol: 'ESMTP',
    client: null,
    user: null,
    ...change,
  }
}

/** Gives a batch of one shard; numbers begin with `first`. */
async function tell(index: ReturnType<typeof openSent>, events: readonly AcceptedEvent[], first: number, shard = 0): Promise<void> {
  const batch = await index.begin(shard)
  fill(
    batch,
    events.map((event, i) => ({ ...event, id: `${shard}.${first + i}` })),
  )
  await batch.commit()
}

test('each recipient is found by message and number, across blocks, days, shards and parts of one message', async () => {
  using folder = temporaryFolder()
  const many = Array.from({ length: 2500 }, (_, n) => `r${n}@many.example`)
  {
    using index = openSent(folder.path)
    // Out of order, one that took long to come in among them, and enough for several blocks.
    const sequences = Array.from({ length: 900 }, (_, i) => (i * 7) % 900).map((one) => one + 100_000)
    await tell(
      index,
      [...sequences, 5].map((one) => accepted(idOf(one), { to: [`a${one}@x.example`, `B${one}@x.example`] })),
      1,
    )
    await tell(
      index,
      sequences.map((one) => accepted(idOf(one, 1), { to: [`other${one}@x.example`], stream: 'bulk', clientId: 'c-1' })),
      1,
      1,
    )
    const parts = [0, 1000, 2000].map((from) =>
      accepted(idOf(200_000), { to: many.slice(from, from + 1000), at: START + DAY, ...(from > 0 && { from }) }),
    )
    await tell(index, parts, 1000)
    await tell(index, [accepted(idOf(300_000), { perRecipient: undefined as never })], 1010)
    await tell(index, [accepted(idOf(100_001, 0, '000001'), { to: ['before@restore.example'], at: START - DAY })], 2000)
  }
  using index = openSent(folder.path)
  assert.deepEqual(
    readdirSync(folder.path).filter((name) => name.endsWith('.db')),
    ['2026-11-21.db', '2026-11-22.db', '2026-11-23.db'],
  )
  for (const one of [100_000, 100_001, 100_450, 100_899, 5]) {
    assert.equal((await index.find({ message: idOf(one), n: 1 }))?.address, `B${one}@x.example`)
    assert.equal(await index.find({ message: idOf(one), n: 2 }), null)
  }
  assert.deepEqual(await index.find({ message: idOf(100_007, 1), n: 0 }), {
    account: 1001,
    message: idOf(100_007, 1),
    n: 0,
    address: 'other100007@x.example',
    clientId: 'c-1',
    mailing: 'spring',
    stream: 'bulk',
    at: START,
  })
  for (const n of [0, 999, 1000, 2499]) assert.equal((await index.find({ message: idOf(200_000), n }))?.address, `r${n}@many.example`)
  assert.equal(await index.find({ message: idOf(200_000), n: 2500 }), null)
  assert.equal((await index.find({ message: idOf(100_001, 0, '000001'), n: 0 }))?.address, 'before@restore.example')
  for (const unknown of [idOf(300_000), idOf(6), idOf(100_000, 2), idOf(999_999_999)])
    assert.equal(await index.find({ message: unknown, n: 0 }), null)
})

test('what was sent to an address is found without regard to case, the newest first, not older than asked', async () => {
  using folder = temporaryFolder()
  using index = openSent(folder.path)
  for (const day of [0, 1, 2])
    await tell(
      index,
      [1, 2].map((one) => accepted(idOf(10 * day + one), { to: ['else@example.com', 'Ann@Example.com'], at: START + day * DAY })),
      10 * day + 1,
    )
  const found = await index.search('ann@example.COM', { since: START + DAY, limit: 50 })
  assert.deepEqual(
    found.map(({ message, n }) => [message, n]),
    [22, 21, 12, 11].map((one) => [idOf(one), 1]),
  )
  assert.equal((await index.search('ann@example.com', { since: 0, limit: 3 })).length, 3)
  assert.deepEqual(await index.search('nobody@example.com', { since: 0, limit: 3 }), [])
})

test('what an account sent is found however much others sent to the same address since', async () => {
  using folder = temporaryFolder()
  using index = openSent(folder.path)
  const other = 1002 as AccountId
  await tell(index, [accepted(idOf(1)), ...[2, 3, 4, 5].map((one) => accepted(idOf(one), { account: other }))], 1)
  const found = async (account?: AccountId): Promise<MessageId[]> =>
    (await index.search('ann@example.com', { since: 0, limit: 2, account })).map(({ message }) => message)
  assert.deepEqual(await found(), [idOf(5), idOf(4)])
  assert.deepEqual(await found(1001 as AccountId), [idOf(1)])
})

test('an erased person has an empty place, and whoever stands beside him his own', async () => {
  using folder = temporaryFolder()
  using index = openSent(folder.path)
  await tell(index, [accepted(idOf(1), { to: ['bob@example.com', 'Ann@Example.com', 'cy@example.com'] })], 1)
  assert.equal((await index.find({ message: idOf(1), n: 1 }))?.address, 'Ann@Example.com')
  const [day = ''] = index.dayNames()
  const eraser = new Eraser('ann@example.com')
  assert.equal(await index.erase(day, eraser, true, async () => {}), 1)
  assert.equal((await index.search('ann@example.com', { since: 0, limit: 5 })).length, 1)
  assert.equal(await index.erase(day, eraser, false, async () => {}), 1)
  assert.equal(await index.erase(day, eraser, false, async () => {}), 0)
  assert.equal(await index.find({ message: idOf(1), n: 1 }), null)
  assert.equal((await index.find({ message: idOf(1), n: 2 }))?.address, 'cy@example.com')
  assert.deepEqual(await index.search('ann@example.com', { since: 0, limit: 5 }), [])
})

test('what comes again after a crash is there once; a day goes as a whole', async () => {
  using folder = temporaryFolder()
  const events = [1, 2, 3].map((one) => accepted(idOf(one)))
  {
    using index = openSent(folder.path)
    await tell(index, events, 7)
  }
  using index = openSent(folder.path)
  await tell(index, [...events, accepted(idOf(4))], 7)
  assert.equal((await index.search('ann@example.com', { since: 0, limit: 50 })).length, 4)
  await tell(index, [accepted(idOf(5), { at: START + 2 * DAY })], 20)
  index.prune(START + DAY)
  assert.equal(await index.find({ message: idOf(1), n: 0 }), null)
  assert.equal((await index.find({ message: idOf(5), n: 0 }))?.address, 'ann@example.com')
  assert.deepEqual(
    readdirSync(folder.path).filter((name) => name.endsWith('.db')),
    ['2026-11-24.db'],
  )
})

test('what is newer than all that was told of its shard may come yet; what is older never does', async () => {
  using folder = temporaryFolder()
  using index = openSent(folder.path)
  assert.equal(index.isAhead(idOf(5)), false, 'nothing of the shard was told')
  await tell(index, [accepted(idOf(5)), accepted(idOf(7))], 1)
  assert.deepEqual(
    [idOf(4), idOf(6), idOf(7), idOf(8), idOf(8, 1)].map((id) => index.isAhead(id)),
    [false, false, false, true, false],
  )
  await tell(index, [accepted(idOf(8), { at: START + DAY })], 3)
  assert.deepEqual([index.isAhead(idOf(8)), index.isAhead(idOf(9))], [false, true])
})

test('recipients with ids of their own are found with them, those without with that of the message', async () => {
  using folder = temporaryFolder()
  using index = openSent(folder.path)
  const to = ['ann@example.com', 'bob@example.com', 'cid@example.com']
  await tell(index, [accepted(idOf(1), { to, from: 1000, clientId: 'all', clientIds: ['a', null, 'c'] })], 1)
  const found = await Promise.all(to.map((_, n) => index.find({ message: idOf(1), n: 1000 + n })))
  assert.deepEqual(
    found.map((one) => [one?.address, one?.clientId]),
    [
      ['ann@example.com', 'a'],
      ['bob@example.com', 'all'],
      ['cid@example.com', 'c'],
    ],
  )
  assert.equal((await index.search('cid@example.com', { since: START, limit: 5 }))[0]?.clientId, 'c')
})
