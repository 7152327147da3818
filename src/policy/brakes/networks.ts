// From which networks each account's logins sent: a bounded number of them, the one that was used longest ago goes.
import type { AccountId, EpochMs, Ms } from '../../base/brand.ts'

export interface KnownNetwork {
  readonly account: AccountId
  readonly network: string
  readonly seen: EpochMs
}

const MOST_NETWORKS = 500
const MOST_ACCOUNTS = 20_000
const FORGOTTEN_AFTER: Ms = 180 * 86_400_000
/** It is written down no more often that one was used. */
const WRITTEN_EVERY: Ms = 3_600_000

export class AccountNetworks {
  readonly #accounts = new Map<AccountId, Map<string, EpochMs>>()
  readonly #changed = new Map<string, KnownNetwork>()

  constructor(known: Iterable<KnownNetwork> = []) {
    for (const { account, network, seen } of known) this.#of(account).set(network, seen)
  }

  /** Whether it is new for the account. The first that an account ever uses is not: nobody could know it. */
  use(account: AccountId, network: string, now: EpochMs): boolean {
    const networks = this.#of(account)
    const seen = networks.get(network)
    const isNew = networks.size > 0 && (seen === undefined || now - seen > FORGOTTEN_AFTER)
    if (seen !== undefined && now - seen < WRITTEN_EVERY) return isNew
    if (seen === undefined && networks.size >= MOST_NETWORKS) networks.delete(oldestOf(networks))
    networks.set(network, now)
    this.#changed.set(`${account} ${network}`, { account, network, seen: now })
    return isNew
  }

  /** Those that changed since the last time. */
  unsaved(): readonly KnownNetwork[] {
    const changed = [...this.#changed.values()]
    this.#changed.clear()
    return changed
  }

  #of(account: AccountId): Map<string, EpochMs> {
    let networks = this.#accounts.get(account)
    if (networks === undefined) {
      const [oldest] = this.#accounts.keys()
      if (this.#accounts.size >= MOST_ACCOUNTS && oldest !== undefined) this.#accounts.delete(oldest)
      this.#accounts.set(account, (networks = new Map()))
    }
    return networks
  }
}

function oldestOf(networks: ReadonlyMap<string, EpochMs>): string {
  let [oldest, at] = ['', Infinity]
  for (const [network, seen] of networks) if (seen < at) [oldest, at] = [network, seen]
  return oldest
}
