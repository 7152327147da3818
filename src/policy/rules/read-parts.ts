// The parts of a document of rules: sources, pools, providers, rules, accounts.
import { isIP } from 'node:net'
import {
  type AccountRules,
  RULE_SETTINGS,
  RULES_BOUNDS,
  type Rule,
  type RuleLevel,
  type RuleSet,
  type RuleSettingName,
  type Source,
  UNSET,
} from '../../contract/rules.ts'
import { readBlocks } from '../blocks/read-blocks.ts'
import { readWarmupUse } from '../warmup/read-warmups.ts'
import { canonicalName, MASK_EXPECTED, parseMask } from './masks.ts'
import type { Entry, Reader, Spot } from './reader.ts'
import { NAME, NAME_EXPECTED, parseValue } from './values.ts'

const SETTINGS = Object.keys(RULE_SETTINGS) as readonly RuleSettingName[]
const BY = ['domain', 'mx', 'provider'] as const
const RULE_KEYS = ['name', ...BY, 'set'] as const
const MTA_KEYS = [...RULE_KEYS, 'blocks'] as const
const SMART_KEYS = [...MTA_KEYS, 'sources', 'estimate', 'matches', 'not'] as const
const KEYS = { smart: SMART_KEYS, mta: MTA_KEYS, account: RULE_KEYS, override: RULE_KEYS } as const
type Parts = Partial<Readonly<Record<(typeof SMART_KEYS)[number], Entry>>>
const MOST_EXAMPLES = 100
const PROXY = /^(?:socks5|haproxy):\/\/(?:\[[\da-f:.]+\]|[\w.-]+):(\d{1,5})$/i
const HIGHEST_PORT = 65_535
const HEAVIEST = 1000
const ACCOUNT_KEYS = ['rules', 'overrides', 'pools', 'mailings'] as const
const MAILING = /^[\da-z-]{1,100}\*?$|^\*$/i

/** The entries of a map whose keys are names. */
function named(reader: Reader, spot: Spot): readonly Entry[] {
  return reader.entries(spot).filter((entry) => {
    if (!NAME.test(entry.key)) reader.wrong(entry, NAME_EXPECTED, entry.key)
    return NAME.test(entry.key)
  })
}

export function readSources(reader: Reader, spot: Spot): Readonly<Record<string, Source>> {
  return Object.fromEntries(named(reader, spot).flatMap((entry) => readSource(reader, entry) ?? []))
}

function readSource(reader: Reader, entry: Entry): readonly [string, Source][] | undefined {
  const parts = reader.parts(entry, ['address', 'proxy', 'helo', 'warmup', 'start'], 'a map with address or proxy')
  const [address, proxy, helo] = [text(parts.address), text(parts.proxy), text(parts.helo)]
  const name = helo === undefined ? null : canonicalName(helo)
  if (name === undefined) return reader.wrong(parts.helo ?? entry, 'a host name such as mta1.example.com')
  if (address !== undefined && isIP(address) === 0) return reader.wrong(parts.address ?? entry, 'an IP address')
  const port = proxy === undefined ? 1 : Number(PROXY.exec(proxy)?.[1] ?? 0)
  if (port < 1 || port > HIGHEST_PORT) return reader.wrong(parts.proxy ?? entry, 'socks5://host:port or haproxy://host:port')
  if (proxy?.startsWith('haproxy:') === true && address === undefined)
    return reader.wrong(entry, 'the address that HAProxy is to send from, beside the proxy')
  const warmup = readWarmupUse(reader, parts.warmup, parts.start)
  const use = warmup === undefined ? {} : { warmup }
  if (proxy !== undefined) return [[entry.key, { kind: 'proxy', proxy, address: address ?? null, helo: name, ...use }]]
  if (address === undefined) return reader.wrong(entry, 'an address or a proxy')
  return [[entry.key, { kind: 'address', address, helo: name, ...use }]]
}

/** As written; undefined where there is none. */
function text(spot: Spot | undefined): string | undefined {
  const value = spot?.value
  return value === undefined || value === null ? undefined : typeof value === 'object' ? '' : String(value)
}

