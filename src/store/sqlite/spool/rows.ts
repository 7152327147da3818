// Between the engine's objects and the flat arrays that cross to the storage thread and come back from the reader.
import type { AccountId, Domain, MessageId, ShardId } from '../../../base/brand.ts'
import { formatMessageId, placeOf } from '../../../base/message-id.ts'
import type { Labels } from '../../../contract/events.ts'
import type { MessageHead, NewMessage, Notify, QueuedMessage, QueuedRecipient, RecipientOutcome } from '../../../engine/ports/spool.ts'
import { HEAD_CELLS, OUTCOME_DEFER, OUTCOME_HOLD, OUTCOME_RELEASE, OUTCOME_REMOVE, RECIPIENT_CELLS, type Cell } from './protocol.ts'
import {
  FLAG_BINARY,
  FLAG_BULK,
  FLAG_EIGHT_BIT,
  FLAG_FILE,
  FLAG_HIGH,
  FLAG_REQUIRE_TLS,
  FLAG_SCHEDULED,
  FLAG_TLS_OPTIONAL,
  FLAG_UTF8,
  FLAG_WIRE_READY,
  POOL_FLAGS,
  STATE_HELD,
} from './schema.ts'

const RETURN_CONTENT = [null, 'full', 'headers'] as const

function notifyBits(notify: Notify): number {
  return (notify.given ? 1 : 0) | (notify.success ? 2 : 0) | (notify.failure ? 4 : 0) | (notify.delay ? 8 : 0)
}

const notifyFor = (bits: number): Notify => ({
  given: (bits & 1) !== 0,
  success: (bits & 2) !== 0,
  failure: (bits & 4) !== 0,
  delay: (bits & 8) !== 0,
})

/** One for all recipients who ask for the same: there are very many of them in memory. */
const NOTIFIES: readonly Notify[] = Array.from({ length: 16 }, (_unused, bits) => notifyFor(bits))

function notifyOf(bits: number): Notify {
  return NOTIFIES[bits] ?? notifyFor(bits)
}

/** Adds a message to `cells`; `bodyAt` is where its body begins in the staging memory, -1 where it is in a file. */
export function packMessage(cells: Cell[], { head, body, recipients, priority, due, spread = 0 }: NewMessage, bodyAt: number): void {
  const flags =
    (head.utf8 ? FLAG_UTF8 : 0) |
    (head.eightBit ? FLAG_EIGHT_BIT : 0) |
    (head.binary ? FLAG_BINARY : 0) |
    (body === null ? FLAG_FILE : 0) |
    (head.wireReady ? FLAG_WIRE_READY : 0) |
    (head.tls === undefined ? 0 : head.tls === 'required' ? FLAG_REQUIRE_TLS : FLAG_TLS_OPTIONAL) |
    (head.priority === undefined ? 0 : head.priority === 'high' ? FLAG_HIGH : FLAG_BULK) |
    (head.scheduled === true ? FLAG_SCHEDULED : 0)
  // oxfmt-ignore
  cells.push(
    placeOf(head.id).sequence, head.account, head.sender, head.acceptedAt, head.expiresAt, head.size, head.clientId, head.mailing,
    head.envelopeId, RETURN_CONTENT.indexOf(head.returnContent), head.authorDomain, flags + (head.pool ?? 0) * POOL_FLAGS,
    bodyAt, body?.length ?? 0, recipients.length, priority, due, spread, extraOf(head),
  )
  for (const recipient of recipients)
    cells.push(recipient.address, recipient.domain, notifyBits(recipient.notify), recipient.originalRecipient, recipient.merge ?? null)
}

/** The rare facts of a message, as they are stored; null: it has none. `lateId` and `slots` are of what is of each recipient. */
export function extraOf({
  window,
  stream,
  perRecipient,
  lateId,
  slots,
  ours,
  forwarded,
  merge,
  postType,
  labels,
}: MessageHead): string | null {
  const isPlain = window === undefined && stream === undefined && perRecipient === undefined && ours === undefined
  if (isPlain && postType === undefined && labels === undefined) return null
  return JSON.stringify({ window, stream, perRecipient, lateId, slots, ours, forwarded, merge, postType, labels })
}

/** What was written by `extraOf`, also by a later program: what is not known is left out. */
function rareFacts(
  extra: string,
): Pick<MessageHead, 'window' | 'stream' | 'perRecipient' | 'lateId' | 'slots' | 'ours' | 'forwarded' | 'merge' | 'postType' | 'labels'> {
  const { window, stream, perRecipient, lateId, slots, ours, forwarded, merge, postType, labels } = JSON.parse(extra) as Record<
    string,
    unknown
  >
  return {
    ...(typeof window === 'string' && { window }),
    ...(typeof stream === 'string' && { stream }),
    ...(perRecipient === true && { perRecipient }),
    ...(lateId === true && { lateId }),
    ...(slots === true && { slots }),
    ...(ours === true && { ours }),
    ...(forwarded === true && { forwarded }),
    ...(merge === true && { merge }),
    ...(typeof postType === 'string' && { postType }),
    ...(typeof labels === 'object' && labels !== null && { labels: labels as Labels }),
  }
}

