// Asks blocklists about the addresses that mail leaves from, by the server's own name servers: seldom, and each address once for all domains.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { readFileSync } from 'node:fs'
import type { Config } from '../../contract/options.ts'
import { isPublicAddress } from '../../net/address-guard.ts'
import type { Resolver } from '../../net/dns/resolver.ts'
import { parseServer, systemServers } from '../../net/dns/servers.ts'
import { listOf } from '../../net/proof/spf-names.ts'
import {
  type Blocklist,
  BLOCKLISTS,
  isPublicResolver,
  type ListAnswer,
  listName,
  type ListingFacts,
  readListAnswer,
  TEST_ENTRIES,
  whyNotBelieved,
  withKey,
} from '../../policy/health/blocklists.ts'

const KEPT: Ms = 3_600_000
const MOST_KEPT = 5000

export interface ListingsParts {
  readonly config: Pick<Config, 'dns.servers' | 'health.blocklists' | 'health.spamhaus_key_file'>
  readonly resolver: Resolver
  readonly clock: Clock
}

interface Told {
  readonly at: EpochMs
  readonly answer: ListAnswer
}

export class Listings {
  readonly #parts: ListingsParts
  readonly #kept = new Map<string, { readonly at: EpochMs; readonly answer: Promise<ListAnswer> }>()

  constructor(parts: ListingsParts) {
    this.#parts = parts
  }

  /** What each list says of each public address, and when it was asked. */
  async of(addresses: readonly string[]): Promise<readonly (ListingFacts & { readonly at: EpochMs })[]> {
    const { config } = this.#parts
    if (!config['health.blocklists']) return []
    const lists = withKey(BLOCKLISTS, keyIn(config['health.spamhaus_key_file']))
    const shared = this.#sharedServer()
    const asked = [...new Set(addresses)].filter(isPublicAddress)
    const pairs = asked.flatMap((address) => lists.filter(({ ipv6 }) => ipv6 || !address.includes(':')).map((list) => ({ address, list })))
    return Promise.all(
      pairs.map(async ({ address, list }) => {
        const { at, answer } = (list.isKeyed === true ? null : shared) ?? (await this.#answer(address, list))
        return { address, list, answer, at }
      }),
    )
  }

  /** A name server that everybody shares is refused by lists; one that is asked with a key is not. */
  #sharedServer(): Told | null {
    const servers = this.#parts.config['dns.servers']
    const used = servers.length > 0 ? servers.map(parseServer) : systemServers()
    const shared = used.find(({ host }) => isPublicResolver(host))
    if (shared === undefined) return null
    const why = `lists do not answer public name servers (${shared.host}); a resolver of your own can ask them`
    return { at: this.#parts.clock.now(), answer: { kind: 'unknown', why } }
  }

  async #answer(address: string, list: Blocklist): Promise<Told> {
    const now = this.#parts.clock.now()
    const key = `${list.zone} ${address}`
    const known = this.#kept.get(key)
    if (known !== undefined && now - known.at < KEPT) return { at: known.at, answer: await known.answer }
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear()
    const answer = this.#ask(address, list)
    this.#kept.set(key, { at: now, answer })
    // What could not be told is asked again the next time.
    void answer.then(({ kind }) => {
      if (kind === 'unknown') this.#kept.delete(key)
    })
    return { at: now, answer: await answer }
  }

  async #ask(address: string, list: Blocklist): Promise<ListAnswer> {
    const answer = readListAnswer(list, await this.#codes(list, address))
    if (answer.kind !== 'listed') return answer
    const [listed, notListed] = await Promise.all([TEST_ENTRIES.listed, TEST_ENTRIES.notListed].map((one) => this.#codes(list, one)))
    const why = whyNotBelieved(list, listed ?? null, notListed ?? null)
    return why === null ? answer : { kind: 'unknown', why }
  }

  async #codes(list: Blocklist, address: string): Promise<readonly string[] | null> {
    return listOf(await this.#parts.resolver.query(listName(list, address), 'A'))
  }
}

/** Throws nothing: a key that cannot be read is none, and the list then says that it refuses. */
function keyIn(file: string): string | null {
  if (file === '') return null
  try {
    const [key = ''] = readFileSync(file, 'utf8').split('\n', 1)
    return /^[a-z0-9]{10,63}$/i.test(key.trim()) ? key.trim() : null
  } catch {
    return null
  }
}
