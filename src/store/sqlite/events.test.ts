import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { AccountId, MessageId, ShardId } from '../../base/brand.ts'
import { formatMessageId } from '../../base/message-id.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import { delivered, EPOCH, sample, temporaryFolder } from '../../../testkit/spool-samples.ts'
import { openEvents } from './events.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 10, 20, 12)
const idOf = (n: number): MessageId => formatMessageId(EPOCH, 3 as ShardId, n)
const NONE = new Map<string, number>()

function event(n: number, change: Partial<NumberedEvent> = {}): NumberedEvent {
  const base = n % 2 === 0 ? sample(idOf(n)).event : delivered(idOf(n)).event
  return { ...base, at: START + n, id: `3.${n}`, ...change } as NumberedEvent
}

const ids = (events: readonly NumberedEvent[]): string[] => events.map(({ id }) => id)

test('a batch that comes again changes nothing and counts once', () => {
  using folder = temporaryFolder()
  const batch = [1, 2, 3, 4].map((n) => event(n))
  {
    using store = openEvents(folder.path)
    assert.equal(store.cursor(3), 0)
    assert.deepEqual(store.commit(batch, { shard: 3, after: 4 }, new Map([['a.log', 10]])), batch)
    assert.deepEqual(store.commit(batch, { shard: 3, after: 4 }, new Map([['a.log', 10]])), [])
  }
  using store = openEvents(folder.path)
  assert.equal(store.cursor(3), 4)
  assert.deepEqual([...store.logLengths()], [['a.log', 10]])
  assert.deepEqual(store.totals(), { accepted: 2, delivered: 2, deferred: 0, failed: 0, expired: 0 })
  assert.deepEqual(ids(store.find({}, null, 10)), ['3.4', '3.3', '3.2', '3.1'])
})

test('a crash between the day and desk.db repeats the batch: told and counted once, stored once', () => {
  using folder = temporaryFolder()
  const batch = [1, 2].map((n) => event(n))
  openEvents(folder.path)[Symbol.dispose]()
  {
    // What such a crash leaves: the rows of the day, and a desk.db that knows nothing of them.
    using store = openEvents(folder.path)
    store.commit(batch, { shard: 3, after: 2 }, NONE)
    using desk = new DatabaseSync(join(folder.path, 'desk.db'))
    desk.exec('DELETE FROM cursor; DELETE FROM total')
  }
  using store = openEvents(folder.path)
  assert.deepEqual(ids(store.commit([...batch, event(3)], { shard: 3, after: 3 }, NONE)), ['3.1', '3.2', '3.3'])
  assert.deepEqual(store.totals(), { accepted: 1, delivered: 2, deferred: 0, failed: 0, expired: 0 })
  assert.deepEqual(ids(store.find({}, null, 10)), ['3.3', '3.2', '3.1'])
})

test('events are found by message, recipient, kind and time, page by page, across days', () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  const batch = Array.from({ length: 40 }, (_unused, n) =>
    event(n + 1, { at: START + Math.floor(n / 10) * DAY, recipient: n % 5 === 0 ? 'Zoe@Example.com' : 'ann@example.com' }),
  )
  store.commit(batch, { shard: 3, after: 40 }, NONE)
  assert.equal(readdirSync(folder.path).filter((name) => name.endsWith('.db')).length, 5)
  const pages: string[] = []
  let before: string | null = null
  for (;;) {
    const page: readonly NumberedEvent[] = store.find({}, before, 7)
    pages.push(...ids(page))
    if (page.length < 7) break
    before = page.at(-1)?.id ?? null
  }
  assert.deepEqual(pages, ids(batch).reverse())
  assert.deepEqual(ids(store.find({ message: idOf(17) }, null, 10)), ['3.17'])
  assert.equal(store.find({ recipient: 'zoe@example.COM' }, null, 100).length, 8)
  assert.equal(store.find({ kinds: ['delivered'], since: START + DAY, until: START + 2 * DAY }, null, 100).length, 10)
  assert.equal(store.find({ account: 1002 as AccountId }, null, 100).length, 0)
})

test('pruning removes whole days, by age and by size, never the newest below the bound', () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  for (const n of [0, 1, 2, 3]) store.commit([event(n + 1, { at: START + n * DAY })], { shard: 3, after: n + 1 }, NONE)
  const days = (): number => readdirSync(folder.path).filter((name) => /^\d.*\.db$/.test(name)).length
  store.prune(START + DAY, Infinity)
  assert.equal(days(), 3)
  store.prune(0, 1)
  assert.equal(days(), 0)
  store.commit([event(5, { at: START })], { shard: 3, after: 5 }, NONE)
  assert.deepEqual(ids(store.find({}, null, 5)), ['3.5'])
})
