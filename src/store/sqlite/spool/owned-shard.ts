// One shard that this worker owns, on the side of the event loop: what waits to be written, the numbers that may be handed
// out, and its health. Batches are made and answered here; spool.ts decides when.
//
// Health: `ok` → `full` (SQLITE_FULL) or `failing` (any other trouble of the store) when a commit answers so; → `ok` when a
// probe commits. While it is not ok appends are refused at once, and settles go on being tried: on a full disk after a
// part of the reserve was given up, otherwise after each probe. `setHealth` is the one place that changes it.
import type { MessageId, ShardId } from '../../../base/brand.ts'
import type { Fault } from '../../../base/fault.ts'
import { formatMessageId } from '../../../base/message-id.ts'
import type { AcceptedEvent, MailEvent } from '../../../contract/events.ts'
import type { NewMessage, NewRecipient, Settlement, SpoolHealth, SuppressedRecipient } from '../../../engine/ports/spool.ts'
import { EventWriter } from '../../../message/event-line.ts'
import { clientIdOf } from '../../../message/merge/document.ts'
import { spoolFailing, spoolFull } from '../faults.ts'
import type { Answered, AnswerFile } from './answer-file.ts'
import type { HandFile } from './hand-file.ts'
import { OutboxMemory, type EventGroup } from './outbox-memory.ts'
import type { Cell, OpenedShard, ShardBatch } from './protocol.ts'
import type { ReserveFile } from './reserve-file.ts'
import { Epochs, packMessage, packOutcome } from './rows.ts'
import { EVENT_BLOCK, SEQUENCE_BLOCK } from './schema.ts'

/** Events in one row of the outbox, and about how many characters; a message to many is told by lines of thousands. */
const EVENT_GROUP = 128
const GROUP_LENGTH = 256 * 1024
/** Operations in one commit. */
const MOST_OPERATIONS = 1_024
/** Recipients that one event of an accepted message names. */
const EVENT_RECIPIENTS = 1_000
/** Octets of the event of a suppressed recipient, at most, but for its address. */
const MOST_SUPPRESSED = 2_000
/** Bodies in one batch: small enough to stay in the processor's reach, except where one operation alone brings more. */
const STAGING_BYTES = 4 * 1024 * 1024
export const MOST_STAGING_BYTES = 256 * 1024 * 1024

export interface Operation {
  readonly append: NewMessage | null
  readonly settle: Settlement | null
  resolve(): void
  reject(error: Fault): void
  /** It was in a batch that failed for no reason of the disk: it goes alone, to find the one to blame. */
  alone: boolean
}

/** Octets of bodies and of events for one batch, in memory shared with the storage thread. */
export class Staging {
  readonly index: number
  readonly memory = new SharedArrayBuffer(STAGING_BYTES, { maxByteLength: MOST_STAGING_BYTES })
  /** Follows the growth of the memory. */
  private readonly bytes = new Uint8Array(this.memory)
  private used = 0

  constructor(index: number) {
    this.index = index
  }

  clear(): void {
    this.used = 0
  }

  /** Whether one more operation belongs into this batch; the first always does. */
  fits(size: number): boolean {
    return this.used === 0 || this.used + size <= STAGING_BYTES
  }

  /** Where the copy begins. */
  put(octets: Uint8Array): number {
    const at = this.used
    this.used += octets.length
    if (this.used > this.bytes.length) this.memory.grow(this.used)
    this.bytes.set(octets, at)
    return at
  }
}

export interface SentBatch {
  readonly batch: ShardBatch
  readonly operations: readonly Operation[]
  readonly groups: readonly EventGroup[]
}

/** Octets of bodies that one operation brings; at most `MOST_STAGING_BYTES`. */
export function bodySize(operation: Pick<Operation, 'append' | 'settle'>): number {
  let size = operation.append?.body?.length ?? 0
  for (const message of operation.settle?.append ?? []) size += message.body?.length ?? 0
  return size
}

/** Octets of the names in the events of an operation, about: of messages to many they are more than their bodies. */
export function namesSize({ append, settle }: Pick<Operation, 'append' | 'settle'>): number {
  let size = append === null ? 0 : namesOf(append)
  for (const message of settle?.append ?? []) size += namesOf(message)
  return size
}

function namesOf({ recipients, suppressed }: NewMessage): number {
  const others = suppressed === undefined ? 0 : suppressed.reduce((sum, { address }) => sum + MOST_SUPPRESSED + 3 * address.length, 0)
  if (recipients.length < 2) return others
  // With its quotation marks and a comma; and what its template is filled with.
  return recipients.reduce((sum, { address, merge }) => sum + Buffer.byteLength(address) + 3 + (merge?.length ?? 0), others)
}

