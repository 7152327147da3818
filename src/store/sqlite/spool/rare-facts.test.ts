// What few messages have, in the row of a message; and shards of formats that have no place for it.
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { MessageId } from '../../../base/brand.ts'
import { placeOf } from '../../../base/message-id.ts'
import type { MessageHead, NewMessage } from '../../../engine/ports/spool.ts'
import { sample, spoolIn, temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { foreignTrouble } from '../events/foreign.ts'
import { bringBack, changeQueue } from './queue-rows.ts'
import { formatOfFile } from '../format-of.ts'

const FACTS = {
  window: 'Mon-Fri 08:00-20:00 UTC',
  stream: 'bulk',
  perRecipient: true,
  lateId: true,
  slots: true,
  ours: true,
  forwarded: true,
  merge: true,
  postType: 'application/json',
  labels: { tags: ['a'], metadata: { b: 'ü' } },
} as const
const DATA = 'id-1\nÄnne\n{"city":"Köln"}'

function rare(id: MessageId): NewMessage {
  const plain = sample(id)
  return { ...plain, head: { ...plain.head, ...FACTS }, recipients: plain.recipients.map((one) => Object.assign({ merge: DATA }, one)) }
}

async function dataOf(folder: string, id: MessageId): Promise<string | undefined> {
  await using spool = await spoolIn(folder)
  return (await spool.find(id))?.recipients[0]?.merge
}

async function headOf(folder: string, id: MessageId): Promise<MessageHead | undefined> {
  await using spool = await spoolIn(folder)
  return (await spool.find(id))?.head
}

/** Makes a shard what an earlier program would have made. */
function ofFormat(path: string, format: 2 | 3): void {
  using database = new DatabaseSync(path)
  database.exec('ALTER TABLE message DROP COLUMN extra; ALTER TABLE recipient DROP COLUMN merge')
  if (format === 2) database.exec('DROP INDEX message_slot; ALTER TABLE message DROP COLUMN slot')
  database.exec(`PRAGMA user_version = ${format}`)
}

test('rare facts are kept, listed and brought back by a restore; other messages have none', async () => {
  using folder = temporaryFolder()
  using other = temporaryFolder()
  const file = join(folder.path, '0.db')
  const [one, plain] = await (async () => {
    await using spool = await spoolIn(folder.path)
    const ids = [spool.reserve(), spool.reserve()] as const
    await spool.append(rare(ids[0]))
    await spool.append(sample(ids[1]))
    const [listed] = await spool.list({}, null, 1)
    assert.deepEqual([listed?.head.stream, listed?.head.perRecipient], ['bulk', true])
    return ids
  })()
  const before = await headOf(folder.path, one)
  assert.deepEqual(before, rare(one).head)
  assert.deepEqual(await headOf(folder.path, plain), sample(plain).head)
  assert.deepEqual([await dataOf(folder.path, one), await dataOf(folder.path, plain)], [DATA, undefined])
  const copy = join(other.path, '0.db')
  {
    using database = new DatabaseSync(file)
    database.prepare('VACUUM INTO ?').run(copy)
  }
  changeQueue(file, [{ message: one, n: 0 }], [], 'gone')
  assert.equal(await headOf(folder.path, one), undefined)
  bringBack(file, copy, [{ message: one, n: 0 }])
  assert.deepEqual(await headOf(folder.path, one), before)
  assert.equal(await dataOf(folder.path, one), DATA)
})

test('an archive whose recipients have data that is none is refused', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  await spool.append(rare(spool.reserve()))
  await spool[Symbol.asyncDispose]()
  const file = join(folder.path, '0.db')
  assert.equal(foreignTrouble(file), null)
  {
    using database = new DatabaseSync(file)
    database.exec("UPDATE recipient SET merge = x'00'")
  }
  assert.equal(foreignTrouble(file), 'it has a recipient whose data is none')
})

for (const format of [2, 3] as const)
  test(`a shard of format ${format} is delivered from, and new messages go to one of today beside it`, async () => {
    using folder = temporaryFolder()
    const path = join(folder.path, '0.db')
    const first = await (async () => {
      await using spool = await spoolIn(folder.path)
      const id = spool.reserve()
      await spool.append(sample(id))
      return id
    })()
    ofFormat(path, format)
    {
      await using spool = await spoolIn(folder.path)
      assert.deepEqual((await spool.find(first))?.head, sample(first).head)
      const id = spool.reserve()
      assert.notEqual(placeOf(id).shard, 0)
      await spool.append(rare(id))
      // Whoever has a number of the older one is told to come again, rather than that the facts are lost.
      const within = spool.reserve(placeOf(first).shard)
      await assert.rejects(spool.append(rare(within)), { code: 'spool-failing' })
      await spool.append(sample(within))
    }
    assert.equal(formatOfFile(path), format)
    const shards = ['0.db', '1.db', '2.db'].filter((name) => existsSync(join(folder.path, name)))
    {
      await using spool = await spoolIn(folder.path)
      assert.notEqual(placeOf(spool.reserve()).shard, 0)
    }
    assert.deepEqual(
      ['0.db', '1.db', '2.db'].filter((name) => existsSync(join(folder.path, name))),
      shards,
      'none is made at each start',
    )
  })
