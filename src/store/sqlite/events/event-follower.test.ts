import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { AccountId, MessageId, ShardId } from '../../../base/brand.ts'
import { formatMessageId } from '../../../base/message-id.ts'
import type { NumberedEvent } from '../../../contract/events.ts'
import type { Followed, ShardLines } from '../../../engine/ports/event-follower.ts'
import { eventsOf } from '../../../message/event-line.ts'
import { commitEvents, linesFor } from '../../../../testkit/event-lines.ts'
import { delivered, EPOCH, temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { DayFollower, type FollowerOptions } from './event-follower.ts'
import { openEvents } from './events.ts'

const DAY = 86_400_000
const START = Date.UTC(2026, 10, 20, 12)
const idOf = (n: number): MessageId => formatMessageId(EPOCH, 3 as ShardId, n)
const event = (shard: number, n: number, change: Partial<NumberedEvent> = {}): NumberedEvent =>
  ({ ...delivered(idOf(n)).event, at: START + n, id: `${shard}.${n}`, ...change }) as NumberedEvent

const range = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_unused, i) => from + i)

/** All that is left; each batch is checked against what was asked for. */
function readAll(follower: DayFollower, most = Infinity): { ids: Map<number, number[]>; batches: Followed[]; events: NumberedEvent[] } {
  const ids = new Map<number, number[]>()
  const [batches, events]: [Followed[], NumberedEvent[]] = [[], []]
  follower.look()
  for (let batch = follower.next(); batch !== null; batch = follower.next()) {
    assert.ok(batches.push(batch) < 5000, 'it goes on for ever')
    if (batch.kind === 'gap') continue
    const read = eventsOf(batch.lines)
    assert.ok(read.length <= most)
    const numbers = read.map(({ id }) => Number(id.split('.')[1]))
    for (const number of numbers) assert.ok(number > batch.after && number <= batch.upTo)
    assert.equal(follower.position().get(batch.shard), batch.upTo)
    ids.set(batch.shard, [...(ids.get(batch.shard) ?? []), ...numbers])
    events.push(...read)
  }
  return { ids, batches, events }
}

const follow = (folder: string, options: Partial<FollowerOptions> = {}): DayFollower =>
  new DayFollower({ folder, from: new Map(), ...options })

test('memory of offered lines that pass is given back when the next is asked for, and not before', () => {
  using folder = temporaryFolder()
  const offered = [linesFor(range(1, 10).map((n) => event(0, n))), linesFor(range(11, 12).map((n) => event(0, n)))]
  const [first, second] = offered.map((lines) => new Uint8Array(lines))
  assert.ok(first !== undefined && second !== undefined)
  const follower = follow(folder.path, { events: 8, passing: true })
  follower.offer({ shard: 0, after: 0, upTo: 10, lines: first })
  follower.offer({ shard: 0, after: 10, upTo: 12, lines: second })
  const read: number[] = []
  for (let batch = follower.next(); batch !== null; batch = follower.next()) {
    assert.ok(batch.kind === 'events')
    read.push(...eventsOf(batch.lines).map(({ id }) => Number(id.split('.')[1])))
    assert.equal(first.length === 0, batch.upTo > 10)
  }
  assert.deepEqual(read, range(1, 12))
  assert.deepEqual([first.length, second.length], [0, 0])
  // Whoever does not say so keeps what he offered.
  const kept = follow(folder.path)
  const third = new Uint8Array(offered[0] ?? [])
  kept.offer({ shard: 0, after: 0, upTo: 10, lines: third })
  while (kept.next() !== null) continue
  assert.ok(third.length > 0)
})

test('all is read once and in order, whatever days and batches it lies in, and a follower goes on where it stood', () => {
  for (const seed of range(1, 25)) {
    let state = seed
    const draw = (below: number): number => (state = (state * 48_271) % 2_147_483_647) % below
    using folder = temporaryFolder()
    using store = openEvents(folder.path)
    const written = new Map<number, number[]>([
      [0, []],
      [7, []],
    ])
    const events = 1 + draw(40)
    let follower = follow(folder.path, { events, octets: 500 + draw(20_000) })
    const read = new Map<number, number[]>()
    const readOn = (): void => {
      for (const [shard, numbers] of readAll(follower, events).ids) read.set(shard, [...(read.get(shard) ?? []), ...numbers])
    }
    for (let round = 0; round < 12; round++) {
      const shard = draw(2) * 7
      const known = written.get(shard) ?? []
      // Some numbers are never told, and times go back and forth over three midnights.
      const first = (known.at(-1) ?? 1000) + 1 + draw(3)
      const batch = range(first, first + draw(60)).map((n) => event(shard, n, { at: START + draw(5) * (DAY / 2) }))
      commitEvents(store, batch)
      known.push(...batch.map(({ id }) => Number(id.split('.')[1])))
      if (draw(3) === 0) readOn()
      if (draw(4) === 0) follower = follow(folder.path, { from: follower.position(), events, octets: 3000 })
    }
    readOn()
    for (const [shard, numbers] of written) assert.deepEqual(read.get(shard) ?? [], numbers, `seed ${seed}, shard ${shard}`)
  }
})

