// suppression.db: entries and their scopes, what is counted once, floods and undo; and the look of a worker at it.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { AccountId, Domain } from '../../../base/brand.ts'
import { jsonLog } from '../../../base/log.ts'
import { systemClock } from '../../../base/clock.ts'
import type { EntryCriteria, PutEntry } from '../../../engine/ports/suppression.ts'
import { hourOf } from '../../../policy/suppression/flood.ts'
import { temporaryFolder } from '../../../../testkit/spool-samples.ts'
import type { Addition, FeedbackAct } from './suppression-feedback.ts'
import { SuppressionReader } from './suppression-reader.ts'
import { SuppressionStore } from './suppression.ts'

const NOW = Date.UTC(2026, 10, 22, 12, 30)
const MINUTE = 60_000
const log = jsonLog('test', 'error', (line) => process.stderr.write(line))

async function opened() {
  const end = new AsyncDisposableStack()
  const folder = end.use(temporaryFolder())
  const file = join(folder.path, 'suppression.db')
  const store = end.use(new SuppressionStore(file))
  const open = async (): Promise<SuppressionReader> => end.use(await SuppressionReader.open({ file, clock: systemClock, log }))
  const targets = async (list = 'l'): Promise<string[]> => (await store.page(list, null, 1000)).map(({ target }) => target)
  return { file, store, open, targets, [Symbol.asyncDispose]: () => end.disposeAsync() }
}

function entry(target: string, change: Partial<PutEntry> = {}): PutEntry {
  return { target, stream: null, reason: 'Manual', at: NOW, expires: null, origin: 'test', ...change }
}

function addition(target: string, change: Partial<Addition> = {}): Addition {
  const rest = {
    list: 'l',
    stream: null,
    reason: 'Failure',
    expires: null,
    origin: `event ${target}`,
    site: 'mx',
    domain: 'x.example',
  } as const
  return { kind: 'add', target, at: NOW, reply: '550 5.1.1 no', doubtful: true, ...rest, domain: rest.domain as Domain, ...change }
}

let numbers = 0
function batch(acts: readonly FeedbackAct[], { tried = 0, hard = 0, now = NOW, upTo = ++numbers } = {}) {
  return { shard: 0, upTo, now, acts, tallies: tried === 0 ? [] : [{ site: 'mx', hour: hourOf(now), tried, hard }] }
}

test('a worker finds addresses, domains, patterns and streams; what expired stands against nobody', async () => {
  await using at = await opened()
  const { store } = at
  const reader = await at.open()
  assert.equal(reader.has('l'), false)
  await store.create('l', null)
  assert.equal(await store.create('l', null), false)
  await reader.look()
  assert.equal(reader.has('l'), false, 'a list without entries is not asked')
  const later = systemClock.now() + 60_000
  await store.put('l', [entry('ann@x.example'), entry('@whole.example'), entry('spam*@*.example')])
  await store.put('l', [entry('bob@x.example', { stream: 'bulk', reason: 'Unsubscribe' }), entry('old@x.example', { expires: 1 })])
  await store.put('l', [entry('new@x.example', { expires: later })])
  await reader.look()
  assert.equal(reader.has('l'), true)
  const ask = ['Ann@x.example', 'c@whole.example', 'spammer@a.example', 'bob@x.example', 'old@x.example', 'new@x.example', 'd@x.example']
  const reasons = async (stream: string | null): Promise<unknown[]> => (await reader.find('l', stream, ask)).map((by) => by?.target ?? null)
  const all = ['ann@x.example', '@whole.example', 'spam*@*.example', null, null, 'new@x.example', null]
  assert.deepEqual(await reasons('transactional'), all)
  assert.deepEqual(await reasons('bulk'), all.with(3, 'bob@x.example'))
  assert.deepEqual(await reasons(null), all)
  assert.deepEqual(
    await reader.find('none', 'bulk', ask),
    ask.map(() => null),
  )
  const many = await Promise.all(Array.from({ length: 50 }, () => reader.find('l', null, ['ann@x.example'])))
  assert.ok(many.every(([by]) => by?.reason === 'Manual'))
  assert.equal(await store.remove('l', ['ann@x.example'], undefined), 1)
  assert.equal((await reader.find('l', null, ['ann@x.example']))[0], null, 'an entry that went is not remembered')
  assert.equal((await store.lists())[0]?.entries, 5)
  await store.prune(NOW)
  assert.equal((await store.lists())[0]?.entries, 4)
  assert.deepEqual(
    (await store.find('spam1@whole.example', null, NOW)).map(({ target }) => target),
    ['@whole.example', 'spam*@*.example'],
  )
  await assert.rejects(store.put('nowhere', [entry('a@b.example')]), { code: 'no-list' })
  await assert.rejects(
    store.put(
      'l',
      Array.from({ length: 200 }, (_, i) => entry(`${i}*@a.example`)),
    ),
    { code: 'too-many-patterns' },
  )
})

