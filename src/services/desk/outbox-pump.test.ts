import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { jsonLog } from '../../base/log.ts'
import type { WorkerCalls } from '../../contract/bus.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import { connectBus } from '../../net/bus/client.ts'
import { serveBus } from '../../net/bus/server.ts'
import { linesFor } from '../../../testkit/event-lines.ts'
import type { ShardLines } from '../../engine/ports/event-follower.ts'
import type { LinedEvent } from '../../message/event-line.ts'
import { until } from '../../../testkit/patience.ts'
import { openJournal } from '../../store/journal/journal.ts'
import { readJournal } from '../../store/journal/reader.ts'
import { openEvents } from '../../store/sqlite/events/events.ts'
import { LogFiles } from '../logs/log-files.ts'
import { LOG_FORMATS } from '../logs/log-formats.ts'
import { OutboxPump } from './outbox-pump.ts'
import { pause } from '../pause.ts'

const quiet = { version: 'test', log: jsonLog('test', 'error', () => {}) }
type Pull = WorkerCalls['outbox.pull']

function event(n: number, account = 1000): NumberedEvent {
  return {
    id: `3.${n}`,
    kind: 'accepted',
    at: Date.now(),
    account,
    message: `m${n}`,
    clientId: null,
    mailing: null,
    sender: 'a@sender.test',
    size: 10,
    recipients: 1,
    recipient: 'b@peer.test',
    protocol: 'ESMTP',
    client: null,
    user: null,
  } as unknown as NumberedEvent
}

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'hms-pump-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

test('events are written, then released; what cannot be written now is written later, once', async (t) => {
  const home = folder(t)
  const outbox = Array.from({ length: 5 }, (_, i) => event(i + 1, i === 3 ? 1001 : 1000))
  let released = 0
  const pull = async ({ after, limit, gather }: Pull['params']): Promise<Pull['result']> => {
    released = after
    await pause(gather)
    return [linesFor(outbox.filter((_, i) => i + 1 > after).slice(0, limit))]
  }
  await using _server = await serveBus<Pick<WorkerCalls, 'outbox.pull'>>(join(home, 'w.sock'), { 'outbox.pull': pull }, quiet)
  using client = await connectBus<WorkerCalls>(join(home, 'w.sock'), quiet)
  using store = openEvents(join(home, 'events'))
  const logs = new LogFiles(home, LOG_FORMATS, store.logLengths())
  let room = false
  const place = join(home, 'journal')
  await using journal = await openJournal({ folder: place, installation: 'i', epoch: 'e', told: store.told() })
  const pump = new OutboxPump({ store, logs, journal, consumers: [], log: quiet.log, roomLeft: () => room, committed: () => {} })
  // A file stands where the folder of account 1001 should be.
  mkdirSync(join(home, 'accounts'))
  writeFileSync(join(home, 'accounts/1001'), '')
  pump.follow([3], client)
  pump.follow([3], client)
  await until(() => pump.trouble?.includes('nearly full') === true)
  room = true
  await until(() => pump.trouble?.includes('accounts/1001') === true)
  assert.equal(store.cursor(3), 0)
  rmSync(join(home, 'accounts/1001'))
  await until(() => store.cursor(3) === 5 && pump.trouble === null)
  // A file stands where the journal should go on.
  await journal[Symbol.asyncDispose]()
  renameSync(place, `${place}.away`)
  writeFileSync(place, '')
  outbox.push(event(6))
  await until(() => pump.trouble?.includes('The delivery journal') === true)
  assert.equal(store.cursor(3), 5)
  rmSync(place)
  renameSync(`${place}.away`, place)
  await until(() => released === 6 && pump.trouble === null)
  assert.equal(store.totals().accepted, 6)
  const day = new Date()
  const name = `${day.getFullYear()}${String(day.getMonth() + 1).padStart(2, '0')}${String(day.getDate()).padStart(2, '0')}Events.jsonl`
  const lines = readFileSync(join(home, 'accounts/1000/logfiles', name), 'utf8')
    .trimEnd()
    .split('\n')
  assert.deepEqual(
    lines.map((line) => (JSON.parse(line) as { id: string }).id),
    ['3.1', '3.2', '3.3', '3.5', '3.6'],
  )
  const noted = new Set<string>()
  for await (const entry of readJournal({ folder: place }, new Map()))
    noted.add(entry.kind === 'accepted' ? `${entry.number} ${entry.message} ${entry.recipient}` : entry.kind)
  assert.deepEqual(
    [...noted],
    outbox.map((_, i) => `${i + 1} m${i + 1} b@peer.test`),
  )
  await pump.close()
  await logs.close()
})

