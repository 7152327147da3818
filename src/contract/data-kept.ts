// What the home keeps on its disk, by kind, and how long the disk lasts.
import type { EpochMs } from '../base/brand.ts'
import type { MailAddress, RecordNumber } from './forms.ts'

/** Kinds that are kept by day, `reports` by month: what is oldest goes first where `data.bytes` is reached. */
export const DAY_KINDS = ['events', 'dialogs', 'logs', 'kept', 'sent', 'journal', 'reports'] as const
export type DayKind = (typeof DAY_KINDS)[number]

/** `desk`: totals, sums of reports and alerts. `settings`: the databases at the root of the home. */
export const DATA_KINDS = ['spool', ...DAY_KINDS, 'desk', 'settings', 'backups'] as const
export type DataKind = (typeof DATA_KINDS)[number]

export interface DataUse {
  readonly kind: DataKind
  readonly bytes: number
  /** How much more it became a day, of late; null: not known yet. */
  readonly perDay: number | null
  /** The oldest day that is kept (`2026-11-22`), of what is kept by day. */
  readonly oldest: string | null
}

export interface DiskUse {
  /** When the kinds were measured; the disk was looked at now. */
  readonly at: EpochMs
  readonly kinds: readonly DataUse[]
  /** What `data.bytes` counts, and how much of it may be there. */
  readonly counted: number
  readonly most: number
  readonly disk: {
    readonly bytes: number
    readonly free: number
    /** What must stay free for mail to be accepted (`spool.low_water`). */
    readonly reserved: number
    /** How much fuller it became a day in the last week, or in the last day where that is more, whatever fills it; null: not known yet. */
    readonly perDay: number | null
    /** Until mail is not accepted any more if it goes on so; null: it does not get fuller, or that is not known yet. */
    readonly daysLeft: number | null
  }
}

export interface DataOperations {
  'disk.use': { params: Record<never, never>; result: DiskUse }
}

/** In their order. `again`: what came in while the others were done. */
export const ERASURE_STEPS = [
  'waiting',
  'suppression',
  'jobs',
  'sent',
  'events',
  'dialogs',
  'logs',
  'kept',
  'told',
  'pickup',
  'again',
] as const
export type ErasureStep = (typeof ERASURE_STEPS)[number]

export interface Erasure {
  readonly id: number
  /** Null once it is done: then nothing here names him any more. */
  readonly address: MailAddress | null
  readonly by: string
  readonly at: EpochMs
  /** Nothing is changed, all is counted. */
  readonly dryRun: boolean
  /** Mail that waits for him is deleted; otherwise it leaves. */
  readonly cancel: boolean
  readonly suppress: boolean
  /** Null: it is done. */
  readonly step: ErasureStep | null
  /** Days or folders of the step that are done. */
  readonly parts: number
  readonly ended: EpochMs | null
  /** Why it does not go on; it is tried again. */
  readonly trouble: string | null
  readonly found: ErasureFound
}

export interface ErasureFound {
  /** Recipients in the queue that are him; deleted with `cancel`. */
  readonly waiting: number
  /** Entries and evidence of suppression that named him; lists that suppress him now without telling his address. */
  readonly suppressions: number
  readonly lists: number
  readonly jobs: number
  readonly sent: number
  readonly events: number
  /** What was said in attempts. */
  readonly dialogs: number
  /** Lines of log files. */
  readonly logs: number
  /** Messages of which a copy was kept. */
  readonly kept: number
  /** Delivery Alerts, records of the audit, and what happened to effects, that named him. */
  readonly alerts: number
  readonly audit: number
  readonly effects: number
  /** Files of pickup to him that were no mail, with what says why. */
  readonly badmail: number
}

/** What keeps an address that was erased, and how long: sentences for whoever asked. */
export const ERASURE_LEAVES: readonly string[] = [
  'Backups keep what they have until they are removed (backup.keep); after a restore of one, erase again.',
  'The delivery journal keeps the address for journal.keep, so that such a restore sends nothing again.',
  'Mail that waits, and copies of mail to others, may name it within.',
  "What block rules hold back at this moment, 'hms unknowns' and the server's own log may quote it in a reply.",
  'Receivers, and programs that were told by webhook or read the logs, have what they were given.',
]

export interface ErasureOperations {
  /** Removes a person from what is kept, in the background; where no server runs, before it answers. */
  'erase.start': { params: { address: MailAddress; dryRun?: boolean; cancel?: boolean; suppress?: boolean }; result: Erasure }
  /** Newest first. */
  'erase.list': { params: Record<never, never>; result: readonly Erasure[] }
  'erase.show': { params: { id: RecordNumber }; result: Erasure }
}
