// A stub resolver: asks the owner's name servers and keeps what they say for as long as they say. Node's own gives no TTL
// for MX records, keeps nothing and asks once per caller; a sender of mail asks the same few names all day.
import type { Ms } from '../../base/brand.ts'
import { type Clock, systemClock } from '../../base/clock.ts'
import type { SocketAddress } from '../../contract/option-kinds.ts'
import type { Config } from '../../contract/options.ts'
import { AnswerCache } from './answer-cache.ts'
import { isAskable, TROUBLE_TTL, type DnsAnswer, type RecordType } from './answer.ts'
import { exchange } from './exchange.ts'
import { isTrustedServer, parseServer, systemServers } from './servers.ts'

export interface ResolverOptions {
  /** `address` or `address:port`; empty: those of /etc/resolv.conf, read again every half minute. Throws a `Fault` for others. */
  readonly servers: readonly string[]
  /** Wait for one answer of a server, before the next is asked. */
  readonly timeout: Ms
  readonly clock: Clock
  /** Servers besides those at loopback that are believed about DNSSEC, as in `servers`. */
  readonly trusted?: readonly string[]
  /** Answers that are kept; default 30,000. */
  readonly mostEntries?: number
}

/** As the owner set them. */
export function resolverOptions(config: Pick<Config, 'dns.servers' | 'dns.timeout' | 'dns.trusted'>): ResolverOptions {
  return { servers: config['dns.servers'], timeout: config['dns.timeout'], trusted: config['dns.trusted'], clock: systemClock }
}

export interface Resolver extends Disposable {
  /** Answers from what is kept, or asks. Never rejects. `name` in any case, with or without a trailing dot. */
  query<T extends RecordType>(name: string, type: T): Promise<DnsAnswer<T>>
  /** Questions being asked right now. */
  readonly asking: number
  /** Servers that are not believed about DNSSEC: what they answer is never secure. */
  readonly untrusted: readonly SocketAddress[]
}

const MOST_BYTES = 32 * 1024 * 1024
const REREAD: Ms = 30_000
/** Each query being asked holds a socket; more than this many wait for their turn. */
const MOST_ASKING = 256
const MOST_TRIES = 4
/** Aliases over several replies; within a reply they are counted by its reader. */
const MOST_FOLLOWED = 8

export function createResolver(options: ResolverOptions): Resolver {
  return new StubResolver(options)
}

class StubResolver implements Resolver {
  readonly #timeout: Ms
  readonly #clock: Clock
  readonly #cache: AnswerCache
  readonly #inFlight = new Map<string, Promise<DnsAnswer>>()
  readonly #waiting: (() => void)[] = []
  readonly #stop = new AbortController()
  readonly #fixed: boolean
  readonly #trusted: readonly SocketAddress[]
  #servers: readonly SocketAddress[]
  #readAt: Ms
  /** Number of the server that is asked first: the last one that answered. */
  #first = 0
  #asking = 0

  constructor({ servers, timeout, clock, trusted = [], mostEntries = 30_000 }: ResolverOptions) {
    this.#timeout = timeout
    this.#clock = clock
    this.#cache = new AnswerCache(mostEntries, MOST_BYTES)
    this.#fixed = servers.length > 0
    this.#trusted = trusted.map(parseServer)
    this.#servers = this.#fixed ? servers.map(parseServer) : systemServers()
    this.#readAt = clock.mono()
  }

  get asking(): number {
    return this.#asking
  }

  get untrusted(): readonly SocketAddress[] {
    return this.#servers.filter((server) => !isTrustedServer(server, this.#trusted))
  }

  async query<T extends RecordType>(name: string, type: T): Promise<DnsAnswer<T>> {
    const asked = name.toLowerCase().replace(/\.$/, '')
    if (!isAskable(asked)) return { kind: 'nxdomain', ttl: TROUBLE_TTL }
    // The cast is kept true by `readReply`, which takes records of the type that was asked for only.
    return (await this.#look(asked, type)) as DnsAnswer<T>
  }

  #look(name: string, type: RecordType): DnsAnswer | Promise<DnsAnswer> {
    const key = `${type} ${name}`
    const kept = this.#cache.get(key, this.#clock.mono())
    if (kept !== undefined) return kept
    const asking = this.#inFlight.get(key)
    if (asking !== undefined) return asking
    const answer = this.#ask(name, type)
      .then((answer) => {
        if (!this.#stop.signal.aborted) this.#cache.set(key, answer, this.#clock.mono())
        return answer
      })
      .finally(() => this.#inFlight.delete(key))
    this.#inFlight.set(key, answer)
    return answer
  }

  async #ask(name: string, type: RecordType): Promise<DnsAnswer> {
    await this.#turn()
    try {
      let asked = name
      let longest = Infinity
      let secure = true
      for (let followed = 0; followed <= MOST_FOLLOWED; followed++) {
        const outcome = await this.#askServers(asked, type)
        secure &&= isSecure(outcome)
        if (outcome.kind !== 'alias') {
          const answer = { ...(secure ? outcome : unproved(outcome)), ttl: Math.min(outcome.ttl, longest) }
          return secure && followed > 0 && answer.kind === 'records' ? { alias: asked, ...answer } : answer
        }
        if (!isAskable(outcome.name)) return { kind: 'nxdomain', ttl: outcome.ttl }
        longest = Math.min(longest, outcome.ttl)
        asked = outcome.name
      }
      return { kind: 'trouble', reason: `${name} is an alias of an alias, more than ${MOST_FOLLOWED} times`, ttl: TROUBLE_TTL }
    } finally {
      this.#asking--
      this.#waiting.shift()?.()
    }
  }

  async #turn(): Promise<void> {
    this.#asking++
    if (this.#asking > MOST_ASKING) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Asks one server after the other, beginning with the one that answered last. */
  async #askServers(name: string, type: RecordType) {
    this.#reread()
    const servers = this.#servers
    const tries = Math.min(servers.length + 1, MOST_TRIES)
    const first = this.#first
    const options = { timeout: this.#timeout, clock: this.#clock, signal: this.#stop.signal }
    for (let tried = 0; ; tried++) {
      const index = (first + tried) % servers.length
      const server = servers[index]
      if (server === undefined) return { kind: 'trouble', reason: 'no name server is set', ttl: TROUBLE_TTL } as const
      const { retry, outcome } = await exchange({ name, type }, server, options)
      if (!retry) {
        if (tried > 0) this.#first = index
        return isTrustedServer(server, this.#trusted) ? outcome : unproved(outcome)
      }
      if (tried + 1 >= tries || this.#stop.signal.aborted) return outcome
    }
  }

  #reread(): void {
    const now = this.#clock.mono()
    if (this.#fixed || now - this.#readAt < REREAD) return
    this.#readAt = now
    this.#servers = systemServers()
    if (this.#first >= this.#servers.length) this.#first = 0
  }

  [Symbol.dispose](): void {
    this.#stop.abort()
  }
}

type Outcome = Awaited<ReturnType<typeof exchange>>['outcome']

function isSecure(outcome: Outcome): boolean {
  return outcome.kind !== 'trouble' && outcome.secure === true
}

/** The answer without what the server says of DNSSEC. */
function unproved<O extends Outcome>(outcome: O): O {
  if (!isSecure(outcome)) return outcome
  const { secure: _secure, alias: _alias, ...rest } = outcome as O & { secure?: true; alias?: string }
  return rest as unknown as O
}
