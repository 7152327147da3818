import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { systemClock } from '../../../base/clock.ts'
import { writeRow } from '../../../message/merge/document.ts'
import type { NumberedEvent } from '../../../contract/events.ts'
import { eventsOf } from '../../../message/event-line.ts'
import { eventsAfter } from '../../../../testkit/event-lines.ts'
import { until } from '../../../../testkit/patience.ts'
import { EPOCH, FIRST, optionsOf, sample, settled, spoolIn, temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { ShardReader } from './shard-reader.ts'
import { ShardWriter } from './shard-writer.ts'

const numbers = (events: readonly NumberedEvent[]): number[] => events.map(({ id }) => Number(id.split('.')[1]))

test('events come in order, once, from memory and from disk alike, and are kept until released', async () => {
  using folder = temporaryFolder()
  let seen: readonly NumberedEvent[]
  {
    await using spool = await spoolIn(folder.path)
    let told = 0
    spool.onNew((shard) => {
      assert.equal(shard, 0)
      told++
    })
    assert.equal((await spool.read(FIRST, 0, 10)).parts.length, 0)
    const ids = Array.from({ length: 300 }, () => spool.reserve())
    await Promise.all(ids.map((id) => spool.append(sample(id))))
    await Promise.all(ids.slice(0, 100).map((id) => spool.settle(settled(id))))
    assert.ok(told >= 1 && told < 100, `${told} commits told of events`)
    seen = await eventsAfter(spool, FIRST)
    assert.equal(seen.length, 400)
    assert.deepEqual(
      numbers(seen),
      numbers(seen).toSorted((a, b) => a - b),
    )
    assert.deepEqual(
      seen.slice(0, 300).map(({ message }) => message),
      ids,
    )
    assert.deepEqual(await eventsAfter(spool, FIRST, numbers(seen)[149]!), seen.slice(150))
    const few = eventsOf(Buffer.concat((await spool.read(FIRST, numbers(seen)[149]!, 10)).parts), numbers(seen)[149]!)
    assert.ok(few.length >= 10 && few.length < 250, 'whole commits, and no more than are needed')
    spool.release(FIRST, numbers(seen)[249]!)
    assert.deepEqual((await eventsAfter(spool, FIRST, numbers(seen)[249]!))[0], seen[250])
    const [oldest] = eventsOf(Buffer.concat((await spool.read(FIRST, 0, 1)).parts))
    assert.ok(oldest !== undefined && numbers([oldest])[0]! > numbers(seen)[249]! - 128, 'what was released is gone')
    await spool.append(sample(spool.reserve()))
  }
  await using spool = await spoolIn(folder.path)
  // Rows hold up to 128 events: a row goes when its last event is released.
  const left = await eventsAfter(spool, FIRST, numbers(seen)[249]!)
  assert.deepEqual(left.slice(0, 150), seen.slice(250))
  assert.equal(left.length, 151)
  const id = spool.reserve()
  await spool.append(sample(id))
  const [fresh] = await eventsAfter(spool, FIRST, numbers(left).at(-1)!)
  assert.ok(fresh !== undefined && numbers([fresh])[0]! > numbers(left).at(-1)!)
  spool.release(FIRST, numbers([fresh])[0]!)
  assert.equal((await spool.read(FIRST, 0, 1_000)).parts.length, 0)
  // Without another commit the rows go by one of their own.
  using database = new DatabaseSync(join(folder.path, '0.db'), { readOnly: true })
  const count = database.prepare('SELECT count(*) AS left FROM outbox')
  await until(() => count.get()?.['left'] === 0)
})

test('what is appended in one turn of the loop is one commit', async () => {
  using folder = temporaryFolder()
  const spool = await spoolIn(folder.path)
  let commits = 0
  spool.onNew(() => commits++)
  await Promise.all(Array.from({ length: 50 }, () => spool.append(sample(spool.reserve()))))
  assert.equal(commits, 1)
  await spool[Symbol.asyncDispose]()
})

test('a commit tells of no more than a few MiB, however many recipients its messages have', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const long = `${'x'.repeat(60)}@${'y'.repeat(180)}.test`
  const many = Array.from({ length: 1000 }, () => long)
  const messages = Array.from({ length: 60 }, () => sample(spool.reserve(), { recipients: many }))
  await Promise.all(messages.map((message) => spool.append(message)))
  const { parts, areOwn } = await spool.read(FIRST, 0, 4000)
  const octets = parts.map((lines) => lines.length)
  assert.ok(octets.reduce((sum, some) => sum + some) < 6 * 1024 * 1024, `${octets.join(', ')} octets`)
  // A row is read whole: it ends with the line that makes it long.
  assert.ok(octets.length > 2 && Math.max(...octets) < 1024 * 1024, `${octets.join(', ')} octets`)
  // Those are on disk alone by now, and what is read there is for who reads it.
  assert.equal(areOwn, true)
  // What no commit could hold is refused, and the rest goes on.
  const [{ recipients } = sample(spool.reserve())] = messages
  const beyond = { ...sample(spool.reserve()), recipients: Array.from({ length: 600_000 }, (_, n) => recipients[n % 1000]!) }
  await assert.rejects(spool.append(beyond), { code: 'spool-refused' })
  await spool.append(sample(spool.reserve()))
})

test('without its transaction nothing of a settlement is there: outcome, event and bounce go together', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path, { log: { ...optionsOf('').log, error: () => undefined } })
  const [id, bounce] = [spool.reserve(), spool.reserve()]
  await spool.append(sample(id))
  const [accepted] = await eventsAfter(spool, FIRST)
  // A bounce under an id that is taken cannot be stored.
  await assert.rejects(spool.settle({ ...settled(id), append: [sample(bounce), sample(id)] }), { code: 'spool-refused' })
  assert.ok(await spool.find(id))
  assert.equal(await spool.find(bounce), null)
  assert.equal((await spool.read(FIRST, numbers([accepted!])[0]!, 10)).parts.length, 0)
})

