// An SPF record as data (rfc:7208): what follows `v=spf1`, read term by term.

export type Qualifier = 'pass' | 'fail' | 'softfail' | 'neutral'

export interface Mechanism {
  readonly kind: 'all' | 'include' | 'a' | 'mx' | 'ptr' | 'ip4' | 'ip6' | 'exists'
  readonly qualifier: Qualifier
  /** Domain or network as written, macros and all; empty: none was given. */
  readonly value: string
  /** Prefix lengths for `a` and `mx`. */
  readonly bits4: number
  readonly bits6: number
}

export interface SpfRecord {
  readonly mechanisms: readonly Mechanism[]
  readonly redirect: string | null
}

const QUALIFIERS: Readonly<Record<string, Qualifier>> = { '+': 'pass', '-': 'fail', '~': 'softfail', '?': 'neutral' }
const KINDS: ReadonlySet<string> = new Set(['all', 'include', 'a', 'mx', 'ptr', 'ip4', 'ip6', 'exists'] satisfies Mechanism['kind'][])
const TERM = /^([+\-~?]?)([a-z][a-z0-9]*)(?:[:](.+?))?(?:\/(\d{1,2}))?(?:\/\/(\d{1,3}))?$/i
const MOST_TERMS = 200

/** rfc:7208#4.5: the one that is SPF; records of other kinds are passed over. A second one is an error of the domain's owner. */
export function findSpf(texts: readonly string[]): string | null | { readonly problem: string } {
  const found = texts.filter((text) => /^v=spf1(?: |$)/i.test(text))
  return found.length > 1 ? { problem: `it has ${found.length} SPF records, and one is allowed` } : (found[0] ?? null)
}

/** The record, or what is wrong with it as the end of a sentence. */
export function parseSpf(text: string): SpfRecord | { readonly problem: string } {
  const mechanisms: Mechanism[] = []
  let redirect: string | null = null
  const terms = text.split(' ').slice(1).filter(Boolean)
  if (terms.length > MOST_TERMS) return { problem: `it has more than ${MOST_TERMS} terms` }
  for (const term of terms) {
    const [, name, value] = /^([a-z][a-z0-9_.-]*)=(.*)$/i.exec(term) ?? []
    if (name !== undefined) {
      if (name.toLowerCase() !== 'redirect') continue
      if (redirect !== null || value === undefined || value === '') return { problem: `"${term}" is no redirect` }
      redirect = value
      continue
    }
    const mechanism = readMechanism(term)
    if (mechanism === null) return { problem: `"${term}" is no mechanism` }
    mechanisms.push(mechanism)
  }
  return { mechanisms, redirect }
}

function readMechanism(term: string): Mechanism | null {
  const network = /^([+\-~?]?)(ip[46]):(\S+)$/i.exec(term)
  if (network !== null)
    return { kind: kindOf(network[2]), qualifier: qualifierOf(network[1]), value: network[3] ?? '', bits4: 32, bits6: 128 }
  const [whole, sign, name = '', value = '', four, six] = TERM.exec(term) ?? []
  if (whole === undefined || !KINDS.has(name.toLowerCase())) return null
  const kind = kindOf(name)
  const [bits4, bits6] = [Number(four ?? 32), Number(six ?? 128)]
  const takesBits = kind === 'a' || kind === 'mx'
  if (bits4 > 32 || bits6 > 128 || (!takesBits && (four ?? six) !== undefined)) return null
  if ((kind === 'include' || kind === 'exists' || kind === 'ip4' || kind === 'ip6') && value === '') return null
  return { kind, qualifier: qualifierOf(sign), value, bits4, bits6 }
}

const kindOf = (name = ''): Mechanism['kind'] => name.toLowerCase() as Mechanism['kind']
const qualifierOf = (sign = ''): Qualifier => QUALIFIERS[sign] ?? 'pass'
