// Asks the name servers of a zone themselves, so that a record which was published a moment ago is seen, and one that is gone is not. They are
// found by NS, step by step upwards from the name. Their addresses are chosen by strangers: private ones are not asked. One of these is made
// for one look at a domain: it is bounded in questions and in time, and keeps what it heard.
import type { Ms } from '../../base/brand.ts'
import type { Clock } from '../../base/clock.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'
import { isPublicAddress } from '../address-guard.ts'
import { type DnsAnswer, isAskable, type RecordType, TROUBLE_TTL } from './answer.ts'
import { exchange } from './exchange.ts'
import type { Resolver } from './resolver.ts'

export interface AuthoritativeOptions {
  /** Finds the servers, and is believed where they do not answer. */
  readonly resolver: Resolver
  /** Servers in private networks are asked. */
  readonly allowPrivate: boolean
  readonly timeout: Ms
  /** For all questions together; later ones are not asked. */
  readonly within: Ms
  readonly clock: Clock
  /** Another than 53 in tests. */
  readonly port?: number
}

const PORT = 53
const MOST_QUESTIONS = 500
const MOST_SERVERS = 3
/** Labels that are gone up from: a zone that begins below is asked by the resolver. */
const MOST_LABELS = 6
const MOST_FOLLOWED = 8

export class AuthoritativeResolver implements Resolver {
  readonly #options: AuthoritativeOptions
  readonly #zones = new Map<string, Promise<Zone | null>>()
  readonly #answers = new Map<string, Promise<DnsAnswer>>()
  readonly #stop = new AbortController()
  readonly #timer: Disposable
  readonly #indirect = new Set<string>()
  #asked = 0
  asking = 0

  constructor(options: AuthoritativeOptions) {
    this.#options = options
    this.#timer = options.clock.after(options.within, () => this.#stop.abort())
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]()
    this.#stop.abort()
  }

  get untrusted(): readonly SocketAddress[] {
    return []
  }

  /** Zones whose servers did not answer, so that what the resolver said was taken. */
  get indirect(): readonly string[] {
    return [...this.#indirect].toSorted()
  }

  async query<T extends RecordType>(name: string, type: T): Promise<DnsAnswer<T>> {
    const asked = name.toLowerCase().replace(/\.$/, '')
    const key = `${type} ${asked}`
    const known = this.#answers.get(key)
    const answer = known ?? this.#within(this.#look(asked, type))
    if (known === undefined) this.#answers.set(key, answer)
    return (await answer) as DnsAnswer<T>
  }

  async #within(answer: Promise<DnsAnswer>): Promise<DnsAnswer> {
    const { signal } = this.#stop
    if (signal.aborted) return LATE
    let end = (): void => {}
    const late = new Promise<DnsAnswer>((resolve) => {
      end = () => resolve(LATE)
      signal.addEventListener('abort', end)
    })
    this.asking++
    try {
      return await Promise.race([answer, late])
    } finally {
      this.asking--
      signal.removeEventListener('abort', end)
    }
  }

  async #look(name: string, type: RecordType): Promise<DnsAnswer> {
    let asked = name
    for (let followed = 0; followed <= MOST_FOLLOWED; followed++) {
      if (!isAskable(asked)) return { kind: 'nxdomain', ttl: TROUBLE_TTL }
      // The reverse tree is deep, and none of it is the sender's to publish.
      const zone = type === 'PTR' ? null : await this.#zoneOf(asked)
      if (zone === null) return this.#resolve(asked, type)
      const heard = await this.#askZone(zone, asked, type)
      if (heard === null) {
        this.#indirect.add(zone.name)
        return this.#resolve(asked, type)
      }
      if (heard.kind !== 'alias') return heard
      asked = heard.name
    }
    return { kind: 'trouble', reason: `${name} is an alias of an alias, more than ${MOST_FOLLOWED} times`, ttl: TROUBLE_TTL }
  }

  #resolve(name: string, type: RecordType): Promise<DnsAnswer> {
    return this.#mayAsk() ? this.#options.resolver.query(name, type) : Promise.resolve(TOO_MANY)
  }

  #mayAsk(): boolean {
    return !this.#stop.signal.aborted && ++this.#asked <= MOST_QUESTIONS
  }

  async #askZone({ servers }: Zone, name: string, type: RecordType) {
    const { timeout, clock } = this.#options
    for (const server of servers) {
      if (!this.#mayAsk()) return TOO_MANY
      const { retry, outcome } = await exchange({ name, type }, server, { timeout, clock, signal: this.#stop.signal })
      if (!retry) return outcome
    }
    return null
  }

  /** Null: its servers could not be found, or may not be asked. */
  async #zoneOf(name: string): Promise<Zone | null> {
    const labels = name.split('.')
    for (let at = Math.max(0, labels.length - MOST_LABELS); at < labels.length - 1; at++) {
      const zone = await this.#serversOf(labels.slice(at).join('.'))
      if (zone !== null) return zone.servers.length > 0 ? zone : null
    }
    return null
  }

  #serversOf(name: string): Promise<Zone | null> {
    const known = this.#zones.get(name)
    if (known !== undefined) return known
    const zone = this.#findServers(name)
    this.#zones.set(name, zone)
    return zone
  }

  /** Null: no zone begins there. */
  async #findServers(name: string): Promise<Zone | null> {
    const answer = await this.#resolve(name, 'NS')
    if (answer.kind === 'trouble') this.#indirect.add(name)
    if (answer.kind !== 'records') return null
    const { allowPrivate, port = PORT } = this.#options
    const servers: SocketAddress[] = []
    for (const host of (answer.records as readonly string[]).slice(0, MOST_SERVERS)) {
      const found = await this.#resolve(host, 'A')
      const six = found.kind === 'records' ? found : await this.#resolve(host, 'AAAA')
      const addresses = six.kind === 'records' ? (six.records as readonly string[]) : []
      const usable = addresses.find((address) => allowPrivate || isPublicAddress(address))
      if (usable !== undefined) servers.push({ host: usable, port })
    }
    if (servers.length === 0) this.#indirect.add(name)
    return { name, servers }
  }
}

interface Zone {
  readonly name: string
  readonly servers: readonly SocketAddress[]
}

const LATE = { kind: 'trouble', reason: 'it was not answered in time', ttl: TROUBLE_TTL } as const
const TOO_MANY = { kind: 'trouble', reason: 'it takes too many questions', ttl: TROUBLE_TTL } as const
