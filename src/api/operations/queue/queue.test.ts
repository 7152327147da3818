import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type AccountId, type Domain, type MessageId } from '../../../base/brand.ts'
import type { NumberedEvent } from '../../../contract/events.ts'
import type { QueueEntry } from '../../../contract/queue-operations.ts'
import { commitEvents, linesFor } from '../../../../testkit/event-lines.ts'
import { EventTail } from '../history/event-tail.ts'
import { installation, NOW } from '../../../../testkit/installation.ts'

function entry(id: string): QueueEntry {
  const base = {
    account: 1001 as AccountId,
    sender: 'a@x.example',
    size: 1,
    acceptedAt: 0,
    expiresAt: 1,
    clientId: null,
    mailing: null,
    priority: 'normal',
    stream: 'transactional',
  } as const
  return { id: id as MessageId, ...base, recipients: [], more: 0 }
}

test('what the workers hold back is one list, and a change by hand reaches all of them', async () => {
  using at = installation()
  const usual = { rule: 'r', block: 'b', place: { site: 'mx' }, action: 'pause', to: null, recoversUntil: 9, cause: '421 no' } as const
  const [first, later, other] = [
    { ...usual, id: 'a', since: 2, until: 5 },
    { ...usual, id: 'a', since: 3, until: 7 },
    { ...usual, id: 'b', since: 1, until: 4 },
  ]
  at.answers.set('effects.list', [[first], [later, other]])
  assert.deepEqual(await at.call('effects.list', {}), [other, { ...later, since: 2 }])
  at.answers.set('effects.change', [{ found: false }, { found: true }])
  assert.deepEqual(await at.call('effects.end', { id: 'a' }), { found: true })
  assert.deepEqual(at.asked.findLast(({ name }) => name === 'effects.change')?.params, { id: 'a', until: null, by: 'test' })
  assert.deepEqual(await at.call('effects.extend', { id: 'a', for: 60_000 }), { found: true })
  assert.deepEqual(at.asked.findLast(({ name }) => name === 'effects.change')?.params, { id: 'a', until: NOW + 60_000, by: 'test' })
  await at.refuses('effects.extend', { id: 'a', for: 10 })
  await at.refuses('effects.end', {})
})

test("the workers' queues are one queue", async () => {
  using at = installation()
  const ids = ['0000000000000001', '0000000000000002', '0000000000000003', '0000010000000001']
  at.answers.set('queue.list', [
    [entry(ids[0]!), entry(ids[2]!)],
    [entry(ids[3]!), entry(ids[1]!)],
  ])
  const all = await at.call('queue.list', { selection: {}, limit: 10 })
  assert.deepEqual([all.entries.map(({ id }) => id), all.next], [ids, null])
  const page = await at.call('queue.list', { selection: { domain: 'Y.Example' as Domain }, limit: 3, after: ids[0] as MessageId })
  assert.deepEqual([page.entries.length, page.next], [3, ids[2]])
  assert.deepEqual(at.asked.at(-1)?.params, { selection: { domain: 'y.example' }, after: ids[0], limit: 4 })

  at.answers.set('queue.count', [
    { messages: 1, recipients: 2 },
    { messages: 3, recipients: 4 },
  ])
  const { counted, ...found } = await at.call('queue.count', { selection: { state: 'held' } })
  assert.deepEqual([found, typeof counted], [{ messages: 4, recipients: 6 }, 'string'])
  at.answers.set('queue.act', [{ recipients: 2 }, { recipients: 0 }])
  assert.deepEqual(await at.call('queue.act', { action: 'retry', selection: { ids: [ids[0] as MessageId] } }), { recipients: 2 })
  at.answers.set('queue.show', [
    { entry: null, header: null },
    { entry: entry(ids[1]!), header: 'Subject: x' },
  ])
  assert.deepEqual(await at.call('queue.show', { id: ids[1] as MessageId }), { entry: entry(ids[1]!), header: 'Subject: x', events: [] })
  at.answers.set('spool.check', [
    { recipients: 5, problems: ['a'] },
    { recipients: 1, problems: [] },
  ])
  assert.deepEqual(await at.call('spool.check', {}), { recipients: 6, problems: ['a'] })

  for (const selection of [
    undefined,
    null,
    'all',
    { imailing: 'x' },
    { ids: ['x'] },
    { ids: 'x' },
    { state: 'sending' },
    { mailing: 'a\n' },
    { account: '1001' },
  ])
    await at.refuses('queue.act', { action: 'delete', selection })
  await at.refuses('queue.act', { action: 'drop', selection: {} })
  for (const limit of [0, 1.5, 10_001, '5', undefined]) await at.refuses('queue.list', { selection: {}, limit })
})

function delivered(n: number): NumberedEvent {
  const target = { site: null, remoteHost: null, remoteAddress: null, localAddress: null, tls: null }
  const message = {
    account: 1001 as AccountId,
    message: '0000000000000001' as MessageId,
    clientId: null,
    mailing: null,
    sender: '',
    size: 1,
  }
  const recipient = { recipient: 'b@y.example', domain: 'y.example' as Domain, attempt: 1 }
  const outcome = { kind: 'delivered', reply: { code: 250, enhanced: null, text: 'ok' }, queuedFor: 0 } as const
  return { id: `0.${n}`, at: NOW + n, ...message, ...recipient, ...target, ...outcome }
}

