// What rules say of the connections of a site, in the form that the site needs: worked out when they change.
import type { Effective } from '../../contract/rules.ts'
import { shareOf } from '../../policy/sites.ts'
import type { ConnectionChange } from '../ports/delivery-filters.ts'
import type { ConnectionSettings } from '../ports/outbound.ts'

const TIMEOUTS = ['timeout_connect', 'timeout_greeting', 'timeout_command', 'timeout_data', 'timeout_final'] as const

/** What a rule allows holds over all workers (`limits`); the configuration's is divided among them. */
function mostConnectionsOf({ shared }: Effective, workers: number): number {
  const found = shared.find(({ setting }) => setting === 'connections')
  return found === undefined || found.from === null ? shareOf(found?.limit ?? Infinity, workers) : found.limit
}

/** `change`: of this connection alone. */
function connectionSettingsOf({ settings: ruled, from }: Effective, change: ConnectionChange = {}): ConnectionSettings {
  const settings = { ...ruled, ...change }
  const { pipelining, chunking, timeout_connect: connect, timeout_greeting: greeting } = settings
  if (!TIMEOUTS.some((name) => from.has(name) || name in change)) return { pipelining, chunking, timeouts: null }
  const { timeout_command: command, timeout_data: body, timeout_final: final } = settings
  const commands = { ehlo: command, starttls: command, auth: command, mail: command, rcpt: command, data: command }
  return { pipelining, chunking, timeouts: { connect, greeting, ...commands, body, final, idle: Infinity } }
}

export class SiteRules {
  readonly #workers: number
  readonly #ask: () => Effective
  #effective: Effective
  #settings: ConnectionSettings
  #most: number

  /** `ask`: what rules say now. */
  constructor(workers: number, ask: () => Effective) {
    this.#workers = workers
    this.#ask = ask
    this.#effective = ask()
    this.#settings = connectionSettingsOf(this.#effective)
    this.#most = mostConnectionsOf(this.#effective, workers)
  }

  get effective(): Effective {
    return this.#effective
  }

  /** `change`: what was said of one connection. */
  connectionWith(change: ConnectionChange | null): ConnectionSettings {
    return change === null ? this.#settings : connectionSettingsOf(this.#effective, change)
  }

  get mostConnections(): number {
    return this.#most
  }

  /** Whether connections that are open may go on: not where another TLS is asked for now. */
  renew(): { readonly mayGoOn: boolean } {
    const { tls } = this.#effective.settings
    this.#effective = this.#ask()
    this.#settings = connectionSettingsOf(this.#effective)
    this.#most = mostConnectionsOf(this.#effective, this.#workers)
    return { mayGoOn: tls === this.#effective.settings.tls }
  }
}

/**
 * A site has one recipient ready in memory for so many octets of `spool.memory`: enough to be busy until the disk has brought more, and
 * no more than that, as what lies in memory for long is what makes the heap grow.
 */
const MEMORY_PER_ROW = 16_384
const LEAST_READY = 20

export function mostReadyWith(memory: number): number {
  return Math.max(LEAST_READY, Math.floor(memory / MEMORY_PER_ROW))
}
