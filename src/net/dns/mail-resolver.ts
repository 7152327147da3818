// Where a domain's mail goes (rfc:5321#5): its MX hosts in order with the addresses that may be connected to, or why
// there are none. Trouble of the DNS is never taken for an answer: it is temporary, always.
import { isIP } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { Domain, Ms } from '../../base/brand.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'
import type { HostDane, MailHost, MailResolver, MailRoute } from '../../engine/ports/resolver.ts'
import { isUsable } from '../../policy/trust/tlsa.ts'
import { canonicalAddress, isPublicAddress } from '../address-guard.ts'
import { TROUBLE_TTL, type DnsAnswer } from './answer.ts'
import type { Resolver } from './resolver.ts'
import { siteName } from './site-name.ts'

export interface MailResolverOptions {
  readonly resolver: Resolver
  /** Our own name: an MX of this name is ourselves. */
  readonly hostName: string
  /** Where we listen for SMTP. `0.0.0.0` and `::` stand for every address of this machine. */
  readonly listeners: readonly SocketAddress[]
  /** Port of receiving servers: an address is one of our listeners only together with it. */
  readonly port: number
  /** Loopback and private addresses may be used (`delivery.allow_private`); our own listeners may not even then. */
  readonly allowPrivate: boolean
  /** Whether TLSA records are looked up for hosts whose addresses DNSSEC proves (rfc:7672). */
  readonly dane?: boolean
  /** For the shuffle among equals; from 0 up to 1. */
  readonly random?: () => number
}

interface Candidate {
  readonly host: string
  readonly preference: number
}
/** The addresses of one host, judged. */
interface Judged extends Candidate {
  readonly addresses: readonly string[]
  /** One of its addresses, or its name, is ours. */
  readonly ourselves: boolean
  /** An address that may not be used. */
  readonly forbidden: string | null
  readonly trouble: string | null
  readonly ttl: Ms
  readonly dane?: HostDane
}

/** rfc:5321#5.1 sets no bound; a domain with hundreds of hosts is a way to make us ask hundreds of questions. */
const MOST_HOSTS = 20
const MOST_ADDRESSES = 16
/** A route with a host left out for trouble is looked at again soon. */
const PARTIAL_TTL: Ms = 60_000
/** For literals, which need no DNS. */
const LITERAL_TTL: Ms = 3_600_000

export function createMailResolver(options: MailResolverOptions): MailResolver {
  const random = options.random ?? Math.random
  const isOwn = ownListener(options)
  const ownName = options.hostName.toLowerCase()

  const judge = async (candidate: Candidate): Promise<Judged> => {
    const found = await addressesOf(candidate.host, options.resolver)
    const allowed = options.allowPrivate ? found.addresses : found.addresses.filter(isPublicAddress)
    const usable = interleave(allowed, random).slice(0, MOST_ADDRESSES)
    const ourselves = candidate.host === ownName || found.addresses.some(isOwn)
    const forbidden = found.addresses.find((a) => !allowed.includes(a)) ?? null
    const { trouble, ttl } = found
    const judged = { ...candidate, addresses: usable, trouble, ttl, ourselves, forbidden }
    return options.dane === true && found.secure && usable.length > 0 ? prove(judged, found.alias, options) : judged
  }

  const viaHosts = async (
    site: string,
    candidates: readonly Candidate[],
    { ttl, secure }: { ttl: Ms; secure: boolean },
  ): Promise<MailRoute> => {
    const ordered = shuffle(candidates, random).sort((a, b) => a.preference - b.preference)
    const judged = await Promise.all(ordered.slice(0, MOST_HOSTS).map(judge))
    const route = routeOf(site, judged, ttl)
    return secure && route.kind === 'hosts' ? { ...route, secure } : route
  }

  return {
    async resolve(domain: Domain): Promise<MailRoute> {
      const literal = literalOf(domain)
      if (literal !== undefined) return viaHosts(domain, [{ host: literal, preference: 0 }], { ttl: LITERAL_TTL, secure: false })
      const answer = await options.resolver.query(domain, 'MX')
      switch (answer.kind) {
        case 'trouble':
          return { kind: 'trouble', reason: `MX of ${domain}: ${answer.reason}`, ttl: answer.ttl }
        case 'nxdomain':
          return { kind: 'no-such-domain', ttl: answer.ttl }
        // rfc:5321#5.1: without MX records the domain itself is the host, with preference 0.
        case 'nodata':
          return viaHosts(domain, [{ host: domain, preference: 0 }], { ttl: answer.ttl, secure: answer.secure === true })
        case 'records': {
          const candidates = candidatesOf(answer.records)
          if (candidates.length === 0) return nothingToTry(domain, answer)
          return viaHosts(siteName(candidates.map(({ host }) => host)), candidates, { ttl: answer.ttl, secure: answer.secure === true })
        }
        default:
          return answer satisfies never
      }
    },

    async addresses(host: string, allowPrivate: boolean) {
      const found = await addressesOf(literalOf(host) ?? host, options.resolver)
      const allowed = allowPrivate ? found.addresses : found.addresses.filter(isPublicAddress)
      return { addresses: interleave(allowed, random).slice(0, MOST_ADDRESSES), trouble: found.trouble }
    },
  }
}

/**
 * rfc:7672#2.2: TLSA records where the addresses are proved; below the name that an alias leads to, or else below the alias. Where the
 * look-up fails, the host cannot be used: somebody may be hiding the records.
 */
