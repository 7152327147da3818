// Pages of lists out of a real store of events.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, MessageId, ShardId } from '../../base/brand.ts'
import { formatMessageId } from '../../base/message-id.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type { EventStore } from '../../engine/ports/stores.ts'
import { openEvents } from '../../store/sqlite/events.ts'
import { commitEvents } from '../../../testkit/event-lines.ts'
import { delivered, EPOCH, sample, temporaryFolder } from '../../../testkit/spool-samples.ts'
import { askedBy } from './asked.ts'
import { MOST_COUNTED, type Page, readPage } from './reading.ts'
import { LISTS, type ListName } from './records.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 10, 20)
const MINE = 1001 as AccountId
const HERE = new AbortController().signal
const idOf = (shard: number, n: number): MessageId => formatMessageId(EPOCH, shard as ShardId, n)

function made(shard: number, n: number, change: object): NumberedEvent {
  return {
    ...delivered(idOf(shard, n)).event,
    account: MINE,
    recipient: `r${shard}-${n}@peer.test`,
    id: `${shard}.${n}`,
    ...change,
  } as NumberedEvent
}

function read(store: EventStore, query: string, name: ListName = 'messagesProcessed'): Promise<Page> {
  return readPage(store, LISTS[name], MINE, { ...askedBy(query, START + 100 * DAY), own: new Set(['own.test']) }, HERE)
}
const recipients = ({ records }: Page): readonly unknown[] => records.map((record) => record[4])

/** Three shards over five days: hours without any, thousands in a second, and those of another account. */
function filled(store: EventStore): readonly NumberedEvent[] {
  const all: NumberedEvent[] = []
  for (const shard of [0, 1, 2]) {
    const events = Array.from({ length: 2000 }, (_, n) => {
      const at = n < 500 ? START + n * 700_000 + shard : n < 1500 ? START + 2 * DAY + 1 : START + 4 * DAY + Math.floor(n / 7)
      return made(shard, n + 1, { at, mailing: n % 3 === 0 ? 'may' : null, clientId: `c${n % 10}`, ...(n % 5 === 4 && { account: 1002 }) })
    }).toSorted((a, b) => a.at - b.at)
    commitEvents(
      store,
      events.map((event, n) => ({ ...event, id: `${shard}.${n + 1}` })),
    )
    all.push(...events)
  }
  return all.filter(({ account }) => account === MINE)
}

const keyOf = ({ id }: NumberedEvent): number => Number(id.split('.')[0]) * 1e9 + Number(id.split('.')[1])

test('pages are whole, without a gap or a repeat, the oldest first and the newest first', async () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  const ordered = filled(store)
    .toSorted((a, b) => a.at - b.at || keyOf(a) - keyOf(b))
    .map(({ recipient }) => recipient)
  for (const [direction, expected] of [
    ['asc', ordered],
    ['desc', ordered.toReversed()],
  ] as const) {
    const found: unknown[] = []
    for (let index = 0; index < ordered.length; index += 500) {
      const page = await read(store, `sortDirection=${direction}&index=${index}`)
      assert.equal(page.total, ordered.length)
      found.push(...recipients(page))
    }
    assert.deepEqual(found, expected, direction)
  }
  assert.deepEqual(recipients(await read(store, `index=${ordered.length}`)), [])
  assert.deepEqual(recipients(await read(store, `index=${ordered.length - 1}&count=5`)), ordered.slice(-1))
})

test('mailing, id and times choose, and what is chosen is counted', async () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  const all = filled(store)
  const totalOf = async (query: string): Promise<number> => (await read(store, query)).total
  assert.equal(await totalOf('mailingId=may'), all.filter((event) => event.mailing === 'may').length)
  assert.equal(await totalOf('messageId=c3&count=1'), all.filter((event) => event.clientId === 'c3').length)
  assert.equal(
    await totalOf('startDate=2026-11-22&endDate=2026-11-23'),
    all.filter(({ at }) => at >= START + 2 * DAY && at < START + 3 * DAY).length,
  )
  assert.equal(await totalOf('startDate=2027-01-01'), 0)
  assert.equal(await totalOf('endDate=2026-01-01'), 0)
  assert.equal(await totalOf('startDate=2026-11-24&endDate=2026-11-20'), 0)
})

test('recipients of one message are records of their own, in their order, with ids of their own', async () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  const accepted = { ...sample(idOf(0, 1)).event, account: MINE, at: START, id: '0.1' }
  commitEvents(store, [
    {
      ...accepted,
      recipient: 'a@one.test',
      others: ['x@Own.test', 'b@one.test', 'c@one.test'],
      clientIds: ['a', 'x', null, 'c'],
      clientId: 'all',
    } as NumberedEvent,
  ])
  const page = await read(store, 'count=2&index=1', 'messagesQueued')
  assert.deepEqual(
    [page.total, page.records.map((record) => [record[4], record[2]])],
    [
      3,
      [
        ['b@one.test', 'all'],
        ['c@one.test', 'c'],
      ],
    ],
  )
  assert.deepEqual(recipients(await read(store, 'sortDirection=desc&count=2', 'messagesQueued')), ['c@one.test', 'b@one.test'])
})

test('beyond a bound nothing is counted and no page begins; the sentence says how to go on', async () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  const others = Array.from({ length: 999 }, (_, n) => `r${n}@one.test`)
  const events = Array.from({ length: MOST_COUNTED / 1000 + 2 }, (_, n) => {
    const accepted = sample(idOf(0, n + 1)).event
    return { ...accepted, account: MINE, at: START + n * 1000, id: `0.${n + 1}`, recipient: 'first@one.test', others } as NumberedEvent
  })
  commitEvents(store, events)
  for (const direction of ['asc', 'desc']) {
    const last = await read(store, `index=${MOST_COUNTED}&sortDirection=${direction}`, 'messagesQueued')
    assert.deepEqual([last.total, last.records.length], [MOST_COUNTED + 1, 1])
  }
  await assert.rejects(read(store, `index=${MOST_COUNTED + 1}&startDate=2026-11-20`, 'messagesQueued'), {
    code: 'invalid-parameter',
    mend: /startDate \(now 2026-11-20T00:00:00Z\) at the DateTime of the last record/,
  })
  await assert.rejects(readPage(store, LISTS.messagesQueued, MINE, { ...askedBy('', START + DAY), own: new Set() }, AbortSignal.abort()), {
    code: 'call-too-long',
  })
})