test('a list goes with all that is on it, and its name is free again', async () => {
  await using at = await opened()
  await at.store.create('l', null)
  await at.store.put(
    'l',
    Array.from({ length: 4500 }, (_, i) => entry(`${i}@x.example`)),
  )
  const reader = await at.open()
  assert.equal(reader.has('l'), true)
  await at.store.drop('l')
  await reader.look()
  assert.deepEqual([reader.has('l'), await at.store.lists()], [false, []])
  assert.equal(await at.store.create('l', null), true)
  assert.deepEqual(await at.targets(), [])
  await assert.rejects(at.store.drop('none'), { code: 'no-list' })
})

test('a file that cannot be read is not taken for one in which nobody is', async () => {
  using folder = temporaryFolder()
  const file = join(folder.path, 'suppression.db')
  writeFileSync(file, 'nothing of ours, and longer than a head '.repeat(100))
  const said: string[] = []
  const told = jsonLog('test', 'error', (line) => said.push(line))
  await using reader = await SuppressionReader.open({ file, clock: systemClock, log: told })
  assert.equal(reader.has('l'), true)
  await assert.rejects(reader.find('l', null, ['ann@x.example']), /suppression\.db: file is not a database/)
  await reader.look()
  assert.equal(said.length, 1, 'it is logged once')
})

test('a batch counts once, also for who opens the file anew', async () => {
  await using at = await opened()
  await at.store.create('l', null)
  const soft = (target: string, origin: string): FeedbackAct => {
    const one = addition(target, { origin, doubtful: false, site: null })
    return { kind: 'soft', account: 1001 as AccountId, count: 3, within: 10 * MINUTE, addition: one }
  }
  const first = batch([soft('a@x.example', 'event 1'), soft('b@x.example', 'event 2')])
  await at.store.take(first)
  await at.store.take(first)
  await at.store.take(batch([soft('a@x.example', 'event 3'), { kind: 'reached', account: 1001 as AccountId, target: 'b@x.example' }]))
  assert.equal(at.store.hasSoft, true)
  await at.store[Symbol.asyncDispose]()
  await using again = new SuppressionStore(at.file)
  await again.take(first)
  assert.equal(again.cursor(0), numbers)
  assert.deepEqual(await again.page('l', null, 10), [])
  const third = batch([soft('a@x.example', 'event 4'), soft('b@x.example', 'event 5'), soft('b@x.example', 'event 6')])
  await again.take(third)
  assert.deepEqual(
    (await again.page('l', null, 10)).map(({ target, origin }) => [target, origin]),
    [['a@x.example', 'event 4']],
    'b was reached between',
  )
})

test('in a flood nobody stays suppressed: what waits is accepted or discarded, and what was there before stays as it was', async () => {
  await using at = await opened()
  const { store, targets } = at
  await store.create('l', null)
  await store.put('l', [entry('kept@x.example'), entry('short@x.example', { reason: 'Bounce', expires: NOW + MINUTE, origin: 'import' })])
  const names = (part: string): Addition[] => Array.from({ length: 40 }, (_, i) => addition(`${part}${i}@x.example`, { at: NOW + i }))
  await store.take(batch([...names('a'), addition('kept@x.example'), addition('short@x.example')], { tried: 130, hard: 42 }))
  assert.equal((await targets()).length, 42, 'before it is known they are believed')
  await store.take(batch(names('b'), { tried: 130, hard: 40 }))
  assert.deepEqual(await targets(), ['kept@x.example', 'short@x.example'])
  assert.equal((await store.page('l', null, 10))[1]?.origin, 'import')
  const [flood] = store.floods
  assert.deepEqual([flood?.site, flood?.held, flood?.hard, flood?.tried, flood?.open], ['mx', 81, 82, 260, true])
  await store.take(batch(names('c'), { tried: 130, hard: 40 }))
  assert.equal(store.floods[0]?.held, 121)
  assert.equal(await store.settle('mx', false, NOW), 121)
  assert.deepEqual(await targets(), ['kept@x.example', 'short@x.example'])
  await store.take(batch(names('d'), { tried: 130, hard: 40 }))
  assert.equal(await store.settle('mx', true, NOW), 40)
  assert.equal((await targets()).length, 42)
  await store.take(batch(names('e'), { tried: 200, hard: 100 }))
  assert.equal((await targets()).length, 82, 'a site that a person believed is believed for a day')
  assert.equal(await store.settle('mx', true, NOW), null)
})

