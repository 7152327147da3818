// The desk's connections to the workers: made again when they end, with the newest status of each.
import type { EpochMs, Ms } from '../../base/brand.ts'
import { machineClock } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import type { SomeAnswers, WorkerCallName, Workers } from '../../api/operations/context.ts'
import type { WorkerCalls, WorkerCounters } from '../../contract/bus.ts'
import { type BusClient, connectBus } from '../../net/bus/client.ts'
import { workerSocketPath } from '../home.ts'
import type { Launch } from '../launch.ts'
import { pause } from '../pause.ts'

const RETRY: Ms = 100
const POLL: Ms = 1000
/** Until the first worker is up the desk looks often, so that /readyz is quick. */
const POLL_STARTING: Ms = 50
const CALL_TIMEOUT: Ms = 5000
const REFRESH_TIMEOUT: Ms = 500
const FRESH: Ms = 3000
/** Queue operations over a large selection take their time. */
const LONG_CALL: Ms = 100_000

export type WorkerReport = WorkerCalls['worker.status']['result']

export interface LinkOptions {
  readonly launch: Pick<Launch, 'home' | 'slots' | 'line' | 'leaving' | 'version'>
  /** A worker answered: its newest report, and the connection to call it by. */
  readonly reported: (worker: LinkedWorker, report: WorkerReport, client: BusClient<WorkerCalls>) => void
}

export interface LinkedWorker {
  readonly slot: number
  readonly path: string
  /** It ends what it had begun for the launcher before this one, and does not come back. */
  readonly isLeaving: boolean
}

interface Link extends LinkedWorker {
  client: BusClient<WorkerCalls> | null
  report: WorkerReport | null
  reportedAt: EpochMs
}

export class WorkerLinks implements Disposable, Workers {
  readonly #options: LinkOptions
  readonly #links: readonly Link[]
  readonly #closing = new AbortController()

  constructor(options: LinkOptions) {
    this.#options = options
    const { home, slots, line, leaving } = options.launch
    const linkTo = (slot: number, path: string, isLeaving: boolean): Link => {
      return { slot, path, isLeaving, client: null, report: null, reportedAt: 0 }
    }
    this.#links = [
      ...Array.from({ length: slots }, (_, slot) => linkTo(slot, workerSocketPath(home, line, slot), false)),
      ...Array.from({ length: leaving?.slots ?? 0 }, (_, slot) => linkTo(slot, workerSocketPath(home, leaving?.line ?? line, slot), true)),
    ]
    for (const link of this.#links) void this.#keep(link)
  }