/** The small files beside a shard's database. */
export interface ShardFiles {
  readonly hand: HandFile
  readonly answers: AnswerFile
  readonly answered: readonly Answered[]
  readonly reserve: ReserveFile
}

export class OwnedShard {
  readonly id: ShardId
  readonly epochs: Epochs
  readonly memory: OutboxMemory
  readonly hand: HandFile
  readonly answers: AnswerFile
  /** What an earlier owner noted as answered; perhaps settled since. */
  readonly answered: readonly Answered[]
  readonly reserve: ReserveFile
  /** First sequence of this ownership: body files below it that no row names are left-overs. */
  readonly firstSequence: number
  /** Rare facts of messages can be kept in it. */
  readonly hasExtra: boolean
  health: SpoolHealth = { state: 'ok' }
  /** Nothing is sent until the probe or the reserve says go on. */
  paused = false
  private readonly epoch: string
  private queue: Operation[] = []
  private sequence: number
  private sequenceEnd: number
  private extending = false
  private event: number
  private readonly writer: EventWriter
  private eventEnd: number
  /** To be deleted with the next commit; 0: nothing new. */
  private released = 0
  /** Events up to here are told nobody any more. */
  private releasedTo = 0

  constructor(opened: OpenedShard, epoch: string, { hand, answers, answered, reserve }: ShardFiles) {
    this.id = opened.shard as ShardId
    this.epoch = epoch
    this.epochs = new Epochs(this.id, opened.epochs)
    this.sequence = opened.sequence
    this.firstSequence = opened.sequence
    this.hasExtra = opened.hasExtra
    this.sequenceEnd = opened.sequenceEnd
    this.event = opened.event
    this.eventEnd = opened.eventEnd
    this.memory = new OutboxMemory(opened.event - 1)
    this.writer = new EventWriter(this.id)
    this.hand = hand
    this.answers = answers
    this.answered = answered
    this.reserve = reserve
  }

  nextId(): MessageId {
    if (this.sequence >= this.sequenceEnd) throw spoolFailing('its numbers have run out while it could not be written')
    return formatMessageId(this.epoch, this.id, this.sequence++)
  }

  /** Half a block was handed out: the next commit takes another, and where none comes this is reason enough for one. */
  get isShortOfNumbers(): boolean {
    return !this.extending && this.sequenceEnd - this.sequence <= SEQUENCE_BLOCK / 2
  }

  add(operation: Operation): void {
    this.queue.push(operation)
  }

  get waiting(): number {
    return this.queue.length
  }

  get hasWork(): boolean {
    return !this.paused && (this.queue.length > 0 || this.released > 0 || this.isShortOfNumbers)
  }

  release(upTo: number): void {
    if (upTo <= this.releasedTo) return
    this.released = upTo
    this.releasedTo = upTo
    this.memory.release(upTo)
  }

  /** Where reading begins that is asked to begin after `after`: released events are gone, even while their row is there. */
  readAfter(after: number): number {
    return Math.max(after, this.releasedTo)
  }

  setHealth(health: SpoolHealth): void {
    this.health = health
    if (health.state !== 'ok') this.refuseAppends(health)
  }

  private refuseAppends(health: Exclude<SpoolHealth, { state: 'ok' }>): void {
    const kept: Operation[] = []
    for (const operation of this.queue) {
      if (operation.append === null) kept.push(operation)
      else operation.reject(faultOf(health))
    }
    this.queue = kept
  }

  /** The spool ends: what could not be written is told so. */
  abandon(): void {
    for (const operation of this.queue.splice(0)) operation.reject(spoolFailing('the server stopped before the disk took it'))
  }

  /** Takes from the queue what fits into one transaction. */
  take(staging: Staging): SentBatch {
    const operations: Operation[] = []
    const appends: Cell[] = []
    const outcomes: Cell[] = []
    const events: MailEvent[] = []
    let taken = 0
    let names = 0
    for (const operation of this.queue) {
      const last = taken > 0 && (operation.alone || operations[0]?.alone === true || taken >= MOST_OPERATIONS)
      names += namesSize(operation)
      if (last || (taken > 0 && !staging.fits(bodySize(operation) + names))) break
      pack(operation, staging, { appends, outcomes, events })
      operations.push(operation)
      taken++
    }
    this.queue = taken === this.queue.length ? [] : this.queue.slice(taken)
    const groups = this.number(events)
    const batch = {
      shard: this.id,
      appends,
      outcomes,
      events: groups.flatMap(({ last, lines }) => [last, staging.put(lines), lines.length]),
      sequenceEnd: this.extendSequences(),
      eventEnd: this.event > this.eventEnd ? this.event + EVENT_BLOCK : 0,
      release: this.released,
      pressed: this.health.state === 'full',
    }
    this.released = 0
    return { batch, operations, groups }
  }

