// The name of a site: the set of MX hosts behind a domain, folded into one short stable name, so that every domain of one
// provider shares its limits and connections. Preferences are left out: domains with the same hosts share the provider
// whatever the order they list them in.
import { createHash } from 'node:crypto'

/** Keys of queues and labels of counters: a provider with dozens of hosts must not make them long. */
const LONGEST = 200

/**
 * `(@|alt1|alt2).gmail-smtp-in.l.google.com`: what the names have in common behind, and what each has in front of it, in
 * order; `@` is the common name itself. Equal for equal sets of names, different for different ones, whatever their order.
 */
export function siteName(hosts: readonly string[]): string {
  const names = [...new Set(hosts)].sort()
  const [first] = names
  if (first === undefined) return ''
  if (names.length === 1) return first
  const suffix = commonSuffix(names)
  const fronts = names.map((name) => (name === suffix ? '@' : suffix === '' ? name : name.slice(0, -suffix.length - 1)))
  const behind = suffix === '' ? '' : `.${suffix}`
  const folded = `(${fronts.sort().join('|')})${behind}`
  if (folded.length <= LONGEST) return folded
  const digest = createHash('sha256').update(names.join(' ')).digest('hex').slice(0, 16)
  return `(${names.length} hosts ${digest})${behind}`
}

/** The hosts that a name of a site tells of; none where it holds only their number. */
export function hostsOfSite(name: string): readonly string[] {
  const [, fronts, suffix] = /^\(([^()]*)\)(?:\.([^()]+))?$/.exec(name) ?? []
  if (fronts === undefined) return [name]
  if (/^\d+ hosts [0-9a-f]{16}$/.test(fronts)) return []
  return fronts.split('|').map((front) => (suffix === undefined ? front : front === '@' ? suffix : `${front}.${suffix}`))
}

/** The labels that all names end in, joined; empty where they share none. */
function commonSuffix(names: readonly string[]): string {
  const labels = names.map((name) => name.split('.').reverse())
  const [first = [], ...others] = labels
  const shared = first.findIndex((label, i) => others.some((other) => other[i] !== label))
  const common = shared === -1 ? first : first.slice(0, shared)
  return common.toReversed().join('.')
}
