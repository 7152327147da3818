// Looks at a sender domain as receivers do: its records, at its own name servers, and the addresses that its mail leaves from.
import { isIP } from 'node:net'
import type { AccountId } from '../../base/brand.ts'
import type { Config } from '../../contract/options.ts'
import { type DkimKey, newAccount, type SenderDomain, type Settings } from '../../contract/settings.ts'
import { Names, sameAddress } from '../../lifecycle/network/names.ts'
import { localAddresses } from '../../lifecycle/network/source.ts'
import { compareRecord, dkimRecord } from '../../message/dkim/record.ts'
import { selectKeys } from '../../message/dkim/select.ts'
import { isPublicAddress } from '../../net/address-guard.ts'
import type { Resolver } from '../../net/dns/resolver.ts'
import { alignmentOf } from '../../net/proof/alignment.ts'
import type { ListingFacts } from '../../policy/health/blocklists.ts'
import type { DomainFacts, KeyFacts, ReturnPathFacts, SourceFacts, TrackingFacts } from '../../policy/health/facts.ts'
import { reachOf } from '../../policy/sources/reach.ts'
import { checkSpf } from '../../policy/spf/check.ts'

const MOST_SOURCES = 50
const MOST_KEYS = 50
const MOST_NAMES = 10

/** What mail of an account leaves from. */
export interface UsedSource {
  readonly name: string | null
  readonly address: string | null
  readonly isPublic: boolean
  readonly helo: string
}

export interface LookParts {
  readonly config: Config
  readonly hostName: string
  readonly settings: Settings
  /** Asks for this look alone. */
  readonly resolver: Resolver
  readonly listingsOf: (sources: readonly UsedSource[]) => Promise<readonly ListingFacts[]>
}

export async function lookAt({ domain, account: id }: SenderDomain, parts: LookParts): Promise<DomainFacts> {
  const { config, hostName, settings, resolver, listingsOf } = parts
  const account = settings.accounts.get(id) ?? newAccount(id, '')
  const returnPath = account.returnPathDomain ?? domain
  const names = new Names(resolver)
  const used = usedSources(id, parts)
  const [sources, keys, dmarc, path, tracking, listings] = await Promise.all([
    Promise.all(used.map((source) => lookAtSource(source, returnPath, names))),
    lookAtKeys(domain, parts, names),
    alignmentOf({ domain, returnPath }, resolver),
    lookAtReturnPath(returnPath, used, parts, names),
    account.tracking.host === null ? null : lookAtTracking(account.tracking.host, settings, names),
    listingsOf(used),
  ])
  const offersTls = config['delivery.tls'] !== 'none'
  return { domain, account: id, hostName, sources, keys, dmarc, returnPath: path, tracking, offersTls, listings }
}

export function usedSources(
  account: AccountId,
  { config, hostName, settings }: Omit<LookParts, 'resolver' | 'listingsOf'>,
): readonly UsedSource[] {
  const reach = reachOf(settings.rules.document, account)
  const all = allSources({ config, hostName, settings }, reach.usesDefault)
  return all.filter(({ name }) => name === null || reach.sources.has(name)).slice(0, MOST_SOURCES)
}

/** What mail leaves from, whoever's it is. */
export function allSources(
  { config, hostName, settings }: Omit<LookParts, 'resolver' | 'listingsOf'>,
  usesDefault: boolean,
): readonly UsedSource[] {
  const isPublic = isSeen(config)
  const named = Object.entries(settings.rules.document.sources).map(([name, { address, helo }]) => ({
    name,
    address,
    isPublic: address !== null && isPublic(address),
    helo: helo ?? hostName,
  }))
  return [...named, ...(usesDefault ? ownSources(config, hostName, isPublic) : [])]
}

/** Receivers see the address itself. */
const isSeen =
  (config: Config) =>
  (address: string): boolean =>
    config['delivery.allow_private'] || isPublicAddress(address)

/** Without rules: the address of the configuration, or those of this machine that others can see. */
function ownSources(config: Config, hostName: string, isPublic: (address: string) => boolean): readonly UsedSource[] {
  const configured = config['delivery.source_address']
  const candidates = configured === '' ? localAddresses().filter(isPublic) : [configured]
  const [first = localAddresses()[0] ?? hostName] = candidates
  const shown = candidates.length > 0 ? candidates : [first]
  return shown.map((address) => ({ name: null, address, isPublic: isPublic(address), helo: hostName }))
}

