// The formats on disk, said once: which each store is written in, and which can be read or converted. Stores refuse by this table,
// releases tell it in their manifest. A newer format is never guessed at; docs/formats.md says what each number means.

/** `limits`: what rates have counted; `effects`: what automation holds back; `suppression`: who gets no mail; `settings`: accounts, keys and the like; `shard`: one of the spool; `events`: a day of them; `desk`: cursors and totals; `journal`: deliveries; `ledger`: what was handed in under a key; `jobs`: what is sent to many in the background; `access`: users, sessions and management keys; `sent`: a day of the index of what was sent; `kept`: copies of delivered mail; `webhooks`: how far events were posted to whom; `reports`: a month of rollups; `dialogs`: what was said in attempts. */
export type StoreName =
  | 'settings'
  | 'shard'
  | 'events'
  | 'desk'
  | 'journal'
  | 'limits'
  | 'effects'
  | 'suppression'
  | 'sent'
  | 'ledger'
  | 'jobs'
  | 'access'
  | 'kept'
  | 'webhooks'
  | 'reports'
  | 'dialogs'

export interface StoreFormat {
  /** What this program makes. */
  readonly writes: number
  /** What it can open, or convert to what it writes; ascending, `writes` is the last. */
  readonly reads: readonly number[]
}

export const FORMATS: Readonly<Record<StoreName, StoreFormat>> = {
  settings: { writes: 2, reads: [1, 2] },
  // Format 1 was before the first release. A shard keeps its format for life: 3 has slots for bodies, 4 rare facts of a message too.
  shard: { writes: 4, reads: [2, 3, 4] },
  // Format 1 knows fewer names of an event, and no index of a day that is over. A day keeps its format.
  events: { writes: 2, reads: [1, 2] },
  desk: { writes: 1, reads: [1] },
  journal: { writes: 1, reads: [1] },
  limits: { writes: 1, reads: [1] },
  effects: { writes: 1, reads: [1] },
  suppression: { writes: 1, reads: [1] },
  sent: { writes: 1, reads: [1] },
  ledger: { writes: 1, reads: [1] },
  jobs: { writes: 1, reads: [1] },
  access: { writes: 1, reads: [1] },
  kept: { writes: 1, reads: [1] },
  webhooks: { writes: 1, reads: [1] },
  reports: { writes: 1, reads: [1] },
  dialogs: { writes: 1, reads: [1] },
}

/** A file of these keeps its format as long as it lives, and new files are made in the new one; others are converted at a start. */
export const KEPT_FOR_LIFE: ReadonlySet<string> = new Set<StoreName>(['shard', 'events', 'journal', 'sent', 'kept', 'reports', 'dialogs'])
