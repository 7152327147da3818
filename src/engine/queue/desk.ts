// The queue for people: lists, shows, and acts on what is queued in the shards of this worker. What is on disk and what is in
// memory are one queue here: a recipient that is being sent is shown as such and left alone, all others are claimed first, so
// that nobody sends what was just held.
import type { MessageId } from '../../base/brand.ts'
import { FIRST_STREAM } from '../../contract/streams.ts'
import type { QueueEntry, QueueSelection } from '../../contract/queue-operations.ts'
import type { Hold, HoldKind } from '../../contract/why.ts'
import { findHeaderEnd } from '../../message/header.ts'
import type { MailCourier } from '../deliver/courier.ts'
import type { QueueDesk } from '../engine.ts'
import type { ListedMessage, QueueAction, QueueActor, QueuedMessage, QueuedRecipient, QueuePlace } from '../ports/spool.ts'
import type { Read } from '../schedule/reads.ts'
import { type Decision, fail, isAhead, NOWHERE, steward } from '../settle/decisions.ts'
import { sourceHold } from '../why/recipient-hold.ts'
import { siteHold } from '../why/site-hold.ts'
import { Chosen } from './chosen.ts'

/** Recipients acted on at once, and named of one message that is shown. */
const SLICE = 500
const MOST_SHOWN = 1000
/** Where only some are meant: messages looked at for a list, and recipients for a count, at once. */
const LEAST_LISTED = 500
const COUNTED = 5000
const MOST_HEADER = 256 * 1024
/** In which states an action finds its recipients. */
const STATES: Record<QueueAction, readonly QueuedRecipient['state'][]> = {
  retry: ['waiting'],
  hold: ['waiting'],
  release: ['held'],
  delete: ['waiting', 'held'],
  bounce: ['waiting', 'held'],
}

/** What a list tells of a site; others wait there at most for each other. */
const TOLD: ReadonlySet<HoldKind> = new Set(['backing-off', 'block', 'rate', 'warm-up', 'connections'])

interface Acting {
  readonly actor: QueueActor
  readonly read: Read
  /** By its message's id. */
  readonly isNamed: boolean
}

export class Desk implements QueueDesk {
  readonly #courier: MailCourier

  constructor(courier: MailCourier) {
    this.#courier = courier
  }

