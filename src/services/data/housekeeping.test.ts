import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
import { openEvents } from '../../store/sqlite/events/events.ts'
import { openSent } from '../../store/sqlite/sent/sent-index.ts'
import { configWith } from '../../../testkit/engine-home.ts'
import { commitEvents, fill } from '../../../testkit/event-lines.ts'
import { EPOCH } from '../../../testkit/spool-samples.ts'
import { localDay, LogFiles } from '../logs/log-files.ts'
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
  for (const name of ['journal', 'dialogs']) mkdirSync(join(home, name))
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
    writeFileSync(join(home, `dialogs/${dayOf(at)}.1.dialogs`), 'x'.repeat(1000))
    const name = `${dayOf(at).replaceAll('-', '')}T000000Z-${i + 1}.journal`
    writeFileSync(join(home, 'journal', name), `${JSON.stringify(head)}\n${'x'.repeat(1000)}\n`)
  }
  const config = configWith({ 'journal.keep': 1000 * DAY, ...options })
  const journal = await openJournal({ folder: join(home, 'journal'), installation: 'x', epoch: EPOCH, told: new Map() })
  const disk = new DiskDesk(home, config)
  const settings = { read: () => settingsWith() }
  mkdirSync(join(home, 'reports'))
  for (const month of ['2026-08', '2026-10', '2026-11']) writeFileSync(join(home, `reports/${month}.db`), 'x'.repeat(100))
  const pruned: string[] = []
  const reports = { prune: async (before: string) => void pruned.push(before) }
  const parts = { home, config, disk, settings, events, sent, reports, journal, logs: new LogFiles(home, [], new Map()) }
  const log = jsonLog('test', 'error', (line) => assert.fail(line))
  const pump = { exclusively: <T>(work: () => Promise<T>) => work() }
  const housekept = async (own: typeof parts): Promise<void> => {
    const housekeeping = new Housekeeping({ ...own, pump: pump as never, log })
    await housekeeping.run(NOW)
    await housekeeping.indexed()
  }
  const days = (folder: string): number => readdirSync(join(home, folder)).filter((name) => /^\d.*(?:db|gz|journal)$/.test(name)).length
  return {
    home,
    disk,
    pruned,
    events,
    /** The same with other options. */
    again: async (others: Partial<Config>) => {
      const config = configWith({ 'journal.keep': 1000 * DAY, ...others })
      const own = { ...parts, config, disk: new DiskDesk(home, config) }
      return { disk: own.disk, run: () => housekept(own) }
    },
    run: () => housekept(parts),
    counts: () => ['events', 'sent', 'accounts/1000/logfiles', 'journal'].map(days),
  }
}

test('each kind goes by its own age, and the spool never', async (t) => {
  const home = await aHome(t, [50, 40, 3, 2, 1, 0], { 'events.days': 2, 'logs.days': 3, 'feedback.keep': 45, 'reports.days': 40 })
  await home.run()
  assert.deepEqual(home.counts(), [3, 5, 4, 6])
  // Whole months, by the days of reports alone.
  assert.deepEqual(home.pruned, ['2026-10'])
  // What stays is the newest of each kind.
  const since = (age: number): string => dayOf(NOW - age * DAY)
  assert.deepEqual(home.events.dayNames(), [since(2), since(1), since(0)])
  assert.deepEqual(
    readdirSync(join(home.home, 'dialogs')).toSorted(),
    [2, 1, 0].map((age) => `${since(age)}.1.dialogs`),
  )
  const logs = readdirSync(join(home.home, 'accounts/1000/logfiles')).map((name) => name.slice(0, 8))
  assert.deepEqual(
    logs.toSorted(),
    [3, 2, 1, 0].map((age) => localDay(NOW - age * DAY).replaceAll('-', '')),
  )
  // Days that are over have their index.
  const index = await Promise.all(home.events.dayNames().map((day) => home.events.index(day, 1)))
  assert.deepEqual(index, [0, 0, 1])
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
  // What they take on the disk.
  assert.ok((bytes['spool'] ?? 0) >= 5000 && (bytes['spool'] ?? 0) < 20_000)
  assert.equal(bytes['backups'], 7)
  assert.ok((bytes['logs'] ?? 0) >= 1000 && (bytes['logs'] ?? 0) < 10_000)
  assert.equal(kinds.find(({ kind }) => kind === 'logs')?.oldest, localDay(NOW))
  assert.ok(counted > 0 && most === 1)
})

/** Octets that du counts below a folder. */
function du(folder: string): number {
  return Number(/^\d+/.exec(execFileSync('du', ['-s', '--block-size=1', folder], { encoding: 'utf8' }))?.[0])
}

test('of a home with months of data, figures are those of du, the oldest days of all kinds go first, and mail that waits never', async (t) => {
  const ages = Array.from({ length: 100 }, (_, n) => 99 - n)
  const options = { 'events.days': 1000, 'logs.days': 1000, 'feedback.keep': 1000 } as const
  const home = await aHome(t, ages, options)
  // Many accounts that send little: files of a day that are far shorter than what a file takes.
  for (let account = 1001; account < 1040; account++) {
    const folder = join(home.home, `accounts/${account}/logfiles`)
    mkdirSync(folder, { recursive: true })
    for (const age of ages) writeFileSync(join(folder, `${localDay(NOW - age * DAY).replaceAll('-', '')}Processed.log.gz`), 'x'.repeat(300))
  }
  const folders = { events: 'events', sent: 'sent', logs: 'accounts', journal: 'journal', dialogs: 'dialogs', spool: 'spool' } as const
  const figures = async (): Promise<Record<string, number>> =>
    Object.fromEntries((await home.disk.use()).kinds.map(({ kind, bytes }) => [kind, bytes]))
  const before = await figures()
  for (const [kind, folder] of Object.entries(folders)) {
    const [told, taken] = [(before[kind] ?? 0) + (kind === 'events' ? (before['desk'] ?? 0) : 0), du(join(home.home, folder))]
    assert.ok(Math.abs(told - taken) <= taken * 0.05, `${kind}: ${told} told, ${taken} by du`)
  }
  const { counted } = await home.disk.use()
  const capped = await home.again({ ...options, 'data.bytes': Math.round(counted / 2) })
  await capped.run()
  const after = await capped.disk.use()
  // A segment of the journal in which a removed day ends stays.
  assert.ok(after.counted <= counted * 0.53 && after.counted > counted * 0.4, `${after.counted} of ${counted}`)
  const oldest = after.kinds.filter(({ kind }) => ['events', 'sent', 'logs'].includes(kind)).map((one) => Date.parse(one.oldest ?? ''))
  assert.ok(Math.max(...oldest) - Math.min(...oldest) <= DAY, 'no kind keeps days that are older than what went of another')
  assert.equal((await figures())['spool'], before['spool'])
  assert.equal(readFileSync(join(home.home, 'spool/0/body'), 'utf8').length, 5000)
})
