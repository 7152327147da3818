// Hands decisions to the spool and, after the commit, to the scheduler: a recipient leaves memory only then. While the oldest
// commit takes too long no new delivery begins: what is sent and cannot be written down would be sent again after a crash.
import type { Ms } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import { type MailEvent, OWN_SITE } from '../../contract/events.ts'
import { readRow } from '../../message/merge/document.ts'
import { AccountBrakes } from '../accounts/account-brakes.ts'
import { QueueUse } from '../accounts/queue-use.ts'
import type { MessageHead, NewMessage } from '../ports/spool.ts'
import type { Job } from '../schedule/in-hand.ts'
import type { Scheduler } from '../schedule/scheduler.ts'
import type { Surroundings } from '../surroundings.ts'
import { SiteFigureBook } from '../why/site-figures.ts'
import { CopyFailures } from './copy-failures.ts'
import type { Decision } from './decisions.ts'

/** A commit that takes longer stops new deliveries until it is through. */
const PATIENCE: Ms = 1000

export class Settler {
  readonly #around: Surroundings
  readonly #scheduler: Scheduler
  /** What outcomes say of accounts. */
  readonly brakes: AccountBrakes
  readonly queueUse: QueueUse
  readonly #open = new Set<{ readonly since: Ms }>()
  /** What sites took and deferred of late. */
  readonly figures = new SiteFigureBook()
  readonly copyFailures = new CopyFailures()
  readonly #counts = { delivered: 0, deferred: 0, failed: 0 }
  #through: PromiseWithResolvers<void> | null = null

  constructor(around: Surroundings, scheduler: Scheduler) {
    this.brakes = new AccountBrakes(around)
    this.queueUse = new QueueUse(around)
    this.#around = around
    this.#scheduler = scheduler
  }

  /** Settlements whose commit is under way. */
  get pending(): number {
    return this.#open.size
  }

  get counts(): { readonly delivered: number; readonly deferred: number; readonly failed: number } {
    return this.#counts
  }

  /** Null while deliveries may begin; otherwise resolves when they may again. */
  get stalled(): Promise<void> | null {
    const [oldest] = this.#open
    if (oldest === undefined || this.#around.clock.mono() - oldest.since < PATIENCE) return null
    this.#through ??= Promise.withResolvers<void>()
    return this.#through.promise
  }

  /**
   * Writes what became of recipients of a job, with the messages that it gives rise to. Resolves after the commit; rejects where
   * it will not come, and then the recipients stay in hand: only a restart knows what is on disk.
   */
  async settle(job: Job, decisions: readonly Decision[], append: readonly NewMessage[], told: readonly MailEvent[] = []): Promise<void> {
    const { message } = job
    job.stage = 'settling'
    const mark = { since: this.#around.clock.mono() }
    this.#open.add(mark)
    const outcomes = decisions.map(({ row, change, event }) => ({ message: message.head.id, n: row.n, change, event }))
    try {
      const copied = this.#copy(message.head, decisions)
      if (copied !== null) await copied
      await this.#around.spool.settle({ shard: message.shard, outcomes, append, ...(told.length > 0 && { told }) })
    } catch (error) {
      this.#around.log.error('What became of a delivery could not be written down.', { id: message.head.id, error: messageOf(error) })
      throw error
    } finally {
      this.#open.delete(mark)
      this.#letThrough()
    }
    this.brakes.settled(message.head, decisions)
    this.queueUse.settled(message.head, decisions)
    this.figures.settled(job.site, decisions, this.#around.clock.mono())
    this.#scheduler.inHand.forget(job)
    for (const { row, change, event } of decisions) {
      this.#count(event.kind)
      this.#scheduler.changed(message, row, change)
    }
    for (const made of append) this.committed(made)
  }

  /** On the disk before the outcome is; null: its account asks for none. Mail that left is settled whatever becomes of its copy. */
  #copy(head: MessageHead, decisions: readonly Decision[]): Promise<void> | null {
    const { copies, settings, log, clock } = this.#around
    const keep = settings().accounts.get(head.account)?.keep ?? null
    if (keep === null || copies === undefined || head.ours === true) return null
    const recipients = decisions.flatMap(({ row, event }) =>
      event.kind === 'delivered' && event.site !== OWN_SITE
        ? [{ address: row.address, ...(row.merge !== undefined && mergedOf(row.merge)) }]
        : [],
    )
    if (recipients.length === 0) return null
    const failed = (error: unknown): void => {
      const reason = messageOf(error)
      this.copyFailures.failed(head.account, reason, clock.now())
      log.error('A copy of delivered mail could not be kept.', { id: head.id, account: head.account, error: reason })
    }
    return copies.keep({ head, recipients, keep, at: clock.now() }).then(() => this.copyFailures.kept(head.account), failed)
  }

  /** A message is in the queue: to whoever delivers it. */
  committed(message: NewMessage): void {
    this.queueUse.added(message)
    if (message.held === undefined) this.#scheduler.committed(message)
    else this.#scheduler.heldAtOnce(message, message.held.reason)
  }

  #count(kind: Decision['event']['kind']): void {
    if (kind === 'delivered') this.#counts.delivered++
    else if (kind === 'deferred') this.#counts.deferred++
    else if (kind === 'failed' || kind === 'expired') this.#counts.failed++
  }

  #letThrough(): void {
    if (this.#through === null || this.stalled !== null) return
    this.#through.resolve()
    this.#through = null
  }
}

function mergedOf(merge: string): { readonly data: string; readonly name?: string } {
  const { json, name } = readRow(merge)
  return { data: json, ...(name !== '' && { name }) }
}
