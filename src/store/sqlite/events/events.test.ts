import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { AccountId, MessageId, ShardId } from '../../../base/brand.ts'
import { formatMessageId } from '../../../base/message-id.ts'
import type { NumberedEvent } from '../../../contract/events.ts'
import { commitEvents } from '../../../../testkit/event-lines.ts'
import { delivered, EPOCH, sample, temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { openEvents } from './events.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 10, 20, 12)
const idOf = (n: number): MessageId => formatMessageId(EPOCH, 3 as ShardId, n)

function event(n: number, change: Partial<NumberedEvent> = {}): NumberedEvent {
  const base = n % 2 === 0 ? sample(idOf(n)).event : delivered(idOf(n)).event
  return { ...base, at: START + n, id: `3.${n}`, ...change } as NumberedEvent
}

const NONE = { accepted: 0, delivered: 0, deferred: 0, failed: 0, expired: 0, deleted: 0, endedByRestore: 0 }
const ids = (events: readonly NumberedEvent[]): string[] => events.map(({ id }) => id)

test('a batch that comes again changes nothing and counts once', async () => {
  using folder = temporaryFolder()
  const batch = [1, 2, 3, 4].map((n) => event(n))
  {
    using store = openEvents(folder.path)
    assert.equal(store.cursor(3), 0)
    commitEvents(store, batch, new Map([['a.log', 10]]))
    commitEvents(store, batch, new Map([['a.log', 10]]))
  }
  using store = openEvents(folder.path)
  assert.equal(store.cursor(3), 4)
  assert.deepEqual([...store.logLengths()], [['a.log', 10]])
  assert.deepEqual(store.totals(), { ...NONE, accepted: 2, delivered: 2 })
  assert.deepEqual(ids(await store.find({}, null, 10)), ['3.4', '3.3', '3.2', '3.1'])
})

test('messages to thousands are told in more blocks, and each of their recipients is found', async () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  const nameOf = (n: number, i: number): string => `r${i}@d${n}.example.test`
  const events = Array.from({ length: 40 }, (_unused, i) => {
    const n = 2 * i + 2
    const others = Array.from({ length: 999 }, (_none, at) => nameOf(n, at + 1))
    return event(n, { recipients: 1000, recipient: nameOf(n, 0), others } as Partial<NumberedEvent>)
  })
  commitEvents(store, events)
  {
    using day = new DatabaseSync(join(folder.path, '2026-11-20.db'))
    const rows = day.prepare('SELECT length(hashes) AS size FROM name').all()
    assert.ok(rows.length >= 3 && rows.every(({ size }) => Number(size) < 100_000), JSON.stringify(rows))
  }
  for (const n of [2, 34, 36, 80])
    for (const i of [0, 1, 999]) assert.deepEqual(ids(await store.find({ recipient: nameOf(n, i) }, null, 10)), [`3.${n}`])
})

test('a crash between the day and desk.db repeats the batch: told and counted once, stored once', async () => {
  using folder = temporaryFolder()
  const batch = [1, 2].map((n) => event(n))
  openEvents(folder.path)[Symbol.dispose]()
  {
    // What such a crash leaves: the rows of the day, and a desk.db that knows nothing of them.
    using store = openEvents(folder.path)
    commitEvents(store, batch)
    using desk = new DatabaseSync(join(folder.path, 'desk.db'))
    desk.exec('DELETE FROM cursor; DELETE FROM total')
  }
  using store = openEvents(folder.path)
  commitEvents(store, [...batch, event(3)])
  assert.deepEqual(store.totals(), { ...NONE, accepted: 1, delivered: 2 })
  assert.deepEqual(ids(await store.find({}, null, 10)), ['3.3', '3.2', '3.1'])
})

test('events are found by message, recipient, kind and time, page by page, across days', async () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  const batch = Array.from({ length: 40 }, (_unused, n) =>
    event(n + 1, { at: START + Math.floor(n / 10) * DAY, recipient: n % 5 === 0 ? 'Zoe@Example.com' : 'ann@example.com' }),
  )
  commitEvents(store, batch)
  assert.equal(readdirSync(folder.path).filter((name) => name.endsWith('.db')).length, 5)
  const pages: string[] = []
  let before: string | null = null
  for (;;) {
    const page: readonly NumberedEvent[] = await store.find({}, before, 7)
    pages.push(...ids(page))
    if (page.length < 7) break
    before = page.at(-1)?.id ?? null
  }
  assert.deepEqual(pages, ids(batch).reverse())
  assert.deepEqual(ids(await store.find({ message: idOf(17) }, null, 10)), ['3.17'])
  assert.equal((await store.find({ recipient: 'zoe@example.COM' }, null, 100)).length, 8)
  assert.equal((await store.find({ kinds: ['delivered'], since: START + DAY, until: START + 2 * DAY }, null, 100)).length, 10)
  assert.equal((await store.find({ account: 1002 as AccountId }, null, 100)).length, 0)
})

