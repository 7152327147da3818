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
function mailing(jobs: number): { inHand: InHand; queue: ReadyQueue<string> } {
  const [inHand, queue] = [new InHand(1_000_000_000), new ReadyQueue<string>()]
  for (let n = 0; n < jobs; n++) {
    const job = inHand.take(head, null, [row(2 * n), row(2 * n + 1)], 'routing')
    job.message.waitsAt('site', job)
    queue.push(job)
  }
  return { inHand, queue }
}

/** As a connection takes them: one, with what else of its message has room in the transaction. */
function take({ inHand, queue }: { readonly inHand: InHand; readonly queue: ReadyQueue<string> }, most: number): Job {
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

test('what went along with others is no reason to let those wait whose limits have room', () => {
  const inHand = new InHand(1_000_000_000)
  const queue = new ReadyQueue<string>()
  const push = (sequence: number, n: number, limited: string): Job => {
    const id = formatMessageId('abcd', 0 as ShardId, sequence) as MessageId
    const job = inHand.take({ ...head, id }, null, [row(n)], 'routing')
    job.message.waitsAt('site', job)
    queue.push(job, limited)
    return job
  }
  for (let n = 0; n < 10; n++) push(1, n, 'full')
  for (let n = 0; n < 5; n++) push(2, n, 'full')
  const along = take({ inHand, queue }, 100)
  assert.equal(along.rows.length, 10)
  // Its limits have no room for the second message.
  assert.equal(
    queue.take(() => false),
    null,
  )
  for (let sequence = 3; sequence < 6; sequence++) push(sequence, 0, 'free')
  assert.deepEqual([queue.length, queue.ready()], [8, 3])
  assert.deepEqual(
    [...queue.streams()].map(({ limited, length }) => [limited, length]),
    [
      ['full', 5],
      ['free', 3],
    ],
  )
  // Those of the parked one that go along with others meanwhile do not count twice.
  const [second] = [...(inHand.find(formatMessageId('abcd', 0 as ShardId, 2) as MessageId)?.jobs ?? [])]
  assert.ok(second !== undefined)
  queue.leaves(second)
  inHand.forget(second)
  assert.deepEqual([queue.length, queue.ready()], [7, 3])
  const free = Array.from({ length: 4 }, () => queue.take((_job, { limited }) => limited === 'free') !== null)
  assert.deepEqual(free, [true, true, true, false])
  for (const stream of queue.streams()) queue.unpark(stream)
  assert.equal(queue.ready(), 4)
  assert.equal(queue.drain().length, 4)
  assert.deepEqual([queue.length, queue.ready(), [...queue.streams()].length], [0, 0, 0])
})

test('of a stream whose jobs were claimed for something else while it was parked, somebody is told that it is gone', () => {
  const { inHand } = mailing(0)
  const queue = new ReadyQueue<string>()
  const job = inHand.take(head, null, [row(0)], 'ready')
  queue.push(job, 'limit')
  let gone = 0
  const refuse = (_job: Job, stream: { onGone: (() => void) | null }): boolean => {
    stream.onGone = () => void gone++
    return false
  }
  assert.equal(queue.take(refuse), null)
  job.stage = 'settling'
  queue.leaves(job)
  assert.equal(gone, 0)
  for (const stream of queue.streams()) queue.unpark(stream)
  queue.take(() => true)
  assert.equal(gone, 1)
})
