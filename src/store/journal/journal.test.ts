import assert from 'node:assert/strict'
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { NumberedEvent } from '../../contract/events.ts'
import { temporaryFolder } from '../../../testkit/spool-samples.ts'
import { type JournalOptions, type JournalWriter, openJournal } from './journal.ts'
import { type JournalEntry, journalPositions, type Positions, readJournal } from './reader.ts'

const NONE: Positions = new Map()
const AT = 1_795_000_000_123

function event(id: string, more: Partial<Record<string, unknown>> = {}): NumberedEvent {
  const told = { kind: 'accepted', at: AT, account: 1001, message: '03sv2x000000002x', clientId: null, recipient: 'ann@example.com' }
  return { id, ...told, ...more } as unknown as NumberedEvent
}

function opened(folder: string, more: Partial<JournalOptions> = {}): Promise<JournalWriter> {
  return openJournal({ folder, installation: 'one', epoch: 'abcdef', told: NONE, ...more })
}

async function put(journal: JournalWriter, events: readonly NumberedEvent[], upTo?: string): Promise<void> {
  const batch = journal.begin()
  for (const one of events) batch.add(one)
  const [shard, number] = (upTo ?? events.at(-1)?.id ?? '').split('.').map(Number)
  await journal.append(batch, shard ?? 0, number ?? 0)
}

async function entries(folder: string, after: Positions = NONE, installation = 'one'): Promise<JournalEntry[]> {
  const found: JournalEntry[] = []
  for await (const entry of readJournal({ folder, installation }, after)) found.push(entry)
  return found
}

const short = (entry: JournalEntry): string => {
  if (entry.kind === 'gap') return `gap ${entry.shard}: ${entry.after}-${entry.upTo}`
  return entry.kind === 'damaged' ? `damaged: ${entry.why}` : `${entry.kind} ${entry.shard}.${entry.number} ${entry.recipient}`
}

test('what happened to each recipient is read as it was written, from any position on', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'journal')
  {
    await using journal = await opened(path)
    await put(journal, [event('3.1', { recipients: 3, others: ['b c@example.com', 'ü%@example.com'], clientId: 'its id\n' })])
    await put(journal, [event('3.2', { kind: 'delivered' }), event('3.3', { kind: 'deferred' }), event('3.4', { kind: 'expired' })], '3.5')
    await put(journal, [event('0.1', { kind: 'deleted', at: AT + 1 })])
    await put(journal, [event('4.1', { others: ['bob@example.com', 'cid@example.com'], clientIds: [null, 'b', null], clientId: 'all' })])
  }
  const ids = (await entries(path, new Map([[3, 9], [0, 9]]))).map((one) => ('clientId' in one ? one.clientId : one.kind)) // oxfmt-ignore
  assert.deepEqual(ids, ['all', 'b', 'all'])
  const all = await entries(path)
  assert.deepEqual(all.map(short), [
    'accepted 3.1 ann@example.com',
    'accepted 3.1 b c@example.com',
    'accepted 3.1 ü%@example.com',
    'delivered 3.2 ann@example.com',
    'failed 3.4 ann@example.com',
    'deleted 0.1 ann@example.com',
    'accepted 4.1 ann@example.com',
    'accepted 4.1 bob@example.com',
    'accepted 4.1 cid@example.com',
  ])
  const { kind, shard, number, ...rest } = { ...all[1] } as Record<string, unknown>
  assert.deepEqual([kind, shard, number], ['accepted', 3, 1])
  assert.deepEqual(rest, { message: '03sv2x000000002x', at: AT, account: 1001, recipient: 'b c@example.com', clientId: 'its id\n' })
  assert.deepEqual((await entries(path, new Map([[3, 2]]))).map(short).slice(0, 2), [
    'failed 3.4 ann@example.com',
    'deleted 0.1 ann@example.com',
  ])
  const reached = await journalPositions({ folder: path, installation: 'one' })
  assert.deepEqual([...reached], [[3, 5], [0, 1], [4, 1]]) // oxfmt-ignore
  const lines = readFileSync(join(path, readdirSync(path)[0] ?? ''), 'utf8').split('\n')
  assert.ok(lines.every((line) => line.length < 150))
})

