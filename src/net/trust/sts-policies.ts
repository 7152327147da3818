// The MTA-STS policies of domains (rfc:8461): one TXT look-up says whether there is a policy and whether it changed, the policy comes over
// HTTPS, and it is remembered for as long as it says, over restarts too: whoever hides the record or the server for an hour
// gains nothing. Bounded by number and octets; the least lately used go first.
import { isIP } from 'node:net'
import type { Domain, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import type { KeptPolicy, PolicyShelf, StsAnswer, StsFault, StsSource } from '../../engine/ports/trust.ts'
import { LARGEST_POLICY, parseStsPolicy, readStsRecord, type StsPolicy, stsLines } from '../../policy/trust/sts.ts'
import type { Resolver } from '../dns/resolver.ts'
import type { Https } from './https.ts'

export interface StsOptions {
  readonly resolver: Resolver
  readonly https: Https
  readonly shelf: PolicyShelf
  readonly clock: Clock
  readonly log: Log
  /** 443, unless a test listens elsewhere. */
  readonly port?: number
  /** Policies remembered; default 10,000. */
  readonly mostKept?: number
}

interface Kept extends KeptPolicy {
  readonly policy: StsPolicy
}
interface Failure {
  readonly id: string
  readonly fault: StsFault
  readonly reason: string
  readonly until: Ms
}
type Fetched = { readonly ok: true; readonly policy: StsPolicy } | { readonly ok: false; readonly fault: StsFault; readonly reason: string }

const HOUR: Ms = 3_600_000
/** rfc:8461#3.3: a server that failed is not asked again for minutes. */
const RETRY: Ms = 300_000
/** rfc:8461#5.1: a policy that stays the same is fetched again now and then, or it would end although it is still published. */
const REFRESH: Ms = 24 * HOUR
const SOON: Ms = 60_000
const MOST_KEPT = 10_000
const MOST_OCTETS = 16 * 1024 * 1024
const MOST_FAILURES = 10_000
/** Each fetch holds a socket. */
const MOST_FETCHING = 64

export function createStsPolicies(options: StsOptions): StsSource {
  return new StsPolicies(options)
}

class StsPolicies implements StsSource {
  readonly #options: StsOptions
  readonly #kept = new Map<string, Kept>()
  readonly #failures = new Map<string, Failure>()
  readonly #fetching = new Map<string, Promise<Fetched>>()
  readonly #waiting: (() => void)[] = []
  #octets = 0
  #busy = 0
  #loaded: Promise<void> | null = null

  constructor(options: StsOptions) {
    this.#options = options
  }

  async policyOf(domain: Domain): Promise<StsAnswer> {
    if (domain.startsWith('[') || isIP(domain)) return { kind: 'none', ttl: HOUR }
    await (this.#loaded ??= this.#load())
    const answer = await this.#options.resolver.query(`_mta-sts.${domain}`, 'TXT')
    const id = answer.kind === 'records' ? readStsRecord(answer.records) : null
    const kept = this.#inForce(domain)
    if (id === null) {
      const trouble = answer.kind === 'trouble' ? answer.reason : 'its record is gone'
      if (kept !== undefined) return this.#policy(kept, `${trouble}; what was fetched before counts`, Math.max(answer.ttl, SOON))
      // That nothing is published need not be asked again with every MX record.
      // A name server that never answers such questions must not hold up mail at each look at the MX records.
      return { kind: 'none', ttl: answer.kind === 'trouble' ? RETRY : HOUR }
    }
    if (kept?.id === id) {
      if (this.#isStale(kept)) void this.#fetch(domain, id)
      return this.#policy(kept, null, answer.ttl)
    }
    return this.#changed(domain, id, Math.max(answer.ttl, SOON))
  }

  /** The record names a policy that is not known yet. */
  async #changed(domain: string, id: string, ttl: Ms): Promise<StsAnswer> {
    const fetched = await this.#fetch(domain, id)
    const kept = this.#inForce(domain)
    if (fetched.ok && kept !== undefined) return this.#policy(kept, null, ttl)
    if (fetched.ok) return { kind: 'none', ttl }
    const { fault, reason } = fetched
    if (kept !== undefined) return this.#policy(kept, `${reason}; what was fetched before counts`, Math.min(ttl, RETRY))
    return { kind: 'unusable', fault, reason, ttl: Math.min(ttl, RETRY) }
  }

  #policy({ policy, id, fetchedAt }: Kept, trouble: string | null, ttl: Ms): StsAnswer {
    const until = fetchedAt + policy.maxAge
    const left = Math.max(1000, until - this.#options.clock.now())
    return { kind: 'policy', policy, id, until, trouble, ttl: Math.min(ttl, left) }
  }

  /** What is remembered and has not ended; moves to the end of those that go first. */
  #inForce(domain: string): Kept | undefined {
    const kept = this.#kept.get(domain)
    if (kept === undefined) return undefined
    const now = this.#options.clock.now()
    // A clock that was set back must not make a policy last for ever.
    if (kept.fetchedAt + kept.policy.maxAge <= now || kept.fetchedAt > now + REFRESH) {
      this.#drop(domain, kept)
      return undefined
    }
    this.#kept.delete(domain)
    this.#kept.set(domain, kept)
    return kept
  }

  #isStale({ fetchedAt, policy }: Kept): boolean {
    return this.#options.clock.now() - fetchedAt > Math.min(REFRESH, policy.maxAge / 2)
  }

  #fetch(domain: string, id: string): Promise<Fetched> {
    const failure = this.#failures.get(domain)
    if (failure !== undefined && failure.id === id && failure.until > this.#options.clock.mono())
      return Promise.resolve({ ok: false, fault: failure.fault, reason: failure.reason })
    const fetching = this.#fetching.get(domain)
    if (fetching !== undefined) return fetching
    const begun = this.#fetchNow(domain)
      .then((fetched) => {
        if (fetched.ok) this.#remember(domain, id, fetched.policy)
        else this.#failed(domain, { id, fault: fetched.fault, reason: fetched.reason, until: this.#options.clock.mono() + RETRY })
        return fetched
      })
      .finally(() => this.#fetching.delete(domain))
    this.#fetching.set(domain, begun)
    return begun
  }

  async #fetchNow(domain: string): Promise<Fetched> {
    if (this.#busy >= MOST_FETCHING) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#busy++
    try {
      const { https, port = 443 } = this.#options
      return readAnswer(await https({ host: `mta-sts.${domain}`, port, path: '/.well-known/mta-sts.txt', most: LARGEST_POLICY }))
    } finally {
      // Who waits takes the place over.
      const next = this.#waiting.shift()
      if (next === undefined) this.#busy--
      else next()
    }
  }

  #failed(domain: string, failure: Failure): void {
    this.#failures.delete(domain)
    this.#failures.set(domain, failure)
    if (this.#failures.size > MOST_FAILURES) for (const oldest of this.#failures.keys()) return void this.#failures.delete(oldest)
    this.#options.log.info('An MTA-STS policy cannot be had.', { domain, reason: failure.reason })
  }

  #remember(domain: string, id: string, policy: StsPolicy): void {
    this.#failures.delete(domain)
    const kept = { id, fetchedAt: this.#options.clock.now(), text: stsLines(policy).join('\n'), policy }
    this.#keep(domain, kept)
    this.#options.shelf.put(domain, { id, fetchedAt: kept.fetchedAt, text: kept.text })
  }

  #keep(domain: string, kept: Kept): void {
    const old = this.#kept.get(domain)
    if (old !== undefined) this.#octets -= weight(old)
    this.#kept.delete(domain)
    this.#kept.set(domain, kept)
    this.#octets += weight(kept)
    const { mostKept = MOST_KEPT } = this.#options
    for (const [oldest, its] of this.#kept) {
      if (this.#kept.size <= mostKept && this.#octets <= MOST_OCTETS) return
      this.#drop(oldest, its)
    }
  }

  #drop(domain: string, kept: Kept): void {
    this.#kept.delete(domain)
    this.#octets -= weight(kept)
    this.#options.shelf.remove(domain)
  }

  async #load(): Promise<void> {
    const all = [...(await this.#options.shelf.load())].toSorted(([, a], [, b]) => a.fetchedAt - b.fetchedAt)
    for (const [domain, kept] of all) {
      const reading = parseStsPolicy(kept.text)
      if (reading.ok && !this.#kept.has(domain)) this.#keep(domain, { ...kept, policy: reading.policy })
      this.#inForce(domain)
    }
  }
}

function weight({ text, id }: KeptPolicy): number {
  return text.length + id.length + 200
}

function readAnswer(answer: Awaited<ReturnType<Https>>): Fetched {
  if (!answer.ok)
    return { ok: false, fault: answer.kind === 'certificate' ? 'sts-webpki-invalid' : 'sts-policy-fetch-error', reason: answer.reason }
  const { status, type, body } = answer
  // rfc:8461#3.3: a redirect is not followed, and anything but 200 is no policy.
  if (status !== 200) return { ok: false, fault: 'sts-policy-fetch-error', reason: `the server of the policy answered ${status}` }
  // rfc:8461#3.2: where others may put files at the host, what they put is seldom plain text.
  if (type !== 'text/plain')
    return { ok: false, fault: 'sts-policy-invalid', reason: `the policy is ${type.slice(0, 80) || 'of no type'}, not text/plain` }
  const reading = parseStsPolicy(body)
  return reading.ok ? reading : { ok: false, fault: 'sts-policy-invalid', reason: `the policy cannot be used: ${reading.problem}` }
}
