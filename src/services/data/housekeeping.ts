// Every few minutes: closes and compresses the log files of days that are over, and lets go of what is older than it is kept, or more than
// may be kept (docs/guides/data-kept.md). Unsent mail is not among it.
import type { AccountId, EpochMs, Ms } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Config } from '../../contract/options.ts'
import type { Settings } from '../../contract/settings.ts'
import type { EventStore, SentIndex, SettingsStore } from '../../engine/ports/stores.ts'
import { oldestBackup } from '../../lifecycle/backup/record.ts'
import { dialogsFolder, keptFolder } from '../../lifecycle/home-files.ts'
import { pruneDialogs } from '../../store/dialogs/dialog-file.ts'
import { pruneKept } from '../../store/kept/prune.ts'
import { cutoffsOf } from '../../policy/kept/cutoffs.ts'
import type { JournalWriter } from '../../store/journal/journal.ts'
import { localDay, type LogFiles } from '../logs/log-files.ts'
import type { OutboxPump } from '../desk/outbox-pump.ts'
import type { DiskDesk } from './disk-desk.ts'
import type { Measured } from './measure.ts'

/** A day's files are closed this long after midnight, as events of its last minutes still come in. */
const DAY_CLOSES_AFTER: Ms = 10 * 60_000
const DAY: Ms = 86_400_000
/** A day of events gets its index this long after its end: what comes later is little. */
const INDEXED_AFTER: Ms = 60 * 60_000
/** Blocks that came later get an index of their own where they are so many; a search for one of a day's reads their hashes. */
const LATE_BLOCKS = 500

export interface HousekeepingParts {
  readonly home: string
  readonly config: Config
  readonly disk: DiskDesk
  readonly events: EventStore
  readonly settings: Pick<SettingsStore, 'read'>
  readonly logs: LogFiles
  readonly journal: JournalWriter
  readonly sent: SentIndex
  /** Lets go of months before the one that is named (`2026-11`). */
  readonly reports: { prune(before: string): Promise<void> }
  readonly pump: OutboxPump
  readonly log: Log
}

export class Housekeeping {
  readonly #parts: HousekeepingParts
  #busy = false
  #indexing: Promise<void> | null = null

  constructor(parts: HousekeepingParts) {
    this.#parts = parts
  }

  async run(now: EpochMs): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    const { disk, logs, pump, log } = this.#parts
    try {
      const closed = await pump.exclusively(() => logs.closeDays(now - DAY_CLOSES_AFTER))
      await logs.compress(closed)
      const measured = await disk.measure()
      disk.note(measured)
      await this.#letGo(measured, now)
      disk.changed()
    } catch (error) {
      log.error('log files or events of past days cannot be put away', { error: messageOf(error) })
    }
    this.#busy = false
    this.#indexing ??= this.#index(now).finally(() => (this.#indexing = null))
  }

  /** Resolves when no index is being made. */
  async indexed(): Promise<void> {
    await this.#indexing
  }

  /** Days that are over, the newest first. It takes its time, and only erasing somebody waits for it. */
  async #index(now: EpochMs): Promise<void> {
    const { events, log } = this.#parts
    try {
      const over = events.dayNames().filter((day) => day < dayOf(now - INDEXED_AFTER))
      for (const day of over.toReversed()) {
        const blocks = await events.index(day, LATE_BLOCKS)
        if (blocks > 0) log.info('a day of events that is over has an index', { day, blocks })
      }
    } catch (error) {
      log.error('a day of events gets no index, and is searched more slowly', { error: messageOf(error) })
    }
  }

  async #letGo(measured: Measured, now: EpochMs): Promise<void> {
    const { home, config, events, logs, journal, sent, reports } = this.#parts
    const backup = oldestBackup(home) ?? Infinity
    const cutoffs = daysThatStay(measured, config, now, backup)
    await logs.prune(cutoffs.logs)
    sent.prune(Date.parse(cutoffs.sent))
    events.prune(Date.parse(cutoffs.events))
    await pruneDialogs(dialogsFolder(home), { since: cutoffs.dialogs, most: config['dialogs.bytes'] })
    await pruneKept(keptFolder(home), keepsOf(this.#parts.settings.read(), now), cutoffs.kept)
    // By the moment where only its age counts: its segments are of hours, not of days.
    const byAge = Math.min(now - config['journal.keep'], backup)
    await reports.prune(cutoffs.reports.slice(0, 7))
    await journal.prune(Math.max(byAge, Math.min(Date.parse(cutoffs.journal), backup)))
  }
}

/** Accounts that ask for copies, and from which day on. */
function keepsOf({ accounts }: Settings, now: EpochMs): Map<AccountId, { readonly since: string; readonly bytes: number }> {
  const asking = [...accounts.values()].flatMap(({ id, keep }) => (keep == null ? [] : [[id, keep] as const]))
  return new Map(asking.map(([id, { days, bytes }]) => [id, { since: localDay(now - days * DAY), bytes }]))
}

export function daysThatStay({ days, fixed }: Measured, config: Config, now: EpochMs, backup: EpochMs) {
  const today = dayOf(now)
  const kept = { mostBytes: Infinity, untouched: today }
  const kinds = {
    events: { ...kept, days: days.events, since: dayOf(now - config['events.days'] * DAY), mostBytes: config['events.bytes'] },
    dialogs: { ...kept, days: days.dialogs, since: dayOf(now - config['events.days'] * DAY), mostBytes: config['dialogs.bytes'] },
    logs: {
      days: days.logs,
      since: localDay(now - config['logs.days'] * DAY),
      mostBytes: config['logs.bytes'],
      untouched: localDay(now),
    },
    // How much of it is kept each account says.
    kept: { ...kept, days: days.kept, since: '', untouched: localDay(now) },
    sent: { ...kept, days: days.sent, since: dayOf(now - config['feedback.keep'] * DAY) },
    // The month that runs is written.
    reports: { ...kept, days: days.reports, since: dayOf(now - config['reports.days'] * DAY), untouched: `${today.slice(0, 7)}-01` },
    // What happened since the oldest backup is needed to restore it.
    journal: {
      ...kept,
      days: days.journal,
      since: dayOf(Math.min(now - config['journal.keep'], backup)),
      untouched: dayOf(Math.min(now, backup)),
    },
  }
  return cutoffsOf(kinds, config['data.bytes'], fixed.desk)
}

function dayOf(at: EpochMs): string {
  return new Date(at).toISOString().slice(0, 10)
}
