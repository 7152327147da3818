// What is held, by domain and by why: counted once after a start, as that looks at every recipient, and kept up to date from then on. With
// very many domains only the sum is exact.
import type { Domain } from '../../base/brand.ts'
import type { HeldRows } from '../ports/spool.ts'

const MOST_DOMAINS = 100_000
const MOST_REASONS = 100
/** Of a domain with many reasons, those beyond. */
const OTHERS = 'Other reasons.'

export class HeldCounts {
  readonly #domains = new Map<Domain, Map<string, number>>()
  readonly #octets = new Map<Domain, number>()
  readonly #slices: () => AsyncIterable<readonly HeldRows[]>
  #total = 0
  #isKnown = false
  #counting: Promise<void> | null = null

  /** `slices`: all that is on disk. */
  constructor(slices: () => AsyncIterable<readonly HeldRows[]>) {
    this.#slices = slices
  }

  /** Recipients, as far as this process counted them. */
  get total(): number {
    return Math.max(0, this.#total)
  }

  /** What was held before the start is among them. */
  get isKnown(): boolean {
    return this.#isKnown
  }

  domains(): Iterable<Domain> {
    return this.#domains.keys()
  }

  /** By reason. */
  of(domain: Domain): ReadonlyMap<string, number> {
    return this.#domains.get(domain) ?? NONE
  }

  /** Octets of their messages, for each recipient. */
  octetsOf(domain: Domain): number {
    return this.#octets.get(domain) ?? 0
  }

  change(domain: Domain, reason: string | null, by: 1 | -1, size: number): void {
    this.#add(domain, reason ?? OTHERS, by)
    this.#weigh(domain, by * size)
  }

  /** Counts what was held before the start, where that was not done yet. Rejects where it cannot be read. */
  known(): Promise<void> {
    if (this.#isKnown) return Promise.resolve()
    this.#counting ??= this.#count().finally(() => (this.#counting = null))
    return this.#counting
  }

  async #count(): Promise<void> {
    this.#domains.clear()
    this.#octets.clear()
    this.#total = 0
    for await (const slice of this.#slices())
      for (const { domain, reason, recipients, octets } of slice) {
        this.#add(domain, reason ?? OTHERS, recipients)
        this.#weigh(domain, octets)
      }
    this.#isKnown = true
  }

  #weigh(domain: Domain, octets: number): void {
    const before = this.#octets.get(domain)
    if (before === undefined && this.#octets.size >= MOST_DOMAINS) return
    const after = (before ?? 0) + octets
    if (after > 0) this.#octets.set(domain, after)
    else this.#octets.delete(domain)
  }

  #add(domain: Domain, reason: string, n: number): void {
    this.#total += n
    let reasons = this.#domains.get(domain)
    if (reasons === undefined) {
      if (n < 0 || this.#domains.size >= MOST_DOMAINS) return
      this.#domains.set(domain, (reasons = new Map()))
    }
    const key = reasons.has(reason) || (n > 0 && reasons.size < MOST_REASONS) ? reason : OTHERS
    const count = Math.max(0, (reasons.get(key) ?? 0) + n)
    if (count > 0) reasons.set(key, count)
    else reasons.delete(key)
    if (reasons.size === 0) this.#domains.delete(domain)
  }
}

const NONE: ReadonlyMap<string, number> = new Map()
