// What mail leaves from: the source that the configuration names, or one of the pool that the rules, the mailing or the message itself
// ask for. Chosen for each message when its turn comes, by what holds then.
import type { EpochMs, Ms } from '../../base/brand.ts'
import type { SourceOut } from '../../contract/source-operations.ts'
import { type Rank, rankOf } from '../../contract/priority.ts'
import type { Effective, Source } from '../../contract/rules.ts'
import type { ExitLogin } from '../../contract/settings.ts'
import { mayUse } from '../../policy/sources/choice.ts'
import { definitionOf, PoolBook, type Pool, type PoolSource } from '../../policy/sources/pools.ts'
import type { Alerts } from '../alerts.ts'
import type { Outbound, OutboundExit } from '../ports/outbound.ts'
import type { MessageHead } from '../ports/spool.ts'
import type { Surroundings } from '../surroundings.ts'
import type { SitePlan } from './routing.ts'
import { SourceHealth } from './source-health.ts'

/** What no usable source of a pool waits for is looked at again so often, if nobody tells earlier. */
const LOOK_AGAIN: Ms = 60_000

export interface SourceUse {
  /** As limits and keys of sites name it. */
  readonly name: string
  /** Of no pool: what the configuration says. */
  readonly isDefault: boolean
  /** To bind, or what the exit sends from; null: whatever the system chooses. */
  readonly address: string | null
  /** Which hosts it can reach; null: any. */
  readonly family: 4 | 6 | null
  readonly helo: string
  readonly exit: OutboundExit | null
}

/** As events name it. */
export function sourceOf({ name, isDefault }: SourceUse): { readonly source?: string } {
  return isDefault ? {} : { source: name }
}

/** Nothing can leave at the moment. `details`: which source is out, and why. */
export interface NoSource {
  readonly pool: string
  /** A sentence that is the same as long as the pool has none. */
  readonly reason: string
  readonly details: string
  readonly until: EpochMs
}

type Missing = { readonly ok: false } & NoSource
export type Picked = { readonly ok: true; readonly source: SourceUse; readonly pool: string | null } | Missing

export interface SourcesParts {
  readonly around: Surroundings
  readonly alerts: Alerts
  readonly probe: Outbound['probe']
  readonly warm: { isFull(source: string, provider: string | null, rank: Rank): boolean }
  /** The pool that mail leaves from instead of its own, where it would leave from this source; null: its own. */
  readonly insteadOf: (plan: SitePlan, source: string, head: MessageHead) => string | null
  /** What can be used is not what it was. `back`: pools that had no usable source and have one again. */
  readonly changed: (back: readonly string[]) => void
}

export class Sources {
  readonly #parts: SourcesParts
  readonly #health: SourceHealth
  /** Of mail without a pool. */
  readonly default: SourceUse
  #book: PoolBook
  #made: { readonly document: unknown; readonly states: unknown; readonly logins: readonly ExitLogin[] }
  #uses = new Map<string, SourceUse>()
  /** What is picked for mail without a pool. */
  readonly #usual: Picked
  /** Pools that the owner was told of, as mail waits for them. */
  readonly #told = new Set<string>()
  /** Pools of which nothing can be used, for new mail. */
  #empty: ReadonlySet<string>
  readonly #families = new WeakMap<SitePlan, ReadonlySet<number>>()