async function lookAtSource(source: UsedSource, domain: string, names: Names): Promise<SourceFacts> {
  const { address, helo } = source
  const reverse = await lookAtReverse(source, names)
  if (!reverse.isPublic || address === null) return reverse
  return { ...reverse, spf: await checkSpf({ address, domain, sender: `postmaster@${domain}`, helo }, names) }
}

/** Its name in the reverse DNS alone. */
export async function lookAtReverse(source: UsedSource, names: Names): Promise<SourceFacts> {
  const { address, isPublic } = source
  if (address === null || !isPublic || isIP(address) === 0) return { ...source, isPublic: false, spf: null, names: null, back: [] }
  const found = await names.ptr(address)
  const back: string[] = []
  for (const name of found?.slice(0, MOST_NAMES) ?? []) if (await names.leadsTo(name, address)) back.push(name)
  return { ...source, spf: null, names: found, back }
}

/** Keys that mail of the domain may be signed with by its author. */
async function lookAtKeys(domain: SenderDomain['domain'], { settings }: LookParts, names: Names): Promise<readonly KeyFacts[]> {
  const account = settings.senderDomains.get(domain)?.account
  const its = settings.dkimKeys.filter((key) => key.domain === domain && (key.account === null || key.account === account))
  const signing = account === undefined ? [] : selectKeys(settings, { account, authorDomain: domain }).author
  return Promise.all(its.slice(0, MOST_KEYS).map((key) => lookAtKey(key, signing.includes(key), names)))
}

async function lookAtKey(key: DkimKey, signs: boolean, names: Names): Promise<KeyFacts> {
  const record = dkimRecord(key)
  const texts = await names.txt(record.name)
  if (texts === null) return { ...record, signs, seen: 'unknown', why: '' }
  const compared = compareRecord(record, texts)
  switch (compared.kind) {
    case 'match':
      return { ...record, signs, seen: 'match', why: '' }
    case 'missing':
      return { ...record, signs, seen: 'missing', why: '' }
    case 'testing':
      return { ...record, signs, seen: 'wrong', why: 't=y (testing): receivers take such mail for unsigned' }
    case 'revoked':
      return { ...record, signs, seen: 'wrong', why: 'it says that the key was revoked' }
    case 'different':
      return { ...record, signs, seen: 'wrong', why: compared.why }
    default:
      return compared satisfies never
  }
}

async function lookAtReturnPath(
  domain: string,
  sources: readonly UsedSource[],
  { settings, hostName }: LookParts,
  names: Names,
): Promise<ReturnPathFacts> {
  const isOwn = [...settings.ownDomains.keys()].some((own) => own === domain)
  const hosts = await names.mx(domain)
  const known = { domain, isOwn, hosts }
  if (hosts === null || hosts.length === 0 || !isOwn) return { ...known, leadsHere: null }
  if (hosts.includes(hostName)) return { ...known, leadsHere: true }
  const local = localAddresses()
  const here = [...local, ...sources.flatMap(({ address }) => address ?? [])]
  for (const host of hosts.slice(0, MOST_NAMES)) {
    const found = await addressesOf(host, names)
    if (found === null) return { ...known, leadsHere: null }
    if (found.some((address) => here.some((own) => sameAddress(own, address)))) return { ...known, leadsHere: true }
  }
  // Behind address translation this machine does not know by which address others see it.
  return { ...known, leadsHere: here.some(isPublicAddress) ? false : null }
}

async function lookAtTracking(host: string, { trackingHosts }: Settings, names: Names): Promise<TrackingFacts> {
  const [name = host] = host.split(':')
  return { host, addresses: await addressesOf(name, names), trouble: trackingHosts.find((one) => one.host === host)?.trouble }
}

async function addressesOf(host: string, names: Names): Promise<readonly string[] | null> {
  const [four, six] = await Promise.all([names.addresses(host, 4), names.addresses(host, 6)])
  return four === null || six === null ? null : [...four, ...six]
}
