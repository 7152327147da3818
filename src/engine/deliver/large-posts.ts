// Large messages that are posted, or made for each recipient, are in memory as a whole: so many octets at once, and the others wait for their
// turn. An account takes no more than it leaves free, so that slow receivers of one hold up nobody else's.
import type { AccountId } from '../../base/brand.ts'
import { leavesEnough } from '../../policy/shares.ts'

const MOST = 64 * 1024 * 1024
/** Smaller ones are in memory as all mail is. */
const SMALL = 256 * 1024

interface Waiting {
  readonly octets: number
  readonly begin: () => void
}

export class LargePosts {
  readonly #most: number
  #free: number
  readonly #held = new Map<AccountId, number>()
  /** Whose turn it is next is first. */
  readonly #waiting = new Map<AccountId, Waiting[]>()

  constructor(most = MOST) {
    this.#most = most
    this.#free = most
  }

  /** Resolves when there is room; it is given back by disposing. What is larger than all of the room is in memory alone. */
  async take(account: AccountId, wanted: number): Promise<Disposable | null> {
    const octets = Math.min(wanted, this.#most)
    if (octets <= SMALL) return null
    await new Promise<void>((begin) => {
      const own = this.#waiting.get(account)
      if (own === undefined) this.#waiting.set(account, [{ octets, begin }])
      else own.push({ octets, begin })
      this.#letIn()
    })
    return { [Symbol.dispose]: () => this.#giveBack(account, octets) }
  }

  #giveBack(account: AccountId, octets: number): void {
    const left = (this.#held.get(account) ?? 0) - octets
    if (left > 0) this.#held.set(account, left)
    else this.#held.delete(account)
    this.#free += octets
    this.#letIn()
  }

  /** Accounts take turns. For one that has nothing under way room is kept until there is enough. */
  #letIn(): void {
    for (const [account, own] of this.#waiting) {
      const held = this.#held.get(account) ?? 0
      let next = own[0]
      if (next !== undefined && leavesEnough(held, next.octets, this.#free)) {
        this.#free -= next.octets
        this.#held.set(account, held + next.octets)
        next.begin()
        own.shift()
        next = own[0]
        // Behind the others, which a loop over a Map comes to again.
        this.#waiting.delete(account)
        if (next !== undefined) this.#waiting.set(account, own)
      } else if (held === 0) return
    }
  }
}