test('events are found page by page, and followed as they come', async () => {
  const tail = new EventTail('run')
  using at = installation({ tail })
  const batch = [1, 2, 3].map(delivered)
  commitEvents(at.events, batch)
  tail.add(linesFor(batch))
  const page = await at.call('events.find', { limit: 2 })
  assert.deepEqual([page.events.map(({ id }) => id), page.next], [['0.3', '0.2'], '0.2'])
  const rest = await at.call('events.find', { limit: 2, before: page.next ?? '', kinds: ['delivered'], recipient: 'b@y.example' })
  assert.deepEqual([rest.events.map(({ id }) => id), rest.next], [['0.1'], null])
  assert.deepEqual(
    (await at.call('queue.show', { id: '0000000000000001' as MessageId })).events.map(({ id }) => id),
    ['0.1', '0.2', '0.3'],
  )

  const start = await at.call('events.tail', { after: null, limit: 10 })
  assert.deepEqual(start, { events: [], last: 'run.3' })
  for (const n of [4, 5]) tail.add(linesFor([delivered(n)]))
  const first = await at.call('events.tail', { after: start.last, limit: 1 })
  const second = await at.call('events.tail', { after: first.last, limit: 10 })
  assert.deepEqual(
    [first.events, second.events].map((events) => events.map(({ id }) => id)),
    [['0.4'], ['0.5']],
  )
  assert.deepEqual(await at.call('events.tail', { after: second.last, limit: 10 }), { events: [], last: 'run.5' })
  for (const lost of ['other.5', 'run.99', 'run.x', 'run.0'])
    assert.deepEqual(
      (await at.call('events.tail', { after: lost, limit: 10 })).events.map(({ id }) => id),
      ['0.1', '0.2', '0.3', '0.4', '0.5'],
    )

  const looked = await at.call('events.newest', {})
  assert.deepEqual(looked, { events: [], left: 0, last: 'run.5' })
  const newest = await at.call('events.newest', { after: 'run.1', most: 2 })
  assert.deepEqual([newest.events.map(({ id }) => id), newest.left, newest.last], [['0.4', '0.5'], 2, 'run.5'])
  await at.refuses('events.newest', { most: 0 })

  await at.refuses('events.find', { limit: 5, kinds: ['nonsense'] })
  await at.refuses('events.find', { limit: 5, before: 'x' })
  await at.refuses('events.find', { limit: 5, since: 'yesterday' })
  await at.refuses('events.tail', { after: 5, limit: 5 })

  const status = await at.call('status', {})
  assert.deepEqual([status.queued, status.delivered, status.failed, status.running], [6, 3, 0, true])
})

test('mail is chosen by its last reply, but not bound elsewhere by it', async () => {
  using at = installation()
  at.answers.set('queue.count', [{ messages: 1, recipients: 2 }])
  assert.equal((await at.call('queue.count', { selection: { reason: '450 4.2.1 Later' } })).recipients, 2)
  assert.deepEqual(at.asked.at(-1)?.params, { selection: { reason: '450 4.2.1 Later' } })
  await at.refuses('queue.count', { selection: { reason: '' } })
  at.settings.putRoute(
    { pattern: 'away', host: '192.0.2.1', port: 25, tls: 'none', implicitTls: false, user: null, password: null },
    'test',
  )
  await at.refuses('queue.rebind', { selection: { reason: '450 4.2.1 Later' }, route: 'away' })
})

test('what was counted is what is done: nothing that came later, and nothing where more matches', async () => {
  using at = installation()
  const domain = 'y.example' as Domain
  at.answers.set('queue.count', [
    { messages: 2, recipients: 3 },
    { messages: 1, recipients: 1 },
  ])
  at.answers.set('queue.act', [{ recipients: 4 }])
  const { counted } = await at.call('queue.count', { selection: { domain, acceptedAfter: 5 } })
  assert.deepEqual(await at.call('queue.act', { action: 'hold', selection: { acceptedAfter: 5, domain, counted } }), { recipients: 4 })
  const acted = { action: 'hold', selection: { domain, acceptedAfter: 5, acceptedBefore: NOW }, by: 'test' }
  assert.deepEqual(at.asked.findLast(({ name }) => name === 'queue.act')?.params, acted)
  // Some of it left: that is no matter.
  at.answers.set('queue.count', [{ messages: 1, recipients: 1 }])
  assert.equal((await at.call('queue.act', { action: 'hold', selection: { domain, acceptedAfter: 5, counted } })).recipients, 4)
  const before = at.asked.length
  at.answers.set('queue.count', [{ messages: 5, recipients: 5 }])
  const rejected = at.call('queue.act', { action: 'delete', selection: { domain, acceptedAfter: 5, counted } })
  await assert.rejects(rejected, { code: 'changed-meanwhile', message: 'More matches now than was counted: 5 recipients, and it were 4.' })
  await at.refuses('queue.act', { action: 'delete', selection: { domain, counted } })
  await at.refuses('queue.act', { action: 'delete', selection: { domain, acceptedAfter: 5, counted: 'all of it' } })
  await at.refuses('queue.list', { selection: { domain, counted }, limit: 1 })
  assert.ok(at.asked.slice(before).every(({ name }) => name !== 'queue.act'))
})
