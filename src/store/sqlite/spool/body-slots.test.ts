// Bodies outside the database: which slot is taken and when it is free again, and that nobody reads the body of another.
import assert from 'node:assert/strict'
import { closeSync, existsSync, mkdirSync, openSync, readSync, statSync, truncateSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { MessageId } from '../../../base/brand.ts'
import { formatMessageId, placeOf } from '../../../base/message-id.ts'
import { until } from '../../../../testkit/patience.ts'
import { EPOCH, FIRST, sample, settled, spoolIn, temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { BodySlots, BodySlotsReader } from './body-slots.ts'
import type { Cell } from './protocol.ts'
import { packMessage } from './rows.ts'
import { ShardWriter } from './shard-writer.ts'
import { Snapshot } from './snapshot.ts'
import type { SqliteSpool } from './spool.ts'

const SLOT = 64 * 1024
const bodyOf = (id: MessageId, size: number): Buffer => Buffer.alloc(size, `${id} `)

async function assertBody(spool: SqliteSpool, id: MessageId, size: number): Promise<void> {
  const body = await spool.body(id)
  assert.ok(body.kind === 'bytes' && bodyOf(id, size).equals(body.bytes), `the body of ${id}`)
}

test('the lowest free slot is taken; one is free after the commit that ended its message, and after a failed commit not before the next', () => {
  using folder = temporaryFolder()
  const path = join(folder.path, '0.bodies')
  const slots = new BodySlots(path, [1, 700])
  const put = (text: string): number => {
    const slot = slots.put(Buffer.alloc(SLOT, text))
    slots.sync()
    return slot
  }
  assert.deepEqual([put('a'), put('b'), put('c')], [0, 2, 3])
  slots.committed([1])
  assert.equal(put('d'), 1)
  slots.failed()
  assert.equal(put('e'), 4)
  slots.committed([0])
  assert.deepEqual([put('f'), put('g'), put('h')], [0, 1, 5])
  slots.committed([])
  using reader = new BodySlotsReader(path)
  for (const [slot, text] of [...'fgbceh'].entries()) assert.deepEqual(reader.read(slot, SLOT), Buffer.alloc(SLOT, text))
  assert.equal(reader.read(6, 1), null)
  // More than the bookkeeping began with.
  const many = Array.from({ length: 1500 }, () => slots.put(Buffer.from('x')))
  assert.equal(new Set([...many, 0, 1, 2, 3, 4, 5, 700]).size, 1507)
  assert.equal(Math.max(...many), 1506)
  slots.load([3])
  assert.equal(put('i'), 0)
  slots.committed([0, 3])
  slots.shrink()
  assert.equal(statSync(path).size, 256 * SLOT)
  slots.close()
  assert.ok(!existsSync(path), 'where no body is left the file goes')
})

test('an attempt that failed leaves its room to the next, once the store was seen to write', () => {
  using folder = temporaryFolder()
  const writer = ShardWriter.open(folder.path, 0)
  assert.ok(writer)
  writer.begin(EPOCH)
  const staging = Buffer.alloc(40_000, 'a')
  const batch = (id: string, events: number[]) => {
    const appends: Cell[] = []
    packMessage(appends, sample(id as MessageId, { body: staging }), 0)
    return { shard: 0, appends, outcomes: [], events, sequenceEnd: 0, eventEnd: 0, release: 0, pressed: false }
  }
  // Twice the same number of an event: no commit.
  for (let attempt = 0; attempt < 20; attempt++) {
    assert.throws(() => writer.commit(batch(formatMessageId(EPOCH, FIRST, 1), [1, 0, 5, 1, 0, 5]), staging))
    writer.probe()
  }
  writer.commit(batch(formatMessageId(EPOCH, FIRST, 1), [1, 0, 5]), staging)
  assert.equal(statSync(join(folder.path, '0.bodies')).size, 40_000)
  writer.close()
})

test('bodies of every size come back, also after the spool was closed and opened, and their slots are used again', async () => {
  using folder = temporaryFolder()
  const sizes = [1, 4096, 24 * 1024 - 1, 24 * 1024, 51_500, SLOT - 1, SLOT, SLOT + 1, 250_000]
  const kept: [MessageId, number][] = []
  const file = join(folder.path, '0.bodies')
  {
    await using spool = await spoolIn(folder.path)
    for (let round = 0; round < 20; round++) {
      const ids = sizes.map(() => spool.reserve())
      await Promise.all(ids.map((id, n) => spool.append(sample(id, { body: bodyOf(id, sizes[n] ?? 0) }))))
      for (const [n, id] of ids.entries()) await assertBody(spool, id, sizes[n] ?? 0)
      if (round % 10 === 5) kept.push(...ids.map((id, n) => [id, sizes[n] ?? 0] as [MessageId, number]))
      else await Promise.all(ids.map((id) => spool.settle(settled(id))))
    }
    assert.ok(statSync(file).size <= 12 * SLOT, 'three rounds of four bodies in slots at most')
    assert.deepEqual(await spool.check(FIRST), { recipients: kept.length, problems: [] })
  }
  {
    await using spool = await spoolIn(folder.path)
    const id = spool.reserve()
    await spool.append(sample(id, { body: bodyOf(id, 40_000) }))
    kept.push([id, 40_000])
    for (const [one, size] of kept) await assertBody(spool, one, size)
    assert.deepEqual(await spool.check(FIRST), { recipients: kept.length, problems: [] })
    for (const [one] of kept) await spool.settle(settled(one))
    await assert.rejects(spool.body(id), { code: 'message-gone' })
  }
  assert.ok(!existsSync(file), 'an empty spool has no file of bodies')
})

test('a shard of before keeps its format and its bodies in the database', async () => {
  using folder = temporaryFolder()
  const [first, second] = await (async () => {
    await using spool = await spoolIn(folder.path)
    return [spool.reserve(), spool.reserve()]
  })()
  {
    using database = new DatabaseSync(join(folder.path, '0.db'))
    database.exec(
      'DROP INDEX message_slot; ALTER TABLE message DROP COLUMN slot; ALTER TABLE message DROP COLUMN extra; ALTER TABLE recipient DROP COLUMN merge; PRAGMA user_version = 2',
    )
  }
  for (const id of [first, second] as MessageId[]) {
    await using spool = await spoolIn(folder.path)
    await spool.append(sample(id, { body: bodyOf(id, 50_000) }))
    await assertBody(spool, id, 50_000)
    assert.deepEqual(await spool.check(FIRST), { recipients: 1, problems: [] })
    await spool.settle(settled(id))
    assert.ok(!existsSync(join(folder.path, '0.bodies')))
  }
  using database = new DatabaseSync(join(folder.path, '0.db'), { readOnly: true })
  assert.deepEqual({ ...database.prepare('PRAGMA user_version').get() }, { user_version: 2 })
})

test('a body that is read while its message goes and others come is its own, or gone', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const seen = { whole: 0, gone: 0 }
  const life = async (): Promise<void> => {
    for (let n = 0; n < 60; n++) {
      const id = spool.reserve()
      await spool.append(sample(id, { body: bodyOf(id, 60_000) }))
      const read = async (): Promise<void> => {
        try {
          await assertBody(spool, id, 60_000)
          seen.whole++
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'message-gone')
          seen.gone++
        }
      }
      await read()
      await Promise.all([spool.settle(settled(id)), read(), read(), read()])
      await read()
    }
  }
  await Promise.all(Array.from({ length: 8 }, life))
  assert.ok(seen.whole >= 480 && seen.gone >= 480, JSON.stringify(seen))
})