export function readPools(reader: Reader, spot: Spot): Readonly<Record<string, Readonly<Record<string, number>>>> {
  return Object.fromEntries(
    named(reader, spot).map((entry) => {
      const { sources } = reader.parts(entry, ['sources'], 'a map with sources')
      const weights = sources === undefined ? [] : named(reader, sources)
      if (weights.length === 0) reader.wrong(entry, 'sources with their weights')
      return [entry.key, Object.fromEntries(weights.flatMap((one) => readWeight(reader, one) ?? []))]
    }),
  )
}

function readWeight(reader: Reader, entry: Entry): readonly [string, number][] | undefined {
  const weight = entry.value
  if (typeof weight === 'number' && Number.isInteger(weight) && weight >= 1 && weight <= HEAVIEST) return [[entry.key, weight]]
  return reader.wrong(entry, `a whole number from 1 to ${HEAVIEST}`)
}

export function readProviders(reader: Reader, spot: Spot): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    named(reader, spot).map((entry) => {
      const { mx } = reader.parts(entry, ['mx'], 'a map with mx')
      const masks = mx === undefined ? [] : reader.items(mx, 'a list of MX masks').flatMap((item) => readMask(reader, item) ?? [])
      if (mx === undefined) reader.wrong(entry, 'mx: a list of MX masks')
      return [entry.key, masks]
    }),
  )
}

function readMask(reader: Reader, spot: Spot): string | undefined {
  const mask = typeof spot.value === 'string' ? parseMask(spot.value) : undefined
  if (mask === undefined) return reader.wrong(spot, MASK_EXPECTED)
  return reader.counts(spot) ? mask : undefined
}

export function readAccounts(reader: Reader, spot: Spot): Readonly<Record<string, AccountRules>> {
  return Object.fromEntries(
    reader.entries(spot).map((entry) => {
      if (!/^\d{4,10}$/.test(entry.key) || Number(entry.key) < 1000 || Number(entry.key) > 2 ** 31 - 1)
        reader.wrong(entry, "an account's number, from 1000 up", entry.key)
      const { rules, overrides, pools, mailings } = reader.parts(entry, ACCOUNT_KEYS, 'a map with rules and overrides')
      return [
        entry.key,
        {
          rules: rules === undefined ? [] : readRules(reader, rules, 'account'),
          overrides: overrides === undefined ? [] : readOverrides(reader, overrides),
          ...(pools !== undefined && { pools: readPoolNames(reader, pools) }),
          ...(mailings !== undefined && { mailings: readMailings(reader, mailings) }),
        },
      ]
    }),
  )
}

/** Pools that messages of the account may name. */
function readPoolNames(reader: Reader, spot: Spot): readonly string[] {
  return reader.items(spot, 'a list of pools').flatMap((item) => {
    if (typeof item.value === 'string' && NAME.test(item.value)) return [item.value]
    return reader.wrong(item, NAME_EXPECTED) ?? []
  })
}

function readMailings(reader: Reader, spot: Spot): Readonly<Record<string, string>> {
  return Object.fromEntries(
    reader.entries(spot).flatMap((entry) => {
      if (!MAILING.test(entry.key)) reader.wrong(entry, 'a mailing id, or the beginning of some such as spring-*', entry.key)
      if (typeof entry.value === 'string' && NAME.test(entry.value)) return [[entry.key, entry.value]]
      return reader.wrong(entry, 'the name of a pool') ?? []
    }),
  )
}