export function packOutcome(cells: Cell[], { message, n, change }: RecipientOutcome): void {
  const { sequence } = placeOf(message)
  switch (change.kind) {
    case 'remove':
      cells.push(OUTCOME_REMOVE, sequence, n, 0, 0, null)
      break
    case 'defer':
      cells.push(OUTCOME_DEFER, sequence, n, change.due, change.attempts, change.lastReply)
      break
    case 'hold':
      cells.push(OUTCOME_HOLD, sequence, n, 0, 0, change.reason)
      break
    case 'release':
      cells.push(OUTCOME_RELEASE, sequence, n, change.due, 0, null)
      break
  }
}

/** The epochs of a shard: pairs of first sequence and epoch, oldest first. */
export class Epochs {
  private readonly cells: readonly Cell[]
  private readonly shard: ShardId

  constructor(shard: ShardId, cells: readonly Cell[]) {
    this.shard = shard
    this.cells = cells
  }

  idOf(sequence: number): MessageId {
    let epoch = ''
    for (let at = 0; at < this.cells.length && Number(this.cells[at]) <= sequence; at += 2) epoch = String(this.cells[at + 1])
    return formatMessageId(epoch, this.shard, sequence)
  }
}

function unpackHead(cells: readonly Cell[], at: number, epochs: Epochs): MessageHead {
  const flags = cells[at + 11] as number
  const head: MessageHead = {
    id: epochs.idOf(cells[at] as number),
    account: cells[at + 1] as AccountId,
    sender: cells[at + 2] as string,
    acceptedAt: cells[at + 3] as number,
    expiresAt: cells[at + 4] as number,
    size: cells[at + 5] as number,
    clientId: cells[at + 6] as string | null,
    mailing: cells[at + 7] as string | null,
    envelopeId: cells[at + 8] as string | null,
    returnContent: RETURN_CONTENT[cells[at + 9] as number] ?? null,
    authorDomain: cells[at + 10] as Domain | null,
    utf8: (flags & FLAG_UTF8) !== 0,
    eightBit: (flags & FLAG_EIGHT_BIT) !== 0,
    binary: (flags & FLAG_BINARY) !== 0,
    wireReady: (flags & FLAG_WIRE_READY) !== 0,
    crashes: cells[at + 12] as number,
  }
  const wished = (flags & WISHES) === 0 && flags < POOL_FLAGS ? head : { ...head, ...wishesOf(flags) }
  const extra = cells[at + 13] as string | null
  return extra === null ? wished : { ...wished, ...rareFacts(extra) }
}

const TLS_WISHES = FLAG_REQUIRE_TLS | FLAG_TLS_OPTIONAL
const WISHES = TLS_WISHES | FLAG_HIGH | FLAG_BULK | FLAG_SCHEDULED

/** What few messages have. */
function wishesOf(flags: number): Pick<MessageHead, 'tls' | 'priority' | 'scheduled' | 'pool'> {
  return {
    ...((flags & TLS_WISHES) !== 0 && { tls: (flags & FLAG_REQUIRE_TLS) === 0 ? 'optional' : 'required' }),
    ...((flags & (FLAG_HIGH | FLAG_BULK)) !== 0 && { priority: (flags & FLAG_HIGH) === 0 ? 'bulk' : 'high' }),
    ...((flags & FLAG_SCHEDULED) !== 0 && { scheduled: true }),
    ...(flags >= POOL_FLAGS && { pool: Math.floor(flags / POOL_FLAGS) }),
  }
}

function unpackRecipient(cells: readonly Cell[], at: number): QueuedRecipient {
  const merge = cells[at + 10] as string | null
  const row: QueuedRecipient = {
    n: cells[at] as number,
    address: cells[at + 1] as string,
    domain: cells[at + 2] as Domain,
    state: cells[at + 3] === STATE_HELD ? 'held' : 'waiting',
    priority: cells[at + 4] as number,
    due: cells[at + 5] as number,
    attempts: cells[at + 6] as number,
    notify: notifyOf(cells[at + 7] as number),
    originalRecipient: cells[at + 8] as string | null,
    lastReply: cells[at + 9] as string | null,
  }
  return merge === null ? row : { ...row, merge }
}

/** Messages in the order in which the rows first name them. */
export function unpackMessages(cells: readonly Cell[], epochs: Epochs): QueuedMessage[] {
  const found = new Map<number, { head: MessageHead; recipients: QueuedRecipient[] }>()
  for (let at = 0; at < cells.length; at += HEAD_CELLS + RECIPIENT_CELLS) {
    const sequence = cells[at] as number
    let message = found.get(sequence)
    if (message === undefined) {
      message = { head: unpackHead(cells, at, epochs), recipients: [] }
      found.set(sequence, message)
    }
    message.recipients.push(unpackRecipient(cells, at + HEAD_CELLS))
  }
  return [...found.values()]
}
