import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { AccountId, Domain, MessageId, ShardId } from '../../../base/brand.ts'
import { formatMessageId } from '../../../base/message-id.ts'
import type { NumberedEvent } from '../../../contract/events.ts'
import type { EventFilter, EventStore } from '../../../engine/ports/stores.ts'
import { Eraser } from '../../../policy/kept/erasure.ts'
import { commitEvents } from '../../../../testkit/event-lines.ts'
import { delivered, EPOCH, sample, temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { indexDay } from './event-index-build.ts'
import { DayIndex } from './event-index.ts'
import { folded, termsOf } from '../../../message/subject.ts'
import { hashOf, type Name, namesOfEvents } from './event-names.ts'
import { changedPostings, decodePostings, encodePostings } from './event-postings.ts'
import { openEvents } from './events.ts'

const START = Date.UTC(2026, 10, 20, 1)
const DAY = '2026-11-20'
const idOf = (shard: number, n: number): MessageId => formatMessageId(EPOCH, shard as ShardId, n)

/** Messages of a shard, each accepted and delivered. */
function messages(shard: number, from: number, count: number): NumberedEvent[] {
  return Array.from({ length: count }, (_, i) => from + i).flatMap((n): NumberedEvent[] => {
    const message = idOf(shard, n)
    const recipient = `Person.${shard}.${n}@Mail-${n % 7}.example`
    const facts = { message, recipient, clientId: `order-${shard}-${n}`, mailing: n % 3 === 0 ? 'autumn' : null }
    const account = (1001 + (n % 2)) as AccountId
    const at = START + n * 1000
    const accepted = { ...sample(message).event, ...facts, account, at, subject: `Größe ${n} is here`, headerId: `${n}@app.example` }
    const end = { ...delivered(message).event, ...facts, account, at: at + 500, domain: `mail-${n % 7}.example` as Domain }
    return [
      { ...accepted, id: `${shard}.${n * 2}` },
      { ...end, id: `${shard}.${n * 2 + 1}` },
    ] as NumberedEvent[]
  })
}

function fill(store: EventStore, from = 1): void {
  for (const shard of [0, 3]) for (let n = from; n < from + 60; n += 5) commitEvents(store, messages(shard, n, 5))
}

const FILTERS: readonly EventFilter[] = [
  { message: idOf(3, 17) },
  { recipient: 'person.0.44@mail-2.EXAMPLE' },
  { recipient: 'nobody@mail-2.example' },
  { clientId: 'order-3-9' },
  { headerId: '12@app.example' },
  { domain: 'mail-3.example' },
  { address: '*.44@mail-2.example' },
  { address: '*.3.1?@*' },
  { mailing: 'autumn', account: 1001 as AccountId },
  { mailing: 'winter' },
  { kinds: ['accepted'], account: 1002 as AccountId },
  { subject: 'grosse 23' },
  { subject: '"GRÖSSE 23 is here"' },
  { subject: '"größe 23"' },
  { subject: 'größe 2*' },
  { subject: 'here ice' },
  { account: 1001 as AccountId, since: START + 20_000, until: START + 30_000 },
]

const COUNTS = [2, 2, 0, 2, 2, 36, 4, 20, 40, 0, 60, 2, 2, 0, 22, 0, 22]

async function answers(store: EventStore): Promise<readonly (readonly string[])[]> {
  const all: string[][] = []
  for (const filter of FILTERS) {
    const ids: string[] = []
    for (let before: string | null = null; ;) {
      const page: readonly NumberedEvent[] = await store.find(filter, before, 7)
      ids.push(...page.map(({ id }) => id))
      before = page.at(-1)?.id ?? null
      if (page.length < 7) break
    }
    all.push(ids)
  }
  return all
}

function rows(folder: string, table: string): number {
  using database = new DatabaseSync(join(folder, `${DAY}.db`))
  return Number(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'])
}

test('an index gives what hashes of blocks gave, with blocks that came later, and takes those too when they are many', async () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  fill(store)
  const counts = (await answers(store)).map(({ length }) => length)
  assert.deepEqual(counts, COUNTS)
  const before = await answers(store)
  assert.equal(await store.index(DAY, 1), 24)
  assert.deepEqual([rows(folder.path, 'name'), rows(folder.path, 'segment')], [0, 1])
  assert.deepEqual(await answers(store), before)
  fill(store, 100)
  const all = await answers(store)
  assert.equal(await store.index(DAY, 100), 0)
  assert.equal(await store.index(DAY, 20), 24)
  assert.deepEqual([rows(folder.path, 'name'), rows(folder.path, 'segment')], [0, 2])
  assert.deepEqual(await answers(store), all)
  assert.equal(await store.index('2026-11-19', 1), 0)
})

test('a crash at any step of the making leaves a day that is searched as before, and the next making is whole', async () => {
  using reference = temporaryFolder()
  using known = openEvents(reference.path)
  fill(known)
  const expected = await answers(known)
  let steps = 0
  for (let dies = 1; ; dies++) {
    using folder = temporaryFolder()
    using store = openEvents(folder.path)
    fill(store)
    let left = dies
    const pace = async (): Promise<void> => {
      if (--left === 0) throw new Error('the power went')
    }
    const isWhole = await indexDay(join(folder.path, `${DAY}.db`), 1, pace).then(
      () => true,
      () => false,
    )
    if (dies % 3 === 0 || isWhole) assert.deepEqual(await answers(store), expected, `step ${dies}`)
    await store.index(DAY, 1)
    assert.deepEqual([rows(folder.path, 'name'), rows(folder.path, 'place'), rows(folder.path, 'segment')], [0, 24, 1], `step ${dies}`)
    if (dies % 3 === 0 || isWhole) assert.deepEqual(await answers(store), expected, `step ${dies}`)
    if (isWhole) break
    steps++
  }
  assert.ok(steps > 4, `${steps} steps`)
})

test('who is erased from a day with an index is in the index no more', async () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  fill(store)
  const both = {
    ...sample(idOf(0, 900)).event,
    at: START,
    recipients: 2,
    recipient: 'bob@other.example',
    others: ['person.3.9@mail-2.example'],
  }
  commitEvents(store, [{ ...both, id: '0.9000' } as NumberedEvent])
  await store.index(DAY, 1)
  const [, others] = [
    await store.find({ recipient: 'person.3.9@mail-2.example' }, null, 9),
    await store.find({ clientId: 'order-3-10' }, null, 9),
  ]
  assert.equal(await store.erase(DAY, new Eraser('person.3.9@mail-2.example'), false, async () => {}), 3)
  assert.deepEqual(await store.find({ recipient: 'person.3.9@mail-2.example' }, null, 9), [])
  assert.deepEqual(await store.find({ clientId: 'order-3-10' }, null, 9), others)
  assert.equal((await store.find({ recipient: 'erased@erased.invalid' }, null, 9)).length, 1)
  using database = new DatabaseSync(join(folder.path, `${DAY}.db`))
  const index = new DayIndex(database)
  const blocks = (of: Name, name: string): number => index.blocksWith([[hashOf(of, name)]]).size
  assert.deepEqual([blocks('recipient', 'person.3.9@mail-2.example'), blocks('client', 'order-3-9'), blocks('term', '9')], [0, 0, 1])
  assert.deepEqual([blocks('recipient', 'erased@erased.invalid'), blocks('client', 'order-3-10')], [1, 1])
})

