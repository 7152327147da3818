// What TLS sessions came to, counted by day, policy domain and policy, as reports tell it (rfc:8460#4). Pure; bounded by domains and by
// kinds of failure, whatever strangers publish.

export type ResultType =
  | 'starttls-not-supported'
  | 'certificate-host-mismatch'
  | 'certificate-expired'
  | 'certificate-not-trusted'
  | 'validation-failure'
  | 'sts-policy-fetch-error'
  | 'sts-policy-invalid'
  | 'sts-webpki-invalid'

/** The policy that a session was under. */
export interface SessionPolicy {
  readonly type: 'sts' | 'tlsa'
  /** As a report shows it: the lines of the policy, or the TLSA records. */
  readonly strings: readonly string[]
  /** Names of hosts in an MTA-STS policy. */
  readonly mx: readonly string[]
}

export interface SessionFailure {
  readonly type: ResultType
  /** Of ours and of the host; null where there was no connection. */
  readonly local: string | null
  readonly host: string | null
  readonly address: string | null
  readonly reason: string | null
}

export interface SessionResult {
  readonly domain: string
  readonly policy: SessionPolicy
  /** Null: it went as the policy asks. */
  readonly failure: SessionFailure | null
}

export interface CountedFailure extends SessionFailure {
  readonly count: number
}
export interface CountedPolicy {
  readonly policy: SessionPolicy
  readonly successes: number
  readonly failed: number
  /** Those that there was room for: their counts may sum up to less than `failed`. */
  readonly failures: readonly CountedFailure[]
}
/** Domain → its policies of a day. */
export type DayResults = ReadonlyMap<string, readonly CountedPolicy[]>

const MOST_DOMAINS = 5000
/** A domain that changes its policy all day long. */
const MOST_POLICIES = 8
const MOST_FAILURES = 20
const MOST_STRINGS = 100
const LONGEST = 300

interface Tally {
  readonly policy: SessionPolicy
  successes: number
  failed: number
  readonly failures: Map<string, { failure: SessionFailure; count: number }>
}

export class ResultCounts {
  readonly #domains = new Map<string, Map<string, Tally>>()

  /** False where there is no room for it. */
  add({ domain, policy, failure }: SessionResult): boolean {
    const tally = this.#tallyOf(domain, policy)
    if (tally === undefined) return false
    if (failure === null) tally.successes++
    else this.#fail(tally, failure, 1)
    return true
  }

  /** Counts of another process, or of before a restart. */
  merge(day: DayResults): void {
    for (const [domain, policies] of day)
      for (const { policy, successes, failed, failures } of policies) {
        const tally = this.#tallyOf(domain, policy)
        if (tally === undefined) continue
        tally.successes += successes
        for (const { count, ...failure } of failures) this.#fail(tally, failure, count)
        tally.failed += failed - failures.reduce((sum, { count }) => sum + count, 0)
      }
  }

  results(): DayResults {
    const day = new Map<string, readonly CountedPolicy[]>()
    for (const [domain, tallies] of this.#domains)
      day.set(
        domain,
        [...tallies.values()].map(({ policy, successes, failed, failures }) => {
          const counted = [...failures.values()].map(({ failure, count }): CountedFailure => Object.assign({ count }, failure))
          return { policy, successes, failed, failures: counted }
        }),
      )
    return day
  }

  #tallyOf(domain: string, policy: SessionPolicy): Tally | undefined {
    let tallies = this.#domains.get(domain)
    if (tallies === undefined) {
      if (this.#domains.size >= MOST_DOMAINS) return undefined
      this.#domains.set(domain, (tallies = new Map()))
    }
    const key = `${policy.type} ${policy.strings.join('\n')}`
    let tally = tallies.get(key)
    if (tally === undefined) {
      if (tallies.size >= MOST_POLICIES) return undefined
      tally = { policy: bounded(policy), successes: 0, failed: 0, failures: new Map() }
      tallies.set(key, tally)
    }
    return tally
  }

  #fail(tally: Tally, failure: SessionFailure, count: number): void {
    tally.failed += count
    const { type, host, address, local } = failure
    const key = [type, host, address, local].join(' ')
    const known = tally.failures.get(key)
    if (known !== undefined) known.count += count
    else if (tally.failures.size < MOST_FAILURES)
      tally.failures.set(key, { failure: { ...failure, reason: failure.reason?.slice(0, LONGEST) ?? null }, count })
  }
}

function bounded({ type, strings, mx }: SessionPolicy): SessionPolicy {
  const short = (texts: readonly string[]): readonly string[] => texts.slice(0, MOST_STRINGS).map((text) => text.slice(0, LONGEST))
  return { type, strings: short(strings), mx: short(mx) }
}

/** The counts as text, and back. Null for what was not written so. */
export function encodeResults(results: DayResults): string {
  return JSON.stringify({ format: 1, domains: [...results] })
}

export function decodeResults(text: string): DayResults | null {
  try {
    const read = JSON.parse(text) as { format?: unknown; domains?: unknown }
    return read.format === 1 && Array.isArray(read.domains) ? new Map(read.domains as [string, readonly CountedPolicy[]][]) : null
  } catch {
    return null
  }
}