test('shards that overlap in time are found in the order of time, a page at a time, whatever the page', async () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  const all: NumberedEvent[] = []
  // Shard 4 is late by a batch and a half; times repeat within and across shards.
  for (const [shard, late] of [
    [3, 0],
    [4, 45],
  ] as const)
    for (let at = 0; at < 300; at += 30) {
      const batch = Array.from({ length: 30 }, (_unused, n) => {
        const number = at + n + 1
        const change = {
          id: `${shard}.${number}`,
          at: START + Math.floor((number - late) / 2),
          mailing: number % 50 === 0 ? 'autumn' : null,
        }
        return event(number, { ...change, message: idOf(number), account: (1000 + (number % 2)) as AccountId })
      })
      commitEvents(store, batch)
      all.push(...batch)
    }
  const [shardOf, numberOf] = [0, 1].map((n) => (id: string) => Number(id.split('.')[n]))
  const newest = all.toSorted((a, b) => b.at - a.at || shardOf!(b.id) - shardOf!(a.id) || numberOf!(b.id) - numberOf!(a.id))
  for (const size of [1, 7, 1000]) {
    const pages: string[] = []
    for (let before: string | null = null; ;) {
      const page: readonly NumberedEvent[] = await store.find({}, before, size)
      pages.push(...ids(page))
      if (page.length < size || pages.length >= 60) break
      before = page.at(-1)?.id ?? null
    }
    assert.deepEqual(pages, ids(newest.slice(0, pages.length)))
  }
  const expected = (fits: (event: NumberedEvent) => boolean): string[] => ids(newest.filter(fits))
  assert.deepEqual(
    ids(await store.find({ mailing: 'autumn' }, null, 100)),
    expected(({ mailing }) => mailing === 'autumn'),
  )
  assert.deepEqual(
    ids(await store.find({ message: idOf(77) }, null, 100)),
    expected(({ message }) => message === idOf(77)),
  )
  const [since, until] = [START + 10, START + 12]
  assert.deepEqual(
    ids(await store.find({ since, until, account: 1001 as AccountId, kinds: ['accepted', 'delivered'] }, null, 100)),
    expected(({ at, account }) => at >= since && at <= until && account === 1001),
  )
  assert.deepEqual(await store.find({ mailing: 'spring' }, null, 100), [])
  assert.deepEqual(await store.find({}, '9.1', 100), [])
})

test('a day of another format is left alone, and the reason is said', async () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  for (const [day, make, code] of [
    ['2026-11-20', 'CREATE TABLE event (key INTEGER PRIMARY KEY)', 'format-older'],
    ['2026-11-21', 'PRAGMA user_version = 99', 'format-newer'],
  ] as const) {
    {
      using database = new DatabaseSync(join(folder.path, `${day}.db`))
      database.exec(make)
    }
    const at = Date.parse(`${day}T12:00:00Z`)
    assert.throws(() => commitEvents(store, [event(1, { at })]), { code })
    await assert.rejects(store.find({ until: at }, null, 1), { code })
    assert.equal(store.cursor(3), 0)
  }
})

test('pruning removes whole days, and what somebody reads once nobody does', async () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  for (const n of [0, 1, 2, 3]) commitEvents(store, [event(n + 1, { at: START + n * DAY })])
  const days = (): number => readdirSync(folder.path).filter((name) => /^\d.*\.db$/.test(name)).length
  store.prune(START + DAY)
  assert.equal(days(), 3)
  {
    const [name = ''] = readdirSync(folder.path)
      .filter((one) => /^\d.*\.db$/.test(one))
      .toSorted()
    using reader = new DatabaseSync(join(folder.path, name), { readOnly: true })
    reader.exec('BEGIN')
    reader.prepare('SELECT count(*) FROM block').get()
    store.prune(START + 4 * DAY)
    assert.equal(days(), 1)
    assert.equal(reader.prepare('SELECT count(*) AS blocks FROM block').get()?.['blocks'], 1)
  }
  store.prune(START + 4 * DAY)
  assert.equal(days(), 0)
  commitEvents(store, [event(5, { at: START })])
  assert.deepEqual(ids(await store.find({}, null, 5)), ['3.5'])
})
