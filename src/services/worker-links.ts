// The desk's connections to the workers: made again when they end, with the newest status of each.
import type { EpochMs, Ms } from '../base/brand.ts'
import type { WorkerCalls, WorkerCounters } from '../contract/bus.ts'
import { type BusClient, connectBus } from '../net/bus/client.ts'
import { workerSocketPath } from './home.ts'
import { pause } from './pause.ts'

const RETRY: Ms = 100
const POLL: Ms = 1000
/** Until the first worker is up the desk looks often, so that /readyz is quick. */
const POLL_STARTING: Ms = 50
const CALL_TIMEOUT: Ms = 5000

export type WorkerReport = WorkerCalls['worker.status']['result']

export interface LinkOptions {
  readonly home: string
  readonly slots: number
  readonly version: string
  /** A worker answered: its newest report, and the connection to call it by. */
  readonly reported: (slot: number, report: WorkerReport, client: BusClient<WorkerCalls>) => void
}

interface Link {
  readonly slot: number
  client: BusClient<WorkerCalls> | null
  report: WorkerReport | null
  reportedAt: EpochMs
}

export class WorkerLinks implements Disposable {
  readonly #options: LinkOptions
  readonly #links: readonly Link[]
  readonly #closing = new AbortController()

  constructor(options: LinkOptions) {
    this.#options = options
    this.#links = Array.from({ length: options.slots }, (_, slot) => ({ slot, client: null, report: null, reportedAt: 0 }))
    for (const link of this.#links) void this.#keep(link)
  }

  /** Workers that answer now. */
  clients(): readonly BusClient<WorkerCalls>[] {
    return this.#links.flatMap(({ client }) => client ?? [])
  }

  /** The newest report of every worker that answers. */
  reports(): readonly WorkerReport[] {
    return this.#links.flatMap(({ client, report }) => (client === null || report === null ? [] : [report]))
  }

  /** Whether a worker that reported within 3 s can accept. */
  ready(now: EpochMs): boolean {
    return this.#links.some(
      ({ client, report, reportedAt }) => client !== null && report?.status.health === 'ok' && now - reportedAt < 3000,
    )
  }

  /** Slots without a worker that answers. */
  missing(): readonly number[] {
    return this.#links.filter(({ client }) => client === null).map(({ slot }) => slot)
  }

  [Symbol.dispose](): void {
    this.#closing.abort()
    for (const { client } of this.#links) client?.[Symbol.dispose]()
  }

  async #keep(link: Link): Promise<void> {
    const { home, version } = this.#options
    while (!this.#closing.signal.aborted) {
      try {
        link.client = await connectBus<WorkerCalls>(workerSocketPath(home, link.slot), { version })
        await this.#watch(link, link.client)
      } catch {
        // Not up yet, or gone: the launcher tells the owner.
      }
      link.client?.[Symbol.dispose]()
      link.client = null
      link.report = null
      await pause(RETRY)
    }
  }

  async #watch(link: Link, client: BusClient<WorkerCalls>): Promise<void> {
    void client.closed.then(() => {
      if (link.client === client) link.client = null
    })
    while (!client.ended && !this.#closing.signal.aborted) {
      const report = await client.call('worker.status', {}, { timeout: CALL_TIMEOUT })
      link.report = report
      link.reportedAt = Date.now()
      this.#options.reported(link.slot, report, client)
      await pause(report.status.health === 'ok' ? POLL : POLL_STARTING)
    }
  }
}

export type CounterName = Exclude<keyof WorkerCounters, 'startedAt'>
const COUNTERS: readonly CounterName[] = [
  'inboundConnections',
  'outboundConnections',
  'messagesAccepted',
  'recipientsProcessed',
  'dkimOperations',
  'trackingOperations',
  'regexOperations',
]

/** The workers' counters added up, so that a worker's restart takes nothing back. */
export class CounterSum {
  readonly #total = new Map<CounterName, number>()
  readonly #last = new Map<number, WorkerCounters>()

  add(slot: number, counters: WorkerCounters): void {
    const last = this.#last.get(slot)
    const fresh = last === undefined || last.startedAt !== counters.startedAt
    for (const name of COUNTERS) {
      const grown = counters[name] - (fresh ? 0 : last[name])
      this.#total.set(name, this.get(name) + grown)
    }
    this.#last.set(slot, counters)
  }

  get(name: CounterName): number {
    return this.#total.get(name) ?? 0
  }
}