test('a slot of a failed commit stays so when the rows are read anew, unless they name it', () => {
  using folder = temporaryFolder()
  const slots = new BodySlots(join(folder.path, '0.bodies'), [])
  const put = (): number => slots.put(Buffer.from('x'))
  assert.deepEqual([put(), put(), put()], [0, 1, 2])
  slots.failed()
  slots.load([1])
  assert.equal(put(), 3, 'what the disk has of the failed commit may name 0 and 2')
  slots.committed([])
  assert.deepEqual([put(), put(), put()], [0, 2, 4])
  slots.close()
})

test('where the file was lost and begun anew, nobody gets its holes for a message', async () => {
  using folder = temporaryFolder()
  const ids: MessageId[] = []
  const put = async (spool: SqliteSpool): Promise<void> => {
    const id = spool.reserve()
    ids.push(id)
    await spool.append(sample(id, { body: bodyOf(id, 50_000) }))
  }
  {
    await using spool = await spoolIn(folder.path)
    await put(spool)
    await put(spool)
  }
  unlinkSync(join(folder.path, '0.bodies'))
  await using spool = await spoolIn(folder.path)
  const [first, second] = ids as [MessageId, MessageId]
  await assert.rejects(spool.body(first), { code: 'body-missing' })
  await put(spool)
  for (const id of [first, second]) await assert.rejects(spool.body(id), { code: 'body-missing' })
  await assertBody(spool, ids[2] as MessageId, 50_000)
  // Deleting them is the way out.
  for (const id of [first, second]) await spool.settle(settled(id))
  assert.deepEqual(await spool.check(FIRST), { recipients: 1, problems: [] })
})

