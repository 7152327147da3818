// The health of sender domains: looked at when somebody asks, and each once a day by itself. What was found is kept.
import type { Domain, EpochMs, Ms } from '../../base/brand.ts'
import { type Clock, every } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { Log } from '../../base/log.ts'
import { COMPLAINT_DAYS, type ComplaintFacts, complaintRate, complaintRequirements, IMPORTED_DAYS } from '../../policy/health/complaints.ts'
import type { DayRate } from '../../policy/health/postmaster-csv.ts'
import { ComplaintLog } from '../../store/sqlite/desk/complaint-rates.ts'
import {
  type ComplaintRate,
  type DomainHealth,
  HEALTH_PROVIDERS,
  type HealthProvider,
  type SourceListing,
  type SourceReverse,
} from '../../contract/health.ts'
import type { Config } from '../../contract/options.ts'
import type { SenderDomain, Settings } from '../../contract/settings.ts'
import type { HealthDesk } from '../../engine/ports/health.ts'
import { AuthoritativeResolver } from '../../net/dns/authoritative.ts'
import type { Resolver } from '../../net/dns/resolver.ts'
import { judgeDomain } from '../../policy/health/judge.ts'
import { requirementsOf } from '../../policy/health/requirements.ts'
import { DomainHealthLog, type HealthSum } from '../../store/sqlite/desk/domain-health.ts'
import { hostNameOf } from '../host-name.ts'
import { Listings } from './listings.ts'
import { ListingWatch } from './listing-watch.ts'
import { ReverseNames } from './reverse-names.ts'
import type { Refusals } from './refusals.ts'
import type { AlarmFacts } from '../../engine/ports/alarm-facts.ts'
import { lookAt } from './look.ts'

export interface HealthKeeperParts {
  readonly config: Config
  readonly settings: () => Settings
  /** It keeps nothing: what was published a moment ago is seen. */
  readonly resolver: Resolver
  /** The desk's database. */
  readonly file: string
  readonly clock: Clock
  readonly log: Log
  /** Of name servers that are asked themselves: another than 53 in tests. */
  readonly port?: number
}

export interface HealthAlarms {
  readonly facts: AlarmFacts
  readonly refusals: Pick<Refusals, 'readings'>
}

/** For one domain; questions that were not answered by then count as unknown. */
const WITHIN: Ms = 25_000
const AT_ONCE = 4
/** Of these; the others are for who asks. */
const AT_ONCE_BY_ITSELF = 2
const DAY: Ms = 86_400_000
/** Days of imported rates; only the last count. */
const IMPORTS_KEPT = 400
const ROUND: Ms = 60_000
/** Beyond so many in a round the rest waits for the next. */
const MOST_A_ROUND = 40

export class HealthKeeper implements HealthDesk, Disposable {
  readonly #parts: HealthKeeperParts
  readonly #kept: DomainHealthLog
  readonly #complaints: ComplaintLog
  readonly #listings: Listings
  readonly #listed: ListingWatch
  readonly #reverse: ReverseNames
  readonly #opened = new DisposableStack()
  readonly #checking = new Map<Domain, Promise<DomainHealth>>()
  readonly #waiting: (() => void)[] = []
  #busy = 0
  #inRound = false
  #closed = false

  constructor(parts: HealthKeeperParts) {
    this.#parts = parts
    this.#kept = this.#opened.use(new DomainHealthLog(parts.file))
    this.#complaints = this.#opened.use(new ComplaintLog(parts.file))
    this.#listings = new Listings(parts)
    const hostName = hostNameOf(parts.config)
    this.#listed = new ListingWatch({ ...parts, hostName, listings: this.#listings })
    this.#reverse = new ReverseNames({ ...parts, hostName })
  }

  [Symbol.dispose](): void {
    this.#closed = true
    this.#opened[Symbol.dispose]()
  }

