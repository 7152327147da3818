// Where a domain's mail goes: a fixed route of the settings, the mailbox simulator, or the hosts that its MX records name.
// Answers are kept for as long as the DNS allows; one question at a time for a domain.
import type { Domain, Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import { messageOf } from '../../base/fault.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'
import type { Config } from '../../contract/options.ts'
import type { Route, Settings, TlsPolicy } from '../../contract/settings.ts'
import type { RuleBook } from '../../policy/rules/book.ts'
import type { MailResolver, MailRoute } from '../ports/resolver.ts'
import type { MessageHead } from '../ports/spool.ts'
import type { StsAnswer, StsSource } from '../ports/trust.ts'
import type { Cause } from '../settle/decisions.ts'
import { isPosted } from '../../smtp/post-address.ts'
import { guardHosts, guardRequired, type SiteHost } from './guard.ts'
import { planPost } from './post-plan.ts'

export const SIMULATOR_DOMAIN = 'simulator.hms.test' as Domain

/** The domain whose policy a session is under, and the policy; hosts with TLSA records have their own. */
export interface PlanReport {
  readonly domain: Domain
  readonly sts: StsAnswer
}

/** A site: everything that decides whether a connection made for one domain may be used for another is in `key`. */
export interface SitePlan {
  readonly kind: 'site'
  readonly key: string
  /** As shown: the folded MX hosts, or `smtp://host:port`. */
  readonly name: string
  readonly hosts: readonly SiteHost[]
  readonly port: number
  readonly implicitTls: boolean
  readonly auth: { readonly user: string; readonly password: string } | null
  /** `post`: it speaks HTTP. */
  readonly reachedBy: 'mx' | 'route' | 'simulator' | 'post'
  /** The same without what the domain asks for; absent where it asks for nothing. */
  readonly unguarded?: SitePlan
  /** What sessions are reported by; absent where the domain publishes nothing. */
  readonly report?: PlanReport
  /** Messages that must stay under TLS alone go there. */
  readonly requiresTls?: true
}

export function hasOtherAddress({ hosts }: SitePlan, address: string): boolean {
  return hosts.some(({ addresses }) => addresses.some((other) => other !== address))
}

export type Plan =
  | SitePlan
  /** Fails at once. */
  | { readonly kind: 'fail'; readonly cause: Cause }
  /** Deferred by the schedule. */
  | { readonly kind: 'trouble'; readonly cause: Cause; readonly unguarded?: SitePlan; readonly report?: PlanReport }

interface Known {
  readonly plan: Plan
  readonly until: Ms
}

const MOST_KNOWN = 30_000
/** Before the pattern of a route, where a route is asked for by it: no domain begins so. */
const VIA = 'via '
const ROUTE_TTL: Ms = 60_000
const TROUBLE_TTL: Ms = 10_000
const LONGEST_TTL: Ms = 24 * 3_600_000
const NO_POLICY: StsAnswer = { kind: 'none', ttl: Infinity }

export interface RoutingOptions {
  readonly resolver: MailResolver
  /** What domains publish; without it nothing is asked. */
  readonly sts?: StsSource
  readonly settings: () => Settings
  readonly config: Config
  /** The TLS that the owner asks for. */
  readonly rules: () => RuleBook
  readonly clock: Clock
}

export class Routing {
  readonly #options: RoutingOptions
  readonly #known = new Map<Domain, Known>()
  readonly #asked = new Map<Domain, Promise<Plan>>()
  /** Those that each login of a route has had since the start. */
  readonly #passwords = new Map<string, (string | null)[]>()
  #generation = 0

  constructor(options: RoutingOptions) {
    this.#options = options
  }

  /** The settings changed: every route is looked up anew. */
  forget(): void {
    this.#generation++
    this.#known.clear()
    this.#asked.clear()
  }

  /** What is known of the domain without asking. */
  known(domain: Domain): Plan | undefined {
    const known = this.#known.get(domain)
    return known !== undefined && known.until > this.#options.clock.mono() ? known.plan : undefined
  }

  /** Questions under way. */
  get asking(): number {
    return this.#asked.size
  }

  /** The last that was known, however old: good enough to tell at which site a domain's mail would wait. */
  last(domain: Domain): Plan | undefined {
    return this.#known.get(domain)?.plan
  }

  /** By a route of the owner's whatever the domain; null: there is no such route. */
  via(pattern: string): Plan | Promise<Plan> | null {
    const isThere = this.#options.settings().routes.some((route) => route.pattern === pattern)
    return isThere ? this.plan(`${VIA}${pattern}` as Domain) : null
  }

  lastVia(pattern: string): Plan | undefined {
    return this.last(`${VIA}${pattern}` as Domain)
  }

  plan(domain: Domain): Plan | Promise<Plan> {
    return this.known(domain) ?? this.#asked.get(domain) ?? this.#ask(domain)
  }

  #ask(domain: Domain): Promise<Plan> {
    const generation = this.#generation
    const asked = this.#lookUp(domain).then(({ plan, ttl }) => {
      if (generation !== this.#generation) return plan
      this.#asked.delete(domain)
      this.#remember(domain, plan, ttl)
      return plan
    })
    this.#asked.set(domain, asked)
    return asked
  }

  #remember(domain: Domain, plan: Plan, ttl: Ms): void {
    this.#known.delete(domain)
    for (const oldest of this.#known.keys()) {
      if (this.#known.size < MOST_KNOWN) break
      this.#known.delete(oldest)
    }
    this.#known.set(domain, { plan, until: this.#options.clock.mono() + Math.min(ttl, LONGEST_TTL) })
  }

  async #lookUp(domain: Domain): Promise<{ plan: Plan; ttl: Ms }> {
    const { resolver, settings, config, rules } = this.#options
    try {
      if (isPosted(domain)) return await planPost(domain, resolver, config['post.allow_private'])
      const { routes } = settings()
      const isVia = domain.startsWith(VIA)
      const route = isVia ? (routes.find(({ pattern }) => `${VIA}${pattern}` === domain) ?? null) : routeFor(routes, domain)
      if (route !== null) return await (isVia ? this.#viaRoute(route) : this.#sharedPlan(`${VIA}${route.pattern}` as Domain))
      if (domain === SIMULATOR_DOMAIN) return await this.#viaSimulator(config['simulator.listen'])
      const [found, sts] = await Promise.all([resolver.resolve(domain), this.#policyOf(domain)])
      return { plan: planOf(domain, { found, sts, config, rules: rules() }), ttl: Math.min(found.ttl, sts.ttl) }
    } catch (error) {
      return { plan: trouble(messageOf(error)), ttl: TROUBLE_TTL }
    }
  }

  #policyOf(domain: Domain): Promise<StsAnswer> | StsAnswer {
    const { sts, config } = this.#options
    // Where the owner wants no TLS, what the domain asks for could not be obeyed.
    if (sts === undefined || !config['delivery.mta_sts'] || config['delivery.tls'] === 'none') return NO_POLICY
    return sts.policyOf(domain)
  }

  /** One for all domains of a route: with very many of them each would have the same. */
  async #sharedPlan(via: Domain): Promise<{ plan: Plan; ttl: Ms }> {
    const plan = await this.plan(via)
    return { plan, ttl: (this.#known.get(via)?.until ?? 0) - this.#options.clock.mono() }
  }

  async #viaRoute(route: Route): Promise<{ plan: Plan; ttl: Ms }> {
    const { host, port, tls, implicitTls, user, password } = route
    // The owner named this host: private and loopback addresses are as good as any.
    const { addresses, trouble: reason } = await this.#options.resolver.addresses(host, true)
    if (addresses.length === 0)
      return { plan: trouble(`The route's host ${host} has no address${reason === null ? '' : `: ${reason}`}.`), ttl: TROUBLE_TTL }
    const name = `${implicitTls ? 'smtps' : 'smtp'}://${host.includes(':') ? `[${host}]` : host}:${port}`
    const auth = user === null || password === null ? null : { user, password }
    const key = JSON.stringify([name, tls, user, this.#passwordNumber([name, tls, user].join(' '), password)])
    const hosts = [{ host, preference: 0, addresses, tls, dane: null, asks: null, isProved: true }]
    return { plan: { kind: 'site', key, name, hosts, port, implicitTls, auth, reachedBy: 'route' }, ttl: ROUTE_TTL }
  }

  /** Another password is another site; keys are seen in alerts, where no password may be. */
  #passwordNumber(login: string, password: string | null): number {
    const known = this.#passwords.get(login) ?? []
    this.#passwords.set(login, known)
    const at = known.indexOf(password)
    return at >= 0 ? at : known.push(password) - 1
  }

  async #viaSimulator([listen]: readonly SocketAddress[]): Promise<{ plan: Plan; ttl: Ms }> {
    if (listen === undefined) return { plan: failing(2002, '5.1.2', 'The mailbox simulator is off (simulator.listen).'), ttl: ROUTE_TTL }
    const host = listen.host === '0.0.0.0' ? '127.0.0.1' : listen.host === '::' ? '::1' : listen.host
    const { addresses } = await this.#options.resolver.addresses(host, true)
    if (addresses.length === 0) return { plan: trouble(`The mailbox simulator's ${host} has no address.`), ttl: TROUBLE_TTL }
    const hosts = [{ host: SIMULATOR_DOMAIN, preference: 0, addresses, tls: 'may', dane: null, asks: null, isProved: true }] as const
    const site = { key: 'simulator', name: SIMULATOR_DOMAIN, hosts, port: listen.port }
    return { plan: { kind: 'site', ...site, implicitTls: false, auth: null, reachedBy: 'simulator' }, ttl: ROUTE_TTL }
  }
}

