// How much may come in: messages in a minute from an address or in an hour for an account, octets of messages under reception.
// Overload is answered with 4xx, never with a lost message. How many may connect is the listener's to say.
import type { AccountId } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Config } from '../../contract/options.ts'
import type { Account } from '../../contract/settings.ts'
import { networkKey } from '../../policy/networks.ts'
import { SlidingCounts } from '../../policy/rates.ts'
import { shareOf } from '../../policy/sites.ts'
import { type Reply, reply } from '../../smtp/reply.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const MOST_KEYS = 100_000
const TOO_MANY_MESSAGES = reply(450, '4.7.1', 'Too many messages from your address. Try again in a minute.')
const HOUR_IS_FULL = reply(451, '4.7.1', 'This account has sent as many messages as it may within an hour. Try again later.')

export class Doorkeeper {
  readonly #clock: Clock
  readonly #most: { readonly messages: number; readonly octets: number }
  readonly #workers: number
  readonly #messages = new SlidingCounts(MINUTE, MOST_KEYS)
  readonly #ofAccount = new SlidingCounts(HOUR, MOST_KEYS)
  #open = 0
  #octets = 0

  constructor(config: Config, workers: number, clock: Clock) {
    this.#clock = clock
    this.#workers = workers
    this.#most = {
      messages: shareOf(config['smtp.messages_per_minute'], workers),
      octets: config['spool.memory'] / 2,
    }
  }

  get open(): number {
    return this.#open
  }

  enter(): void {
    this.#open++
  }

  leave(): void {
    this.#open--
  }

  /** Whether another message may come: of the account, or of the address where there was no login. */
  refuseMessage(account: Account, user: string | null, address: string): Reply | null {
    const now = this.#clock.now()
    const stranger = user === null ? this.refuseAddress(address) : null
    if (stranger !== null) return stranger
    const { messagesPerHour } = account
    if (messagesPerHour === null) return null
    return this.#ofAccount.count(String(account.id), now) >= shareOf(messagesPerHour, this.#workers) ? HOUR_IS_FULL : null
  }

  /** The same of an address alone. */
  refuseAddress(address: string): Reply | null {
    return this.#messages.count(networkKey(address), this.#clock.now()) >= this.#most.messages ? TOO_MANY_MESSAGES : null
  }

  /** What strangers send is no part of what the account may. */
  countStranger(address: string): void {
    this.#messages.add(networkKey(address), this.#clock.now())
  }

  countMessage(account: AccountId, user: string | null, address: string): void {
    if (user === null) this.countStranger(address)
    this.#ofAccount.add(String(account), this.#clock.now())
  }

  /** Whether there is room in memory for another message under reception. */
  get hasRoom(): boolean {
    return this.#octets < this.#most.octets
  }

  /** Octets taken (or given back, below 0) by messages under reception. */
  hold(octets: number): void {
    this.#octets += octets
  }
}
