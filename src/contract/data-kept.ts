// What the home keeps on its disk, by kind, and how long the disk lasts.
import type { EpochMs } from '../base/brand.ts'

/** Kinds that are kept by day: what is oldest goes first where `data.bytes` is reached. */
export const DAY_KINDS = ['events', 'logs', 'sent', 'journal', 'kept'] as const
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
    /** How much fuller it became a day, of late, whatever fills it; null: not known yet. */
    readonly perDay: number | null
    /** Until mail is not accepted any more if it goes on so; null: it does not get fuller, or that is not known yet. */
    readonly daysLeft: number | null
  }
}

export interface DataOperations {
  'disk.use': { params: Record<never, never>; result: DiskUse }
}
