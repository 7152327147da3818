// The thread that alone writes suppression.db, so that neither the desk's loop nor what it tells waits for the disk.
import { parentPort, workerData } from 'node:worker_threads'
import type { AccountId, EpochMs } from '../../../base/brand.ts'
import { Fault } from '../../../base/fault.ts'
import type {
  AdditionSpan,
  EntryCriteria,
  EntryPlace,
  ErasureChange,
  GatheredPart,
  ListsWanted,
  PutEntry,
} from '../../../engine/ports/suppression.ts'
import { type FeedbackBatch, SuppressionFeedback } from './suppression-feedback.ts'
import { eraseSuppressed } from './suppression-erase.ts'
import { openSuppressionDatabase } from './suppression-schema.ts'
import { GatheredEntries } from './suppression-gathered.ts'
import { SuppressionWriter } from './suppression-writer.ts'
import { errorOf } from '../sqlite-error.ts'

interface Opened {
  readonly writer: SuppressionWriter
  readonly feedback: SuppressionFeedback
  readonly gathered: GatheredEntries
}

/** What it is asked; each gets the parts and what goes with the question. */
const CALLS = {
  open: ({ feedback }: Opened) => ({ cursors: feedback.cursors(), hasSoft: feedback.hasSoft, floods: feedback.floods() }),
  take: ({ writer, feedback }: Opened, batch: FeedbackBatch) => {
    const before = writer.changes
    const isOther = feedback.take(batch)
    return { hasSoft: feedback.hasSoft, floods: isOther ? feedback.floods() : null, isNews: writer.changes > before }
  },
  lists: ({ writer }: Opened, of: ListsWanted) => writer.lists(of),
  create: ({ writer }: Opened, { name, account }: { name: string; account: AccountId | null }) => writer.createList(name, account),
  erase: ({ writer, gathered }: Opened, { address, change }: { address: string; change: ErasureChange }) => {
    gathered.flush()
    return eraseSuppressed(writer, address, change)
  },
  drop: ({ writer, gathered }: Opened, { name }: { name: string }) => {
    gathered.flush()
    return writer.drop(name)
  },
  put: ({ writer }: Opened, { list, entries }: { list: string; entries: readonly PutEntry[] }) => writer.put(list, entries),
  gather: ({ gathered }: Opened, ask: { list: string; entries: readonly PutEntry[]; part: GatheredPart }) =>
    gathered.add(ask.list, ask.entries, ask.part),
  remove: ({ writer }: Opened, ask: { list: string; targets: readonly string[]; stream: string | null | undefined; dryRun: boolean }) =>
    writer.remove(ask.list, ask.targets, ask.stream, ask.dryRun),
  find: ({ writer }: Opened, { target, list, now }: { target: string; list: string | null; now: EpochMs }) =>
    writer.find(target, list, now),
  page: ({ writer }: Opened, { list, after, limit }: { list: string; after: EntryPlace | null; limit: number }) =>
    writer.page(list, after, limit),
  search: ({ writer }: Opened, ask: { list: string; criteria: EntryCriteria; after: EntryPlace | null; look: number }) =>
    writer.search(ask.list, ask.criteria, ask.after, ask.look),
  floods: ({ feedback }: Opened) => feedback.floods(),
  settle: ({ feedback }: Opened, { site, accept, now }: { site: string; accept: boolean; now: EpochMs }) =>
    feedback.settle(site, accept, now),
  additions: ({ feedback }: Opened, { span, after, limit }: { span: AdditionSpan; after: number; limit: number }) =>
    feedback.additions(span, after, limit),
  undo: ({ feedback }: Opened, { ids }: { ids: readonly number[] }) => feedback.undo(ids),
  prune: ({ writer, feedback, gathered }: Opened, { now }: { now: EpochMs }) => {
    gathered.flush()
    return [writer.prune(now), feedback.prune(now)].includes(true)
  },
  close: ({ writer, gathered }: Opened) => {
    gathered.flush()
    writer.database.close()
  },
} as const

export type SuppressionCalls = {
  readonly [N in keyof typeof CALLS]: {
    readonly params: (typeof CALLS)[N] extends (opened: Opened, params: infer P) => unknown ? P : undefined
    readonly answer: ReturnType<(typeof CALLS)[N]>
  }
}

const port = parentPort
if (port === null) throw new Error('suppression-thread.ts runs as a worker thread only')
const { file, secret } = workerData as { file: string; secret: Uint8Array | null }
let opened: Opened | null = null

function open(): Opened {
  const writer = new SuppressionWriter(openSuppressionDatabase(file), secret)
  return { writer, feedback: new SuppressionFeedback(writer), gathered: new GatheredEntries(writer) }
}

port.on('message', ({ id, name, params }: { id: number; name: keyof SuppressionCalls; params: unknown }) => {
  try {
    opened ??= open()
    port.postMessage({ id, answer: CALLS[name](opened, params as never) ?? null, error: null })
  } catch (error) {
    const { code, message, blame, mend } = error as Fault
    const fault = error instanceof Fault ? { code, message, blame, mend } : null
    port.postMessage({ id, answer: null, error: { ...errorOf(error), fault } })
  }
})
