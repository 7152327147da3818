import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Domain, MessageId } from '../../base/brand.ts'
import { formatMessageId } from '../../base/message-id.ts'
import type { ShardId } from '../../base/brand.ts'
import type { QueuedRecipient } from '../ports/spool.ts'
import { sample } from '../../../testkit/spool-samples.ts'
import { InHand, type Job } from './in-hand.ts'
import { ReadyQueue } from './ready-queue.ts'

const ID = formatMessageId('abcd', 0 as ShardId, 7) as MessageId
const { head } = sample(ID)
const NEVER = { given: false, success: false, failure: false, delay: false }

function row(n: number): QueuedRecipient {
  const domain = `d${n}.example` as Domain
  const rest = { notify: NEVER, originalRecipient: null, state: 'waiting', priority: 0, due: 0, attempts: 0, lastReply: null } as const
  return { address: `r${n}@${domain}`, domain, n, ...rest }
}

/** One message to many, a job for every two recipients, all ready for one site. */
function mailing(jobs: number): { inHand: InHand; queue: ReadyQueue } {
  const [inHand, queue] = [new InHand(1_000_000_000), new ReadyQueue()]
  for (let n = 0; n < jobs; n++) {
    const job = inHand.take(head, null, [row(2 * n), row(2 * n + 1)], 'routing')
    job.message.waitsAt('site', job)
    queue.push(job)
  }
  return { inHand, queue }
}

/** As a connection takes them: one, with what else of its message has room in the transaction. */
function take({ inHand, queue }: ReturnType<typeof mailing>, most: number): Job {
  const job = queue.take()
  assert.ok(job !== null)
  job.stage = 'sending'
  for (let other = job.message.companion('site', most - job.rows.length, () => true); other !== null;) {
    queue.leaves(other)
    inHand.join(job, other)
    other = job.message.companion('site', most - job.rows.length, () => true)
  }
  return job
}

test('recipients of one message go out in their order, and those that went along count no longer', () => {
  const all = mailing(10)
  assert.deepEqual([all.queue.length, all.queue.rows()], [10, 20])
  const taken = take(all, 6)
  assert.deepEqual(
    taken.rows.map(({ n }) => n),
    [0, 1, 2, 3, 4, 5],
  )
  assert.deepEqual([all.queue.length, all.queue.rows()], [7, 14])
  assert.deepEqual(
    take(all, 5).rows.map(({ n }) => n),
    [6, 7, 8, 9],
  )
  assert.equal(all.queue.rows(), 10)
  assert.equal(take(all, 100).rows.length, 10)
  assert.deepEqual([all.queue.length, all.queue.rows(), all.queue.take()], [0, 0, null])
})

test('what a message was sent to does not stay in memory with what is left of it', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const all = mailing(500)
  const rows: WeakRef<QueuedRecipient>[] = []
  const message = all.inHand.find(ID)
  assert.ok(message !== undefined)
  const deliver = (): void => {
    const job = take(all, 6)
    rows.push(...job.rows.map((one) => new WeakRef(one)))
    all.inHand.forget(job)
    for (const { n } of job.rows) all.inHand.drop(message, n)
  }
  for (let i = 0; i < 100; i++) deliver()
  assert.equal(message.rows.size, 400)
  assert.deepEqual(message.jobs.size, 200)
  return new Promise<void>((resolve, reject) => {
    // A WeakRef holds what it names until the turn is over.
    setImmediate(() => {
      collect()
      const kept = rows.filter((one) => one.deref() !== undefined).length
      if (kept <= 6) resolve()
      else reject(new Error(`${kept} of ${rows.length} delivered recipients are still in memory`))
    })
  })
})
