// What peers had taken when the last owner of a shard was killed, and what it could not commit any more: settled as delivered, so
// that it is not sent again. Runs before anything of the shard is sent.
import type { ShardId } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { PeerReply } from '../../contract/events.ts'
import type { MailCourier } from '../deliver/courier.ts'
import { type Attempt, deliver, NOWHERE } from './decisions.ts'

/** The note holds no words: only that it was taken. */
const TAKEN: PeerReply = { code: 250, enhanced: null, text: 'Taken just before a crash; the words of the reply are lost' }

export async function settleAnswered(courier: MailCourier, shard: ShardId): Promise<void> {
  const { around, scheduler, schedule } = courier
  try {
    using read = scheduler.beginRead()
    const attempt: Attempt = { target: NOWHERE, now: around.clock.now(), schedule, random: around.random }
    const commits: Promise<void>[] = []
    for (const message of await around.spool.answered(shard)) {
      const job = scheduler.claim(message, read)
      if (job === null) continue
      const decisions = job.rows.map((row) => deliver(message.head, row, attempt, TAKEN))
      commits.push(courier.settle(job, decisions, false))
    }
    await Promise.all(commits)
  } catch (error) {
    around.log.error('Deliveries that a crash cut off could not be settled; they are repeated.', { shard, error: messageOf(error) })
  }
}
