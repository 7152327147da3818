import assert from 'node:assert/strict'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId, Domain, MessageId } from '../../../base/brand.ts'
import { placeOf } from '../../../base/message-id.ts'
import { orderOf } from '../../../contract/priority.ts'
import type { DomainBacklog, MessageHead, NewMessage } from '../../../engine/ports/spool.ts'
import { poolNumber } from '../../../policy/sources/choice.ts'
import { Snapshot } from './snapshot.ts'
import { until } from '../../../../testkit/patience.ts'
import { delivered, FIRST, sample, settled, spoolIn, temporaryFolder } from '../../../../testkit/spool-samples.ts'

test('what is appended is found as it was given, with its body, also after the spool was closed and opened', async () => {
  using folder = temporaryFolder()
  let id: MessageId
  {
    await using spool = await spoolIn(folder.path)
    id = spool.reserve()
    await spool.append(sample(id, { recipients: ['ann@example.com', 'bea@example.net'] }))
    const found = await spool.find(id)
    assert.deepEqual(found?.head, sample(id).head)
    assert.deepEqual(
      found?.recipients.map(({ n, address, state, due, attempts, lastReply }) => [n, address, state, due, attempts, lastReply]),
      [
        [0, 'ann@example.com', 'waiting', 1_000, 0, null],
        [1, 'bea@example.net', 'waiting', 1_000, 0, null],
      ],
    )
  }
  await using spool = await spoolIn(folder.path)
  const body = await spool.body(id)
  assert.equal(body.kind === 'bytes' && Buffer.from(body.bytes).toString(), `Subject: ${id}\r\n\r\nhello\r\n`)
  const next = spool.reserve()
  assert.ok(placeOf(next).sequence > placeOf(id).sequence, 'a sequence is never handed out twice')
})

test('what a message wishes for itself is kept beside all else that is known of it', async () => {
  using folder = temporaryFolder()
  const wishes = [
    { tls: 'required' },
    { tls: 'optional', pool: 1 },
    { pool: poolNumber('bulk') },
    { pool: 2 ** 30 - 1, binary: true },
  ] as const
  const ids: MessageId[] = []
  {
    await using spool = await spoolIn(folder.path)
    for (const wish of wishes) {
      const id = spool.reserve()
      const message = sample(id)
      ids.push(id)
      await spool.append({ ...message, head: { ...message.head, ...wish } })
    }
  }
  await using spool = await spoolIn(folder.path)
  for (const [i, id] of ids.entries()) assert.deepEqual((await spool.find(id))?.head, { ...sample(id).head, ...wishes[i] })
  assert.deepEqual(await spool.check(FIRST), { recipients: wishes.length, problems: [] })
})

test('a message goes with its last recipient, and its file after it', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const id = spool.reserve()
  const file = spool.bodyFile(id)
  await file.write(Buffer.from('Subject: large\r\n\r\n'))
  await file.write(Buffer.from('text\r\n'))
  await file.finish()
  await spool.append(sample(id, { body: null, size: 24, recipients: ['ann@example.com', 'bea@example.com'] }))
  const body = await spool.body(id)
  assert.deepEqual(body, { kind: 'file', path: join(folder.path, '0', id), size: 24 })
  await spool.settle(settled(id, 0))
  assert.deepEqual(
    (await spool.find(id))?.recipients.map(({ n }) => n),
    [1],
  )
  await spool.settle(settled(id, 1))
  assert.equal(await spool.find(id), null)
  await until(() => readdirSync(join(folder.path, '0')).length === 0)
  assert.deepEqual(await spool.check(FIRST), { recipients: 0, problems: [] })
})