test('a store that fails refuses messages, keeps outcomes for later, and is well again by itself', async (t) => {
  using folder = temporaryFolder()
  const limit = (octets: string): boolean => spawnSync('prlimit', ['--pid', String(process.pid), `--fsize=${octets}:`]).status === 0
  if (!limit('unlimited')) return t.skip('prlimit of util-linux is not here: no write can be made to fail')
  const ignore = (): void => undefined
  process.on('SIGXFSZ', ignore)
  t.after(() => process.off('SIGXFSZ', ignore))
  const states: string[] = []
  const listener = { adopted: () => undefined, health: (_shard: number, { state }: { state: string }) => states.push(state) }
  await using spool = await spoolIn(folder.path, { listener, log: { ...optionsOf('').log, error: () => undefined } })
  const [first, second] = [spool.reserve(), spool.reserve()]
  await spool.append(sample(first))
  limit('4096')
  const settling = spool.settle(settled(first))
  await assert.rejects(spool.append(sample(second)), { code: 'spool-failing' })
  assert.throws(() => spool.reserve(), { code: 'spool-failing' })
  await new Promise((resolve) => setTimeout(resolve, 1_500))
  assert.ok(await spool.find(first), 'the outcome is not written yet')
  limit('unlimited')
  await settling
  assert.equal(await spool.find(first), null)
  await until(() => spool.health().state === 'ok')
  await spool.append(sample(second))
  assert.deepEqual(states, ['failing', 'ok'])
  return undefined
})

test('a disk that does not answer is noticed while the shards of others are looked at', async () => {
  using folder = temporaryFolder()
  await using other = await spoolIn(folder.path, { slot: 1, workers: 2 })
  let skew = 0
  const clock = { ...systemClock, mono: () => systemClock.mono() + skew }
  const log = { ...optionsOf('').log, error: () => undefined }
  await using spool = await spoolIn(folder.path, { slot: 0, workers: 2, clock, log })
  const becomes = (state: string): Promise<unknown> =>
    until(
      () => spool.health().state === state,
      () => `it is ${spool.health().state}, not ${state}`,
    )
  using blocker = new DatabaseSync(join(folder.path, '0.db'))
  blocker.exec('BEGIN IMMEDIATE')
  const appending = spool.append(sample(spool.reserve()))
  // The next look at the other shard waits behind this commit.
  await new Promise((resolve) => setTimeout(resolve, 700))
  skew = 20_000
  await becomes('failing')
  assert.throws(() => spool.reserve(), { code: 'spool-failing' })
  blocker.exec('ROLLBACK')
  await appending
  await becomes('ok')
  assert.deepEqual(other.shards(), [1])
})

test('the queries of the hot path read no row that they do not answer with', () => {
  using folder = temporaryFolder()
  const writer = ShardWriter.open(folder.path, 0)
  writer?.begin(EPOCH)
  using reader = new ShardReader(join(folder.path, '0.db'))
  using database = new DatabaseSync(join(folder.path, '0.db'), { readOnly: true })
  const plans = reader.hotQueries().map((sql) => ({
    sql,
    plan: database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(),
  }))
  assert.ok(plans.length >= 6)
  for (const { sql, plan } of plans)
    for (const { detail } of plan) assert.doesNotMatch(String(detail), /^SCAN|TEMP B-TREE/, `${sql}: ${detail}`)
  writer?.close()
})

test('an orderly end leaves no WAL and an empty hand', async () => {
  using folder = temporaryFolder()
  {
    await using spool = await spoolIn(folder.path)
    await spool.append(sample(spool.reserve()))
    spool.noteInHand(FIRST, [1])
  }
  assert.deepEqual(readdirSync(folder.path).toSorted(), ['0', '0.answered', '0.db', '0.hand', '0.lock'])
})

test('an accepted message names all of its recipients, in more than one event where they are very many', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const recipients = Array.from({ length: 2500 }, (_, n) => `r${n}@example.com`)
  await spool.append(sample(spool.reserve(), { recipients }))
  await spool.append(sample(spool.reserve()))
  const events = (await eventsAfter(spool, FIRST)).filter((event) => event.kind === 'accepted')
  assert.deepEqual(
    events.map((event) => event.recipients),
    [1000, 1000, 500, 1],
  )
  assert.deepEqual(
    events.slice(0, 3).flatMap(({ recipient, others = [] }) => [recipient].concat(others)),
    recipients,
  )
  assert.ok(events[3] !== undefined && !('others' in events[3]))
})

test('recipients of a template are told with the ids that they have of their own, one alone too', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  for (const count of [1200, 1]) {
    const plain = sample(spool.reserve(), { recipients: Array.from({ length: count }, (_, n) => `r${n}@example.com`) })
    const own = (n: number): string => writeRow({ clientId: n % 2 === 0 ? `id-${n}` : null, name: '', json: '{}' })
    const recipients = plain.recipients.map((one, n) => Object.assign({ merge: own(n) }, one))
    await spool.append({ ...plain, head: { ...plain.head, merge: true }, recipients })
  }
  const told = (await eventsAfter(spool, FIRST)).filter((event) => event.kind === 'accepted').map(({ clientIds }) => clientIds)
  assert.deepEqual(
    told.map((ids) => ids?.length),
    [1000, 200, 1],
  )
  assert.deepEqual([told[1]?.slice(0, 2), told[2]], [['id-1000', null], ['id-0']])
})
