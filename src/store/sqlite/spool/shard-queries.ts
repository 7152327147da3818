// What the reader thread is asked, as the engine asks it: ids instead of sequences, objects instead of cells.
import type { Domain, EpochMs, MessageId, ShardId } from '../../../base/brand.ts'
import { placeOf } from '../../../base/message-id.ts'
import { MOST_MORE } from '../../../contract/queue-operations.ts'
import type {
  DomainBacklog,
  DomainWaiting,
  HeldRows,
  ListedMessage,
  QueuedMessage,
  QueueFilter,
  WantedRows,
} from '../../../engine/ports/spool.ts'
import type { Answered } from './answer-file.ts'
import { spoolFailing } from '../faults.ts'
import type { OwnedShard } from './owned-shard.ts'
import type { CheckSlice, CheckStep, ListParams, ReaderCallName, ReaderCalls, RowPlace, StoreError } from './protocol.ts'
import { unpackMessages } from './rows.ts'
import { STATE_HELD, STATE_WAITING } from './schema.ts'
import type { ThreadLink } from '../thread-link.ts'

/** Rows of a list that cross between the threads at once. */
const SLICE_ROWS = 1000
/** Recipients that one step of a count looks at. */
const SLICE_COUNTED = 40_000
const ALL_OF_IT = Number.MAX_SAFE_INTEGER
const BEFORE_ALL: RowPlace = [0, ALL_OF_IT]

export interface ListLimits {
  /** Sequence of the last message before. */
  readonly after: number
  readonly limit: number
  /** Recipients named of one message. */
  readonly most: number
}

/** `next`: where the next slice begins; null at the end. */
export interface WalkedSlice {
  readonly messages: readonly QueuedMessage[]
  readonly next: RowPlace | null
}

export interface QueueCount {
  readonly messages: number
  readonly recipients: number
}

export class ShardQueries {
  private readonly reader: ThreadLink

  constructor(reader: ThreadLink) {
    this.reader = reader
  }

  async ask<N extends ReaderCallName>(shard: number, name: N, params: ReaderCalls[N]['params']): Promise<ReaderCalls[N]['answer']> {
    try {
      return (await this.reader.ask({ shard, name, params })) as ReaderCalls[N]['answer']
    } catch (error) {
      throw spoolFailing(`reading shard ${shard} failed: ${(error as StoreError).message}`)
    }
  }

  async *backlog(shard: ShardId, before: number): AsyncGenerator<readonly DomainBacklog[]> {
    let after: string | null = null
    for (;;) {
      const slice: ReaderCalls['backlog']['answer'] = await this.ask(shard, 'backlog', { after, before })
      const found: DomainBacklog[] = []
      for (let at = 0; at < slice.cells.length; at += 4) {
        const [domain, waiting, nextDue, urgentDue] = slice.cells.slice(at, at + 4) as [Domain, number, EpochMs, EpochMs | null]
        found.push({ shard, domain, waiting, nextDue, urgentDue })
      }
      if (found.length > 0) yield found
      if (slice.last === null) return
      after = slice.last
    }
  }

  async due(shard: OwnedShard, wanted: readonly WantedRows[], now: EpochMs): Promise<readonly QueuedMessage[]> {
    return unpackMessages(await this.ask(shard.id, 'due', { wanted, now }), shard.epochs)
  }

  async expired(shard: OwnedShard, asked: ReaderCalls['expired']['params']): Promise<readonly QueuedMessage[]> {
    return unpackMessages(await this.ask(shard.id, 'expired', asked), shard.epochs)
  }

  async suspects(shard: OwnedShard): Promise<readonly QueuedMessage[]> {
    return unpackMessages(await this.ask(shard.id, 'suspects', {}), shard.epochs)
  }

  async some(shard: OwnedShard, recipients: readonly Answered[]): Promise<readonly QueuedMessage[]> {
    return unpackMessages(await this.ask(shard.id, 'some', { recipients }), shard.epochs)
  }

  /** The message with every recipient that is left. */
  async find(shard: OwnedShard, id: MessageId): Promise<QueuedMessage | null> {
    let found: QueuedMessage | null = null
    for await (const { messages } of this.slices(shard, { ids: [id] }, BEFORE_ALL))
      for (const part of messages)
        found = found === null ? part : { head: found.head, recipients: [...found.recipients, ...part.recipients] }
    return found
  }

  /** Messages of one shard that match, by age, at most `limit`, each with at most `most` of its recipients that match. */
  async list(shard: OwnedShard, filter: QueueFilter, { after, limit, most }: ListLimits): Promise<ListedMessage[]> {
    const found: ListedMessage[] = []
    let from: RowPlace | null = [after, ALL_OF_IT]
    while (from !== null && found.length < limit) {
      const slice = await this.walk(shard, filter, from, Math.min(SLICE_ROWS, limit + most))
      from = slice.next
      for (const message of slice.messages) {
        const known = found.at(-1)?.head.id === message.head.id ? found.pop() : undefined
        if (known === undefined && found.length >= limit) return found
        const recipients = [...(known?.recipients ?? []), ...message.recipients]
        const isCut = recipients.length > most || (recipients.length === most && from !== null)
        if (!isCut) found.push({ head: message.head, recipients, more: 0 })
        else {
          found.push(await this.cut(shard, filter, { head: message.head, recipients: recipients.slice(0, most) }))
          // What follows of it is counted, not read.
          if (message === slice.messages.at(-1)) from &&= [placeOf(message.head.id).sequence, ALL_OF_IT]
        }
      }
    }
    return found
  }

