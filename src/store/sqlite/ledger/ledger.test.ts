import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { AccountId, MessageId } from '../../../base/brand.ts'
import { FakeClock } from '../../../../testkit/fake-clock.ts'
import { temporaryFolder } from '../../../../testkit/spool-samples.ts'
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
  const noted = await here.begin(entry)
  assert.deepEqual(noted, { state: 'left', ids: [...ids].reverse(), since: 100 })
  await here.renew(entry, ids, '{"0":"two\\nlines"}\n')
  await here.leave(entry)
  assert.deepEqual(await here.begin(entry), { state: 'left', ids, note: '{"0":"two\\nlines"}\n', since: 100 })
  await here.renew(entry, [...ids].reverse())
  await here.leave(entry)
  assert.deepEqual(await there.begin(entry), { state: 'left', ids: [...ids].reverse(), since: 100 })
})

test('an answer that cannot be written leaves the key to whoever asks next, here or in another worker', async () => {
  using folder = temporaryFolder()
  const options = { file: join(folder.path, 'ledger.db'), locks: folder.path, clock: new FakeClock(100) }
  await using here = new SqliteLedger(options)
  await using there = new SqliteLedger(options)
  for (const [key, refused, next] of [
    ['http:a', 'answer', there],
    ['http:b', 'answer, owner', here],
  ] as const) {
    assert.deepEqual(await here.begin({ ...entry, key }), { state: 'new' })
    using database = new DatabaseSync(options.file)
    database.exec(`CREATE TRIGGER full BEFORE UPDATE OF ${refused} ON entry BEGIN SELECT RAISE(ABORT, 'no room'); END`)
    await assert.rejects(here.done({ account, key }, '[]'), /no room/)
    database.exec('DROP TRIGGER full')
    const both = await Promise.all([next.begin({ ...entry, key }), next.begin({ ...entry, key })])
    assert.deepEqual(both, [{ state: 'left', ids, since: 100 }, { state: 'under-way' }])
    await next.done({ account, key }, '[]')
    assert.deepEqual(await there.begin({ ...entry, key }), { state: 'done', answer: '[]' })
  }
})

test('keys that are over leave as fast as a large installation brings new ones', async () => {
  using folder = temporaryFolder()
  const clock = new FakeClock(100)
  const file = join(folder.path, 'ledger.db')
  await using ledger = new SqliteLedger({ file, locks: folder.path, clock })
  await ledger.begin({ ...entry, key: 'first' })
  using database = new DatabaseSync(file)
  const many = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 24000)
    INSERT INTO entry SELECT 1001, 'k' || i, 'd', '', 100, 1000, x'00', x'00' FROM n`
  database.exec(many)
  clock.pass(20_000)
  for (let n = 0; n < 10; n++) {
    await ledger.begin({ ...entry, key: `later ${n}`, until: 100_000 })
    clock.pass(500)
  }
  assert.deepEqual({ ...database.prepare('SELECT count(*) AS n FROM entry').get() }, { n: 10 })
})

test('an account that fills its share is refused alone; what is over, forgotten or answered counts as it is', async () => {
  using folder = temporaryFolder()
  const clock = new FakeClock(100)
  const options = { file: join(folder.path, 'ledger.db'), locks: folder.path, clock, room: 40_000 }
  const other = 1002 as AccountId
  const fill = async (ledger: SqliteLedger, of: AccountId, from = 0): Promise<number> => {
    for (let n = from; ; n++) {
      const { state } = await ledger.begin({ ...entry, account: of, key: `http:${n}` })
      if (state !== 'new') return state === 'no-room' ? n : -1
    }
  }
  const reached = await (async () => {
    await using ledger = new SqliteLedger(options)
    const most = await fill(ledger, account)
    assert.ok(most > 10)
    // Those that it has are answered still, and others have theirs.
    await ledger.done({ account, key: 'http:0' }, '[]')
    assert.deepEqual(await ledger.begin({ ...entry, key: 'http:0' }), { state: 'done', answer: '[]' })
    const ofOther = await fill(ledger, other)
    assert.ok(ofOther > most / 3 && ofOther < most)
    return most
  })()
  await using again = new SqliteLedger(options)
  assert.deepEqual(await again.begin({ ...entry, key: 'another' }), { state: 'no-room' })
  // A long answer is of its account too.
  await again.forgetAll(other, 'http:')
  await again.forgetAll(account, 'http:')
  await again.begin(entry)
  await again.done(entry, Array.from({ length: 4000 }, (_, n) => String(n * n)).join(''))
  const less = await fill(again, account)
  assert.ok(less > 0 && less < reached * 0.8)
  clock.pass(20_000)
  assert.equal(await fill(again, account), reached)
})

test('a ledger that was made before there were shares has what is in it counted', async () => {
  using folder = temporaryFolder()
  const options = { file: join(folder.path, 'ledger.db'), locks: folder.path, clock: new FakeClock(100) }
  {
    await using ledger = new SqliteLedger(options)
    for (let n = 0; n < 100; n++) await ledger.begin({ ...entry, key: `http:${n}` })
  }
  using database = new DatabaseSync(options.file)
  const before = database.prepare('SELECT * FROM share ORDER BY account').all()
  assert.equal(before.length, 2)
  database.exec('DROP TRIGGER entry_came; DROP TRIGGER entry_went; DROP TRIGGER entry_grew; DROP TABLE share')
  await using ledger = new SqliteLedger({ ...options, room: 30_000 })
  assert.deepEqual(await ledger.begin({ ...entry, key: 'another' }), { state: 'no-room' })
  assert.deepEqual(database.prepare('SELECT * FROM share ORDER BY account').all(), before)
})
