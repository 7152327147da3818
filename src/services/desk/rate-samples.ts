// What counters said over the last seconds, so that rates can be told of them.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { CounterSum } from './worker-links.ts'

const SAMPLED = ['inboundConnections', 'outboundConnections', 'recipientsProcessed'] as const
const WINDOW: Ms = 10_000

export type SampledCounter = (typeof SAMPLED)[number]

interface Sample {
  readonly at: EpochMs
  readonly values: ReadonlyMap<SampledCounter, number>
}

export class RateSamples {
  readonly #counters: CounterSum
  #samples: Sample[] = []

  constructor(counters: CounterSum) {
    this.#counters = counters
  }

  /** Call about once a second: rates are differences of samples. */
  sample(now: EpochMs): void {
    this.#samples.push({ at: now, values: new Map(SAMPLED.map((name) => [name, this.#counters.get(name)])) })
    this.#samples = this.#samples.filter(({ at }) => at > now - WINDOW - 500)
  }

  /** A second. */
  rate(name: SampledCounter): number {
    const [first, last] = [this.#samples.at(0), this.#samples.at(-1)]
    if (first === undefined || last === undefined || last.at <= first.at) return 0
    return ((last.values.get(name) ?? 0) - (first.values.get(name) ?? 0)) / ((last.at - first.at) / 1000)
  }
}