test('a search that is ended says how far it came, and goes on from there with nothing twice and nothing left out', async () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  fill(store)
  commitEvents(store, messages(5, 200_000, 3))
  const filter = { address: '*.1?@*' }
  const all = await store.find(filter, null, 1000)
  const found: NumberedEvent[] = []
  let pages = 0
  for (let before: string | null = null; ; pages++) {
    const page = await store.search(filter, before, 1000, { gone: AbortSignal.abort() })
    found.push(...page.events)
    if (page.reached === null) break
    before = `@${page.reached}`
  }
  assert.deepEqual([found, pages > 5], [all, true])
})

test('days of format 1 are searched by what they know, and what they do not know is looked for in their lines', async () => {
  using folder = temporaryFolder()
  {
    using store = openEvents(folder.path)
    fill(store)
  }
  {
    using database = new DatabaseSync(join(folder.path, `${DAY}.db`))
    database.exec('DROP TABLE place; DROP TABLE segment; DROP TABLE posting; PRAGMA user_version = 1')
    // As such a program hashed: by message, recipient, mailing and account alone.
    const known = new Set<number>([hashOf('recipient', 'Person.0.44@Mail-2.example')])
    for (let n = 0; n < 100; n++) for (const shard of [0, 3]) known.add(hashOf('message', idOf(shard, n)))
    for (const name of [hashOf('mailing', 'autumn'), hashOf('account', 1001), hashOf('account', 1002)]) known.add(name)
    const rowsOf = database.prepare('SELECT block, hashes FROM name').all()
    for (const { block, hashes } of rowsOf as { block: number; hashes: Uint8Array<ArrayBuffer> }[]) {
      const left = new Uint32Array(hashes.buffer).filter((hash) => known.has(hash))
      database.prepare('UPDATE name SET hashes = ? WHERE block = ?').run(new Uint8Array(left.buffer), block)
    }
  }
  using store = openEvents(folder.path)
  assert.equal(await store.index(DAY, 1), 0)
  const counts = (await answers(store)).map(({ length }) => length)
  assert.deepEqual(counts, COUNTS)
  commitEvents(store, messages(7, 80, 1))
  assert.equal((await store.find({ clientId: 'order-7-80' }, null, 5)).length, 2)
})

