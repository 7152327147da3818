// Messages to very many recipients, listed and walked: bounded slices, nothing twice, nothing left out.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Domain, MessageId } from '../../../base/brand.ts'
import { MOST_MORE } from '../../../contract/queue-operations.ts'
import type { QueueFilter, QueuePlace } from '../../../engine/ports/spool.ts'
import { sample, spoolIn, temporaryFolder } from '../../../../testkit/spool-samples.ts'
import { ShardReader } from './shard-reader.ts'
import type { SqliteSpool } from './spool.ts'

const MANY = 45_000

async function filled(folder: string): Promise<{ spool: SqliteSpool; ids: MessageId[] }> {
  const spool = await spoolIn(folder)
  const ids: MessageId[] = []
  for (const count of [1, MANY, 100, 101, 1]) {
    const id = spool.reserve()
    const recipients = Array.from({ length: count }, (_, i) => `r${i}@d${i % 3}.example`)
    await spool.append(sample(id, { recipients, mailing: count === MANY ? 'large' : null }))
    ids.push(id)
  }
  return { spool, ids }
}

async function walked(spool: SqliteSpool, filter: QueueFilter): Promise<string[]> {
  const found: string[] = []
  let after: QueuePlace | null = null
  do {
    const slice: Awaited<ReturnType<SqliteSpool['walk']>> = await spool.walk(filter, after, 300)
    const rows = slice.messages.flatMap(({ head, recipients }) => recipients.map(({ n }) => `${head.id} ${n}`))
    assert.ok(rows.length <= 300, `${rows.length} rows in a slice of 300`)
    found.push(...rows)
    after = slice.next
  } while (after !== null)
  return found
}

test('a list names the first recipients of a message and counts the others, not to the last of very many', async () => {
  using folder = temporaryFolder()
  const { spool, ids } = await filled(folder.path)
  await using _ = spool
  const shape = async (filter: QueueFilter, after: MessageId | null, limit: number, most?: number) =>
    (await spool.list(filter, after, limit, most)).map(({ head, recipients, more }) => [ids.indexOf(head.id), recipients.length, more])
  assert.deepEqual(await shape({}, null, 10), [
    [0, 1, 0],
    [1, 100, MOST_MORE],
    [2, 100, 0],
    [3, 100, 1],
    [4, 1, 0],
  ])
  assert.deepEqual(await shape({}, ids[0] ?? null, 2), [
    [1, 100, MOST_MORE],
    [2, 100, 0],
  ])
  assert.deepEqual(await shape({ domain: 'd1.example' as Domain }, null, 10), [
    [1, 100, MOST_MORE],
    [2, 33, 0],
    [3, 34, 0],
  ])
  assert.deepEqual(await shape({ ids: [ids[1]!, ids[3]!] }, null, 10, 2000), [
    [1, 2000, MANY - 2000],
    [3, 101, 0],
  ])
  assert.deepEqual(await spool.count({}), { messages: 5, recipients: MANY + 203 })
  assert.deepEqual(await spool.count({ mailing: 'large' }), { messages: 1, recipients: MANY })
  assert.deepEqual(await spool.count({ ids: [ids[1]!, ids[1]!] }), { messages: 1, recipients: MANY })
  assert.equal((await spool.find(ids[1]!))?.recipients.length, MANY)
})

test('a walk meets each recipient once, in slices, over shards and by id', async () => {
  using folder = temporaryFolder()
  const { spool, ids } = await filled(folder.path)
  await using _ = spool
  const all = await walked(spool, {})
  assert.equal(all.length, MANY + 203)
  assert.equal(new Set(all).size, MANY + 203)
  assert.equal((await walked(spool, { ids: [ids[1]!, ids[2]!] })).length, MANY + 100)
  assert.equal((await walked(spool, { domain: 'd0.example' as Domain })).length, MANY / 3 + 1 + 34 + 34 + 1)
  using reader = new ShardReader(`${folder.path}/0.db`)
  const sql = reader.hotQueries().find((text) => text.includes('OFFSET')) ?? ''
  const plan = reader.database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all(0, 0, 9, 9)
  assert.match(String(plan[0]?.['detail']), /^SEARCH recipient USING PRIMARY KEY \(\(message,n\)>/)
})
