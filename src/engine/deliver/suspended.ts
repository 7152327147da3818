// Holds what the owner suspended, and mail of accounts that may not send, when its turn comes: looked at where a job goes to its site, and once more before it is sent.
import type { Ms } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import { findSuspension, suspendedReason } from '../../policy/suspension.ts'
import { stopWords } from '../accounts/account-brakes.ts'
import { accountStop, isStopped } from './account-stops.ts'
import type { Job } from '../schedule/in-hand.ts'
import { type Decision, steward } from '../settle/decisions.ts'
import type { CourierRoom } from './courier-room.ts'

/** Until all know of it, mail of an account that a brake stopped is put off: a moment, longer where nobody is there to know. */
const SHORTEST_WAIT: Ms = 1000
const LONGEST_WAIT: Ms = 60_000

/** Whether all of the job is held now; what is not suspended stays in it. `site`, `source`: where it goes, and what it leaves from; null: not known yet. */
export function holdsSuspended(room: CourierRoom, job: Job, site: string | null, source: string | null): boolean {
  const { settings, clock, log } = room.around
  const { suspensions } = settings()
  const { head } = job.message
  const brake = room.settler.brakes.stopOf(head.account)
  if (brake !== null && head.ours !== true) {
    const now = clock.now()
    room.postpone(job, now + Math.min(LONGEST_WAIT, Math.max(SHORTEST_WAIT, now - brake.at)), stopWords(brake))
    return true
  }
  const stop = accountStop(room.around, head)
  if (suspensions.length === 0 && stop === null) return false
  const decisions: Decision[] = []
  for (const row of job.rows) {
    const { domain, address } = row
    const found = findSuspension(suspensions, head, { domain, address, site, source: () => source })
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
    log.error('What is suspended could not be held; it is tried again.', { id: head.id, error: messageOf(error) })
  })
  return isAll
}