test('a thread gives the same answers, ends what nobody waits for, and refuses what is too much', async () => {
  using folder = temporaryFolder()
  using own = openEvents(folder.path)
  fill(own)
  const expected = await answers(own)
  using store = openEvents(folder.path, { apart: true })
  assert.deepEqual(await answers(store), expected)
  assert.equal(await store.index(DAY, 1), 24)
  assert.deepEqual(await answers(store), expected)
  const ended = await store.search({ address: '*nobody*' }, null, 10, { gone: AbortSignal.abort() })
  assert.deepEqual([ended.events, ended.reached !== null], [[], true])
  const many = await Promise.allSettled(Array.from({ length: 70 }, () => store.find({ clientId: 'order-3-9' }, null, 5)))
  const refused = many.flatMap((one) => (one.status === 'rejected' ? [(one.reason as { code: string }).code] : []))
  assert.deepEqual(
    refused,
    Array.from({ length: 6 }, () => 'events-busy'),
  )
  assert.equal((await store.find({ clientId: 'order-3-9' }, null, 5)).length, 2)
})

test('postings are what they were, whatever numbers are in them, and one block is put in and taken out', () => {
  const postings = [
    { rest: 0, blocks: [0] },
    { rest: 1, blocks: [0, 1, 127, 128, 2 ** 21 - 1] },
    { rest: 2 ** 20, blocks: [300] },
    { rest: 2 ** 32 - 1, blocks: [5, 6] },
  ]
  const octets = encodePostings(postings)
  assert.deepEqual([...decodePostings(octets)], postings)
  const more = changedPostings(changedPostings(octets, 2 ** 20, 7, true), 9, 1, true)
  assert.deepEqual(
    [...decodePostings(more)].map(({ rest, blocks }) => [rest, blocks.length]),
    [
      [0, 1],
      [1, 5],
      [9, 1],
      [2 ** 20, 2],
      [2 ** 32 - 1, 2],
    ],
  )
  assert.deepEqual(changedPostings(changedPostings(more, 9, 1, false), 2 ** 20, 7, false), octets)
  assert.throws(() => [...decodePostings(octets.subarray(0, octets.length - 2))], /ends within a number/)
})

test('a subject in ASCII has the hashes that it would have in any other script', () => {
  const words = [
    'Your',
    'order',
    '4711',
    '',
    ' ',
    '#x-1',
    'A',
    'a',
    '(ü)'.replace('ü', 'u'),
    'Re:',
    ...Array.from({ length: 40 }, (_, i) => `w${i}`),
  ]
  for (let n = 0; n < 300; n++) {
    const subject = Array.from({ length: n % 45 }, (_, i) => words[(n * 7 + i * (n % 5 === 0 ? 1 : n)) % words.length]).join(' ')
    const one = { ...sample(idOf(0, 1)).event, id: '0.1', subject } as NumberedEvent
    const without = [...namesOfEvents([{ ...one, subject: undefined } as unknown as NumberedEvent])]
    const text = folded(subject)
    const expected = [hashOf('subject', text), ...termsOf(text).map((term) => hashOf('term', term))]
    assert.deepEqual(namesOfEvents([one]), new Set([...without, ...expected]), subject)
  }
})
