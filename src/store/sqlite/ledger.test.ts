import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId, MessageId } from '../../base/brand.ts'
import { FakeClock } from '../../../testkit/fake-clock.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { SqliteLedger } from './ledger.ts'

const account = 1001 as AccountId
const ids = ['0000000000000001', '0000000000000002'] as MessageId[]
const entry = { account, key: 'http:a', digest: 'one', ids, until: 1000 }

test('a key is one request, whichever worker it comes to, until it is over or forgotten', async () => {
  using folder = temporaryFolder()
  const clock = new FakeClock(100)
  const options = { file: join(folder.path, 'ledger.db'), locks: folder.path, clock }
  await using here = new SqliteLedger(options)
  await using there = new SqliteLedger(options)
  assert.deepEqual(await here.begin(entry), { state: 'new' })
  assert.deepEqual(await there.begin(entry), { state: 'under-way' })
  assert.deepEqual(await here.begin({ ...entry, digest: 'other' }), { state: 'other-request' })
  const answer = JSON.stringify(Array.from({ length: 1000 }, (_, n) => ({ id: String(n) })))
  await here.done(entry, answer)
  assert.deepEqual(await there.begin(entry), { state: 'done', answer })
  assert.deepEqual(await there.begin({ ...entry, account: 1002 as AccountId }), { state: 'new' })
  clock.pass(901)
  assert.deepEqual(await there.begin({ ...entry, until: null }), { state: 'new' })
  for (const key of ['job:1:a', 'job:1:b', 'job:10:a']) assert.deepEqual(await here.begin({ ...entry, key, until: null }), { state: 'new' })
  await here.forgetAll(account, 'job:1:')
  await here.forget(entry)
  for (const [key, state] of [
    ['job:1:a', 'new'],
    ['job:10:a', 'under-way'],
    ['http:a', 'new'],
  ] as const)
    assert.deepEqual(await here.begin({ ...entry, key, until: null }), { state })
})

test('what a worker that died was at is the next one’s, and of one alone', async () => {
  using folder = temporaryFolder()
  const options = { file: join(folder.path, 'ledger.db'), locks: folder.path, clock: new FakeClock(100) }
  {
    await using dead = new SqliteLedger(options)
    await dead.begin(entry)
  }
  assert.deepEqual(
    readdirSync(folder.path).filter((name) => name.endsWith('.lock')),
    [],
  )
  await using here = new SqliteLedger(options)
  await using there = new SqliteLedger(options)
  const both = await Promise.all([here.begin(entry), there.begin(entry)])
  assert.deepEqual(both.map(({ state }) => state).toSorted(), ['left', 'under-way'])
  assert.deepEqual(
    both.find(({ state }) => state === 'left'),
    { state: 'left', ids, since: 100 },
  )
  const owner = both[0].state === 'left' ? here : there
  await owner.renew(entry, [...ids].reverse())
  await owner.leave(entry)
  assert.deepEqual(await there.begin(entry), { state: 'left', ids: [...ids].reverse(), since: 100 })
})