test('who unsubscribes twice, at two workers, is told of once and heeded each time', async (t) => {
  const home = folder(t)
  const gone = (n: number, by: string): NumberedEvent =>
    ({
      id: `3.${n}`,
      kind: 'unsubscribed',
      at: Date.UTC(2026, 10, 20, 12, n),
      account: 1000,
      message: 'm1',
      clientId: null,
      mailing: null,
      stream: 'bulk',
      recipient: 'b@peer.test',
      domain: 'peer.test',
      by,
      client: null,
      agent: null,
    }) as unknown as NumberedEvent
  const outbox = [gone(1, 'one-click'), gone(2, 'page'), { ...gone(3, 'page'), recipient: 'c@peer.test' } as NumberedEvent]
  const pull = async ({ after, gather }: Pull['params']): Promise<Pull['result']> => {
    await pause(gather)
    return [linesFor(outbox.slice(after))]
  }
  await using _server = await serveBus<Pick<WorkerCalls, 'outbox.pull'>>(join(home, 'w.sock'), { 'outbox.pull': pull }, quiet)
  using client = await connectBus<WorkerCalls>(join(home, 'w.sock'), quiet)
  using store = openEvents(join(home, 'events'))
  const logs = new LogFiles(home, LOG_FORMATS, store.logLengths())
  await using journal = await openJournal({ folder: join(home, 'journal'), installation: 'i', epoch: 'e', told: store.told() })
  const heeded: string[] = []
  const consumer = { begin: async () => ({ add: ({ event: { id } }: LinedEvent) => void heeded.push(id), commit: async () => {} }) }
  const pump = new OutboxPump({ store, logs, journal, consumers: [consumer], log: quiet.log, roomLeft: () => true, committed: () => {} })
  pump.follow([3], client)
  await until(() => store.cursor(3) === 3)
  assert.deepEqual(heeded, ['3.1', '3.2', '3.3'])
  const told = await store.find({ kinds: ['unsubscribed'] }, null, 10)
  assert.deepEqual(told.map(({ id }) => id).toSorted(), ['3.1', '3.3'])
  assert.equal(store.feedbackTotals().unsubscribed, 2)
  await pump.close()
  await logs.close()
})

test('a large batch keeps nobody waiting, and its memory is given back once it is written', async (t) => {
  const home = folder(t)
  const padding = 'x'.repeat(1000)
  const outbox = Array.from({ length: 4000 }, (_, i) => ({ ...event(i + 1), sender: `${padding}@sender.test` }) as NumberedEvent)
  const pull = async ({ after, gather }: Pull['params']): Promise<Pull['result']> => {
    await pause(gather)
    return after === 0 ? [linesFor(outbox)] : []
  }
  await using _server = await serveBus<Pick<WorkerCalls, 'outbox.pull'>>(join(home, 'w.sock'), { 'outbox.pull': pull }, quiet)
  using client = await connectBus<WorkerCalls>(join(home, 'w.sock'), quiet)
  using store = openEvents(join(home, 'events'))
  const logs = new LogFiles(home, LOG_FORMATS, store.logLengths())
  await using journal = await openJournal({ folder: join(home, 'journal'), installation: 'i', epoch: 'e', told: store.told() })
  let turns = 0
  /** At which turns of the others events were added. */
  const seen = new Set<number>()
  let isOver = false
  t.after(() => (isOver = true))
  const turn = (): void => {
    turns++
    if (!isOver) setImmediate(turn)
  }
  turn()
  const consumer = { begin: async () => ({ add: () => void seen.add(turns), commit: async () => {} }) }
  let lines = new Uint8Array()
  const committed = (told: ShardLines): void => void (lines = told.lines as Uint8Array<ArrayBuffer>)
  const pump = new OutboxPump({ store, logs, journal, consumers: [consumer], log: quiet.log, roomLeft: () => true, committed })
  pump.follow([3], client)
  await until(() => store.cursor(3) === 4000)
  assert.ok(seen.size >= 10, `${seen.size} turns in a batch of 4 MiB`)
  await until(() => lines.length === 0)
  await pump.close()
  await logs.close()
})