test('a torn end is passed over and written again; a line that cannot be read is told', async () => {
  using folder = temporaryFolder()
  const { path } = folder
  {
    await using journal = await opened(path)
    await put(journal, [event('0.1'), event('0.2', { kind: 'delivered' })])
  }
  const file = join(path, readdirSync(path)[0] ?? '')
  truncateSync(file, statSync(file).size - 12)
  assert.deepEqual((await entries(path)).map(short), ['accepted 0.1 ann@example.com'])
  {
    await using journal = await opened(path)
    await put(journal, [event('0.1'), event('0.2', { kind: 'delivered' })])
  }
  const told = (await entries(path)).map(short)
  assert.deepEqual([...new Set(told)], ['accepted 0.1 ann@example.com', 'delivered 0.2 ann@example.com'])
  appendFileSync(join(path, readdirSync(path)[1] ?? ''), '\0\0\0\0\n')
  assert.ok((await entries(path)).map(short).includes('damaged: 1 of 5 lines cannot be read'))
})

test('what was told and is not in the journal is a gap, also when its beginning is not kept any more', async () => {
  using folder = temporaryFolder()
  const { path } = folder
  const gaps: string[] = []
  const write = async (told: Positions, id: string): Promise<void> => {
    await using journal = await opened(path, { told })
    gaps.push(...journal.gaps.map(short))
    await put(journal, [event(id)])
  }
  await write(new Map([[0, 7]]), '0.8')
  await write(new Map([[0, 8]]), '0.9')
  await write(new Map([[0, 20]]), '0.21')
  assert.deepEqual((await entries(path)).map(short), [
    'gap 0: 0-7',
    'accepted 0.8 ann@example.com',
    'accepted 0.9 ann@example.com',
    'gap 0: 9-20',
    'accepted 0.21 ann@example.com',
  ])
  assert.deepEqual(gaps, ['gap 0: 0-7', 'gap 0: 9-20'])
  assert.deepEqual((await entries(path, new Map([[0, 12]]))).map(short), ['gap 0: 12-20', 'accepted 0.21 ann@example.com'])
  const [oldest = ''] = readdirSync(path)
  rmSync(join(path, oldest))
  assert.deepEqual((await entries(path, new Map([[0, 7]]))).map(short).slice(0, 2), ['gap 0: 7-8', 'accepted 0.9 ann@example.com'])
})

test('segments end at their size, and go when all in them is old; the newest stays', async () => {
  using folder = temporaryFolder()
  const { path } = folder
  await using journal = await opened(path, { segmentOctets: 1000 })
  for (let n = 1; n <= 100; n++) await put(journal, [event(`0.${n}`)])
  assert.ok(readdirSync(path).length > 5)
  assert.equal((await entries(path)).length, 100)
  await journal.prune(Date.now() - 60_000)
  assert.equal((await entries(path)).length, 100)
  await journal.prune(Date.now() + 60_000)
  assert.equal(readdirSync(path).length, 1)
  assert.equal((await journalPositions({ folder: path })).get(0), 100)
  await put(journal, [event('0.101')])
  assert.equal((await entries(path)).at(-1)?.kind, 'accepted')
})

test('a journal of another installation is not added to, one of a newer format is refused', async () => {
  using folder = temporaryFolder()
  const { path } = folder
  {
    await using journal = await opened(path)
    await put(journal, [event('0.1')])
  }
  await assert.rejects(opened(path, { installation: 'two' }), { code: 'journal-foreign' })
  assert.deepEqual(await entries(path, NONE, 'two'), [])
  writeFileSync(join(path, '20990101T000000Z-9.journal'), '{"format":9}\n')
  await assert.rejects(opened(path), { code: 'format-newer' })
  await assert.rejects(opened(join(path, '20990101T000000Z-9.journal')), { code: 'journal-unreadable' })
})

test('a folder that cannot be made fails the append, and the same batch goes in later', async () => {
  using folder = temporaryFolder()
  const path = join(folder.path, 'journal')
  await using journal = await opened(path)
  const batch = journal.begin()
  batch.add(event('0.1'))
  writeFileSync(path, '')
  await assert.rejects(journal.append(batch, 0, 1), { code: 'journal-unwritable' })
  rmSync(path)
  mkdirSync(path)
  await journal.append(batch, 0, 1)
  assert.deepEqual((await entries(path)).map(short), ['accepted 0.1 ann@example.com'])
})