test('a settlement defers, holds and releases, and appends what it gives rise to', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const [id, bounce] = [spool.reserve(), spool.reserve()]
  await spool.append(sample(id, { recipients: ['a@one.test', 'b@one.test', 'c@one.test'] }))
  await spool.settle({
    shard: FIRST,
    outcomes: [
      { ...delivered(id, 0), change: { kind: 'defer', due: 5_000, attempts: 3, lastReply: '450 later' } },
      { ...delivered(id, 1), change: { kind: 'hold', reason: 'looked odd' } },
    ],
    append: [sample(bounce, { recipients: ['bob@example.org'] })],
  })
  const rows = (await spool.find(id))?.recipients.map(({ state, due, attempts, lastReply }) => [state, due, attempts, lastReply])
  assert.deepEqual(rows, [
    ['waiting', 5_000, 3, '450 later'],
    ['held', 1_000, 0, 'looked odd'],
    ['waiting', 1_000, 0, null],
  ])
  assert.ok(await spool.find(bounce))
  await spool.settle({ shard: FIRST, outcomes: [{ ...delivered(id, 1), change: { kind: 'release', due: 7_000 } }], append: [] })
  assert.deepEqual(
    (await spool.list({ state: 'waiting', domain: 'one.test' as Domain }, null, 10))[0]?.recipients.map(({ due }) => due),
    [5_000, 7_000, 1_000],
  )
})

test('due comes by priority and time, a domain at a time; the backlog counts it', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const append = async (recipients: string[], priority: number, due: number): Promise<MessageId> => {
    const id = spool.reserve()
    await spool.append(sample(id, { recipients, priority, due }))
    return id
  }
  const late = await append(['a@one.test'], 0, 9_000)
  const low = await append(['a@one.test', 'b@two.test'], 5, 100)
  const second = await append(['a@one.test'], 0, 300)
  const first = await append(['a@one.test'], 0, 200)
  const ids = async (domains: string[], limit: number, now: number) =>
    (
      await spool.due(
        FIRST,
        domains.map((domain) => ({ domain: domain as Domain, limit })),
        now,
      )
    ).map(({ head }) => head.id)
  assert.deepEqual(await ids(['one.test'], 10, 1_000), [first, second, low])
  assert.deepEqual(await ids(['one.test'], 1, 1_000), [first])
  assert.deepEqual(await ids(['one.test'], 10, 9_000), [first, second, late, low])
  assert.deepEqual(await ids(['two.test', 'three.test'], 10, 1_000), [low])
  const backlog: DomainBacklog[] = []
  for await (const slice of spool.backlog(FIRST)) backlog.push(...slice)
  assert.deepEqual(backlog, [
    { shard: 0, domain: 'one.test', waiting: 4, nextDue: 100, urgentDue: null },
    { shard: 0, domain: 'two.test', waiting: 1, nextDue: 100, urgentDue: null },
  ])
  for await (const slice of spool.backlog(FIRST, 'old')) assert.deepEqual(slice, [], 'all of it came since the shard is ours')
  assert.deepEqual(await spool.check(FIRST), { recipients: 5, problems: [] })
})

test('high mail is found by itself, with its due time; priority, schedule and spread come back as they were given', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const domain = 'one.test' as Domain
  const [bulk, high, later] = [spool.reserve(), spool.reserve(), spool.reserve()]
  const put = (id: MessageId, due: number, wish: Partial<MessageHead>, change: Partial<NewMessage> = {}): Promise<void> => {
    const made = sample(id, { recipients: ['a@one.test', 'b@one.test', 'c@one.test', 'd@one.test'], due })
    const head = { ...made.head, ...wish }
    return spool.append({ ...made, head, priority: orderOf(head), ...change })
  }
  await put(bulk, 100, { priority: 'bulk', scheduled: true, tls: 'optional' }, { spread: 4_000 })
  await put(high, 300, { priority: 'high' })
  await put(later, 5_000, { priority: 'high' })
  const found = await spool.find(bulk)
  assert.deepEqual([found?.head.priority, found?.head.scheduled, found?.head.tls], ['bulk', true, 'optional'])
  assert.deepEqual(
    found?.recipients.map(({ due }) => due),
    [100, 1_100, 2_100, 3_100],
  )
  assert.deepEqual([(await spool.find(high))?.head.priority, (await spool.find(high))?.head.scheduled], ['high', undefined])
  const due = async (now: number, priority?: number): Promise<(MessageId | number)[][]> =>
    (await spool.due(FIRST, [{ domain, limit: 100, ...(priority !== undefined && { priority }) }], now)).map(({ head, recipients }) => [
      head.id,
      recipients.length,
    ])
  assert.deepEqual(await due(1_000, -1), [[high, 4]])
  assert.deepEqual(await due(9_000, -1), [
    [high, 4],
    [later, 4],
  ])
  assert.deepEqual(await due(1_500), [
    [high, 4],
    [bulk, 2],
  ])
  const after = async (priority: number, due: number, id: MessageId, n: number, limit = 100): Promise<string> => {
    const wanted = { domain, limit, after: { priority, due, sequence: placeOf(id).sequence, n, from: 1_000 } }
    const rows = (await spool.due(FIRST, [wanted], 9_000)).flatMap(({ head, recipients }) => recipients.map((row) => `${head.id} ${row.n}`))
    return rows.join()
  }
  const named = (id: MessageId, ...ns: number[]): string[] => ns.map((n) => `${id} ${n}`)
  assert.equal(await after(-1, 300, high, 3), [...named(later, 0, 1, 2, 3), ...named(bulk, 1, 2, 3)].join())
  assert.equal(await after(-1, 5_000, later, 1, 3), [...named(later, 2, 3), ...named(bulk, 1)].join())
  const backlog: DomainBacklog[] = []
  for await (const slice of spool.backlog(FIRST)) backlog.push(...slice)
  assert.deepEqual(backlog, [{ shard: 0, domain, waiting: 12, nextDue: 100, urgentDue: 300 }])
  assert.deepEqual((await spool.check(FIRST)).problems, [])
})

