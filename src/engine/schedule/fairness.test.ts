import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Domain, ShardId } from '../../base/brand.ts'
import { formatMessageId } from '../../base/message-id.ts'
import type { Priority } from '../../contract/priority.ts'
import type { MessageHead } from '../ports/spool.ts'
import { chance } from '../../../testkit/chance.ts'
import { sample } from '../../../testkit/spool-samples.ts'
import { InHand, type Job } from './in-hand.ts'
import { ReadyQueue } from './ready-queue.ts'

const NEVER = { given: false, success: false, failure: false, delay: false }
const DOMAIN = 'd.example' as Domain

interface Mail {
  readonly account: number
  readonly mailing?: string | null
  readonly priority?: Priority
}

/** Hands over jobs, each a message of its own. */
class Source {
  readonly #inHand = new InHand(1_000_000_000)
  #sequence = 0

  job({ account, mailing = null, priority = 'normal' }: Mail): Job {
    const id = formatMessageId('abcd', 0 as ShardId, ++this.#sequence)
    const wish = priority === 'normal' ? {} : { priority }
    const head: MessageHead = { ...sample(id).head, account: account as AccountId, mailing, ...wish }
    const rest = { notify: NEVER, originalRecipient: null, state: 'waiting', priority: 0, due: 0, attempts: 0, lastReply: null } as const
    const job = this.#inHand.take(head, null, [{ address: `r@${DOMAIN}`, domain: DOMAIN, n: 0, ...rest }], 'routing')
    job.message.waitsAt('site', job)
    return job
  }
}

function take(queue: ReadyQueue<string>, gate: Parameters<typeof queue.take>[0] = null): MessageHead | null {
  const job = queue.take(gate)
  if (job === null) return null
  job.stage = 'sending'
  return job.message.head
}

function counted<K>(heads: readonly MessageHead[], by: (head: MessageHead) => K): Map<K, number> {
  const counts = new Map<K, number>()
  for (const head of heads) counts.set(by(head), (counts.get(by(head)) ?? 0) + 1)
  return counts
}

test('accounts that always have mail share the turns by their weights, whatever the limits that it falls under', () => {
  const random = chance(3)
  for (let round = 0; round < 20; round++) {
    const weights = Array.from({ length: 2 + Math.floor(random() * 6) }, () => 1 + Math.floor(random() ** 2 * 20))
    const queue = new ReadyQueue<string>((account) => weights[account - 1000] ?? 1)
    const source = new Source()
    const streams = 1 + Math.floor(random() * 4)
    const push = (account: number): void => queue.push(source.job({ account }), streams === 1 ? null : `s${Math.floor(random() * streams)}`)
    for (const i of weights.keys()) for (let n = 0; n < 50; n++) push(1000 + i)
    const all = weights.reduce((sum, weight) => sum + weight, 0)
    const taken: MessageHead[] = []
    for (let n = 0; n < all * 20; n++) {
      const head = take(queue)
      assert.ok(head !== null)
      taken.push(head)
      push(head.account)
      // In every stretch, not only in the end: nobody is ahead by more than some turns.
      if (n % all === all - 1)
        for (const [account, count] of counted(taken, (one) => one.account)) {
          const due = ((n + 1) * (weights[account - 1000] ?? 1)) / all
          assert.ok(Math.abs(count - due) <= 3, `round ${round}: account ${account} had ${count} of ${due} turns`)
        }
    }
  }
})

test('a message of an account that had nothing waits for one turn of each of the others, and coming one by one gains nothing', () => {
  const queue = new ReadyQueue<string>()
  const source = new Source()
  for (let n = 0; n < 1000; n++) for (const account of [1001, 1002]) queue.push(source.job({ account }))
  for (let n = 0; n < 100; n++) take(queue)
  const turns: number[] = []
  queue.push(source.job({ account: 1003 }))
  for (let n = 0; n < 300; n++) {
    const head = take(queue)
    if (head?.account !== 1003) continue
    turns.push(n)
    queue.push(source.job({ account: 1003 }))
  }
  assert.ok((turns[0] ?? 99) <= 2, `its first turn is number ${turns[0]}`)
  assert.ok(turns.length >= 98 && turns.length <= 101, `${turns.length} of 300 turns, 100 are its part`)
})

test('the mailings of an account take turns, and the account has no more turns for having many', () => {
  const queue = new ReadyQueue<string>()
  const source = new Source()
  for (let n = 0; n < 900; n++) queue.push(source.job({ account: 1001, mailing: 'large' }))
  for (let n = 0; n < 10; n++) queue.push(source.job({ account: 1001, mailing: 'small' }))
  for (let n = 0; n < 10; n++) queue.push(source.job({ account: 1001 }))
  for (let n = 0; n < 100; n++) queue.push(source.job({ account: 1002, mailing: 'other' }))
  const first = Array.from({ length: 60 }, () => take(queue) as MessageHead)
  assert.deepEqual(
    counted(first, ({ account }) => account),
    new Map([
      [1001, 30],
      [1002, 30],
    ]),
  )
  assert.deepEqual(
    counted(first, ({ mailing }) => mailing),
    new Map([
      ['large', 10],
      ['other', 30],
      ['small', 10],
      [null, 10],
    ]),
  )
})

test('the highest priority goes first, in whatever order it came, and is taken past streams that are parked', () => {
  const queue = new ReadyQueue<string>()
  const source = new Source()
  const names = ['bulk', 'high', 'normal'] as const
  const random = chance(5)
  for (let n = 0; n < 300; n++)
    queue.push(source.job({ account: 1001 + (n % 3), priority: names[n % 3] ?? 'normal' }), `s${Math.floor(random() * 3)}`)
  const closed =
    (open: ReadonlySet<string>): Parameters<typeof queue.take>[0] =>
    (_job, { limited }) =>
      open.has(limited ?? '')
  const some = Array.from({ length: 20 }, () => take(queue, closed(new Set(['s1']))))
  assert.ok(some.every((head) => head?.priority === 'high'))
  for (const stream of queue.streams()) queue.unpark(stream)
  const rest: string[] = []
  for (let head = take(queue); head !== null; head = take(queue)) rest.push(head.priority ?? 'normal')
  assert.deepEqual([...new Set(rest)], ['high', 'normal', 'bulk'])
  assert.equal(rest.length, 280)
  assert.deepEqual([queue.length, queue.rows(), queue.ready()], [0, 0, 0])
})

test('nothing is lost and nothing comes twice, however jobs come, are parked, tried again and claimed', () => {
  for (let seed = 1; seed <= 30; seed++) {
    const random = chance(seed)
    const queue = new ReadyQueue<string>((account) => 1 + (account % 4))
    const source = new Source()
    const waiting = new Set<string>()
    const jobs: Job[] = []
    const names = ['bulk', 'high', 'normal'] as const
    for (let step = 0; step < 800; step++) {
      const dice = random()
      if (dice < 0.5) {
        const mail = {
          account: 1000 + Math.floor(random() * 5),
          mailing: random() < 0.5 ? null : 'm',
          priority: names[Math.floor(random() * 3)] ?? 'normal',
        }
        const job = source.job(mail)
        waiting.add(job.message.head.id)
        jobs.push(job)
        if (random() < 0.2) queue.pushFront(job, `s${Math.floor(random() * 4)}`)
        else queue.push(job, `s${Math.floor(random() * 4)}`)
      } else if (dice < 0.55) {
        // Claimed for something else.
        const job = jobs[Math.floor(random() * jobs.length)]
        if (job?.stage === 'ready' && waiting.delete(job.message.head.id)) {
          job.stage = 'settling'
          queue.leaves(job)
        }
      } else if (dice < 0.65) for (const stream of queue.streams()) queue.unpark(stream)
      else {
        const head = take(queue, () => random() < 0.7)
        if (head !== null) assert.ok(waiting.delete(head.id), 'it was waiting')
      }
      assert.equal(queue.length, waiting.size)
      assert.ok(queue.ready() <= queue.length)
    }
    for (const job of queue.drain()) assert.ok(waiting.delete(job.message.head.id))
    assert.equal(waiting.size, 0)
    assert.equal(queue.next(), null)
  }
})