  async list(selection: QueueSelection, after: MessageId | null, limit: number): Promise<readonly QueueEntry[]> {
    const { spool } = this.#courier.around
    const chosen = await Chosen.by(this.#courier, selection)
    const found: ListedMessage[] = []
    for (let from = after; found.length < limit;) {
      const wanted = chosen.isExact ? limit : Math.max(limit - found.length, LEAST_LISTED)
      const page: readonly ListedMessage[] = await spool.list(chosen.filter, from, wanted)
      found.push(...(await chosen.of(page)))
      from = page.at(-1)?.head.id ?? null
      if (page.length < wanted) break
    }
    return found.slice(0, limit).map((message) => this.#entry(message))
  }

  async count(selection: QueueSelection): Promise<{ readonly messages: number; readonly recipients: number }> {
    const { spool } = this.#courier.around
    const chosen = await Chosen.by(this.#courier, selection)
    if (chosen.isExact) return spool.count(chosen.filter)
    let [messages, recipients] = [0, 0]
    let last: MessageId | null = null
    let after: QueuePlace | null = null
    do {
      const slice: Awaited<ReturnType<typeof spool.walk>> = await spool.walk(chosen.filter, after, COUNTED)
      for (const { head, recipients: rows } of await chosen.of(slice.messages)) {
        // One that goes on from the slice before is counted once.
        if (head.id !== last) messages++
        last = head.id
        recipients += rows.length
      }
      after = slice.next
    } while (after !== null)
    return { messages, recipients }
  }

  async show(id: MessageId): Promise<{ readonly entry: QueueEntry | null; readonly header: string | null }> {
    const { spool } = this.#courier.around
    const [message] = await spool.list({ ids: [id] }, null, 1, MOST_SHOWN)
    if (message === undefined) return { entry: null, header: null }
    const { head, recipients } = message
    const octets =
      head.merge === true ? await this.#courier.merged.sample(head, recipients[0]) : Buffer.from(await spool.beginning(id, MOST_HEADER))
    const end = findHeaderEnd(octets)
    return { entry: this.#entry(message), header: octets.toString('utf8', 0, end < 0 ? octets.length : end) }
  }

  /** In slices: a bulk action on a large queue holds nothing up. */
  async act(action: QueueAction, selection: QueueSelection, actor: QueueActor): Promise<{ readonly recipients: number }> {
    const { around, scheduler } = this.#courier
    const chosen = await Chosen.by(this.#courier, selection)
    let recipients = 0
    let after: QueuePlace | null = null
    do {
      const settled: Promise<number>[] = []
      {
        using read = scheduler.beginRead()
        const slice: Awaited<ReturnType<typeof around.spool.walk>> = await around.spool.walk(chosen.filter, after, SLICE)
        for (const message of await chosen.of(slice.messages))
          settled.push(this.#actOn(action, message, { actor, read, isNamed: selection.ids !== undefined }))
        after = slice.next
      }
      for (const count of await Promise.all(settled)) recipients += count
    } while (after !== null)
    return { recipients }
  }

  async #actOn(action: QueueAction, message: QueuedMessage, { actor, read, isNamed }: Acting): Promise<number> {
    const { scheduler, around } = this.#courier
    const { head } = message
    // What its sender wants later is sent early only where it is named itself, not with all of its domain.
    const isLeft = (row: QueuedRecipient): boolean =>
      action === 'retry' && !isNamed && row.lastReply === null && isAhead(head, row, around.clock.now())
    const wanted = message.recipients.filter((row) => STATES[action].includes(row.state) && !isLeft(row))
    const isInHand = ({ n }: QueuedRecipient): boolean => action === 'retry' && scheduler.inHand.has(head.id, n)
    if (action === 'retry') for (const { domain } of wanted) this.#courier.retryNow(domain, head)
    const others = wanted.filter((row) => !isInHand(row))
    const already = wanted.length - others.length
    const job = scheduler.claim({ head, recipients: others }, read)
    if (job === null) return already
    await this.#courier.settle(
      job,
      job.rows.map((row) => this.#decide(action, { head: job.message.head, row, actor })),
      false,
    )
    return already + job.rows.length
  }

  #decide(action: QueueAction, { head, row, actor }: { head: QueuedMessage['head']; row: QueuedRecipient; actor: QueueActor }): Decision {
    const { by } = actor
    const { around, schedule } = this.#courier
    const now = around.clock.now()
    const act = { by, now }
    switch (action) {
      case 'retry':
        return steward(head, row, { ...act, kind: 'released', reason: 'To be tried again now.' })
      case 'hold':
        return steward(head, row, { ...act, kind: 'held', reason: actor.reason ?? `Held by ${by}.` })
      case 'release':
        return steward(head, row, { ...act, kind: 'released', reason: `Released by ${by}.` })
      case 'delete':
        return steward(head, row, { ...act, kind: 'deleted', reason: `Deleted by ${by}.` })
      case 'bounce': {
        const cause = { code: 2999, reason: `Given up by ${by}.`, reply: null, status: '5.0.0' } as const
        return fail(head, row, { target: NOWHERE, now, schedule, random: around.random }, cause)
      }
      default:
        return action satisfies never
    }
  }

  #entry({ head, recipients, more }: ListedMessage): QueueEntry {
    const { id, account, sender, size, acceptedAt, expiresAt, clientId, mailing, priority = 'normal', stream = FIRST_STREAM } = head
    const told = recipients.map((row) => this.#recipient(head, row))
    return { id, account, sender, size, acceptedAt, expiresAt, clientId, mailing, priority, stream, recipients: told, more }
  }

  #recipient(head: ListedMessage['head'], row: QueuedRecipient): QueueEntry['recipients'][number] {
    const { address, state, due, attempts, lastReply } = row
    const stage = this.#courier.scheduler.inHand.find(head.id)?.jobOf(row.n)?.stage
    if (stage === 'sending') return { address, state: 'sending', due, attempts, lastReply }
    // What waits for its site was not tried itself: it is shown with the site's reason and time.
    const hold = state === 'waiting' ? this.#siteHold(head, row) : null
    if (hold === null) return { address, state, due, attempts, lastReply }
    return { address, state, due: Math.max(due, hold.until ?? 0), attempts, lastReply: lastReply ?? hold.reason }
  }

  #siteHold(head: ListedMessage['head'], { domain }: QueuedRecipient): Hold | null {
    const missing = sourceHold(this.#courier, domain, head)
    if (missing !== null) return missing
    const site = this.#courier.outlook.siteOf(domain, head)
    const hold = site && siteHold(this.#courier, site, { domain, account: head.account })
    return hold && TOLD.has(hold.kind) ? hold : null
  }
}
