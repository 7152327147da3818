// Pages of lists out of a real store of events.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, MessageId, ShardId } from '../../base/brand.ts'
import { formatMessageId } from '../../base/message-id.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type { EventStore } from '../../engine/ports/stores.ts'
import { openEvents } from '../../store/sqlite/events/events.ts'
import { commitEvents } from '../../../testkit/event-lines.ts'
import { delivered, EPOCH, sample, temporaryFolder } from '../../../testkit/spool-samples.ts'
import { askedBy } from './asked.ts'
import { type Events, ListReader, MOST_COUNTED, type Page, type Wanted } from './reading.ts'
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

const NOW = START + 100 * DAY

function wantedBy(query: string, name: ListName = 'messagesProcessed', now = NOW): Wanted {
  return { ...askedBy(query, now), account: MINE, own: new Set(['own.test']), name, list: LISTS[name], now }
}

function read(store: EventStore, query: string, name?: ListName): Promise<Page> {
  return new ListReader(store).page(wantedBy(query, name), HERE)
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
    const reader = new ListReader(store)
    for (let index = 0; index < ordered.length; index += 500) {
      const page = await reader.page(wantedBy(`sortDirection=${direction}&index=${index}`), HERE)
      assert.equal(page.total, ordered.length)
      found.push(...recipients(page))
    }
    assert.deepEqual(found, expected, direction)
  }
  assert.deepEqual(recipients(await read(store, `index=${ordered.length}`)), [])
  assert.deepEqual(recipients(await read(store, `index=${ordered.length - 1}&count=5`)), ordered.slice(-1))
})

test('page after page the oldest first, no part is read that no page needs; what is new is counted all the same', async () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  const total = filled(store).length
  let asked = 0
  const counting: Events = {
    dayNames: () => store.dayNames(),
    find: (...which) => {
      asked++
      return store.find(...which)
    },
  }
  const reader = new ListReader(counting)
  const cost = async (query: string, now?: number): Promise<readonly [number, number]> => {
    asked = 0
    return [(await reader.page(wantedBy(query, 'messagesProcessed', now), HERE)).total, asked]
  }
  const [all, first] = await cost('count=100')
  const [again, second] = await cost('count=100&index=100')
  assert.deepEqual([all, again], [total, total])
  assert.ok(second < first / 2, `${second} of ${first}`)
  // A stretch that is over is counted as it was, by whoever begins anew as it is.
  commitEvents(store, [made(5, 1, { at: START + 1 }), made(5, 2, { at: NOW })])
  assert.equal((await cost('index=100'))[0], total + 1)
  assert.equal((await cost('index=0'))[0], total + 2)
  assert.equal((await cost('index=100', NOW + 10 * 60_000))[0], total + 2)
  // Of other choices, they tell nothing.
  assert.equal((await cost('index=1&mailingId=may'))[0] < total, true)
  assert.equal((await cost('index=1&endDate=2026-11-21'))[0], (await read(store, 'endDate=2026-11-21')).total)
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
  await assert.rejects(new ListReader(store).page(wantedBy('', 'messagesQueued'), AbortSignal.abort()), {
    code: 'call-too-long',
  })
})
