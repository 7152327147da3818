// What a selection means in this worker: where mail of a domain goes, and what a message leaves from, is not on disk. A site is its
// domains, looked up where nobody knows them yet; a source is asked for message by message.
import type { Domain } from '../../base/brand.ts'
import type { QueueSelection } from '../../contract/queue-operations.ts'
import type { MailCourier } from '../deliver/courier.ts'
import type { Plan } from '../deliver/routing.ts'
import type { MessageHead, QueuedMessage, QueuedRecipient, QueueFilter } from '../ports/spool.ts'

/** Domains that the spool is told of; more are compared here. */
const MOST_DOMAINS = 200
/** Domains looked up at once, and gone through before others have their turn. */
const AT_ONCE = 200
const SLICE = 5000

type Meant = (head: MessageHead, row: QueuedRecipient) => boolean

export class Chosen {
  readonly filter: QueueFilter
  readonly #courier: MailCourier
  readonly #tests: readonly Meant[]
  readonly #source: string | null

  private constructor(courier: MailCourier, filter: QueueFilter, { tests, source }: { tests: readonly Meant[]; source: string | null }) {
    this.#courier = courier
    this.filter = filter
    this.#source = source
    this.#tests = source === null ? tests : [...tests, (head, { domain }) => courier.outlook.sourceOf(domain, head) === source]
  }

  static async by(courier: MailCourier, { site, source: name, ...filter }: QueueSelection): Promise<Chosen> {
    const source = name ?? null
    if (site === undefined) return new Chosen(courier, filter, { tests: [], source })
    const at = new Set(await domainsAt(courier, site, filter.domain))
    if (at.size <= MOST_DOMAINS) return new Chosen(courier, { ...filter, domains: [...at] }, { tests: [], source })
    return new Chosen(courier, filter, { tests: [(_head, { domain }) => at.has(domain)], source })
  }

  /** All that the filter finds is meant. */
  get isExact(): boolean {
    return this.#tests.length === 0
  }

  /** Those of some messages that are meant, with their recipients. */
  async of<M extends QueuedMessage>(messages: readonly M[]): Promise<readonly M[]> {
    if (this.isExact) return messages
    if (this.#source !== null) await this.#lookUp(messages)
    return messages.flatMap((message) => {
      const recipients = message.recipients.filter((row) => this.#tests.every((test) => test(message.head, row)))
      return recipients.length === 0 ? [] : [{ ...message, recipients }]
    })
  }

  async #lookUp(messages: readonly QueuedMessage[]): Promise<void> {
    const domains = new Set(messages.flatMap(({ recipients }) => recipients.map(({ domain }) => domain)))
    const left = [...domains]
    while (left.length > 0) await Promise.all(left.splice(0, AT_ONCE).map((domain) => this.#courier.lookUp(domain)))
  }
}

/** Domains with mail in the queue that goes to the site. */
async function domainsAt(courier: MailCourier, site: string, only: Domain | undefined): Promise<readonly Domain[]> {
  const { scheduler } = courier
  const { held } = scheduler
  await held.known()
  const domains = only === undefined ? new Set(held.domains()) : new Set([only])
  if (only === undefined) for await (const domain of scheduler.domains()) domains.add(domain)
  const found: Domain[] = []
  const isThere = (plan: Plan): boolean => plan.kind === 'site' && plan.name === site
  const asked: Promise<void>[] = []
  let looked = 0
  for (const domain of domains) {
    const plan = courier.lookUp(domain)
    if (plan instanceof Promise) asked.push(plan.then((one) => void (isThere(one) && found.push(domain))))
    else if (isThere(plan)) found.push(domain)
    if (asked.length >= AT_ONCE) await Promise.all(asked.splice(0))
    else if (++looked % SLICE === 0) await new Promise<void>((resolve) => void courier.around.clock.after(0, resolve))
  }
  await Promise.all(asked)
  return found
}
