// Holds what the owner suspended when its turn comes: looked at where a job goes to its site, and once more before it is sent.
import { messageOf } from '../../base/fault.ts'
import { findSuspension, suspendedReason } from '../../policy/suspension.ts'
import type { Job } from '../schedule/in-hand.ts'
import { type Decision, steward } from '../settle/decisions.ts'
import type { CourierRoom } from './courier-room.ts'

/** Whether all of the job is held now; what is not suspended stays in it. `site`: where it goes; null: that is not known yet. */
export function holdsSuspended(room: CourierRoom, job: Job, site: string | null): boolean {
  const { settings, clock, log } = room.around
  const { suspensions } = settings()
  if (suspensions.length === 0) return false
  const { head } = job.message
  const decisions: Decision[] = []
  for (const row of job.rows) {
    const found = findSuspension(suspensions, head, row.domain, site)
    if (found !== undefined)
      decisions.push(steward(head, row, { kind: 'held', reason: suspendedReason(found), by: found.by, now: clock.now() }))
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