test('lists page by age, count without listing, and filter', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const ids = Array.from({ length: 30 }, () => spool.reserve())
  await Promise.all(
    ids.map((id, n) =>
      spool.append(sample(id, { recipients: ['a@one.test', 'b@two.test'], account: 1001 + (n % 2), mailing: n < 10 ? 'news' : null })),
    ),
  )
  const page = await spool.list({}, ids[9]!, 10)
  assert.deepEqual(
    page.map(({ head }) => head.id),
    ids.slice(10, 20),
  )
  assert.deepEqual(await spool.count({ domain: 'two.test' as Domain }), { messages: 30, recipients: 30 })
  assert.deepEqual(await spool.count({ account: 1002 as AccountId, mailing: 'news' }), { messages: 5, recipients: 10 })
  assert.deepEqual(await spool.count({ ids: [ids[3]!, ids[4]!] }), { messages: 2, recipients: 4 })
  assert.equal((await spool.list({ mailing: 'news', domain: 'one.test' as Domain }, null, 100)).length, 10)
})

test('what expired is found in any state, oldest first', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const [later, sooner, never] = [spool.reserve(), spool.reserve(), spool.reserve()]
  await spool.append(sample(later, { expires: 4_000 }))
  await spool.append(sample(sooner, { expires: 3_000 }))
  await spool.append(sample(never, { expires: 99_000 }))
  await spool.settle({ shard: FIRST, outcomes: [{ ...delivered(sooner), change: { kind: 'hold', reason: 'x' } }], append: [] })
  assert.deepEqual(
    (await spool.expired(FIRST, 5_000, 10)).map(({ head }) => head.id),
    [sooner, later],
  )
  const after = { expires: 3_000, sequence: placeOf(sooner).sequence }
  assert.deepEqual(
    (await spool.expired(FIRST, 5_000, 10, after)).map(({ head }) => head.id),
    [later],
  )
})

test('an operation that cannot be carried out is refused alone; its batch goes on', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path, { log: { debug() {}, info() {}, warn() {}, error() {} } })
  const [good, twice, other] = [spool.reserve(), spool.reserve(), spool.reserve()]
  await spool.append(sample(twice))
  const results = await Promise.allSettled([spool.append(sample(good)), spool.append(sample(twice)), spool.append(sample(other))])
  assert.deepEqual(
    results.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  )
  assert.equal((await spool.count({})).messages, 3)
})

test('bodies of any size for the database go through, many and large ones in one turn', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const bodies = [...Array.from({ length: 40 }, (_unused, n) => Buffer.alloc(250_000 + n, n)), Buffer.alloc(6_000_000, 99)]
  const ids = bodies.map(() => spool.reserve())
  await Promise.all(ids.map((id, n) => spool.append(sample(id, { body: bodies[n]! }))))
  for (const [n, id] of ids.entries()) {
    const body = await spool.body(id)
    assert.ok(body.kind === 'bytes' && bodies[n]!.equals(body.bytes), `body ${n}`)
  }
})