test('an undo takes back what a site said in a time, and no more', async () => {
  await using at = await opened()
  const { store, targets } = at
  await store.create('l', null)
  await store.put('l', [entry('m@x.example', { expires: NOW + MINUTE, origin: 'hand' })])
  const at1 = [addition('a@x.example'), addition('b@x.example', { reply: '550 blocked' }), addition('m@x.example')]
  await store.take(batch([...at1, addition('c@x.example', { site: 'other' }), addition('d@x.example', { at: NOW + 2 * MINUTE })]))
  await store.put('l', [entry('b@x.example', { origin: 'hand' })])
  const span = { site: 'mx', since: NOW - MINUTE, until: NOW + MINUTE }
  const ids: number[] = []
  for await (const slice of store.additions(span)) ids.push(...slice.map(({ id }) => id))
  assert.equal(ids.length, 3)
  assert.equal(await store.undo(ids), 2, 'what somebody said since stays')
  assert.deepEqual(await targets(), ['b@x.example', 'c@x.example', 'd@x.example', 'm@x.example'])
  assert.equal((await store.find('m@x.example', 'l', NOW))[0]?.origin, 'hand')
})

test('entries are searched by what they name, why, whence and since when, slice by slice; a removal can be counted first', async () => {
  await using at = await opened()
  const { store } = at
  await store.create('l', null)
  const any: EntryCriteria = { match: null, reason: null, origin: null, since: null, until: null }
  const rows = [
    entry('ann@x.example', { reason: 'Complaint', origin: 'event 0.1', at: NOW + MINUTE }),
    entry('ann@x.example', { stream: 'bulk' }),
    entry('bob@y.example', { origin: 'import of Old.csv by eva' }),
    entry('@x.example', { reason: 'Complaint' }),
  ]
  for (const row of rows) await store.put('l', [row])
  const search = async (criteria: Partial<EntryCriteria>): Promise<readonly string[]> => {
    const { entries } = await store.search('l', { ...any, ...criteria }, null, 100)
    return entries.map(({ target, stream }) => `${target}${stream ?? ''}`)
  }
  assert.deepEqual(await search({ match: 'x.example' }), ['@x.example', 'ann@x.example', 'ann@x.examplebulk'])
  assert.deepEqual(await search({ match: '*@?.example', reason: 'Complaint' }), ['@x.example', 'ann@x.example'])
  assert.deepEqual(await search({ origin: 'old.csv' }), ['bob@y.example'])
  assert.deepEqual(await search({ since: NOW + 1 }), ['ann@x.example'])
  assert.deepEqual(await search({ until: NOW + 1 }), ['@x.example', 'ann@x.examplebulk', 'bob@y.example'])
  const first = await store.search('l', { ...any, match: 'bob' }, null, 3)
  assert.deepEqual([first.entries, first.looked, first.last], [[], 3, { target: 'ann@x.example', stream: 'bulk' }])
  const second = await store.search('l', { ...any, match: 'bob' }, first.last, 3)
  assert.deepEqual([second.entries.map(({ target }) => target), second.looked], [['bob@y.example'], 1])
  assert.equal(await store.remove('l', ['ann@x.example'], undefined, true), 2)
  assert.equal(await store.remove('l', ['ann@x.example'], 'bulk', true), 1)
  assert.equal((await at.targets()).length, 4)
})
