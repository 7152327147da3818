// Logins under way: the password was right, a second factor is still to be shown. In memory, few, and for minutes only.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { drawToken, hashOfSecret } from '../../policy/access/access-names.ts'

const VALID: Ms = 5 * 60_000
const MOST = 1000
const TRIES = 5

interface Ticket<Facts> {
  readonly facts: Facts
  readonly until: EpochMs
  tries: number
}

export class Tickets<Facts> {
  readonly #tickets = new Map<string, Ticket<Facts>>()

  add(facts: Facts, now: EpochMs): string {
    for (const [hash, { until }] of this.#tickets) if (until <= now || this.#tickets.size >= MOST) this.#tickets.delete(hash)
    const token = drawToken()
    this.#tickets.set(hashOfSecret(token), { facts, until: now + VALID, tries: 0 })
    return token
  }

  /** One try; undefined where there is none such, or none is left. */
  try(token: string, now: EpochMs): Facts | undefined {
    const hash = hashOfSecret(token)
    const ticket = this.#tickets.get(hash)
    if (ticket === undefined) return undefined
    ticket.tries++
    if (ticket.until <= now || ticket.tries > TRIES) this.#tickets.delete(hash)
    return ticket.until > now && ticket.tries <= TRIES ? ticket.facts : undefined
  }

  /** What it is about, without a try. */
  look(token: string, now: EpochMs): Facts | undefined {
    const ticket = this.#tickets.get(hashOfSecret(token))
    return ticket !== undefined && ticket.until > now && ticket.tries <= TRIES ? ticket.facts : undefined
  }

  spend(token: string): void {
    this.#tickets.delete(hashOfSecret(token))
  }
}
