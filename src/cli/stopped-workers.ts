// What workers answer about the queue, on a home where none runs: read from the spool itself. Steering the queue needs a
// running server, as its changes are told by events and bounces that only a running server sends.
import type { Workers } from '../api/operations/context.ts'
import { Fault } from '../base/fault.ts'
import type { BlockEffect } from '../contract/blocks.ts'
import type { WorkerCalls } from '../contract/bus.ts'
import { FIRST_STREAM } from '../contract/streams.ts'
import type { QueueEntry, QueueSelection } from '../contract/queue-operations.ts'
import type { Hold, WhyPart } from '../contract/why.ts'
import type { ListedMessage, QueuedRecipient, QueueFilter } from '../engine/ports/spool.ts'
import { mergedHeader, readBodyHeader } from './body-header.ts'
import type { SqliteSpool } from '../store/sqlite/spool/spool.ts'

/** Recipients named of one message. */
const MOST_SHOWN = 1000

type Handlers = { readonly [N in Parameters<Workers['all']>[0]]: (params: WorkerCalls[N]['params']) => Promise<WorkerCalls[N]['result']> }

export function stoppedWorkers(spoolOf: () => Promise<SqliteSpool>, effects: () => readonly BlockEffect[]): Workers {
  const handlers: Handlers = {
    'queue.list': async ({ selection, after, limit }) => (await (await spoolOf()).list(storedFilter(selection), after, limit)).map(entryOf),
    'queue.count': async ({ selection }) => (await spoolOf()).count(storedFilter(selection)),
    'queue.show': async ({ id }) => {
      const spool = await spoolOf()
      const [message] = await spool.list({ ids: [id] }, null, 1, MOST_SHOWN)
      if (message === undefined) return { entry: null, header: null }
      const { head, recipients } = message
      const merged = head.merge === true ? mergedHeader(await spool.beginning(id, head.size), recipients[0]) : null
      return { entry: entryOf(message), header: merged ?? (await readBodyHeader(await spool.body(id))) }
    },
    'queue.act': () => {
      throw new Fault('not-running', 'The queue is steered while the server runs.', { blame: 'caller', mend: "Start it with 'hms start'." })
    },
    'queue.why': async (question) => restingPart(await spoolOf(), question),
    'sites.top': async () => ({ sites: [], total: { sites: 0, queued: 0, unknown: 0 } }),
    'sites.providers': async () => [],
    'sites.replies': async () => [],
    'spool.check': async () => {
      const spool = await spoolOf()
      const found = await Promise.all(spool.shards().map((shard) => spool.check(shard)))
      return {
        recipients: found.reduce((sum, { recipients }) => sum + recipients, 0),
        problems: found.flatMap(({ problems }) => problems),
      }
    },
    'trace.pull': () => {
      throw new Fault('not-running', 'No connection is there to watch.', { blame: 'caller', mend: "Start it with 'hms start'." })
    },
    'trace.leave': async () => ({}),
    'effects.list': async () => effects(),
    'effects.change': () => {
      throw new Fault('not-running', 'Effects are ended while the server runs.', { blame: 'caller', mend: "Start it with 'hms start'." })
    },
    'mail.post': () => {
      throw new Fault('not-running', 'Mail is sent while the server runs.', { blame: 'caller', mend: "Start it with 'hms start'." })
    },
    'outbox.pending': async () => ({ shards: (await spoolOf()).shards(), pending: [] }),
    'queue.use': async () => ({ used: null }),
    'limits.used': async () => ({ used: null }),
    'sources.list': async () => [],
    'milters.list': async () => [],
    'plugins.list': async () => [],
    'plugins.log': async () => ({ slot: 0, lines: [] }),
    'plugins.said': async () => ({ slot: 0, words: [] }),
    'alarms.facts': async () => ({ slot: 0, oldest: [], memory: 0, commitTime: null, copiesFailing: [] }),
    'machine.use': async () => ({ slot: 0, memory: 0, processor: null, lateness: null }),
    'settings.changed': async () => ({}),
  }
  const all: Workers['all'] = async (name, params) => [await handlers[name](params as never)] as never
  return { all, some: async (name, params) => ({ answers: await all(name, params), missing: [] }) }
}

function storedFilter({ site, source, ...filter }: QueueSelection): QueueFilter {
  if (site === undefined && source === undefined) return filter
  throw new Fault('not-running', 'Where mail goes and what it leaves from is known while the server runs.', {
    blame: 'caller',
    mend: "Start it with 'hms start'.",
  })
}

const RESTS = "The server is not running: start it with 'hms start'."

function restingHold({ state, lastReply }: QueuedRecipient): Hold {
  return state === 'held'
    ? { kind: 'held', reason: lastReply ?? 'Held.', until: null }
    : { kind: 'not-running', reason: RESTS, until: null }
}

/** Nothing moves while nobody runs: only what is held would not move either. */
async function restingPart(spool: SqliteSpool, question: WorkerCalls['queue.why']['params']): Promise<WhyPart> {
  if ('domain' in question && !('recipient' in question)) {
    const { domain } = question
    const [waiting, held] = await Promise.all((['waiting', 'held'] as const).map((state) => spool.count({ domain, state })))
    const holds = [
      { kind: 'not-running' as const, reason: RESTS, until: null, recipients: waiting?.recipients ?? 0, atLeast: false },
      { kind: 'held' as const, reason: 'Held.', until: null, recipients: held?.recipients ?? 0, atLeast: false },
    ].filter(({ recipients }) => recipients > 0)
    const counts = { waiting: waiting?.recipients ?? 0, held: held?.recipients ?? 0 }
    return { messages: [], domain: { domain, site: null, ...counts, holds }, isCut: false }
  }
  const filter: QueueFilter = 'message' in question ? { ids: [question.message] } : { recipient: globOf(question.recipient) }
  const found = await spool.list(filter, null, MOST_SHOWN)
  const messages = found.map(({ head, recipients, more }) => {
    const { id, account, sender, size, acceptedAt, expiresAt, mailing } = head
    const told = recipients.map((row) => {
      const { address, domain, attempts, lastReply } = row
      return { address, domain, attempts, lastReply, site: null, hold: restingHold(row), ahead: null, expected: null }
    })
    return { id, account, sender, size, acceptedAt, expiresAt, mailing, recipients: told, more: more > 0 }
  })
  return { messages, domain: null, isCut: false }
}

/** The address itself, where a pattern is asked for. */
function globOf(address: string): string {
  return address.toLowerCase().replaceAll(/[*?[]/g, '[$&]')
}

function entryOf({ head, recipients, more }: ListedMessage): QueueEntry {
  const { id, account, sender, size, acceptedAt, expiresAt, clientId, mailing, priority = 'normal', stream = FIRST_STREAM } = head
  return {
    id,
    account,
    sender,
    size,
    acceptedAt,
    expiresAt,
    clientId,
    mailing,
    priority,
    stream,
    more,
    recipients: recipients.map(({ address, state, due, attempts, lastReply }) => ({ address, state, due, attempts, lastReply })),
  }
}
