// Logins under way: the password was right, a second factor is still to be shown. In memory, few, and for minutes only; whoever begins many pushes
// out his own, or those of his network, and nobody else's.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { drawToken, hashOfSecret } from '../../policy/access/access-names.ts'

const VALID: Ms = 5 * 60_000
/** In all, of one network, of one user from it. */
const MOST = { all: 1000, network: 100, user: 10 } as const
const TRIES = 5

export interface TicketOwner {
  readonly user: string
  readonly network: string
}

interface Ticket<Facts> {
  readonly owner: TicketOwner
  readonly facts: Facts
  readonly until: EpochMs
  tries: number
}

export class Tickets<Facts> {
  readonly #tickets = new Map<string, Ticket<Facts>>()

  add(facts: Facts, owner: TicketOwner, now: EpochMs): string {
    this.#makeRoom(owner, now)
    const token = drawToken()
    this.#tickets.set(hashOfSecret(token), { facts, owner, until: now + VALID, tries: 0 })
    return token
  }

  #makeRoom({ user, network }: TicketOwner, now: EpochMs): void {
    const ofUser: string[] = []
    const byNetwork = new Map<string, string[]>()
    for (const [hash, { owner, until }] of this.#tickets) {
      if (until <= now) {
        this.#tickets.delete(hash)
        continue
      }
      const same = byNetwork.get(owner.network)
      if (same === undefined) byNetwork.set(owner.network, [hash])
      else same.push(hash)
      if (owner.network === network && owner.user === user) ofUser.push(hash)
    }
    const own = byNetwork.get(network) ?? []
    // Where all is full, who has the most makes room.
    const most = [...byNetwork.values()].reduce((a, b) => (b.length > a.length ? b : a), [])
    const leaves = ofUser.length >= MOST.user ? ofUser : own.length >= MOST.network ? own : this.#tickets.size >= MOST.all ? most : []
    const [oldest] = leaves
    if (oldest !== undefined) this.#tickets.delete(oldest)
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