  private async cut(shard: OwnedShard, filter: QueueFilter, { head, recipients }: QueuedMessage): Promise<ListedMessage> {
    const { sequence } = placeOf(head.id)
    const after: RowPlace = [sequence, recipients.at(-1)?.n ?? -1]
    // Who asks for a message by its id is told exactly; a list of all does not look at a million for one line of it.
    const enough = filter.ids === undefined ? MOST_MORE : ALL_OF_IT
    const left = await this.countRange(
      shard,
      { filter: shardFilter(filter), after, to: sequence, rows: Math.min(enough, SLICE_COUNTED) },
      enough,
    )
    return { head, recipients, more: Math.min(left.recipients, enough) }
  }

  /** A slice of what matches behind a place: about so many rows, of one message or of many. */
  async walk(shard: OwnedShard, filter: QueueFilter, after: RowPlace, rows: number): Promise<WalkedSlice> {
    for await (const slice of this.slices(shard, filter, after, rows)) if (slice.messages.length > 0) return slice
    return { messages: [], next: null }
  }

  private async *slices(shard: OwnedShard, filter: QueueFilter, after: RowPlace, rows = SLICE_ROWS): AsyncGenerator<WalkedSlice> {
    const { ids } = filter
    const wanted = ids?.filter((id) => placeOf(id).shard === shard.id && shard.epochs.idOf(placeOf(id).sequence) === id)
    const sequences = wanted === undefined ? [null] : [...new Set(wanted.map((id) => placeOf(id).sequence))].toSorted((a, b) => a - b)
    const base = { filter: shardFilter(filter), rows }
    for (const [i, to] of sequences.entries()) {
      if (to !== null && to < after[0]) continue
      let from: RowPlace | null = to === null || after[0] === to ? after : [to, -1]
      while (from !== null) {
        const slice: ReaderCalls['list']['answer'] = await this.ask(shard.id, 'list', { ...base, after: from, to })
        from = slice.next
        const isOver = from === null && i === sequences.length - 1
        yield { messages: unpackMessages(slice.cells, shard.epochs), next: isOver ? null : (from ?? [to ?? 0, ALL_OF_IT]) }
      }
    }
  }

  async count(shard: OwnedShard, filter: QueueFilter): Promise<QueueCount> {
    const all = { filter: shardFilter(filter), after: BEFORE_ALL, to: null, rows: SLICE_COUNTED }
    if (filter.ids === undefined) return this.countRange(shard, all)
    let [messages, recipients] = [0, 0]
    for (const id of new Set(filter.ids)) {
      const { shard: of, sequence } = placeOf(id)
      if (of !== shard.id || shard.epochs.idOf(sequence) !== id) continue
      const one = await this.countRange(shard, { ...all, after: [sequence, -1], to: sequence })
      messages += one.messages
      recipients += one.recipients
    }
    return { messages, recipients }
  }

  /** Counts until it has `enough` recipients. */
  private async countRange(shard: OwnedShard, params: ListParams, enough = ALL_OF_IT): Promise<QueueCount> {
    let [messages, recipients] = [0, 0]
    let after: RowPlace | null = params.after
    let newest: unknown = null
    while (after !== null && recipients < enough) {
      const slice: ReaderCalls['count']['answer'] = await this.ask(shard.id, 'count', { ...params, after })
      const [some, rows, first, last] = slice.cells
      // A message that goes on from the slice before is counted once.
      messages += Number(some ?? 0) - Number(first !== null && first === newest)
      recipients += Number(rows ?? 0)
      newest = last ?? newest
      after = slice.next
    }
    return { messages, recipients }
  }

  async waitingFor(shard: OwnedShard, domain: Domain, now: EpochMs, most: number): Promise<DomainWaiting> {
    const { due, later, cells } = await this.ask(shard.id, 'waiting', { domain, now, most })
    return { due, later, next: unpackMessages(cells, shard.epochs) }
  }

  async addressed(
    shard: OwnedShard,
    params: ReaderCalls['addressed']['params'],
  ): Promise<{ readonly messages: readonly QueuedMessage[]; readonly isCut: boolean }> {
    const { cells, isCut } = await this.ask(shard.id, 'addressed', params)
    return { messages: unpackMessages(cells, shard.epochs), isCut }
  }

  async *held(shard: ShardId): AsyncGenerator<readonly HeldRows[]> {
    for (let after: RowPlace | null = BEFORE_ALL; after !== null;) {
      const slice: ReaderCalls['held']['answer'] = await this.ask(shard, 'held', { after, rows: SLICE_COUNTED })
      const found: HeldRows[] = []
      for (let at = 0; at < slice.cells.length; at += 4) {
        const [domain, reason, recipients, octets] = slice.cells.slice(at, at + 4) as [Domain, string | null, number, number]
        found.push({ domain, reason, recipients, octets })
      }
      yield found
      after = slice.next
    }
  }

  outbox(shard: OwnedShard, after: number): Promise<Uint8Array[]> {
    return this.ask(shard.id, 'outbox', { after })
  }

  async *check(shard: number, step: CheckStep): AsyncGenerator<CheckSlice> {
    let after: number | null = 0
    while (after !== null) {
      const slice: CheckSlice = await this.ask(shard, 'check', { step, after })
      yield slice
      after = slice.next
    }
  }
}

function shardFilter(filter: QueueFilter): ListParams['filter'] {
  const { domain = null, domains, account = null, mailing = null, state, recipient = null, sender = null } = filter
  const { acceptedBefore = null, acceptedAfter = null, reason = null, address = null } = filter
  const wanted = state === undefined ? null : state === 'held' ? STATE_HELD : STATE_WAITING
  return {
    domain,
    domains: domains === undefined ? null : JSON.stringify(domains),
    account,
    mailing,
    state: wanted,
    address,
    recipient,
    sender,
    acceptedBefore,
    acceptedAfter,
    reason,
  }
}