test('a queue that drained gives its room on the disk back', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const body = Buffer.alloc(200_000, 'x')
  const ids = Array.from({ length: 400 }, () => spool.reserve())
  for (const id of ids) await spool.append(sample(id, { body }))
  const size = (): number => statSync(join(folder.path, '0.db')).size
  await until(
    () => size() > 75_000_000,
    () => `${size()} octets while all waits`,
  )
  await Promise.all(ids.map((id) => spool.settle(settled(id))))
  // 32 MiB are kept for what comes next.
  await until(
    () => size() < 36_000_000,
    () => `${size()} octets when nothing waits`,
  )
})

test('what a long reader keeps from being written back is written back when it ends, though nothing is committed then', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  await spool.append(sample(spool.reserve()))
  const file = join(folder.path, '0.db')
  const size = (): number => statSync(file).size
  const reader = new Snapshot(file)
  reader.pin()
  const body = Buffer.alloc(200_000, 'x')
  for (let n = 0; n < 400; n++) await spool.append(sample(spool.reserve(), { body }))
  await new Promise((resolve) => setTimeout(resolve, 300))
  assert.ok(size() < 1_000_000, `${size()} octets while it is read`)
  assert.equal(reader.shard().messages, 1)
  reader[Symbol.dispose]()
  await until(
    () => size() > 75_000_000,
    () => `${size()} octets after it`,
  )
})

test('commits that are held wait for each other, and go on by themselves', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  await spool.append(sample(spool.reserve()))
  assert.equal(await spool.hold(30_000), true)
  let isDone = false
  const second = spool.append(sample(spool.reserve())).then(() => (isDone = true))
  assert.equal(await spool.hold(30_000), false, 'one holds at a time')
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(isDone, false)
  assert.deepEqual([spool.letGo(), spool.letGo()], [true, false])
  await second
  assert.equal(await spool.hold(20), true)
  await spool.append(sample(spool.reserve()))
  assert.equal(spool.letGo(), false, 'the time was over')
})

test('two spools of one process share a folder, each with its own shard', async () => {
  using folder = temporaryFolder()
  await using first = await spoolIn(folder.path, { slot: 0, workers: 2 })
  await using second = await spoolIn(folder.path, { slot: 1, workers: 2 })
  assert.deepEqual([first.shards(), second.shards()], [[0], [1]])
  await Promise.all([first.append(sample(first.reserve())), second.append(sample(second.reserve()))])
  await new Promise((resolve) => setTimeout(resolve, 2_500))
  assert.deepEqual([first.shards(), second.shards()], [[0], [1]])
})

test('numbers do not run out where messages are refused after theirs was drawn', async () => {
  using folder = temporaryFolder()
  await using spool = await spoolIn(folder.path)
  const seen = new Set<MessageId>()
  for (let n = 0; n < 150_000; n++) {
    seen.add(spool.reserve())
    if (n % 1_000 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  assert.equal(seen.size, 150_000)
  await spool.append(sample(spool.reserve()))
})

test('what is told without a message is in the outbox once the promise resolves, and refused where no shard is well', async () => {
  using folder = temporaryFolder()
  const spool = await spoolIn(folder.path)
  const whom = {
    account: 1001 as AccountId,
    message: spool.reserve(),
    clientId: null,
    mailing: null,
    stream: 'bulk',
    recipient: 'a@b.example',
  }
  const event = { kind: 'unsubscribed', at: 1, ...whom, domain: 'b.example' as Domain, by: 'page', client: null, agent: null } as const
  await spool.tell([event, { ...event, at: 2 }])
  const lines = Buffer.concat((await spool.read(FIRST, 0, 10)).parts).toString()
  assert.deepEqual(
    lines
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { at: number }).at),
    [1, 2],
  )
  await spool[Symbol.asyncDispose]()
  await assert.rejects(spool.tell([event]), { code: 'spool-failing' })
})
