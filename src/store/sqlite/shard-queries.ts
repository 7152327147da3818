// What the reader thread is asked, as the engine asks it: ids instead of sequences, objects instead of cells.
import type { Domain, EpochMs, MessageId, ShardId } from '../../base/brand.ts'
import { epochOf, placeOf } from '../../base/message-id.ts'
import type { NumberedEvent } from '../../contract/events.ts'
import type { DomainBacklog, QueuedMessage, QueueFilter } from '../../engine/ports/spool.ts'
import type { Answered } from './answer-file.ts'
import { spoolFailing } from './faults.ts'
import { numberEvents, type EventGroup } from './outbox-memory.ts'
import type { OwnedShard } from './owned-shard.ts'
import type { CheckSlice, CheckStep, ListParams, ReaderCallName, ReaderCalls, StoreError } from './protocol.ts'
import { unpackMessages } from './rows.ts'
import { STATE_HELD, STATE_WAITING } from './schema.ts'
import type { ThreadLink } from './thread-link.ts'

/** Outbox rows read at once; each holds up to a commit's events. */
const OUTBOX_ROWS = 64

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

  async *backlog(shard: ShardId): AsyncGenerator<readonly DomainBacklog[]> {
    let after: string | null = null
    for (;;) {
      const slice: ReaderCalls['backlog']['answer'] = await this.ask(shard, 'backlog', { after })
      const found: DomainBacklog[] = []
      for (let at = 0; at < slice.cells.length; at += 3) {
        const [domain, waiting, nextDue] = slice.cells.slice(at, at + 3) as [Domain, number, EpochMs]
        found.push({ shard, domain, waiting, nextDue })
      }
      if (found.length > 0) yield found
      if (slice.last === null) return
      after = slice.last
    }
  }

  async due(shard: OwnedShard, domains: readonly Domain[], limit: number, now: EpochMs): Promise<readonly QueuedMessage[]> {
    return unpackMessages(await this.ask(shard.id, 'due', { domains, limit, now }), shard.epochs)
  }

  async expired(shard: OwnedShard, now: EpochMs, limit: number): Promise<readonly QueuedMessage[]> {
    return unpackMessages(await this.ask(shard.id, 'expired', { now, limit }), shard.epochs)
  }

  async suspects(shard: OwnedShard): Promise<readonly QueuedMessage[]> {
    return unpackMessages(await this.ask(shard.id, 'suspects', {}), shard.epochs)
  }

  async some(shard: OwnedShard, recipients: readonly Answered[]): Promise<readonly QueuedMessage[]> {
    return unpackMessages(await this.ask(shard.id, 'some', { recipients }), shard.epochs)
  }

  async find(shard: OwnedShard, id: MessageId): Promise<QueuedMessage | null> {
    const found = unpackMessages(await this.ask(shard.id, 'find', { sequence: placeOf(id).sequence }), shard.epochs)[0]
    return found !== undefined && epochOf(found.head.id) === epochOf(id) ? found : null
  }

  /** Messages of one shard that match, by age, at most `limit`. */
  async list(shard: OwnedShard, filter: QueueFilter, after: number, limit: number): Promise<QueuedMessage[]> {
    if (filter.ids !== undefined) return this.listIds(shard, filter, filter.ids, after, limit)
    const found: QueuedMessage[] = []
    let from: number | null = after
    while (from !== null && found.length < limit) {
      const params = { filter: shardFilter(filter), after: from, limit: limit - found.length, count: false } satisfies ListParams
      const slice: ReaderCalls['list']['answer'] = await this.ask(shard.id, 'list', params)
      found.push(...unpackMessages(slice.cells, shard.epochs))
      from = slice.next
    }
    return found
  }

  private async listIds(shard: OwnedShard, filter: QueueFilter, ids: readonly MessageId[], after: number, limit: number) {
    const found: QueuedMessage[] = []
    const here = ids.filter((id) => placeOf(id).shard === shard.id && placeOf(id).sequence > after).toSorted()
    for (const id of here) {
      if (found.length >= limit) break
      const message = await this.find(shard, id)
      const matching = message === null ? null : matchingPart(message, filter)
      if (matching !== null) found.push(matching)
    }
    return found
  }

  async count(shard: OwnedShard, filter: QueueFilter): Promise<{ messages: number; recipients: number }> {
    if (filter.ids !== undefined) {
      const found = await this.listIds(shard, filter, filter.ids, 0, Infinity)
      return { messages: found.length, recipients: found.reduce((sum, { recipients }) => sum + recipients.length, 0) }
    }
    let [messages, recipients] = [0, 0]
    let after: number | null = 0
    while (after !== null) {
      const params = { filter: shardFilter(filter), after, limit: 0, count: true } satisfies ListParams
      const slice: ReaderCalls['list']['answer'] = await this.ask(shard.id, 'list', params)
      messages += Number(slice.cells[0] ?? 0)
      recipients += Number(slice.cells[1] ?? 0)
      after = slice.next
    }
    return { messages, recipients }
  }

  async outbox(shard: OwnedShard, after: number, limit: number): Promise<NumberedEvent[]> {
    const cells = await this.ask(shard.id, 'outbox', { after, limit: Math.min(limit, OUTBOX_ROWS) })
    const found: NumberedEvent[] = []
    for (let at = 0; at < cells.length && found.length < limit; at += 2) {
      const group: EventGroup = { last: Number(cells[at]), events: JSON.parse(String(cells[at + 1])) }
      numberEvents(shard.id, group, found, after, limit)
    }
    return found
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

function shardFilter({ domain, account, mailing, state }: QueueFilter): ListParams['filter'] {
  const wanted = state === undefined ? null : state === 'held' ? STATE_HELD : STATE_WAITING
  return { domain: domain ?? null, account: account ?? null, mailing: mailing ?? null, state: wanted }
}

/** The message with those of its recipients that match; null where none does. */
function matchingPart(message: QueuedMessage, { domain, account, mailing, state }: QueueFilter): QueuedMessage | null {
  const { head } = message
  if ((account !== undefined && head.account !== account) || (mailing !== undefined && head.mailing !== mailing)) return null
  const recipients = message.recipients.filter(
    (recipient) => (domain === undefined || recipient.domain === domain) && (state === undefined || recipient.state === state),
  )
  return recipients.length === 0 ? null : { head, recipients }
}