function trouble(reason: string): Plan {
  return { kind: 'trouble', cause: { code: 4999, reason, reply: null, status: '4.4.3' } }
}

function failing(code: Cause['code'], status: string, reason: string): Plan {
  return { kind: 'fail', cause: { code, reason, reply: null, status } }
}

/** The most specific route: the domain itself, the nearest `*.parent`, `*`. The simulator is reached by name only. */
export function routeFor<R extends Pick<Route, 'pattern'>>(routes: readonly R[], domain: Domain): R | null {
  if (routes.length === 0) return null
  const exact = routes.find(({ pattern }) => pattern === domain)
  if (exact !== undefined) return exact
  if (domain === SIMULATOR_DOMAIN) return null
  for (let dot = domain.indexOf('.'); dot > 0; dot = domain.indexOf('.', dot + 1)) {
    const parent = `*${domain.slice(dot)}`
    const found = routes.find(({ pattern }) => pattern === parent)
    if (found !== undefined) return found
  }
  return routes.find(({ pattern }) => pattern === '*') ?? null
}

interface Wanted {
  readonly tls: TlsPolicy
  readonly sts: StsAnswer
  readonly port: number
}

function sitePlanOf(domain: Domain, found: MailRoute & { kind: 'hosts' }, { tls, sts, port }: Wanted): Plan {
  const { site, hosts, secure = false } = found
  const planned = (its: readonly SiteHost[], key: string): SitePlan => {
    const how = { port, implicitTls: false, auth: null, reachedBy: 'mx' } as const
    return { kind: 'site', key: `mx ${site}${key}`, name: site, hosts: its, ...how }
  }
  const guarded = guardHosts(domain, hosts, { tls, sts, secure })
  const publishes =
    sts.kind === 'unusable' || (sts.kind === 'policy' && sts.policy.mode !== 'none') || hosts.some(({ dane }) => dane !== undefined)
  const told = publishes && tls !== 'none' ? { report: { domain, sts } } : {}
  if (guarded.ok && guarded.key === '') return { ...planned(guarded.hosts, ''), ...told }
  const free = { tls, dane: null, asks: null, isProved: false }
  const unguarded = planned(
    hosts.map((host) => Object.assign({}, host, free)),
    '',
  )
  if (guarded.ok) return { ...planned(guarded.hosts, guarded.key), unguarded, ...told }
  return { kind: 'trouble', cause: { code: 4999, reason: guarded.reason, reply: null, status: '4.7.5' }, unguarded, ...told }
}

