// The totals after a restore. What it takes from the queue, finds missing or puts back is told by no event: what all of it comes to is
// counted as one figure, so that what was accepted is again what ended and what waits. The home is at rest; may be repeated.
import { join } from 'node:path'
import type { NumberedEvent } from '../../contract/events.ts'
import { openEvents } from '../../store/sqlite/events/events.ts'
import { RestingShard } from '../../store/sqlite/spool/queue-rows.ts'
import { shardFile, shardsOf } from '../home-files.ts'

export function balanceTotals(home: string): void {
  using events = openEvents(join(home, 'events'))
  const { accepted, delivered, failed, expired, deleted, endedByRestore } = events.totals()
  let open = accepted - delivered - failed - expired - deleted - endedByRestore
  for (const shard of shardsOf(home)) {
    using queue = new RestingShard(shardFile(home, shard), shard)
    // They are added to the totals when the desk comes for them.
    for (const event of queue.waitingEvents(events.cursor(shard))) open += changeBy(event)
    open -= queue.count()
  }
  if (open !== 0) events.addEndedByRestore(open)
}

/** By how much an event makes the queue longer. */
function changeBy(event: NumberedEvent): number {
  switch (event.kind) {
    case 'accepted':
      return event.recipients
    case 'delivered':
    case 'failed':
    case 'expired':
    case 'deleted':
      return -1
    case 'deferred':
    case 'held':
    case 'released':
    case 'bounced':
    case 'complained':
    case 'unsubscribed':
    case 'opened':
    case 'clicked':
      return 0
  }
}