async function prove(host: Judged, alias: string | null, { resolver, port }: MailResolverOptions): Promise<Judged> {
  for (const base of alias === null ? [host.host] : [alias, host.host]) {
    const answer = await resolver.query(`_${port}._tcp.${base}`, 'TLSA')
    const ttl = Math.min(host.ttl, answer.ttl)
    if (answer.kind === 'trouble') return { ...host, ttl, addresses: [], trouble: `TLSA of ${base}: ${answer.reason}` }
    if (answer.kind === 'records' && answer.secure === true)
      return { ...host, ttl, dane: { base, records: answer.records.filter(isUsable) } }
  }
  return host
}

/** Hosts that can be looked up, each once with its best preference. */
function candidatesOf(records: readonly { readonly preference: number; readonly exchange: string }[]): readonly Candidate[] {
  const best = new Map<string, number>()
  for (const { preference, exchange } of records) {
    // An address in place of a name is against rfc:5321#5.1 and not used, as everywhere.
    if (exchange === '' || isIP(exchange)) continue
    best.set(exchange, Math.min(preference, best.get(exchange) ?? Infinity))
  }
  return [...best].map(([host, preference]) => ({ host, preference }))
}

/** MX records without one usable name: rfc:7505's single `.`, or nonsense. */
function nothingToTry(domain: Domain, answer: DnsAnswer<'MX'> & { kind: 'records' }): MailRoute {
  if (answer.records.some(({ exchange }) => exchange === '')) return { kind: 'null-mx', ttl: answer.ttl }
  return { kind: 'trouble', reason: `the MX records of ${domain} name no host`, ttl: answer.ttl }
}

function routeOf(site: string, judged: readonly Judged[], mxTtl: Ms): MailRoute {
  const best = Math.min(...judged.filter(({ ourselves }) => ourselves).map(({ preference }) => preference))
  // rfc:5321#5.1: ourselves and every host that is not better than we are must be left out, or mail goes in circles.
  const better = judged.filter(({ preference }) => preference < best)
  const ttl = Math.min(mxTtl, ...judged.map((host) => host.ttl))
  if (better.length === 0) return { kind: 'loop', ttl }
  const trouble = better.find((host) => host.trouble !== null)?.trouble ?? null
  const hosts = better.filter((host) => host.addresses.length > 0).map(toMailHost)
  if (hosts.length > 0) return { kind: 'hosts', site, hosts, ttl: trouble === null ? ttl : Math.min(ttl, PARTIAL_TTL) }
  if (trouble !== null) return { kind: 'trouble', reason: trouble, ttl: Math.min(ttl, TROUBLE_TTL) }
  return { kind: 'no-address', forbidden: better.find((host) => host.forbidden !== null)?.forbidden ?? null, ttl }
}

function toMailHost({ host, preference, addresses, dane }: Judged): MailHost {
  return { host, preference, addresses, ...(dane && { dane }) }
}

/** All addresses of a host, A and AAAA asked at once; `trouble` only where nothing was found for it. */
async function addressesOf(host: string, resolver: Resolver) {
  if (isIP(host)) return { addresses: [canonicalAddress(host)], trouble: null, ttl: LITERAL_TTL, secure: false, alias: null }
  const answers = await Promise.all([resolver.query(host, 'A'), resolver.query(host, 'AAAA')])
  const addresses = answers.flatMap((answer) => (answer.kind === 'records' ? answer.records.map(canonicalAddress) : []))
  const trouble = answers.find((answer) => answer.kind === 'trouble')
  const ttl = Math.min(...answers.map((answer) => answer.ttl))
  const records = answers.filter((answer) => answer.kind === 'records')
  const secure = records.length > 0 && records.every((answer) => answer.secure === true)
  const alias = records[0]?.alias ?? null
  return { addresses, trouble: addresses.length === 0 && trouble ? `addresses of ${host}: ${trouble.reason}` : null, ttl, secure, alias }
}

/** The address in `[192.0.2.1]` or `[IPv6:2001:db8::1]` (rfc:5321#4.1.3). */
function literalOf(text: string): string | undefined {
  const inside = /^\[(?:ipv6:)?([^\]]+)\]$/i.exec(text)?.[1]
  return inside !== undefined && isIP(inside) ? inside : undefined
}

/** IPv6 and IPv4 by turns, IPv6 first (rfc:8305#4), each shuffled so that equal addresses share the load. */
function interleave(addresses: readonly string[], random: () => number): readonly string[] {
  const shuffled = shuffle(addresses, random)
  const six = shuffled.filter((address) => address.includes(':'))
  const four = shuffled.filter((address) => !address.includes(':'))
  const turns: string[] = []
  for (let i = 0; i < Math.max(six.length, four.length); i++) turns.push(...six.slice(i, i + 1), ...four.slice(i, i + 1))
  return turns
}

function shuffle<T>(items: readonly T[], random: () => number): T[] {
  const shuffled: T[] = []
  for (const item of items) shuffled.splice(Math.floor(random() * (shuffled.length + 1)), 0, item)
  return shuffled
}

/** Tells whether connecting to an address at the delivery port would reach one of our listeners. */
function ownListener({ listeners, port }: MailResolverOptions): (address: string) => boolean {
  const hosts = new Set(listeners.filter((listener) => listener.port === port).map(({ host }) => canonicalAddress(host)))
  const everywhere = hosts.has('0.0.0.0') || hosts.has('::')
  return (address) => hosts.has(address) || (everywhere && (isLoopback(address) || isOnThisMachine(address)))
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}

function isOnThisMachine(address: string): boolean {
  return Object.values(networkInterfaces()).some((its) => its?.some((own) => canonicalAddress(own.address) === address))
}
