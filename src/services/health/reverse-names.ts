// What the reverse DNS says of the addresses that mail leaves from: asked when somebody looks, each address once in some minutes.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { SourceReverse } from '../../contract/health.ts'
import type { Config } from '../../contract/options.ts'
import type { Settings } from '../../contract/settings.ts'
import { Names } from '../../lifecycle/network/names.ts'
import type { Resolver } from '../../net/dns/resolver.ts'
import { judgeReverse } from '../../policy/health/judge-source.ts'
import { usesDefault } from './listing-watch.ts'
import { allSources, lookAtReverse, type UsedSource } from './look.ts'

const KEPT: Ms = 300_000
/** Sources that are looked at, and how many at once. */
const MOST = 1000
const AT_ONCE = 20

export interface ReverseNamesParts {
  readonly config: Config
  readonly hostName: string
  readonly settings: () => Settings
  readonly resolver: Resolver
  readonly clock: Clock
}

export class ReverseNames {
  readonly #parts: ReverseNamesParts
  #kept = new Map<string, { readonly at: EpochMs; readonly finding: Promise<SourceReverse> }>()

  constructor(parts: ReverseNamesParts) {
    this.#parts = parts
  }

  async list(): Promise<readonly SourceReverse[]> {
    const { config, hostName, settings, clock } = this.#parts
    const known = settings()
    const sources = allSources({ config, hostName, settings: known }, usesDefault(known)).slice(0, MOST)
    const groups = [...Map.groupBy(sources, (source) => keyOf(source)).entries()]
    const now = clock.now()
    // What is no source any more is forgotten, and so is what could not be told.
    const fresh = new Map<string, { readonly at: EpochMs; readonly finding: Promise<SourceReverse> }>()
    const found: SourceReverse[] = []
    const left = groups.values()
    const lane = async (): Promise<void> => {
      for (const [key, [first, ...others]] of left) {
        if (first === undefined) continue
        const before = this.#kept.get(key)
        const one = before !== undefined && now - before.at < KEPT ? before : { at: now, finding: this.#look(first, now) }
        const finding = await one.finding
        if (finding.state !== 'unknown') fresh.set(key, one)
        found.push({ ...finding, sources: [first, ...others].flatMap(({ name }) => name ?? []) })
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, lane))
    this.#kept = fresh
    return found.toSorted((a, b) => (a.subject < b.subject ? -1 : 1))
  }

  async #look(source: UsedSource, at: EpochMs): Promise<SourceReverse> {
    const facts = await lookAtReverse(source, new Names(this.#parts.resolver))
    return { ...judgeReverse(facts), sources: [], helo: source.helo, at }
  }
}

/** An exit without an address is known by its name alone. */
const keyOf = ({ name, address, helo }: UsedSource): string => (address === null ? `exit ${name}` : `${address} ${helo}`)
