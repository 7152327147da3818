// What the spool's main side, its storage thread and its reader thread say to each other. Batches travel as flat arrays
// of primitives, and bodies through shared memory: cloning objects would cost more than storing them.
import type { WantedRows } from '../../../engine/ports/spool.ts'
import type { Answered } from './answer-file.ts'

/** A value of a flat array. */
export type Cell = number | string | null

/** Per message in `ShardBatch.appends`, followed by its recipients. */
export const APPEND_CELLS = 19
/** Per recipient of an append: address, domain, notify, orcpt, merge. */
export const APPEND_RECIPIENT_CELLS = 5
/** Per outcome: kind, sequence, n, due, attempts, text. */
export const OUTCOME_CELLS = 6
/** Per group of events. */
export const EVENT_CELLS = 3
/** Cells of a message's head in answers of the reader, and of a recipient after it. */
export const HEAD_CELLS = 14
export const RECIPIENT_CELLS = 11

export const OUTCOME_REMOVE = 0
export const OUTCOME_DEFER = 1
export const OUTCOME_HOLD = 2
export const OUTCOME_RELEASE = 3

/** One transaction on one shard: all of it or nothing. */
export interface ShardBatch {
  readonly shard: number
  /** APPEND_CELLS cells (see `packMessage`), then the recipients of that message, and so on. */
  readonly appends: Cell[]
  readonly outcomes: Cell[]
  /** Triples: number of the last event of a group; where its lines begin in the staging memory, and how long they are. */
  readonly events: number[]
  /** Where the blocks of numbers end from this commit on; 0: unchanged. */
  readonly sequenceEnd: number
  readonly eventEnd: number
  /** Outbox rows up to this number may go; 0: none. */
  readonly release: number
  /** The disk is full: room is made in the WAL before anything is written. */
  readonly pressed: boolean
}

export interface BatchResult {
  readonly shard: number
  /** Sequences of messages that are gone and had a file. */
  readonly files: number[]
  readonly error: StoreError | null
}

/** An error of SQLite as it travels between threads. `code` is its primary result code, 0 where it was none of SQLite's. */
export interface StoreError {
  readonly code: number
  readonly message: string
}

export interface OpenedShard {
  readonly shard: number
  readonly sequence: number
  readonly sequenceEnd: number
  readonly event: number
  readonly eventEnd: number
  /** Pairs: first sequence, epoch. */
  readonly epochs: Cell[]
  readonly clean: boolean
  /** Rare facts of messages can be kept in it. */
  readonly hasExtra: boolean
  /** Messages that were in hand when the last owner crashed: a crash was counted for each. */
  readonly suspects: number
}

/** To the storage thread. */
export type StorageRequest =
  | { readonly kind: 'commit'; readonly batches: readonly ShardBatch[]; readonly staging: number }
  | { readonly kind: 'open'; readonly id: number; readonly shard: number; readonly epoch: string; readonly create: boolean }
  /** Whether nobody owns the shard at this moment. */
  | { readonly kind: 'look'; readonly id: number; readonly shard: number }
  | { readonly kind: 'probe'; readonly id: number; readonly shard: number }
  | { readonly kind: 'close'; readonly id: number }

export type StorageReply =
  | { readonly kind: 'committed'; readonly staging: number; readonly results: readonly BatchResult[] }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown; readonly error: StoreError | null }

/** What the storage thread answers to `open`. */
export type OpenAnswer =
  | { readonly kind: 'opened'; readonly opened: OpenedShard }
  /** Another process (or another spool of this one) owns it, or there is none and none was to be made. */
  | { readonly kind: 'taken' | 'absent' }
  | { readonly kind: 'newer'; readonly message: string }

export interface StorageData {
  readonly folder: string
  /** Shared memory through which bodies travel; a commit names the one it used. */
  readonly staging: readonly SharedArrayBuffer[]
}

export interface ReaderData {
  readonly folder: string
}

/** The reader's questions: name → parameters and answer. Sequences, not ids; answers in flat arrays. */
export interface ReaderCalls {
  body: { params: { sequence: number }; answer: { found: boolean; file: boolean; size: number; bytes: Uint8Array | null } }
  /**
   * One slice of the backlog: domain, waiting, earliest due, the same of the highest priority (or null), after domain `after`. `before`:
   * messages of lower sequences are counted alone.
   */
  backlog: { params: { after: string | null; before: number }; answer: { cells: Cell[]; last: string | null } }
  due: { params: { wanted: readonly WantedRows[]; now: number }; answer: Cell[] }
  /** `except`: accounts. */
  expired: { params: { now: number; limit: number; after: { expires: number; sequence: number } }; answer: Cell[] }
  suspects: { params: Record<never, never>; answer: Cell[] }
  /** Which of these recipients are still queued, and their rows. */
  present: { params: { recipients: readonly Answered[] }; answer: Answered[] }
  some: { params: { recipients: readonly Answered[] }; answer: Cell[] }
  list: { params: ListParams; answer: { cells: Cell[]; next: RowPlace | null } }
  /** Of one slice: messages, recipients, and the first and last message among them. */
  count: { params: ListParams; answer: { cells: Cell[]; next: RowPlace | null } }
  /** What waits for a domain, each counted up to `most` a priority; cells: some of those that are due later. */
  waiting: { params: { domain: string; now: number; most: number }; answer: { due: number; later: number; cells: Cell[] } }
  /** How many of a domain are due and come before a place. */
  ahead: { params: { domain: string; place: { priority: number; due: number }; now: number; most: number }; answer: number }
  /** Those of the first `most` that wait for a domain and have the address; `isCut`: there are more. */
  addressed: { params: { domain: string; address: string; most: number }; answer: { cells: Cell[]; isCut: boolean } }
  held: { params: { after: RowPlace; rows: number }; answer: { cells: Cell[]; next: RowPlace | null } }
  /** The lines of rows. */
  outbox: { params: { after: number }; answer: Uint8Array[] }
  /** Which of these sequences have a row that names a file. */
  named: { params: { sequences: readonly number[] }; answer: number[] }
  check: { params: { step: CheckStep; after: number }; answer: CheckSlice }
}

export type CheckStep = 'messages' | 'recipients'

export interface CheckSlice {
  readonly recipients: number
  readonly problems: string[]
  /** Sequences of messages that live in files. */
  readonly files: number[]
  /** Where the next slice begins; null at the end. */
  readonly next: number | null
}

/** A row of `recipient`: sequence of its message and its number there. */
export type RowPlace = readonly [message: number, n: number]

export interface ListParams {
  readonly filter: {
    readonly domain: string | null
    /** A list, as JSON. */
    readonly domains: string | null
    readonly account: number | null
    readonly mailing: string | null
    readonly state: number | null
    readonly address: string | null
    readonly recipient: string | null
    readonly sender: string | null
    readonly acceptedBefore: number | null
    readonly acceptedAfter: number | null
    readonly reason: string | null
  }
  readonly after: RowPlace
  /** The last message to look at; null: the newest. */
  readonly to: number | null
  /** Rows returned at most; of a count, looked at in one step. */
  readonly rows: number
}

export type ReaderCallName = keyof ReaderCalls
export interface ReaderRequest {
  readonly id: number
  readonly shard: number
  readonly name: ReaderCallName
  readonly params: unknown
}
export interface ReaderReply {
  readonly id: number
  readonly answer: unknown
  readonly error: StoreError | null
}
