// Messages that were in hand when a worker crashed: one of them may be why. One crash says little (a power cut has hundreds in hand,
// and they should not wait for each other); those of two go one at a time, so that the third names it alone; what was in hand at
// three is held, and the owner is told. The rest of the shard goes on meanwhile.
import type { ShardId } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { MailCourier } from '../deliver/courier.ts'
import { steward } from '../settle/decisions.ts'
import type { Job } from './in-hand.ts'
import type { MessageHead, QueuePlace, Spool } from '../ports/spool.ts'

const SUSPICIOUS_CRASHES = 2
const MOST_CRASHES = 3
const SLICE = 1000

/** Claims the suspects of a shard before anything else is taken from it; resolves then, and goes on by itself. */
export async function quarantine(courier: MailCourier, shard: ShardId): Promise<void> {
  const { around, scheduler } = courier
  try {
    using read = scheduler.beginRead()
    const now = around.clock.now()
    const jobs: Job[] = []
    for (const message of await around.spool.suspects(shard)) {
      const { head, recipients } = message
      if (head.crashes < SUSPICIOUS_CRASHES) continue
      if (head.crashes >= MOST_CRASHES) {
        await holdAll(courier, head)
        continue
      }
      const job = scheduler.claim({ head, recipients: recipients.filter(({ due }) => due <= now) }, read)
      if (job !== null) jobs.push(job)
    }
    void oneByOne(courier, jobs)
  } catch (error) {
    around.log.error('Messages that were in hand at a crash could not be read.', { shard, error: messageOf(error) })
  }
}

/** All that waits of it, in slices: it may be a message to a million. */
async function holdAll(courier: MailCourier, head: MessageHead): Promise<void> {
  const { around, scheduler } = courier
  let after: QueuePlace | null = null
  do {
    using read = scheduler.beginRead()
    const slice: Awaited<ReturnType<Spool['walk']>> = await around.spool.walk({ ids: [head.id], state: 'waiting' }, after, SLICE)
    for (const message of slice.messages) {
      const job = scheduler.claim(message, read)
      if (job !== null) await hold(courier, job)
    }
    after = slice.next
  } while (after !== null)
}

async function hold(courier: MailCourier, job: Job): Promise<void> {
  const { id, crashes } = job.message.head
  const reason = `It was in hand at ${crashes} crashes of a worker.`
  const now = courier.around.clock.now()
  courier.alerts.raise(`suspect ${id}`, `Message ${id} is held: ${reason}`, 'Look at it with hms queue show, then release or delete it.')
  const decisions = job.rows.map((row) => steward(job.message.head, row, { kind: 'held', reason, by: 'crash-guard', now }))
  await courier.settle(job, decisions, false)
}

async function oneByOne(courier: MailCourier, jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) {
    if (courier.isStopping) return
    const { promise, resolve } = Promise.withResolvers<void>()
    job.message.onGone = resolve
    courier.scheduler.deliver(job)
    await promise
  }
}
