// How much of the queue accounts use, for those with a quota of it: counted from the disk once, and kept up to date from then on. What other
// workers have is told every second, so that it may be exceeded by what comes meanwhile.
import type { AccountId, Domain, MessageId } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { QueueUsed } from '../../contract/bus.ts'
import type { Account } from '../../contract/settings.ts'
import { type Reply, reply } from '../../smtp/reply.ts'
import type { MessageHead, NewMessage, QueuePlace } from '../ports/spool.ts'
import type { Decision } from '../settle/decisions.ts'
import type { Surroundings } from '../surroundings.ts'

interface Used {
  messages: number
  bytes: number
  /** Recipients that are left, of messages with several. */
  readonly left: Map<MessageId, number>
  isCounted: boolean
}

const SLICE = 5000
/** Of more messages with several recipients than this, the first recipient that is done ends one. */
const MOST_LEFT = 200_000

export class QueueUse {
  readonly #around: Pick<Surroundings, 'spool' | 'settings' | 'log'>
  readonly #used = new Map<AccountId, Used>()
  #others: ReadonlyMap<AccountId, QueueUsed> = new Map()

  constructor(around: Pick<Surroundings, 'spool' | 'settings' | 'log'>) {
    this.#around = around
  }

  /** A message is in the queue. */
  added({ head, recipients }: NewMessage): void {
    if (this.#used.size === 0) return
    const used = this.#used.get(head.account)
    const counted = used === undefined ? 0 : this.#counted(recipients)
    if (used !== undefined && counted > 0) add(used, head, counted)
  }

  /** What became of recipients of a message is committed. */
  settled(head: MessageHead, decisions: readonly Decision[]): void {
    if (this.#used.size === 0) return
    const used = this.#used.get(head.account)
    if (used === undefined) return
    let removed = 0
    const { ownDomains } = this.#around.settings()
    for (const { change, row } of decisions) if (change.kind === 'remove' && !ownDomains.has(row.domain)) removed++
    if (removed === 0) return
    const left = (used.left.get(head.id) ?? removed) - removed
    if (left > 0) return void used.left.set(head.id, left)
    used.left.delete(head.id)
    used.messages = Math.max(0, used.messages - 1)
    used.bytes = Math.max(0, used.bytes - head.size)
  }

  /** Whether the account has room for one more message, of so many octets as far as is known. */
  refuse({ id, quotas }: Account, size: number): Reply | null {
    const { queuedMessages = Infinity, queuedBytes = Infinity } = quotas ?? {}
    if (queuedMessages === Infinity && queuedBytes === Infinity) return null
    const { messages, bytes } = this.#total(id)
    if (messages >= queuedMessages) return full(`${queuedMessages} messages of this account wait`)
    return bytes + size > queuedBytes ? full(`Messages of this account that wait take up ${queuedBytes} octets`) : null
  }

  /** What this worker has of accounts with such a quota. */
  report(): readonly QueueUsed[] {
    if (this.#used.size === 0) return []
    const { accounts } = this.#around.settings()
    for (const id of this.#used.keys()) if (!hasQueueQuota(accounts.get(id))) this.#used.delete(id)
    return [...this.#used].map(([account, { messages, bytes }]) => ({ account, messages, bytes }))
  }

  /** What all others have. */
  told(others: readonly QueueUsed[]): void {
    this.#others = new Map(others.map((one) => [one.account, one]))
  }

  /** Of this worker; null: it is not counted yet. */
  async of(id: AccountId): Promise<QueueUsed | null> {
    const used = this.#used.get(id) ?? (await this.#begin(id))
    return used.isCounted ? { account: id, messages: used.messages, bytes: used.bytes } : null
  }

  /** What comes for domains of ours is of whoever sent it: strangers must not fill the queue of an account. */
  #counted(recipients: readonly { readonly domain: Domain }[]): number {
    const { ownDomains } = this.#around.settings()
    if (ownDomains.size === 0) return recipients.length
    return recipients.reduce((count, { domain }) => count + Number(!ownDomains.has(domain)), 0)
  }

  #total(id: AccountId): { readonly messages: number; readonly bytes: number } {
    const own = this.#used.get(id)
    if (own === undefined) void this.#begin(id)
    const others = this.#others.get(id)
    return { messages: (own?.messages ?? 0) + (others?.messages ?? 0), bytes: (own?.bytes ?? 0) + (others?.bytes ?? 0) }
  }

  async #begin(id: AccountId): Promise<Used> {
    const used: Used = { messages: 0, bytes: 0, left: new Map(), isCounted: false }
    this.#used.set(id, used)
    const { spool, log } = this.#around
    try {
      let last: MessageId | null = null
      let after: QueuePlace | null = null
      // What comes while it is counted may be counted twice, by as little as that.
      do {
        const slice: Awaited<ReturnType<typeof spool.walk>> = await spool.walk({ account: id }, after, SLICE)
        for (const { head, recipients } of slice.messages) {
          const counted = this.#counted(recipients)
          if (counted === 0) continue
          // One that goes on from the slice before is one message.
          if (head.id === last) grow(used, head.id, counted)
          else add(used, head, counted)
          last = head.id
        }
        after = slice.next
      } while (after !== null)
      used.isCounted = true
    } catch (error) {
      this.#used.delete(id)
      log.warn('What an account has in the queue could not be counted; it is tried again.', { account: id, error: messageOf(error) })
    }
    return used
  }
}

function hasQueueQuota(account: Account | undefined): boolean {
  return account?.quotas?.queuedMessages !== undefined || account?.quotas?.queuedBytes !== undefined
}

function add(used: Used, { id, size }: MessageHead, recipients: number): void {
  used.messages++
  used.bytes += size
  if (recipients > 1 && used.left.size < MOST_LEFT) used.left.set(id, recipients)
}

function grow({ left }: Used, id: MessageId, more: number): void {
  if (left.has(id) || left.size < MOST_LEFT) left.set(id, (left.get(id) ?? 1) + more)
}

function full(what: string): Reply {
  return reply(452, '4.3.1', `${what}, as much as its quota allows. Try again when some have left.`)
}
