// What the owner's code said of mail of an account to a domain: asked when such mail is about to be worked on, and heeded for all of it while
// that holds. Where nobody is asked it costs one look.
//
//   unknown  nobody was asked, or it is too long ago              → asked (by the next job)
//   asked    jobs of that account and domain wait for the answer  → known
//   known    it holds for a minute, a failure for a moment        → unknown, known (what is said at a connection takes its place)
import type { AccountId, Domain, Ms } from '../../base/brand.ts'
import type { DomainWord } from '../../contract/bus.ts'
import type { PlacedRule } from '../../policy/rules/merge.ts'
import type { DeliveryFilters, DomainChange, Said } from '../ports/delivery-filters.ts'
import { domainOf, type Job } from '../schedule/in-hand.ts'
import { type Cause, NOWHERE } from '../settle/decisions.ts'
import type { CourierRoom } from './courier-room.ts'
import type { SitePlan } from './routing.ts'
import { destinationOf } from './sites.ts'

type Answer = Said<DomainChange>
type Refused = Exclude<Answer, { kind: 'go' }>

interface Standing {
  readonly said: Answer
  readonly at: Ms
  readonly until: Ms
  /** It counts until another takes its place: what waits was given out under it. */
  readonly rule: PlacedRule | null
}

const HOLDS: Ms = 60_000
/** Whoever did not answer is asked again this soon. */
const FAILURE_HOLDS: Ms = 5000
const MOST_KEPT = 20_000
/** Of a domain, to who asks what was said. */
const MOST_WORDS = 10

export class Standings {
  readonly filters: DeliveryFilters | null
  readonly #room: CourierRoom
  #who: object | null = null
  readonly #kept = new Map<string, Standing>()
  readonly #asked = new Map<string, Promise<void>>()
  readonly #rules = new Map<string, PlacedRule>()
  /** Those that are kept and have a rule. */
  #ruled = 0
  /** Below those of all documents. */
  #lastId = 0

  constructor(room: CourierRoom, filters: DeliveryFilters | null) {
    this.#room = room
    this.filters = filters
  }

  /** Nobody is asked about domains or connections. */
  get isQuiet(): boolean {
    return this.filters === null || !(this.filters.asks.domain || this.filters.asks.connection)
  }

  /** What is known of the job's mail, null where nobody is asked, or what to wait for before it is asked for again. */
  of(job: Job, plan: SitePlan): Answer | Promise<void> | null {
    const { head } = job.message
    if (this.isQuiet || head.ours === true) return null
    const known = this.known(job)
    if (known !== null) return known
    const key = keyOf(head.account, domainOf(job))
    return this.#asked.get(key) ?? this.#ask(key, job, plan)
  }

  /** The same without asking. What the server itself has to say is nobody's to judge. */
  known(job: Job): Answer | null {
    this.#renew()
    const { head } = job.message
    const known = head.ours === true || this.#kept.size === 0 ? undefined : this.#kept.get(keyOf(head.account, domainOf(job)))
    return known !== undefined && known.until > this.#room.around.clock.mono() ? known.said : null
  }