test("nothing is read beyond desk.db's cursor, even of a block that lies around it", () => {
  using folder = temporaryFolder()
  {
    using store = openEvents(folder.path)
    commitEvents(
      store,
      range(1, 100).map((n) => event(3, n)),
    )
    // What a crash between the day and desk.db leaves, and a shorter batch behind it.
    using desk = new DatabaseSync(join(folder.path, 'desk.db'))
    desk.exec('UPDATE cursor SET after = 40')
  }
  using store = openEvents(folder.path)
  const follower = follow(folder.path)
  assert.deepEqual(readAll(follower).ids.get(3), range(1, 40))
  assert.equal(follower.next(), null)
  commitEvents(
    store,
    range(41, 120).map((n) => event(3, n)),
  )
  assert.deepEqual(readAll(follower).ids.get(3), range(41, 120))
})

test('one account, and times from and to, are read alone; blocks without them are passed over', () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  for (const account of [1000, 1001, 1002])
    for (const half of [0, 1]) {
      const from = (account - 1000) * 200 + half * 100
      const of = { account: account as AccountId }
      commitEvents(
        store,
        range(from + 1, from + 100).map((n) => event(3, n, { ...of, at: START + half * DAY + n })),
      )
    }
  // A bounce that may be of account 1001 is not its.
  const probably = { account: 1001, message: idOf(1), at: START }
  commitEvents(store, [event(3, 601, { kind: 'bounced', account: 1000, probably } as unknown as NumberedEvent)])
  const of = { account: 1001 as AccountId }
  const all = follow(folder.path, of)
  assert.deepEqual(readAll(all).ids.get(3), range(201, 400))
  assert.deepEqual([...all.position()], [[3, 601]])
  assert.deepEqual(readAll(follow(folder.path, { ...of, since: START + DAY + 310, events: 7 }), 7).ids.get(3), range(310, 400))
  assert.deepEqual(readAll(follow(folder.path, { ...of, until: START + 250 })).ids.get(3), range(201, 250))
})

test('a day that was let go of before it was read is told as a gap, and a follower does not keep it', () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  for (const batch of range(0, 5))
    commitEvents(
      store,
      range(batch * 25 + 1, batch * 25 + 25).map((n) => event(3, n, { at: START + Math.floor(batch / 2) * DAY })),
    )
  const follower = follow(folder.path, { events: 10 })
  assert.equal(follower.next()?.kind, 'events')
  // It lags, and knows of the first day: that goes all the same.
  store.prune(START + DAY)
  assert.deepEqual(
    readdirSync(folder.path).filter((name) => name.startsWith('2026-11-20')),
    [],
  )
  const rest = readAll(follower, 10)
  assert.deepEqual(
    rest.batches.filter(({ kind }) => kind === 'gap'),
    [{ kind: 'gap', shard: 3, after: 25, upTo: 50, day: '2026-11-20' }],
  )
  assert.deepEqual(rest.ids.get(3), [...range(11, 25), ...range(51, 150)])
  const late = readAll(follow(folder.path))
  assert.deepEqual(late.batches[0], { kind: 'gap', shard: 3, after: 0, upTo: 50, day: '2026-11-20' })
  assert.deepEqual(late.ids.get(3), range(51, 150))
  assert.ok(readAll(follow(folder.path, { since: START + DAY })).batches.every(({ kind }) => kind === 'events'))
})

test('what was handed over is taken where it goes on, and the disk is read where it does not', () => {
  using folder = temporaryFolder()
  using store = openEvents(folder.path)
  const follower = follow(folder.path)
  const commit = (from: number, to: number): ShardLines => {
    const events = range(from, to).map((n) => event(3, n))
    commitEvents(store, events)
    return { shard: 3, after: from - 1, upTo: to, lines: linesFor(events) }
  }
  const next = (): [number, number][] => {
    const found: [number, number][] = []
    for (let one = follower.next(); one !== null; one = follower.next()) if (one.kind === 'events') found.push([one.after, one.upTo])
    return found
  }
  const one = commit(1, 10)
  follower.offer(one)
  assert.deepEqual(next(), [[0, 10]])
  follower.offer(one)
  assert.deepEqual(next(), [])
  // Handed over and on the disk is once; what it is not told of it does not look for.
  const [two, three] = [commit(11, 20), commit(21, 30)]
  assert.deepEqual(next(), [])
  follower.offer(three)
  assert.deepEqual(next(), [[10, 30]])
  follower.offer(two)
  assert.deepEqual(next(), [])
  // More than it keeps.
  for (let i = 0; i < 1000; i++) follower.offer(commit(31 + i * 2, 32 + i * 2))
  const read = next()
  assert.equal(read.at(-1)?.[1], 2030)
  assert.deepEqual(
    read.map(([after]) => after),
    [30, ...read.slice(0, -1).map(([, upTo]) => upTo)],
  )
  follower.seek(new Map([[3, 2000]]))
  assert.deepEqual(next(), [[2000, 2030]])
})
