import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { ShardId } from '../../base/brand.ts'
import { formatMessageId } from '../../base/message-id.ts'
import { jsonLog } from '../../base/log.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type { Config } from '../../contract/options.ts'
import { remember } from '../../lifecycle/backup/record.ts'
import { openJournal } from '../../store/journal/journal.ts'
import { openEvents } from '../../store/sqlite/events.ts'
import { openSent } from '../../store/sqlite/sent-index.ts'
import { configWith } from '../../../testkit/engine-home.ts'
import { commitEvents, fill } from '../../../testkit/event-lines.ts'
import { EPOCH } from '../../../testkit/spool-samples.ts'
import { localDay, LogFiles } from '../log-files.ts'
import { DiskDesk } from './disk-desk.ts'
import { settingsWith } from '../../../testkit/engine-home.ts'
import { Housekeeping } from './housekeeping.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 22, 12)
const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)

/** A home with something of each kind for each of the last `ages` days. */
async function aHome(t: TestContext, ages: readonly number[], options: Partial<Config>) {
  const home = mkdtempSync(join(tmpdir(), 'hms-kept-'))
  t.after(() => rmSync(home, { recursive: true }))
  mkdirSync(join(home, 'spool/0'), { recursive: true })
  writeFileSync(join(home, 'spool/0/body'), 'x'.repeat(5000))
  writeFileSync(join(home, 'spool/0.db'), '')
  mkdirSync(join(home, 'accounts/1000/logfiles'), { recursive: true })
  mkdirSync(join(home, 'journal'))
  const opened = new DisposableStack()
  t.after(() => opened.dispose())
  const [events, sent] = [opened.use(openEvents(join(home, 'events'))), opened.use(openSent(join(home, 'sent')))]
  const head = { format: 1, installation: 'x', epoch: EPOCH, reached: {} }
  for (const [i, age] of ages.entries()) {
    const at = NOW - age * DAY
    const message = formatMessageId(EPOCH, 0 as ShardId, i + 1)
    const facts = { account: 1000, domain: 'b.example', sender: '', recipient: 'a@b.example', recipients: 1, perRecipient: true }
    const event = { kind: 'accepted', id: `0.${i + 1}`, at, message, mailing: null, clientId: null, ...facts } as unknown as NumberedEvent
    commitEvents(events, [event])
    const batch = await sent.begin(0)
    fill(batch, [event])
    await batch.commit()
    writeFileSync(join(home, `accounts/1000/logfiles/${localDay(at).replaceAll('-', '')}Processed.log.gz`), 'x'.repeat(1000))
    const name = `${dayOf(at).replaceAll('-', '')}T000000Z-${i + 1}.journal`
    writeFileSync(join(home, 'journal', name), `${JSON.stringify(head)}\n${'x'.repeat(1000)}\n`)
  }
  const config = configWith({ 'journal.keep': 1000 * DAY, ...options })
  const journal = await openJournal({ folder: join(home, 'journal'), installation: 'x', epoch: EPOCH, told: new Map() })
  const disk = new DiskDesk(home, config)
  const settings = { read: () => settingsWith() }
  const parts = { home, config, disk, settings, events, sent, journal, logs: new LogFiles(home, [], new Map()) }
  const log = jsonLog('test', 'error', (line) => assert.fail(line))
  const pump = { exclusively: <T>(work: () => Promise<T>) => work() }
  const days = (folder: string): number => readdirSync(join(home, folder)).filter((name) => /^\d.*(?:db|gz|journal)$/.test(name)).length
  return {
    home,
    disk,
    run: () => new Housekeeping({ ...parts, pump: pump as never, log }).run(NOW),
    counts: () => ['events', 'sent', 'accounts/1000/logfiles', 'journal'].map(days),
  }
}

test('each kind goes by its own age, and the spool never', async (t) => {
  const home = await aHome(t, [50, 40, 3, 2, 1, 0], { 'events.days': 2, 'logs.days': 3, 'feedback.keep': 45 })
  await home.run()
  assert.deepEqual(home.counts(), [3, 5, 4, 6])
})

test('beyond what all may have the oldest days of all kinds go, down to today, but what the oldest backup needs', async (t) => {
  const home = await aHome(t, [6, 5, 4, 3, 2, 1, 0], { 'data.bytes': 1 })
  const backup = { size: 7, version: '1', messages: 0, recipients: 0, encrypted: false, scheduled: false }
  writeFileSync(join(home.home, 'one.zip'), '')
  remember(home.home, { file: join(home.home, 'one.zip'), at: NOW - 2 * DAY, ...backup })
  await home.run()
  // Of the journal the segment that a removed day ends in stays.
  assert.deepEqual(home.counts(), [1, 1, 1, 4])
  const { kinds, counted, most } = await home.disk.use()
  const bytes = Object.fromEntries(kinds.map((one) => [one.kind, one.bytes]))
  assert.equal(bytes['spool'], 5000)
  assert.equal(bytes['backups'], 7)
  assert.deepEqual([bytes['logs'], kinds.find(({ kind }) => kind === 'logs')?.oldest], [1000, localDay(NOW)])
  assert.ok(counted > 0 && most === 1)
})
