// Answers of this worker to who asks why mail waits: for a message, a recipient, a domain. Bounded in what it looks at, whatever the queue.
import type { Domain, EpochMs, MessageId } from '../../base/brand.ts'
import { OWN_SITE } from '../../contract/events.ts'
import {
  type Hold,
  MOST_AHEAD,
  MOST_LOOKED,
  MOST_NAMED,
  type WaitingMessage,
  type WaitingRecipient,
  type WhyPart,
  type WhyQuestion,
} from '../../contract/why.ts'
import type { MailCourier } from '../deliver/courier.ts'
import type { Site } from '../deliver/site.ts'
import type { MessageHead, QueuedMessage, QueuedRecipient, WhySpool } from '../ports/spool.ts'
import { domainHolds } from './domain-holds.ts'
import { recipientHold } from './recipient-hold.ts'

/** Domains of a message for which it is counted who goes before. */
const MOST_COUNTED = 3
const MINUTE = 60_000
const NOTHING: WhyPart = { messages: [], domain: null, isCut: false }

interface Placed {
  readonly head: MessageHead
  readonly row: QueuedRecipient
  readonly hold: Hold
  readonly site: Site | undefined
}

export class WhyDesk {
  readonly #courier: MailCourier

  constructor(courier: MailCourier) {
    this.#courier = courier
  }

  /** `spool`: with what was read of it already, so that it is answered in this turn. */
  async ask(question: WhyQuestion, spool: WhySpool = this.#courier.around.spool): Promise<WhyPart> {
    if ('message' in question) return this.#message(question.message, spool)
    if ('recipient' in question) return this.#recipient(question, spool)
    return { ...NOTHING, domain: await domainHolds(this.#courier, question.domain, spool) }
  }

  async #message(id: MessageId, spool: WhySpool): Promise<WhyPart> {
    const found = await read(id, spool)
    return found === null ? NOTHING : { ...NOTHING, messages: [await this.#told(found.message, found.more, spool)] }
  }

  async #recipient({ recipient, domain, messages: ids }: Extract<WhyQuestion, { recipient: string }>, spool: WhySpool): Promise<WhyPart> {
    const address = recipient.toLowerCase()
    const answers = await Promise.all(spool.shards().map((shard) => spool.addressed(shard, domain, address, MOST_LOOKED)))
    const found = answers.flatMap(({ messages }) => messages)
    const others = ids.filter((id) => !found.some(({ head }) => head.id === id))
    for (const one of await Promise.all(others.map((id) => read(id, spool)))) {
      const rows = one?.message.recipients.filter((row) => row.address.toLowerCase() === address) ?? []
      if (one !== null && rows.length > 0) found.push({ head: one.message.head, recipients: rows })
    }
    const told = await Promise.all(found.map((message) => this.#told(message, false, spool)))
    return { messages: told, domain: null, isCut: answers.some(({ isCut }) => isCut) }
  }

  async #told({ head, recipients }: QueuedMessage, more: boolean, spool: WhySpool): Promise<WaitingMessage> {
    const { id, account, sender, size, acceptedAt, expiresAt, mailing } = head
    const rows = recipients.map((row): Placed => {
      return { head, row, hold: recipientHold(this.#courier, head, row), site: this.#courier.outlook.siteOf(row.domain, head) }
    })
    const counts = await this.#counted(rows, spool)
    const told = rows.map((placed): WaitingRecipient => {
      const { row, hold, site } = placed
      const ahead = this.#ahead(placed, counts)
      const { address, domain, attempts, lastReply } = row
      const expected = this.#expected(row, { hold, ahead, site })
      return { address, domain, attempts, lastReply, site: site?.plan.name ?? this.#siteName(domain), hold, ahead, expected }
    })
    return { id, account, sender, size, acceptedAt, expiresAt, mailing, recipients: told, more }
  }

  #siteName(domain: Domain): string | null {
    if (this.#courier.mailroom?.owns(domain) === true) return OWN_SITE
    const plan = this.#courier.planOf(domain)
    return plan?.kind === 'site' ? plan.name : null
  }

  /** How many on disk go before the first recipient of a domain that waits there; of a few domains, as each is counted. */
  async #counted(rows: readonly Placed[], spool: WhySpool): Promise<ReadonlyMap<Domain, number>> {
    const first = new Map<Domain, QueuedRecipient>()
    for (const { head, row, hold } of rows)
      if (first.size < MOST_COUNTED && BEHIND.has(hold.kind) && !this.#isInHand(head, row) && !first.has(row.domain))
        first.set(row.domain, row)
    const counts = [...first].map(async ([domain, row]) => {
      const shards = await Promise.all(spool.shards().map((shard) => spool.ahead(shard, domain, row, MOST_AHEAD)))
      return [
        domain,
        Math.min(
          MOST_AHEAD,
          shards.reduce((sum, one) => sum + one, 0),
        ),
      ] as const
    })
    return new Map(await Promise.all(counts))
  }

  #ahead({ head, row, hold, site }: Placed, counts: ReadonlyMap<Domain, number>): number | null {
    if (!BEHIND.has(hold.kind)) return null
    if (this.#isInHand(head, row)) return Math.max(0, (site?.queue.length ?? 0) - 1)
    return counts.get(row.domain) ?? null
  }

  #isInHand(head: MessageHead, { n }: QueuedRecipient): boolean {
    return this.#courier.scheduler.inHand.has(head.id, n)
  }

  /** When its turn comes at the pace of now. */
  #expected(row: QueuedRecipient, { hold, ahead, site }: { hold: Hold; ahead: number | null; site: Site | undefined }): EpochMs | null {
    const now = this.#courier.around.clock.now()
    if (UNTIL_SOMEBODY.has(hold.kind)) return null
    if (MOVING.has(hold.kind)) return now
    const from = Math.max(now, row.due, hold.until ?? 0)
    if (ahead === null || ahead === 0) return hold.until === null && hold.kind !== 'disk' && hold.kind !== 'looking-up' ? null : from
    const aMinute = site === undefined ? 0 : this.#pace(site)
    return aMinute === 0 ? null : from + Math.round((ahead / aMinute) * MINUTE)
  }

  #pace(site: Site): number {
    const { settler, around } = this.#courier
    return settler.figures.find(site.key)?.delivered.sum(around.clock.mono()) ?? 0
  }
}

const BEHIND: ReadonlySet<Hold['kind']> = new Set(['rate', 'warm-up', 'connections', 'turn', 'memory', 'disk', 'probing'])
const MOVING: ReadonlySet<Hold['kind']> = new Set(['sending', 'settling'])
const UNTIL_SOMEBODY: ReadonlySet<Hold['kind']> = new Set(['held', 'suspended', 'account', 'not-running', 'stopping', 'spool'])

/** One message with the first of its recipients. */
async function read(id: MessageId, spool: WhySpool): Promise<{ readonly message: QueuedMessage; readonly more: boolean } | null> {
  const { messages } = await spool.walk({ ids: [id] }, null, MOST_NAMED + 1)
  const [message] = messages
  if (message === undefined) return null
  const { head, recipients } = message
  return { message: { head, recipients: recipients.slice(0, MOST_NAMED) }, more: recipients.length > MOST_NAMED }
}