/** Settings for all of the account's mail, or a list of rules. */
function readOverrides(reader: Reader, spot: Spot): readonly Rule[] {
  if (spot.value === null || Array.isArray(spot.value))
    return unique(reader, reader.items(spot), (item) => readRule(reader, item, 'override'))
  if (isEmptyMap(spot.value)) return []
  const set = readSet(reader, spot, true)
  return reader.counts(spot) ? [{ name: 'override', by: 'all', mask: '*', set }] : []
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isEmptyMap(value: unknown): boolean {
  return isMap(value) && Object.keys(value).length === 0
}

export function readRules(reader: Reader, spot: Spot, level: RuleLevel): readonly Rule[] {
  return unique(reader, reader.items(spot, 'a list of rules'), (item) => readRule(reader, item, level))
}

/** `explain`, the history and whoever reads them tell rules apart by their names. */
function unique(reader: Reader, items: readonly Spot[], read: (item: Spot) => Rule | undefined): readonly Rule[] {
  const places = new Map<string, string | number>()
  return items.flatMap((item) => {
    if (reader.isFull) return []
    const rule = read(item)
    if (rule === undefined) return []
    const earlier = places.get(rule.name)
    if (earlier !== undefined) reader.wrong(item, `a name that [${earlier}] of the list does not have`, rule.name)
    places.set(rule.name, item.key)
    return [rule]
  })
}

function readRule(reader: Reader, spot: Spot, level: RuleLevel | 'override'): Rule | undefined {
  if (!reader.counts(spot)) return undefined
  if (!isMap(spot.value)) return reader.wrong(spot, 'a rule such as { name: example, domain: example.com, set: { connections: 5 } }')
  const keys: readonly (keyof Parts)[] = KEYS[level]
  const parts: Parts = reader.parts(spot, keys)
  const place = readPlace(reader, spot, parts, level === 'override')
  if (parts.set === undefined && parts.blocks === undefined) return reader.wrong(spot, 'set: the settings')
  const settings = parts.set === undefined ? {} : readSet(reader, parts.set, level === 'account' || level === 'override')
  if (place === undefined) return undefined
  const blocks = parts.blocks?.value === UNSET ? UNSET : parts.blocks && readBlocks(reader, parts.blocks, { ...place, level })
  const name = text(parts.name) ?? place.mask
  // oxlint-disable-next-line no-control-regex -- that is what it is about
  if (name === '' || name.length > RULES_BOUNDS.name || /[\0-\x1f\x7f]/.test(name))
    return reader.wrong(parts.name ?? spot, `a name of at most ${RULES_BOUNDS.name} characters`, name)
  return { name, ...place, set: settings, ...(blocks && { blocks }), ...(level === 'smart' && readProof(reader, parts)) }
}

function readPlace(
  reader: Reader,
  spot: Spot,
  parts: Parts,
  mayBeAll: boolean,
): { readonly by: Rule['by']; readonly mask: string } | undefined {
  const given = BY.filter((by) => parts[by] !== undefined)
  const [by] = given
  if (given.length === 0 && mayBeAll) return { by: 'all', mask: '*' }
  const entry = by === undefined ? undefined : parts[by]
  if (by === undefined || entry === undefined || given.length > 1)
    return reader.wrong(spot, 'one of domain, mx and provider', given.length === 0 ? 'none' : given.join(' and '))
  const { value } = entry
  const mask = typeof value !== 'string' ? undefined : by !== 'provider' ? parseMask(value) : NAME.test(value) ? value : undefined
  return mask === undefined ? reader.wrong(entry, by === 'provider' ? NAME_EXPECTED : MASK_EXPECTED) : { by, mask }
}

function readSet(reader: Reader, spot: Spot, isAccounts: boolean): RuleSet {
  if (spot.value === null || isEmptyMap(spot.value)) reader.wrong(spot, 'at least one setting')
  return Object.fromEntries(
    reader.entries(spot, SETTINGS, 'settings').flatMap((entry) => {
      const name = entry.key as RuleSettingName
      const reading = parseValue(name, entry.value, isAccounts)
      if (reading.ok) return [[name, reading.value]]
      reader.wrong(entry, reading.expected, reading.found, reading.at)
      return []
    }),
  )
}

/** What a Smart rule has besides: where its figures were seen, and examples. */
function readProof(reader: Reader, { sources, estimate, matches, not }: Parts): Partial<Rule> {
  const list = (entry: Entry | undefined): readonly string[] | undefined => {
    if (entry === undefined) return undefined
    const items = reader.items(entry)
    if (items.length > MOST_EXAMPLES) reader.wrong(entry, `at most ${MOST_EXAMPLES}`, items.length)
    for (const item of items) if (typeof item.value !== 'string' || item.value === '') reader.wrong(item, 'a text')
    return items.flatMap(({ value }) => (typeof value === 'string' ? [value] : []))
  }
  if (estimate !== undefined && typeof estimate.value !== 'boolean') reader.wrong(estimate, 'true or false')
  const [seen, hits, misses] = [list(sources), list(matches), list(not)]
  return {
    ...(seen !== undefined && { seen }),
    ...(estimate?.value === true && { estimate: true as const }),
    ...(hits !== undefined && { matches: hits }),
    ...(misses !== undefined && { not: misses }),
  }
}