  constructor(parts: SourcesParts) {
    const { around, alerts, probe } = parts
    this.#parts = parts
    const address = around.config['delivery.source_address']
    this.default = {
      name: address || 'default',
      isDefault: true,
      address: address || null,
      family: null,
      helo: around.hostName,
      exit: null,
    }
    this.#usual = { ok: true, source: this.default, pool: null }
    this.#health = new SourceHealth({
      clock: around.clock,
      alerts,
      random: around.random,
      probe: async (name) => {
        const use = this.use(name)
        return use === undefined ? 'it is not in the rules any more' : probe(placeOf(use))
      },
      changed: () => this.#tell(),
    })
    const { rules, sourceStates, exitLogins: logins } = around.settings()
    this.#made = { document: rules.document, states: sourceStates, logins }
    this.#book = new PoolBook(rules.document, sourceStates)
    this.#empty = this.#emptyPools()
  }

  /** The settings may have changed. True: what leaves from where may be another thing now. */
  settingsChanged(): void {
    const { rules, sourceStates, exitLogins: logins } = this.#parts.around.settings()
    const made = this.#made
    if (made.document === rules.document && sameAs(made.states, sourceStates) && sameAs(made.logins, logins)) return
    const before = this.#book.sources
    this.#made = { document: rules.document, states: sourceStates, logins }
    this.#book = new PoolBook(rules.document, sourceStates)
    const isSame = (name: string): boolean => {
      const [old, fresh] = [before.get(name), this.#book.sources.get(name)]
      if (old === undefined || fresh === undefined || definitionOf(old.source) !== definitionOf(fresh.source)) return false
      return sameAs(exitLoginOf(old, made.logins), exitLoginOf(fresh, logins))
    }
    // What still waits is told anew.
    for (const pool of this.#told) this.#calm(pool)
    this.#health.keep(isSame)
    for (const name of this.#uses.keys()) if (!isSame(name)) this.#uses.delete(name)
    this.#tell()
  }

  #tell(): void {
    const before = this.#empty
    this.#empty = this.#emptyPools()
    // One that the rules do not have is not back by what its sources do.
    for (const pool of this.#told) if (this.#book.pools.has(pool) && !this.#empty.has(pool)) this.#calm(pool)
    this.#parts.changed([...before].filter((pool) => !this.#empty.has(pool)))
  }

  #emptyPools(): ReadonlySet<string> {
    const now = this.#parts.around.clock.now()
    const isUsable = (member: PoolSource): boolean => this.#isUsable(member, now)
    return new Set([...this.#book.pools].filter(([, { members }]) => !members.some(isUsable)).map(([name]) => name))
  }

  #isUsable({ name, usableBefore }: PoolSource, acceptedAt: EpochMs): boolean {
    return mayUse(usableBefore, acceptedAt) && this.#health.trouble(name) === null
  }

  /** The pool of a message; null: none. */
  poolFor(effective: Effective, head: MessageHead): string | null {
    return this.#parts.around.rules().hasPools ? this.#book.poolFor(effective, head) : null
  }

  #poolOf(effective: () => Effective, head: MessageHead, bound: string | null): string | null {
    if (bound !== null && this.#book.pools.has(bound)) return bound
    return this.#parts.around.rules().hasPools ? this.#book.poolFor(effective(), head) : null
  }

  /** The source of a message to the hosts of a site. `effective`: what rules say of it; `bound`: the pool that somebody bound it to. */
  pick(plan: SitePlan, effective: () => Effective, head: MessageHead, bound: string | null = null): Picked {
    // Nobody judges an address by what is posted from it.
    if (plan.reachedBy === 'post') return this.#usual
    const pool = plan.reachedBy === 'simulator' ? null : this.#poolOf(effective, head, bound)
    const picked = this.#pickOf(pool, plan, { effective, head })
    const other = picked.ok && bound === null ? this.#parts.insteadOf(plan, picked.source.name, head) : null
    return other === null || other === pool ? picked : this.#pickOf(other, plan, { effective, head })
  }

  #pickOf(
    pool: string | null,
    plan: SitePlan,
    { effective, head }: { readonly effective: () => Effective; readonly head: MessageHead },
  ): Picked {
    if (pool === null) return this.#usual
    const members = this.#book.pools.get(pool)
    if (members === undefined) {
      this.#tellOf(pool, `there is no pool ${pool}.`)
      return this.#none(pool, `There is no pool ${pool}.`, '')
    }
    const families = this.#familiesOf(plan)
    const usable = (member: PoolSource): boolean => reaches(member, families) && this.#isUsable(member, head.acceptedAt)
    const chosen = this.#withRoom(members, usable, effective, head) ?? members.of(head.id, usable)
    if (chosen !== null) return { ok: true, source: this.#useOf(chosen), pool }
    if (!members.members.some((member) => reaches(member, families))) {
      const kind = families.has(6) ? 'IPv6' : 'IPv4'
      return this.#none(pool, `No source of the pool ${pool} can reach ${plan.name}, which has ${kind} only.`, '')
    }
    const details = this.#detailsOf(members)
    this.#tellOf(pool, `no source of the pool ${pool} can be used${details === '' ? '' : `: ${details}`}.`)
    return this.#none(pool, noSourceReason(pool), details)
  }

  /** Of the usable sources one that has room under its cap of warm-up; null: none has, or nothing is warmed up. */
  #withRoom(members: Pool, usable: (member: PoolSource) => boolean, effective: () => Effective, head: MessageHead): PoolSource | null {
    if (this.#parts.around.rules().warmups === null) return null
    const { provider } = effective()
    const rank = rankOf(head)
    return members.of(head.id, (member) => usable(member) && !this.#parts.warm.isFull(member.name, provider, rank))
  }

  /** Whether new mail of a pool has nothing to leave from; null: it has, or there is no pool. */
  emptyOf(pool: string | null): Missing | null {
    const found = pool === null || !this.#empty.has(pool) ? undefined : this.#book.pools.get(pool)
    return pool === null || found === undefined ? null : this.#none(pool, noSourceReason(pool), this.#detailsOf(found))
  }

  #calm(pool: string): void {
    this.#told.delete(pool)
    this.#parts.alerts.clear(`pool ${pool}`)
  }

  /** Mail waits: the owner is told once. */
  #tellOf(pool: string, what: string): void {
    if (this.#told.has(pool)) return
    this.#told.add(pool)
    this.#parts.alerts.raise(
      `pool ${pool}`,
      `Mail waits: ${what}`,
      "'hms sources ls' shows why; another source in the pool, or another pool in the rules, lets it go.",
    )
  }

  #none(pool: string, reason: string, details: string): Missing {
    return { ok: false, pool, reason, details, until: this.#parts.around.clock.now() + LOOK_AGAIN }
  }

  #detailsOf({ members }: Pool): string {
    const words = members.flatMap(({ name, why }) => {
      const out = this.#health.trouble(name)
      const said = why ?? (out === null ? null : `is out until ${new Date(out.until).toISOString()}: ${out.reason}`)
      return said === null ? [] : [`${name} ${said}`]
    })
    return words.join('; ')
  }

  #familiesOf(plan: SitePlan): ReadonlySet<number> {
    let families = this.#families.get(plan)
    if (families === undefined) {
      families = new Set(plan.hosts.flatMap(({ addresses }) => addresses.map((address) => (address.includes(':') ? 6 : 4))))
      this.#families.set(plan, families)
    }
    return families
  }

  /** The sources of a pool that a site may have mail from. */
  usesOf(pool: string): readonly SourceUse[] {
    return this.#book.pools.get(pool)?.members.map((member) => this.#useOf(member)) ?? []
  }

  /** As it is now; undefined: the rules have it no more. */
  use(name: string): SourceUse | undefined {
    const found = this.#book.sources.get(name)
    return found === undefined ? undefined : this.#useOf(found)
  }

  /** Whether connections from it go on: not where nothing at all may leave from it. */
  goesOn(name: string): boolean {
    const found = this.#book.sources.get(name)
    return found !== undefined && found.usableBefore > 0 && this.#health.trouble(name) === null
  }

  #useOf(member: PoolSource): SourceUse {
    const { name, family, source } = member
    let use = this.#uses.get(name)
    if (use === undefined) {
      const helo = source.helo ?? this.#parts.around.hostName
      const exit = source.kind === 'proxy' ? exitOf(source.proxy, exitLoginOf(member, this.#made.logins)) : null
      this.#uses.set(name, (use = { name, isDefault: false, address: source.address, family, helo, exit }))
    }
    return use
  }

  /** It cannot be bound, or its exit not be reached. */
  failed({ name, isDefault }: SourceUse, reason: string): void {
    if (!isDefault && this.#book.sources.has(name)) this.#health.failed(name, reason)
  }

  /** Sources that are out by themselves. */
  list(): readonly SourceOut[] {
    return [...this.#book.sources.keys()].flatMap((source) => {
      const out = this.#health.trouble(source)
      return out === null ? [] : [{ source, reason: out.reason, since: out.since, until: out.until }]
    })
  }

  stop(): void {
    this.#health.stop()
  }
}

