// Holds what the owner suspended, and mail of accounts that may not send, when its turn comes: looked at where a job goes to its site, and once more before it is sent.
import { messageOf } from '../../base/fault.ts'
import { findSuspension, suspendedReason } from '../../policy/suspension.ts'
import { accountStop, isStopped } from './account-stops.ts'
import type { Job } from '../schedule/in-hand.ts'
import { type Decision, steward } from '../settle/decisions.ts'
import type { CourierRoom } from './courier-room.ts'

/** Whether all of the job is held now; what is not suspended stays in it. `site`: where it goes; null: that is not known yet. */
export function holdsSuspended(room: CourierRoom, job: Job, site: string | null): boolean {
  const { settings, clock, log } = room.around
  const { suspensions } = settings()
  const { head } = job.message
  const stop = accountStop(room.around, head)
  if (suspensions.length === 0 && stop === null) return false
  const decisions: Decision[] = []
  for (const row of job.rows) {
    const found = findSuspension(suspensions, head, row.domain, site)
    const why = found !== undefined ? { reason: suspendedReason(found), by: found.by } : stop !== null && isStopped(row, stop) ? stop : null
    if (why !== null) decisions.push(steward(head, row, { kind: 'held', reason: why.reason, by: why.by, now: clock.now() }))
  }
  if (decisions.length === 0) return false
  const isAll = decisions.length === job.rows.length
  const part = room.scheduler.inHand.split(
    job,
    decisions.map(({ row }) => row),
    'settling',
  )
  room.settle(part, decisions, false).catch((error: unknown) => {
    log.error('What is suspended could not be held; it is tried again.', { message: head.id, error: messageOf(error) })
  })
  return isAll
}
