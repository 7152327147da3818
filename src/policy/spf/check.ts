// Whether a domain's SPF record lets an address send for it, as a receiver would find it (rfc:7208), and how many look-ups that took: a
// record with more than ten is none to most receivers. Names are looked up by the caller.
import { compileNetworks } from '../networks.ts'
import { expandMacros, type MacroFacts } from './macros.ts'
import { findSpf, type Mechanism, parseSpf, type Qualifier } from './record.ts'

/** Each gives null where the name servers could not be asked, and nothing where there are no such records. */
export interface SpfLookups {
  txt(name: string): Promise<readonly string[] | null>
  addresses(name: string, family: 4 | 6): Promise<readonly string[] | null>
  mx(name: string): Promise<readonly string[] | null>
}

export interface SpfResult {
  readonly result: Qualifier | 'none' | 'permerror' | 'temperror'
  /** The term that decided, or what is wrong, as the end of a sentence. */
  readonly why: string
  readonly lookups: number
}

export interface SpfQuestion {
  readonly address: string
  readonly domain: string
  readonly sender: string
  readonly helo: string
}

/** rfc:7208#4.6.4 */
export const MOST_LOOKUPS = 10
const MOST_VOID = 2
const MOST_MX = 10

class Trouble extends Error {
  readonly result: 'permerror' | 'temperror'

  constructor(result: 'permerror' | 'temperror', why: string) {
    super(why)
    this.result = result
  }
}

export async function checkSpf(question: SpfQuestion, lookups: SpfLookups): Promise<SpfResult> {
  const check = new Check(question, lookups)
  try {
    return { ...(await check.domain(question.domain)), lookups: check.lookups }
  } catch (error) {
    if (error instanceof Trouble) return { result: error.result, why: error.message, lookups: check.lookups }
    throw error
  }
}

type Verdict = Pick<SpfResult, 'result' | 'why'>

class Check {
  readonly #facts: MacroFacts
  readonly #family: 4 | 6
  readonly #ask: SpfLookups
  lookups = 0
  #voids = 0

  constructor({ address, sender, helo }: SpfQuestion, ask: SpfLookups) {
    this.#facts = { address, sender, helo }
    this.#family = address.includes(':') ? 6 : 4
    this.#ask = ask
  }

  async domain(domain: string): Promise<Verdict> {
    const texts = known(await this.#ask.txt(domain), domain)
    const text = findSpf(texts)
    if (text === null) return { result: 'none', why: `${domain} has no SPF record` }
    const record = typeof text === 'string' ? parseSpf(text) : text
    if ('problem' in record) throw new Trouble('permerror', `the record of ${domain} cannot be used: ${record.problem}`)
    for (const mechanism of record.mechanisms)
      if (await this.#matches(mechanism, domain)) return { result: mechanism.qualifier, why: `${described(mechanism)} of ${domain}` }
    if (record.redirect === null) return { result: 'neutral', why: `no term of ${domain} matches` }
    this.#count()
    const next = expandMacros(record.redirect, this.#facts, domain)
    const verdict = await this.domain(next)
    if (verdict.result === 'none') throw new Trouble('permerror', `${domain} redirects to ${next}, which has no SPF record`)
    return verdict
  }

  async #matches(mechanism: Mechanism, domain: string): Promise<boolean> {
    const { kind, value } = mechanism
    if (kind === 'all') return true
    if (kind === 'ip4' || kind === 'ip6') return compileNetworks([value]).has(this.#facts.address)
    this.#count()
    const target = value === '' ? domain : expandMacros(value, this.#facts, domain)
    switch (kind) {
      case 'include':
        return await this.#includes(target, domain)
      case 'a':
        return this.#covers(await this.#addresses(target), mechanism)
      case 'mx':
        return await this.#mx(target, mechanism)
      case 'exists':
        return this.#filled(known(await this.#ask.addresses(target, 4), target))
      case 'ptr':
        // rfc:7208#5.5: nobody should use it, and receivers may skip it.
        return false
      default:
        return kind satisfies never
    }
  }

  /** rfc:7208#5.2: only a pass of what is included matches. */
  async #includes(target: string, domain: string): Promise<boolean> {
    const { result } = await this.domain(target)
    if (result === 'none') throw new Trouble('permerror', `${domain} includes ${target}, which has no SPF record`)
    return result === 'pass'
  }

  async #mx(target: string, mechanism: Mechanism): Promise<boolean> {
    const hosts = known(await this.#ask.mx(target), target)
    this.#filled(hosts)
    if (hosts.length > MOST_MX) throw new Trouble('permerror', `${target} has more than ${MOST_MX} mail hosts`)
    for (const host of hosts) if (this.#covers(known(await this.#ask.addresses(host, this.#family), host), mechanism)) return true
    return false
  }

  async #addresses(name: string): Promise<readonly string[]> {
    const found = known(await this.#ask.addresses(name, this.#family), name)
    this.#filled(found)
    return found
  }

  #covers(addresses: readonly string[], { bits4, bits6 }: Mechanism): boolean {
    const bits = this.#family === 4 ? bits4 : bits6
    return compileNetworks(addresses.map((address) => `${address}/${bits}`)).has(this.#facts.address)
  }

  #filled(found: readonly unknown[]): boolean {
    if (found.length === 0 && ++this.#voids > MOST_VOID)
      throw new Trouble('permerror', `more than ${MOST_VOID} of its look-ups find nothing`)
    return found.length > 0
  }

  #count(): void {
    if (++this.lookups > MOST_LOOKUPS) throw new Trouble('permerror', `it takes more than ${MOST_LOOKUPS} look-ups`)
  }
}

function known<T>(found: readonly T[] | null, name: string): readonly T[] {
  if (found === null) throw new Trouble('temperror', `no name server answers for ${name}`)
  return found
}

function described({ kind, qualifier, value }: Mechanism): string {
  const sign = { pass: '', fail: '-', softfail: '~', neutral: '?' }[qualifier]
  return `"${sign}${kind}${value === '' ? '' : `:${value}`}"`
}
