// How a message is written: at once to the queue, or, where a filter wants a person to look first, together with its hold. There is no
// moment in which it could leave.
import { placeOf } from '../../base/message-id.ts'
import type { NewMessage, QueuedRecipient, Spool } from '../ports/spool.ts'
import { steward } from '../settle/decisions.ts'

/** Resolves after the commit. */
export function store(spool: Pick<Spool, 'append' | 'settle'>, message: NewMessage): Promise<void> {
  const { head, held, recipients, priority, due } = message
  if (held === undefined || recipients.length === 0) return spool.append(message)
  const act = { kind: 'held', now: head.acceptedAt, ...held } as const
  const outcomes = recipients.map((recipient, n) => {
    const row: QueuedRecipient = { ...recipient, n, state: 'waiting', priority, due, attempts: 0, lastReply: null }
    const { change, event } = steward(head, row, act)
    return { message: head.id, n, change, event }
  })
  return spool.settle({ shard: placeOf(head.id).shard, outcomes, append: [message] })
}
