// What time alone does to the queue: recipients whose message is too old fail, whatever state they are in; counts are compared
// with the disk now and then, so that nothing that was ever missed lies for long.
import type { EpochMs, Ms, ShardId } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import { placeOf } from '../../base/message-id.ts'
import type { MailCourier } from '../deliver/courier.ts'
import { keepsBack, stateNow } from '../../policy/accounts/standing.ts'
import { expire, KEPT_SO_LONG, NOWHERE, steward } from '../settle/decisions.ts'
import type { ExpiredPlace, MessageHead, QueuedRecipient } from '../ports/spool.ts'
import { siteHold } from '../why/site-hold.ts'
import type { Job } from './in-hand.ts'

const EVERY: Ms = 30_000
/** The first after a start comes soon: much may have expired while the server was down. */
const FIRST: Ms = 5_000
const MOST: number = 500
/** Sweeps between two comparisons with the disk. */
const COMPARE_EACH = 30

export class Sweeper implements Disposable {
  readonly #courier: MailCourier
  readonly #every: Ms
  /** Mail of accounts that is kept back was looked at up to there: it is not read again at every sweep. */
  readonly #passed = new Map<ShardId, ExpiredPlace>()
  #keptBack = ''
  #timer: Disposable | null = null
  #sweeps = 0

  constructor(courier: MailCourier, every: Ms = EVERY) {
    this.#courier = courier
    this.#every = every
    this.#arm(Math.min(every, FIRST))
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]()
  }

  #arm(wait: Ms): void {
    const { clock } = this.#courier.around
    this.#timer = clock.after(wait, () => {
      void this.sweep().finally(() => {
        if (!this.#courier.isStopping) this.#arm(this.#every)
      })
    })
  }

  async sweep(): Promise<void> {
    const { around, scheduler } = this.#courier
    this.#courier.tidy()
    this.#sweeps++
    const kept = this.#accountsKeptBack(around.clock.now())
    if (this.#sweeps % COMPARE_EACH === 0 || kept !== this.#keptBack) this.#passed.clear()
    this.#keptBack = kept
    for (const shard of around.spool.shards()) {
      try {
        while ((await this.#expire(shard)) && !this.#courier.isStopping);
        if (this.#sweeps % COMPARE_EACH === 0) await scheduler.adopt(shard)
      } catch (error) {
        around.log.error('Expired messages could not be looked for.', { shard, error: messageOf(error) })
      }
    }
  }

  /** One slice; true where there may be more. */
  async #expire(shard: ShardId): Promise<boolean> {
    const { around, scheduler } = this.#courier
    const now = around.clock.now()
    const jobs: Job[] = []
    let returned = 0
    let passed: ExpiredPlace | null = null
    {
      using read = scheduler.beginRead()
      const found = await around.spool.expired(shard, now, MOST, this.#passed.get(shard))
      for (const message of found) {
        returned += message.recipients.length
        if (this.#isKeptBack(message.head, now)) {
          passed = { expires: message.head.expiresAt, sequence: placeOf(message.head.id).sequence }
          continue
        }
        // Before it is taken: while it waits, what holds it is known.
        const recipients = message.recipients.map((row) => this.#withReason(row, message.head))
        const job = scheduler.claim({ ...message, recipients }, read)
        if (job !== null) jobs.push(job)
      }
    }
    await Promise.all(jobs.map((job) => this.#fail(job, now)))
    if (passed !== null) this.#passed.set(shard, passed)
    return returned >= MOST && (jobs.length > 0 || passed !== null)
  }

  /** Mail that somebody keeps back waits for a decision, however long that takes. */
  #isKeptBack({ account: id }: MessageHead, now: EpochMs): boolean {
    const account = this.#courier.around.settings().accounts.get(id)
    return account !== undefined && keepsBack(stateNow(account, now))
  }

  /** Of which accounts that is, to see whether they are others now. */
  #accountsKeptBack(now: EpochMs): string {
    const { accounts } = this.#courier.around.settings()
    return [...accounts.values()].flatMap((account) => (keepsBack(stateNow(account, now)) ? [account.id] : [])).join()
  }

  #fail(job: Job, now: EpochMs): Promise<void> {
    const { head } = job.message
    const kept = { kind: 'deleted', reason: KEPT_SO_LONG, by: 'hms', now } as const
    // What came here was not sent by anybody who could be told that it failed.
    const decisions = job.rows.map((row) =>
      this.#courier.mailroom?.owns(row.domain) === true
        ? steward(head, row, kept)
        : expire(head, row, { target: NOWHERE, now, cause: null }),
    )
    return this.#courier.settle(job, decisions, false)
  }

  /** What was never tried says why its site was not. */
  #withReason(row: QueuedRecipient, head: Job['message']['head']): QueuedRecipient {
    if (row.lastReply !== null) return row
    const { domain } = row
    const trouble = this.#courier.outlook.trouble(domain, head)
    const site = trouble === null ? this.#courier.outlook.siteOf(domain, head) : undefined
    const hold = site && siteHold(this.#courier, site, { domain, account: head.account })
    return { ...row, lastReply: trouble?.reason ?? hold?.reason ?? null }
  }
}