/** Where a message goes that has a wish of its own about TLS (rfc:8689). */
export function planFor(wish: 'required' | 'optional', plan: Plan): Plan {
  if (plan.kind === 'fail') return plan
  if (wish === 'optional') return plan.unguarded ?? plan
  if (plan.kind === 'trouble') return plan
  const { hosts, key } = guardRequired(plan.hosts)
  // What the message asks for beyond the domain's policy is no matter of the domain's report.
  const { report: _report, ...unreported } = plan
  if (hosts.length > 0) return { ...unreported, key: `${plan.key}${key}`, hosts, requiresTls: true }
  return failing(2999, '5.7.10', 'The message must stay under TLS (REQUIRETLS), and nothing proves which hosts are those of the domain.')
}

/** A message may have a wish of its own about TLS. */
export function wishedPlan(found: Plan, { tls }: MessageHead): Plan {
  return tls === undefined ? found : planFor(tls, found)
}

export function planOf(
  domain: Domain,
  { found, sts, config, rules }: { found: MailRoute; sts: StsAnswer; config: Config; rules: RuleBook },
): Plan {
  switch (found.kind) {
    case 'hosts': {
      const hosts = found.hosts.map(({ host }) => host)
      const { tls } = rules.at({ site: found.site, hosts, domain, account: null }).effective.settings
      return sitePlanOf(domain, found, { tls, sts, port: config['delivery.port'] })
    }
    case 'null-mx':
      return failing(4006, '5.1.10', `The domain ${domain} takes no mail (null MX, rfc:7505).`)
    case 'no-such-domain':
      return failing(2002, '5.1.2', `The domain ${domain} does not exist.`)
    case 'loop':
      return failing(4006, '5.4.6', `The best mail host of ${domain} is this server, and the domain is not served here.`)
    case 'no-address':
      if (found.forbidden === null) return failing(2002, '5.4.4', `The domain ${domain} has no mail host and no address.`)
      // It may be our own split DNS as well as theirs: nothing is lost by waiting.
      return trouble(`The mail hosts of ${domain} are at addresses that are not public (${found.forbidden}); see delivery.allow_private.`)
    case 'trouble':
      return trouble(found.reason)
    default:
      return found satisfies never
  }
}
