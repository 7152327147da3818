// Mail that an effect keeps from being tried: it is put off without an attempt, or fails.
import { messageOf } from '../../base/fault.ts'
import type { Job } from '../schedule/in-hand.ts'
import { type Cause, NOWHERE, putOff } from '../settle/decisions.ts'
import type { Stopped } from './blocks.ts'
import type { CourierRoom } from './courier-room.ts'
import type { SitePlan } from './routing.ts'

export function settleStopped(room: CourierRoom, job: Job, { name }: SitePlan, { kind, until, reason }: Stopped): void {
  const target = { ...NOWHERE, site: name }
  const cause: Cause = { code: 1999, reason, reply: null, status: '5.7.0' }
  if (kind === 'fails') return room.fail(job, target, cause)
  const { clock, log } = room.around
  const { head } = job.message
  const decisions = job.rows.map((row) => putOff(head, row, { target, now: clock.now(), until }, cause))
  room.settle(job, decisions, false).catch((error: unknown) => {
    log.error('What an effect holds back could not be put off; it is tried again.', { id: head.id, error: messageOf(error) })
  })
}