  private number(events: readonly MailEvent[]): EventGroup[] {
    const groups: EventGroup[] = []
    let [lines, count] = ['', 0]
    for (const [i, event] of events.entries()) {
      lines += this.writer.line(event, this.event++)
      count++
      if (count < EVENT_GROUP && lines.length < GROUP_LENGTH && i < events.length - 1) continue
      groups.push({ last: this.event - 1, count, lines: Buffer.from(lines) })
      lines = ''
      count = 0
    }
    return groups
  }

  private extendSequences(): number {
    if (!this.isShortOfNumbers) return 0
    this.extending = true
    return this.sequenceEnd + SEQUENCE_BLOCK
  }

  /** How many events the batch told of. */
  committed({ batch, operations, groups }: SentBatch): number {
    if (batch.sequenceEnd > 0) {
      this.sequenceEnd = batch.sequenceEnd
      this.extending = false
    }
    if (batch.eventEnd > 0) this.eventEnd = Math.max(this.eventEnd, batch.eventEnd)
    let events = 0
    for (const group of groups) {
      this.memory.add(group)
      events += group.count
    }
    for (const operation of operations) operation.resolve()
    return events
  }

  /** Puts back what must be tried again: before all that came later. Its events get new numbers. */
  returned({ batch, operations }: SentBatch, alone: boolean): void {
    if (batch.sequenceEnd > 0) this.extending = false
    if (batch.release > this.released) this.released = batch.release
    for (const operation of operations) operation.alone ||= alone
    this.queue = [...operations, ...this.queue]
  }
}

/**
 * The event of a message names all of its recipients, those that are stored in the order of their numbers first; so that no line is too
 * long, no more than some at once.
 */
function tell({ event, recipients, suppressed = NOBODY }: NewMessage, into: MailEvent[]): void {
  const count = recipients.length + suppressed.length
  if (event.kind !== 'accepted' || (count < 2 && recipients[0]?.merge === undefined)) into.push(event)
  else {
    const named = suppressed.length === 0 ? recipients : [...recipients, ...suppressed]
    for (let at = 0; at < count; at += EVENT_RECIPIENTS) {
      const part = named.slice(at, at + EVENT_RECIPIENTS)
      const [recipient = '', ...others] = part.map(({ address }) => address)
      const told = {
        ...(at > 0 && { from: at }),
        ...(others.length > 0 && { others }),
        ...(recipients[0]?.merge !== undefined && ownIds(part)),
      }
      into.push({ ...event, recipients: part.length, recipient, ...told })
    }
  }
  for (const one of suppressed) into.push(one.event)
}

/** Of recipients of a template, where they have any. */
function ownIds(part: readonly (NewRecipient | SuppressedRecipient)[]): Pick<AcceptedEvent, 'clientIds'> {
  const clientIds = part.map((one) => ('event' in one ? one.event.clientId : clientIdOf(one.merge ?? '')))
  return clientIds.some((id) => id !== null) ? { clientIds } : {}
}

const NOBODY: readonly SuppressedRecipient[] = []

export function faultOf(health: Exclude<SpoolHealth, { state: 'ok' }>): Fault {
  return health.state === 'full' ? spoolFull(health.reason) : spoolFailing(health.reason)
}

function pack(operation: Operation, staging: Staging, into: { appends: Cell[]; outcomes: Cell[]; events: MailEvent[] }): void {
  const append = (message: NewMessage): void => {
    if (message.recipients.length > 0) packMessage(into.appends, message, message.body === null ? -1 : staging.put(message.body))
    tell(message, into.events)
  }
  if (operation.append !== null) append(operation.append)
  if (operation.settle === null) return
  // Of a message that is held as it comes it is told first that it came.
  for (const message of operation.settle.append) if (message.held !== undefined) append(message)
  for (const outcome of operation.settle.outcomes) {
    packOutcome(into.outcomes, outcome)
    into.events.push(outcome.event)
  }
  for (const message of operation.settle.append) if (message.held === undefined) append(message)
  if (operation.settle.told !== undefined) into.events.push(...operation.settle.told)
}