test('a check misses no body while the file grows under it', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const checks: Promise<void>[] = []
  for (let n = 0; n < 300; n++) {
    const id = spool.reserve()
    const appended = spool.append(sample(id, { body: bodyOf(id, 60_000) }))
    for (let again = 0; again < 2; again++) checks.push(spool.check(FIRST).then(({ problems }) => assert.deepEqual(problems, [])))
    await appended
  }
  await Promise.all(checks)
})

test('bodies that the file has lost are told of', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const ids = [spool.reserve(), spool.reserve()]
  for (const id of ids) await spool.append(sample(id, { body: bodyOf(id, 50_000) }))
  truncateSync(join(folder.path, '0.bodies'), SLOT + 40_000)
  await assertBody(spool, ids[0] as MessageId, 50_000)
  await assert.rejects(spool.body(ids[1] as MessageId))
  const { sequence } = placeOf(ids[1] as MessageId)
  assert.deepEqual((await spool.check(FIRST)).problems, [`the body of message ${sequence} is missing`])
})

test('a queue that drained gives the room of its bodies back', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const ids = Array.from({ length: 1200 }, () => spool.reserve())
  await Promise.all(ids.map((id) => spool.append(sample(id, { body: bodyOf(id, 60_000) }))))
  const size = (): number => statSync(join(folder.path, '0.bodies')).size
  assert.ok(size() > 1190 * SLOT, `${size()} octets while all waits`)
  await Promise.all(ids.map((id) => spool.settle(settled(id))))
  await until(
    () => size() <= 256 * SLOT,
    () => `${size()} octets when nothing waits`,
  )
})

test('a few messages that stay do not keep the room of a queue that drained: their bodies move to the front', async () => {
  using folder = temporaryFolder()
  const left: MessageId[] = []
  {
    await using spool = await spoolIn(folder.path)
    const ids = Array.from({ length: 1200 }, () => spool.reserve())
    await Promise.all(ids.map((id) => spool.append(sample(id, { body: bodyOf(id, 60_000) }))))
    left.push(...ids.filter((_id, n) => n % 30 === 29))
    await Promise.all(ids.filter((id) => !left.includes(id)).map((id) => spool.settle(settled(id))))
    const size = (): number => statSync(join(folder.path, '0.bodies')).size
    const most = (left.length + 256) * SLOT
    const isSmall = async (): Promise<boolean> => {
      for (const id of left) await assertBody(spool, id, 60_000)
      return size() <= most
    }
    await until(isSmall, () => `${size()} octets for ${left.length} messages`)
    // What was left is used again, and hurts nobody.
    for (let n = 0; n < 300; n++) {
      const id = spool.reserve()
      left.push(id)
      await spool.append(sample(id, { body: bodyOf(id, 60_000) }))
    }
    for (const id of left) await assertBody(spool, id, 60_000)
    assert.deepEqual(await spool.check(FIRST), { recipients: left.length, problems: [] })
  }
  await using spool = await spoolIn(folder.path)
  for (const id of left) await assertBody(spool, id, 60_000)
})

