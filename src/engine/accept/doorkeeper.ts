// How much may come in: messages in a minute from an address, octets of messages under reception.
// Overload is answered with 4xx, never with a lost message. How many may connect is the listener's to say.
import type { Clock } from '../../base/clock.ts'
import type { Config } from '../../contract/options.ts'
import { networkKey } from '../../policy/networks.ts'
import { SlidingCounts } from '../../policy/rates.ts'
import { shareOf } from '../../policy/sites.ts'
import { type Reply, reply } from '../../smtp/reply.ts'

const MINUTE = 60_000
const MOST_KEYS = 100_000
const TOO_MANY_MESSAGES = reply(450, '4.7.1', 'Too many messages from your address. Try again in a minute.')

export class Doorkeeper {
  readonly #clock: Clock
  readonly #most: { readonly messages: number; readonly octets: number }
  readonly #messages = new SlidingCounts(MINUTE, MOST_KEYS)
  #open = 0
  #octets = 0

  constructor(config: Config, workers: number, clock: Clock) {
    this.#clock = clock
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

  /** Whether another message may come from the address. */
  refuseAddress(address: string): Reply | null {
    return this.#messages.count(networkKey(address), this.#clock.now()) >= this.#most.messages ? TOO_MANY_MESSAGES : null
  }

  /** A message came from there without a login. */
  countMessage(address: string): void {
    this.#messages.add(networkKey(address), this.#clock.now())
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
