// Looks for the DNS records that the owner was asked to publish: a DKIM key signs and a sender domain counts as soon as its record is
// seen, without anybody coming back to say so. What was seen once is not asked for again.
import type { Domain } from '../../base/brand.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import type { Settings } from '../../contract/settings.ts'

/** Names asked for in one round: the rest has its turn in the next. */
const MOST_A_ROUND = 100

export interface RecordWatchParts {
  readonly settings: () => Settings
  readonly verifyKey: (params: { domain: Domain; selector: string }) => Promise<unknown>
  readonly verifyDomain: (params: { domain: Domain }) => Promise<unknown>
  readonly log: Log
}

export class RecordWatch {
  readonly #parts: RecordWatchParts
  #busy = false
  #turn = 0

  constructor(parts: RecordWatchParts) {
    this.#parts = parts
  }

  /** One round; never rejects. Trouble with DNS is met again in the next. */
  async look(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    try {
      await this.#round()
    } catch (error) {
      this.#parts.log.error('the records to look for cannot be read now', { error: messageOf(error) })
    }
    this.#busy = false
  }

  async #round(): Promise<void> {
    const { settings, verifyKey, verifyDomain, log } = this.#parts
    const { dkimKeys, senderDomains } = settings()
    const unseen: (() => Promise<unknown>)[] = []
    for (const { domain, selector, seenAt } of dkimKeys) if (seenAt === null) unseen.push(() => verifyKey({ domain, selector }))
    for (const { domain, verifiedAt } of senderDomains.values()) if (verifiedAt === null) unseen.push(() => verifyDomain({ domain }))
    if (this.#turn >= unseen.length) this.#turn = 0
    for (const ask of unseen.slice(this.#turn, this.#turn + MOST_A_ROUND))
      await ask().catch((error: unknown) => log.debug('a record could not be looked for', { reason: messageOf(error) }))
    this.#turn += MOST_A_ROUND
  }
}