  /** From now on each domain is looked at once a day, each address once an hour; alarms hear of it. */
  begin(alarms: HealthAlarms): void {
    this.#opened.use(
      every(this.#parts.clock, ROUND, () => {
        void this.#tell(alarms)
        void this.#round()
      }),
    )
  }

  listings(): Promise<readonly SourceListing[]> {
    return this.#listed.list()
  }

  reverse(): Promise<readonly SourceReverse[]> {
    return this.#reverse.list()
  }

  complaints(): readonly ComplaintRate[] {
    const { senderDomains } = this.#parts.settings()
    const counted = this.#complaints.sums(this.#dayBack(COMPLAINT_DAYS), null)
    const imported = this.#complaints.worst(this.#dateBack(IMPORTED_DAYS))
    return [
      ...counted.map(({ account, provider, delivered, complaints }) => {
        const rate = complaintRate({ delivered, complaints })
        return { account, domain: '', provider, delivered, complaints, rate }
      }),
      ...imported.flatMap(({ domain, provider, rate }) => {
        const account = senderDomains.get(domain)?.account
        return account === undefined ? [] : [{ account, domain, provider, delivered: null, complaints: null, rate }]
      }),
    ]
  }

  importRates(domain: Domain, provider: HealthProvider, rates: readonly DayRate[]): void {
    this.#complaints.putRates(domain, provider, rates, this.#dateBack(IMPORTS_KEPT))
  }

  #complaintsOf({ domain, account }: SenderDomain): readonly ComplaintFacts[] {
    const counted = this.#complaints.sums(this.#dayBack(COMPLAINT_DAYS), account)
    const imported = this.#complaints.worst(this.#dateBack(IMPORTED_DAYS)).filter((one) => one.domain === domain)
    return HEALTH_PROVIDERS.map((provider) => ({
      provider,
      counts: counted.find((one) => one.provider === provider) ?? { delivered: 0, complaints: 0 },
      imported: imported.find((one) => one.provider === provider)?.rate ?? null,
    }))
  }

  #dayBack(days: number): number {
    return Math.floor(this.#parts.clock.now() / DAY) - days
  }

  #dateBack(days: number): string {
    return new Date(this.#dayBack(days) * DAY).toISOString().slice(0, 10)
  }

  kept(domain: Domain): DomainHealth | null {
    return this.#kept.find(domain)
  }

  sums(): ReadonlyMap<Domain, HealthSum> {
    return this.#kept.sums()
  }

  /** Who asks for what is being looked at gets the same. */
  check(sender: SenderDomain): Promise<DomainHealth> {
    const known = this.#checking.get(sender.domain)
    if (known !== undefined) return known
    const checking = this.#check(sender).finally(() => this.#checking.delete(sender.domain))
    this.#checking.set(sender.domain, checking)
    return checking
  }

  async #check(sender: SenderDomain): Promise<DomainHealth> {
    const { config, settings, resolver: recursive, clock, port } = this.#parts
    if (++this.#busy > AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    try {
      using resolver = new AuthoritativeResolver({
        resolver: recursive,
        allowPrivate: config['delivery.allow_private'],
        timeout: config['dns.timeout'],
        within: WITHIN,
        clock,
        ...(port !== undefined && { port }),
      })
      const listingsOf = (sources: readonly { readonly address: string | null }[]) =>
        this.#listings.of(sources.flatMap(({ address }) => address ?? []))
      const facts = await lookAt(sender, { config, hostName: hostNameOf(config), settings: settings(), resolver, listingsOf })
      const findings = judgeDomain(facts)
      const { domain, account } = sender
      const requirements = [...requirementsOf(findings), ...complaintRequirements(this.#complaintsOf(sender))]
      const health = { domain, account, at: clock.now(), indirect: resolver.indirect, findings, requirements }
      if (!this.#closed) this.#kept.put(health)
      return health
    } finally {
      this.#busy--
      this.#waiting.shift()?.()
    }
  }

  async #tell({ facts, refusals }: HealthAlarms): Promise<void> {
    const now = this.#parts.clock.now()
    const refused = refusals.readings(now)
    if (refused !== null) facts.report('sender-refused', refused)
    await this.#listed.look(now, facts).catch((error: unknown) => this.#complain('blocklists', error))
  }

  async #round(): Promise<void> {
    if (this.#inRound) return
    this.#inRound = true
    try {
      const { senderDomains } = this.#parts.settings()
      const sums = this.#kept.sums()
      this.#kept.forget([...sums.keys()].filter((domain) => !senderDomains.has(domain)))
      const now = this.#parts.clock.now()
      const due = [...senderDomains.values()].filter(({ domain }) => isDue(domain, sums.get(domain)?.at, now))
      const lane = async (its: Iterable<SenderDomain>): Promise<void> => {
        for (const sender of its)
          await this.check(sender).catch((error: unknown) => this.#complain(`the health of ${sender.domain}`, error))
      }
      const all = due.slice(0, MOST_A_ROUND).values()
      await Promise.all(Array.from({ length: AT_ONCE_BY_ITSELF }, () => lane(all)))
    } catch (error) {
      this.#complain('the health of sender domains', error)
    }
    this.#inRound = false
  }

  #complain(what: string, error: unknown): void {
    if (!this.#closed) this.#parts.log.warn(`${what} cannot be looked at now`, { reason: messageOf(error) })
  }
}

/** Once a day, each at a time of its own, so that they do not all come together for ever. */
export function isDue(domain: string, at: EpochMs | undefined, now: EpochMs): boolean {
  if (at === undefined || at > now) return true
  let sum = 0
  for (const character of domain) sum = (sum * 31 + character.charCodeAt(0)) % 1000
  return now - at >= DAY * (0.9 + sum / 5000)
}