test('a copy finds a body that moved after its moment, and does without the file where all has ended', async () => {
  using folder = temporaryFolder()
  const [file, database, copy] = [join(folder.path, '0.bodies'), join(folder.path, '0.db'), join(folder.path, 'copy')]
  mkdirSync(copy)
  const ids: MessageId[] = []
  {
    await using spool = await spoolIn(folder.path)
    for (let n = 0; n < 3; n++) {
      const id = spool.reserve()
      ids.push(id)
      await spool.append(sample(id, { body: bodyOf(id, 50_000) }))
    }
    await spool.settle(settled(ids[0] as MessageId))
  }
  const last = ids[2] as MessageId
  {
    using snapshot = new Snapshot(database)
    snapshot.pin()
    // As upkeep moves it; and its old slot is used again.
    const [octets, descriptor] = [Buffer.alloc(50_000), openSync(file, 'r+')]
    readSync(descriptor, octets, 0, octets.length, 2 * SLOT)
    writeSync(descriptor, octets, 0, octets.length, 0)
    writeSync(descriptor, Buffer.alloc(50_000, 'of another'), 0, 50_000, 2 * SLOT)
    closeSync(descriptor)
    using living = new DatabaseSync(database)
    living.exec('UPDATE message SET slot = 0 WHERE slot = 2')
    assert.deepEqual(await snapshot.copyTo(join(copy, '0.db'), () => undefined), { messages: 0, recipients: 0 })
    await using other = await spoolIn(copy)
    await assertBody(other, last, 50_000)
  }
  using snapshot = new Snapshot(database)
  snapshot.pin()
  // As an orderly end leaves a shard whose last messages ended.
  using living = new DatabaseSync(database)
  living.exec('DELETE FROM recipient; DELETE FROM message')
  unlinkSync(file)
  assert.deepEqual(await snapshot.copyTo(join(folder.path, 'empty.db'), () => undefined), { messages: 2, recipients: 2 })
})

test('a copy of a moment stands by itself: it has the bodies of what still waits, and not the octets of others', async () => {
  using folder = temporaryFolder()
  const copy = join(folder.path, 'copy')
  mkdirSync(copy)
  const put = async (spool: SqliteSpool): Promise<MessageId> => {
    const id = spool.reserve()
    await spool.append(sample(id, { body: bodyOf(id, 50_000) }))
    return id
  }
  await using spool = await spoolIn(folder.path)
  const ids: MessageId[] = []
  for (let n = 0; n < 200; n++) ids.push(await put(spool))
  using snapshot = new Snapshot(join(folder.path, '0.db'))
  snapshot.pin()
  assert.ok(snapshot.octets > 200 * 50_000)
  const [ended, left] = [ids.slice(40, 60), [...ids.slice(0, 40), ...ids.slice(60)]]
  for (const id of ended) await spool.settle(settled(id))
  const later = await put(spool)
  let octets = 0
  const gone = await snapshot.copyTo(join(copy, '0.db'), (done) => (octets = done))
  assert.deepEqual(gone, { messages: 20, recipients: 20 })
  assert.ok(octets >= 200 * 50_000)
  await using other = await spoolIn(copy)
  assert.ok(!existsSync(join(copy, '0.bodies')))
  for (const id of left) await assertBody(other, id, 50_000)
  for (const id of [...ended, later]) await assert.rejects(other.body(id), { code: 'message-gone' })
  assert.deepEqual(await other.check(FIRST), { recipients: left.length, problems: [] })
})
