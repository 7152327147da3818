// Looks once an hour whether blocklists name an address that mail leaves from, and tells the alarms. Where a list cannot be asked, what it said
// last holds.
import { ANONYMOUS_ACCOUNT, type AccountId, type EpochMs, type Ms } from '../../base/brand.ts'
import type { SourceListing } from '../../contract/health.ts'
import type { Config } from '../../contract/options.ts'
import type { Settings } from '../../contract/settings.ts'
import type { AlarmFacts } from '../../engine/ports/alarm-facts.ts'
import type { Reading } from '../../policy/alarms/machine.ts'
import type { ListingFacts } from '../../policy/health/blocklists.ts'
import { reachOf } from '../../policy/sources/reach.ts'
import type { Listings } from './listings.ts'
import { allSources } from './look.ts'

const EVERY: Ms = 3_600_000

export interface ListingWatchParts {
  readonly config: Config
  readonly hostName: string
  readonly settings: () => Settings
  readonly listings: Listings
}

export class ListingWatch {
  readonly #parts: ListingWatchParts
  /** By address and list: what is wrong there; null: it is well. */
  readonly #last = new Map<string, { readonly address: string; readonly words: string } | null>()
  #at: EpochMs | null = null

  constructor(parts: ListingWatchParts) {
    this.#parts = parts
  }

  async list(): Promise<readonly SourceListing[]> {
    const { listings } = this.#parts
    const named = this.#addresses()
    const found = await listings.of([...named.keys()])
    return found.map(({ address, list, answer, at }) => ({
      address,
      sources: named.get(address) ?? [],
      list: list.name,
      state: answer.kind,
      found: answer.kind === 'not-listed' ? 'not listed' : answer.why,
      removal: list.removal,
      at,
    }))
  }

  /** Once an hour. */
  async look(now: EpochMs, facts: AlarmFacts): Promise<void> {
    if (this.#at !== null && now - this.#at < EVERY) return
    this.#at = now
    const found = await this.#parts.listings.of([...this.#addresses().keys()])
    const keys = new Set(found.map(keyOf))
    for (const key of this.#last.keys()) if (!keys.has(key)) this.#last.delete(key)
    for (const one of found) this.#take(one)
    // A server that has just been started and cannot ask knows nothing: what an alarm said before holds.
    if (this.#last.size > 0 || found.length === 0) facts.report('source-listed', this.#readings())
  }

  #take(one: ListingFacts): void {
    const { address, list, answer } = one
    if (answer.kind === 'unknown') return
    const words = answer.kind === 'listed' ? `${list.name} lists ${address}: ${answer.why}` : null
    this.#last.set(keyOf(one), words === null ? null : { address, words: `${words}. To be taken off: ${list.removal}` })
  }

  #readings(): readonly Reading[] {
    const byAddress = Map.groupBy(
      [...this.#last.values()].filter((one) => one !== null),
      ({ address }) => address,
    )
    return [...byAddress].map(([subject, all]) => ({ subject, value: 1, words: all.map(({ words }) => words).join(' ') }))
  }

  /** Addresses with the names of the sources that leave from them. */
  #addresses(): ReadonlyMap<string, readonly string[]> {
    const { config, hostName, settings } = this.#parts
    const named = new Map<string, string[]>()
    const known = settings()
    for (const { name, address } of allSources({ config, hostName, settings: known }, usesDefault(known))) {
      if (address === null) continue
      const names = named.get(address) ?? []
      if (name !== null) names.push(name)
      named.set(address, names)
    }
    return named
  }
}

const keyOf = ({ address, list }: ListingFacts): string => `${address} ${list.zone}`

/** Only accounts that the rules name differ from the others. */
export function usesDefault({ rules: { document } }: Settings): boolean {
  const accounts = [ANONYMOUS_ACCOUNT, ...Object.keys(document.accounts).map((id) => Number(id) as AccountId)]
  return accounts.some((account) => reachOf(document, account).usesDefault)
}