  /** Whether somebody made a rule for anything. */
  get hasRules(): boolean {
    if (this.#ruled === 0 || this.isQuiet) return false
    this.#renew()
    return this.#ruled > 0
  }

  /** The rule that somebody made for mail of the account to the domain; null: none. */
  ruleOf(domain: Domain, account: AccountId | null): PlacedRule | null {
    if (account === null || !this.hasRules) return null
    return this.#kept.get(keyOf(account, domain))?.rule ?? null
  }

  isApart(account: AccountId | null): boolean {
    return account !== null && !this.isQuiet && this.filters?.isApart(account) === true
  }

  put(account: AccountId, domain: Domain, said: Answer): void {
    const key = keyOf(account, domain)
    const change = said.kind === 'go' ? said.change : null
    const rule = said.kind === 'go' ? this.#ruleOf(domain, change) : (this.#kept.get(key)?.rule ?? null)
    const holds = said.kind !== 'fail' && said.isFailure ? FAILURE_HOLDS : HOLDS
    this.#drop(key)
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size < MOST_KEPT) break
      this.#drop(oldest)
    }
    if (rule !== null) this.#ruled++
    const at = this.#room.around.clock.mono()
    this.#kept.set(key, { said, at, until: at + holds, rule })
  }

  /** What was said last of mail of the account, null: of any, to the domain; the last of them first. */
  words(domain: Domain, account: AccountId | null): readonly DomainWord[] {
    if (this.isQuiet) return []
    this.#renew()
    const now = this.#room.around.clock.mono()
    const keys = account === null ? [...this.#kept.keys()].filter((key) => key.endsWith(` ${domain}`)) : [keyOf(account, domain)]
    const found = keys.flatMap((key) => {
      const standing = this.#kept.get(key)
      return standing === undefined ? [] : [wordOf(Number.parseInt(key, 10) as AccountId, standing, now)]
    })
    return found.toSorted((a, b) => a.ago - b.ago).slice(0, MOST_WORDS)
  }

  #drop(key: string): void {
    const { rule = null } = this.#kept.get(key) ?? {}
    if (rule !== null) this.#ruled--
    this.#kept.delete(key)
  }

  /** It does not go there now, or never. */
  heed(job: Job, said: Refused, site: string): void {
    const target = { ...NOWHERE, site }
    const cause: Cause = { code: 9999, reason: said.reason, reply: null, status: '4.7.1' }
    if (said.kind === 'fail') this.#room.fail(job, target, { ...cause, code: 1999, status: '5.7.1' })
    else this.#room.defer(job, target, cause, said.wait)
  }

  #ask(key: string, job: Job, plan: SitePlan): Promise<void> | null {
    const { filters } = this
    const { head } = job.message
    // Each job of accounts that nobody asks about comes here: nothing is worked out for it.
    if (filters?.asks.domain !== true || !filters.asksDomainOf(head.account)) return null
    const domain = domainOf(job)
    const { scheduler, around } = this.#room
    const hosts = plan.hosts.map(({ host }) => host)
    const { effective } = around.rules().at(destinationOf(plan, domain, head.account))
    const answer = filters.domain({ head, domain, site: plan.name, hosts, waiting: scheduler.waitingFor(domain), effective })
    if (answer === null) return null
    const who = this.#who
    const asked = answer.then((said) => {
      if (who !== this.#who) return
      this.#asked.delete(key)
      this.put(head.account, domain, said)
    })
    this.#asked.set(key, asked)
    return asked
  }

  /** Others are asked now: what was said before is of no account. */
  #renew(): void {
    const who = this.filters?.who ?? null
    if (who === this.#who) return
    this.#who = who
    this.#kept.clear()
    this.#asked.clear()
    this.#rules.clear()
    this.#ruled = 0
  }

  /** The same rule for the same values, so that what is worked out for it is worked out once. */
  #ruleOf(domain: Domain, change: DomainChange | null): PlacedRule | null {
    if (change === null || Object.keys(change.rule).length === 0) return null
    const key = `${domain}\n${JSON.stringify(change.rule)}`
    let placed = this.#rules.get(key)
    if (placed === undefined) {
      if (this.#rules.size >= MOST_KEPT) this.#rules.clear()
      const rule = { name: 'plug-in', by: 'domain', mask: domain, set: change.rule } as const
      this.#rules.set(key, (placed = { id: --this.#lastId, rule, level: 'account', isOverride: true }))
    }
    return placed
  }
}

function wordOf(account: AccountId, { said, at }: Standing, now: Ms): DomainWord {
  const { rule = {}, pool } = said.kind === 'go' ? (said.change ?? {}) : {}
  const values = { ...rule, ...(pool !== undefined && { pool }) }
  return { account, kind: said.kind, values, reason: said.kind === 'go' ? null : said.reason, ago: now - at }
}

function keyOf(account: AccountId, domain: Domain): string {
  return `${account} ${domain}`
}
