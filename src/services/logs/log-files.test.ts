import assert from 'node:assert/strict'
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { gunzipSync } from 'node:zlib'
import type { NumberedEvent } from '../../contract/events.ts'
import { fill, linesFor } from '../../../testkit/event-lines.ts'
import { dayOf, type LogFormat } from './log-batch.ts'
import { LogFiles } from './log-files.ts'

const format: LogFormat = { suffix: 'Processed', extension: '.log', line: (event) => (event.kind === 'accepted' ? null : event.id) }
const lines: LogFormat = { suffix: 'Events', extension: '.jsonl' }
const NOON = new Date(2026, 10, 22, 12).getTime()
const DAY = 86_400_000

function home(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'hms-logs-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  return path
}

function event(id: string, at = NOON, account = 1000, kind = 'delivered'): NumberedEvent {
  return { id, at, account, kind } as unknown as NumberedEvent
}

function append(logs: LogFiles, events: readonly NumberedEvent[]): Promise<ReadonlyMap<string, number>> {
  const batch = logs.begin()
  return logs.append(batch, fill(batch, events))
}

const fileOf = (folder: string, name: string, account = 1000): string => join(folder, 'accounts', String(account), 'logfiles', name)

const nameOf = (account: number): string => `accounts/${account}/logfiles/${dayOf(NOON)}Processed.log`

test('a crash between append and commit leaves neither a lost nor a double line', async (t) => {
  const folder = home(t)
  const first = new LogFiles(folder, [format], new Map())
  const committed = await append(first, [event('0.1'), event('0.2'), event('0.3', NOON, 1001), event('0.4', NOON, 1000, 'accepted')])
  await append(first, [event('0.5'), event('0.6', NOON, 1002)])
  appendFileSync(fileOf(folder, '20261122Processed.log'), 'half a li')
  await first.close()
  const second = new LogFiles(folder, [format], committed)
  await append(second, [event('0.5'), event('0.6', NOON, 1002)])
  assert.equal(readFileSync(fileOf(folder, '20261122Processed.log'), 'utf8'), '0.1\n0.2\n0.5\n')
  assert.equal(readFileSync(fileOf(folder, '20261122Processed.log', 1001), 'utf8'), '0.3\n')
  assert.equal(readFileSync(fileOf(folder, '20261122Processed.log', 1002), 'utf8'), '0.6\n')
  await second.close()
})

test('a log of lines has those of its account as they came', async (t) => {
  const folder = home(t)
  const logs = new LogFiles(folder, [lines], new Map())
  const accounts = [1000, 1000, 1001, 1000, 1001, 1002, 1002]
  const events = accounts.map((account, i) => event(`0.${i + 1}`, NOON + i, account, `kind ü ${i}`))
  await append(logs, events)
  for (const account of [1000, 1001, 1002]) {
    const own = linesFor(events.filter((one) => one.account === account))
    assert.deepEqual(readFileSync(fileOf(folder, '20261122Events.jsonl', account)), own)
  }
  await logs.close()
})

test('a day that is over is compressed, a late event has a file of its own, old days go', async (t) => {
  const folder = home(t)
  const logs = new LogFiles(folder, [format], new Map())
  await append(logs, [event('0.1', NOON - DAY), event('0.2')])
  const closing = await logs.closeDays(NOON)
  await append(logs, [event('0.3', NOON - DAY)])
  await logs.compress(closing)
  await append(logs, [event('0.4', NOON - DAY)])
  assert.equal(gunzipSync(readFileSync(fileOf(folder, '20261121Processed.log.gz'))).toString(), '0.1\n')
  assert.ok(!existsSync(fileOf(folder, '20261121Processed.log')))
  assert.equal(readFileSync(fileOf(folder, '20261121Processed-2.log'), 'utf8'), '0.3\n0.4\n')
  await logs.compress(await logs.closeDays(NOON))
  await append(logs, [event('0.5', NOON - DAY)])
  assert.equal(readFileSync(fileOf(folder, '20261121Processed-3.log'), 'utf8'), '0.5\n')
  await logs.prune('2026-11-21')
  assert.equal(readdirSync(join(folder, 'accounts/1000/logfiles')).length, 4)
  await logs.prune('2026-11-22')
  assert.deepEqual(readdirSync(join(folder, 'accounts/1000/logfiles')), ['20261122Processed.log'])
  await logs.close()
})

test('more accounts than open files, a commit that failed among them', async (t) => {
  const folder = home(t)
  const logs = new LogFiles(folder, [format], new Map())
  const batch = Array.from({ length: 150 }, (_, i) => event(`0.${i + 1}`, NOON, 1000 + i))
  await append(logs, batch)
  const lengths = await append(logs, batch)
  assert.equal(lengths.size, 150)
  assert.equal(readFileSync(fileOf(folder, `${dayOf(NOON)}Processed.log`, 1149), 'utf8'), '0.150\n0.150\n')
  await append(logs, batch)
  await logs.cutBack()
  for (const account of [1000, 1149])
    assert.equal(statSync(fileOf(folder, `${dayOf(NOON)}Processed.log`, account)).size, lengths.get(nameOf(account)))
  await logs.close()
})