  /** The answers of all workers. Rejects with a Fault where one does not answer: a part of a queue is no answer. */
  all<N extends WorkerCallName>(name: N, params: WorkerCalls[N]['params']): Promise<readonly WorkerCalls[N]['result'][]> {
    const [missing] = this.missing()
    if (missing !== undefined) return Promise.reject(workerMissing(missing))
    const calls = this.#links.flatMap(({ client }) => {
      // The same type twice: the compiler cannot see through a call that is still a parameter.
      const call = client?.call as ((name: N, params: object, options: object) => Promise<WorkerCalls[N]['result']>) | undefined
      return call?.(name, params, { timeout: LONG_CALL }) ?? []
    })
    return Promise.all(calls)
  }

  async some<N extends WorkerCallName>(name: N, params: WorkerCalls[N]['params']): Promise<SomeAnswers<WorkerCalls[N]['result']>> {
    const missing = new Set(this.missing())
    const answers = await Promise.all(
      this.#links.map(async ({ client, slot, isLeaving }) => {
        const call = client?.call as ((name: N, params: object, options: object) => Promise<WorkerCalls[N]['result']>) | undefined
        try {
          const answer = await call?.(name, params, { timeout: CALL_TIMEOUT })
          return answer === undefined ? [] : [answer]
        } catch {
          // One that leaves may be of a release that does not know the call.
          if (!isLeaving) missing.add(slot)
          return []
        }
      }),
    )
    return { answers: answers.flat() as WorkerCalls[N]['result'][], missing: [...missing] }
  }

  /** The answer of one worker, whichever. Rejects with a Fault where none answers. */
  any<N extends WorkerCallName>(name: N, params: WorkerCalls[N]['params']): Promise<WorkerCalls[N]['result']> {
    const link = this.#links.find(({ client, isLeaving }) => client !== null && !isLeaving)
    const call = link?.client?.call as ((name: N, params: object, options: object) => Promise<WorkerCalls[N]['result']>) | undefined
    return call?.(name, params, { timeout: CALL_TIMEOUT }) ?? Promise.reject(workerMissing(0))
  }

  /** The newest report of every worker that answers; `own`: without those that leave. */
  reports(which: 'all' | 'own' = 'all'): readonly WorkerReport[] {
    const links = which === 'all' ? this.#links : this.#links.filter(({ isLeaving }) => !isLeaving)
    return links.flatMap(({ client, report }) => (client === null || report === null ? [] : [report]))
  }

  /** Asks every worker that answers for its report now; one that is late keeps its last. */
  async refresh(): Promise<void> {
    await Promise.allSettled(this.#links.map((link) => (link.client === null ? undefined : this.#ask(link, link.client, REFRESH_TIMEOUT))))
  }

  /** Whether a worker that reported within 3 s listens, takes messages and does not stop. */
  ready(now: EpochMs): boolean {
    return this.#links.some(({ client, report, reportedAt }) => {
      if (client === null || report === null || now - reportedAt >= FRESH) return false
      return report.status.health === 'ok' && report.stopping.length === 0
    })
  }

  /** Slots without a worker that answers. */
  missing(): readonly number[] {
    return this.#links.filter(({ client, isLeaving }) => client === null && !isLeaving).map(({ slot }) => slot)
  }

  [Symbol.dispose](): void {
    this.#closing.abort()
    for (const { client } of this.#links) client?.[Symbol.dispose]()
  }

  async #keep(link: Link): Promise<void> {
    const { version } = this.#options.launch
    while (!this.#closing.signal.aborted) {
      let isGone = false
      try {
        link.client = await connectBus<WorkerCalls>(link.path, { version })
        await this.#watch(link, link.client)
      } catch (error) {
        // Not up yet, or gone: the launcher tells the owner. One that leaves was up before, and its release may speak otherwise.
        isGone = error instanceof Fault && (error.code === 'not-running' || error.code === 'bus-protocol')
      }
      link.client?.[Symbol.dispose]()
      link.client = null
      link.report = null
      if (isGone && link.isLeaving) return
      await pause(RETRY)
    }
  }

  async #ask(link: Link, client: BusClient<WorkerCalls>, timeout: Ms): Promise<WorkerReport> {
    const report = await client.call('worker.status', {}, { timeout })
    if (link.client === client) {
      link.report = report
      link.reportedAt = machineClock.now()
      this.#options.reported(link, report, client)
    }
    return report
  }

  async #watch(link: Link, client: BusClient<WorkerCalls>): Promise<void> {
    void client.closed.then(() => {
      if (link.client === client) link.client = null
    })
    while (!client.ended && !this.#closing.signal.aborted) {
      const report = await this.#ask(link, client, CALL_TIMEOUT)
      await pause(report.status.health === 'ok' ? POLL : POLL_STARTING)
    }
  }
}

function workerMissing(slot: number): Fault {
  return new Fault('worker-missing', `Worker ${slot} does not answer at the moment, so a part of the queue cannot be seen.`, {
    blame: 'owner',
    temporary: true,
    mend: 'Try again in a few seconds; a worker that ended is started again by itself.',
  })
}

export type CounterName = Exclude<keyof WorkerCounters, 'startedAt'>
const COUNTERS: readonly CounterName[] = [
  'inboundConnections',
  'outboundConnections',
  'messagesAccepted',
  'recipientsProcessed',
  'dkimOperations',
  'trackingOperations',
  'visitsDropped',
  'regexOperations',
]

/** The workers' counters added up, so that a worker's restart takes nothing back. */
export class CounterSum {
  readonly #total = new Map<CounterName, number>()
  readonly #last = new Map<string, WorkerCounters>()

  /** `worker`: what tells it from others; its place in the tree. */
  add(worker: string, counters: WorkerCounters): void {
    const last = this.#last.get(worker)
    const fresh = last === undefined || last.startedAt !== counters.startedAt
    for (const name of COUNTERS) {
      // A worker of the version before, which still ends, may know fewer.
      const grown = (counters[name] ?? 0) - (fresh ? 0 : (last[name] ?? 0))
      this.#total.set(name, this.get(name) + grown)
    }
    this.#last.set(worker, counters)
  }

  get(name: CounterName): number {
    return this.#total.get(name) ?? 0
  }
}
