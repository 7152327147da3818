// Whether ids became messages: those of a worker that died while it took them, so that nothing is taken twice. A message is in the queue, or
// its events are with the desk or on their way there.
import { setImmediate as turn } from 'node:timers/promises'
import type { MessageId } from '../../../base/brand.ts'
import { Fault } from '../../../base/fault.ts'
import { placeOf } from '../../../base/message-id.ts'
import type { OperationContext, OperationTable } from '../context.ts'
import { messageIdOf, Params } from '../params.ts'

const MOST_IDS = 10_000
/** What an entry was begun at, and what its message was accepted at, are told by one machine. */
const CLOCKS_APART = 60_000
const A_TURN = 20

export function knownOperation({ workers, events }: OperationContext): Pick<OperationTable, 'messages.known'> {
  return {
    'messages.known': async (values) => {
      const params = new Params(values)
      const ids = params.list('ids', MOST_IDS).map(messageIdOf)
      const since = params.count('since', { least: 0, most: Number.MAX_SAFE_INTEGER }) - CLOCKS_APART
      params.done()
      if (ids.length === 0) return { known: [] }
      const pages = await workers.all('queue.list', { selection: { ids }, after: null, limit: ids.length })
      const known = new Set(pages.flat().map(({ id }) => id))
      const others = ids.filter((id) => !known.has(id))
      // What left the queue left events: those that are on their way come first.
      await allTold(new Set(others.map((id) => placeOf(id).shard)))
      for (const [n, message] of others.entries()) {
        if (n % A_TURN === A_TURN - 1) await turn()
        if ((await events.find({ message, kinds: ['accepted'], since }, null, 1)).length > 0) known.add(message)
      }
      return { known: ids.map((id: MessageId) => known.has(id)) }
    },
  }

  async function allTold(shards: ReadonlySet<number>): Promise<void> {
    if (shards.size === 0) return
    const after = Object.fromEntries([...shards].map((shard) => [String(shard), events.cursor(shard)]))
    const answers = await workers.all('outbox.pending', { after })
    const seen = new Set(answers.flatMap(({ shards: owned }) => owned))
    if (![...shards].every((shard) => seen.has(shard))) throw unknowable("a shard of the spool is nobody's at the moment")
    if (answers.some(({ pending }) => pending.some((shard) => shards.has(shard)))) throw unknowable('events are still on their way')
  }
}

function unknowable(why: string): Fault {
  return new Fault('worker-missing', `What became of messages cannot be told: ${why}.`, {
    blame: 'owner',
    temporary: true,
    mend: 'Try again in a few seconds.',
  })
}
