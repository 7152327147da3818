// What workers answer about the queue, on a home where none runs: read from the spool itself. Steering the queue needs a
// running server, as its changes are told by events and bounces that only a running server sends.
import type { Workers } from '../api/operations/context.ts'
import { Fault } from '../base/fault.ts'
import type { BlockEffect } from '../contract/blocks.ts'
import type { WorkerCalls } from '../contract/bus.ts'
import type { QueueEntry } from '../contract/operations.ts'
import type { ListedMessage, QueueFilter } from '../engine/ports/spool.ts'
import { readBodyHeader } from './body-header.ts'
import type { SqliteSpool } from '../store/sqlite/spool.ts'

/** Recipients named of one message. */
const MOST_SHOWN = 1000

type Handlers = { readonly [N in Parameters<Workers['all']>[0]]: (params: WorkerCalls[N]['params']) => Promise<WorkerCalls[N]['result']> }

export function stoppedWorkers(spoolOf: () => Promise<SqliteSpool>, effects: () => readonly BlockEffect[]): Workers {
  const handlers: Handlers = {
    'queue.list': async ({ selection, after, limit }) =>
      (await (await spoolOf()).list(selection satisfies QueueFilter, after, limit)).map(entryOf),
    'queue.count': async ({ selection }) => (await spoolOf()).count(selection),
    'queue.show': async ({ id }) => {
      const spool = await spoolOf()
      const [message] = await spool.list({ ids: [id] }, null, 1, MOST_SHOWN)
      if (message === undefined) return { entry: null, header: null }
      return { entry: entryOf(message), header: await readBodyHeader(await spool.body(id)) }
    },
    'queue.act': () => {
      throw new Fault('not-running', 'The queue is steered while the server runs.', { blame: 'caller', mend: "Start it with 'hms start'." })
    },
    'spool.check': async () => {
      const spool = await spoolOf()
      const found = await Promise.all(spool.shards().map((shard) => spool.check(shard)))
      return {
        recipients: found.reduce((sum, { recipients }) => sum + recipients, 0),
        problems: found.flatMap(({ problems }) => problems),
      }
    },
    'effects.list': async () => effects(),
    'effects.change': () => {
      throw new Fault('not-running', 'Effects are ended while the server runs.', { blame: 'caller', mend: "Start it with 'hms start'." })
    },
    'settings.changed': async () => ({}),
  }
  return { all: async (name, params) => [await handlers[name](params as never)] as never }
}

function entryOf({ head, recipients, more }: ListedMessage): QueueEntry {
  const { id, account, sender, size, acceptedAt, expiresAt, clientId, mailing } = head
  return {
    id,
    account,
    sender,
    size,
    acceptedAt,
    expiresAt,
    clientId,
    mailing,
    more,
    recipients: recipients.map(({ address, state, due, attempts, lastReply }) => ({ address, state, due, attempts, lastReply })),
  }
}