/** The same as long as a pool has no usable source: by these words its mail is found when it has one again. */
export function noSourceReason(pool: string): string {
  return `No source of the pool ${pool} can be used.`
}

function placeOf({ address, exit }: SourceUse): Parameters<Outbound['probe']>[0] {
  return { localAddress: address, ...(exit && { exit }) }
}

/** Families 4 and 6: those of the hosts' addresses. A site without any is found out about when it is connected to. */
function reaches({ family }: PoolSource, families: ReadonlySet<number>): boolean {
  return family === null || families.size === 0 || families.has(family)
}

/** What it is told where it asks; undefined: nothing. */
export function exitLoginOf(
  { name, source }: { readonly name: string; readonly source: Source },
  logins: readonly ExitLogin[],
): OutboundExit['login'] {
  const found = source.kind === 'proxy' ? logins.find((one) => one.source === name && one.proxy === source.proxy) : undefined
  return found === undefined || found.password === null ? undefined : { user: found.user, password: found.password }
}

export function exitOf(proxy: string, login?: OutboundExit['login']): OutboundExit {
  const { protocol, hostname, port } = new URL(proxy)
  const host = hostname.startsWith('[') ? hostname.slice(1, -1) : hostname
  return { kind: protocol === 'haproxy:' ? 'haproxy' : 'socks5', host, port: Number(port), ...(login && { login }) }
}

function sameAs(one: unknown, other: unknown): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other)
}
