// The owner's plug-ins beside a worker: each runs in a process of its own for as long as the worker does.
import { machineClock } from '../../base/clock.ts'
import type { Log } from '../../base/log.ts'
import { WORKER_HOOKS } from '../../contract/plugins.ts'
import type { DeliveryFilters } from '../../engine/ports/delivery-filters.ts'
import type { SessionFilters } from '../../engine/ports/filters.ts'
import type { TraceHub } from '../../net/trace.ts'
import { sealOf } from '../../lifecycle/plugins/home-seal.ts'
import { LineTeller } from '../../plugins/line-teller.ts'
import { PluginDeliveries } from '../../plugins/plugin-deliveries.ts'
import { PluginFilters } from '../../plugins/plugin-filters.ts'
import type { PluginRunner } from '../../plugins/plugin-runner.ts'
import { PluginSet } from '../../plugins/plugin-set.ts'
import type { Launch } from '../launch.ts'

export interface Plugins extends AsyncDisposable, Pick<PluginSet, 'alerts' | 'seen' | 'lines'> {
  readonly filters: SessionFilters
  readonly deliveries: DeliveryFilters
}

export interface PluginSurroundings {
  readonly log: Log
  /** What a trial sends itself is nobody's mail, and no plug-in sees it. */
  readonly areServing: () => boolean
  readonly trace: TraceHub
}

const NONE: readonly PluginRunner[] = []

export async function openPlugins({ home, config, slot }: Launch, { log, areServing, trace }: PluginSurroundings): Promise<Plugins> {
  const lines = new Lines(trace, log)
  const changed = (runners: readonly PluginRunner[]): void => lines.use(runners)
  const common = { home, seal: sealOf(home, config), clock: machineClock, log }
  // What is wrong with a plug-in is the same at all workers.
  const set = await PluginSet.open({ ...common, hooks: WORKER_HOOKS, tells: () => slot === 0, changed })
  const runners = (): readonly PluginRunner[] => (areServing() ? set.runners : NONE)
  return {
    filters: new PluginFilters(runners),
    deliveries: new PluginDeliveries(runners),
    alerts: () => set.alerts(),
    seen: () => set.seen(),
    lines: (name) => set.lines(name),
    [Symbol.asyncDispose]: async () => {
      lines.use(NONE)
      await set[Symbol.asyncDispose]()
    },
  }
}

/** Hears the dialog of deliveries while a plug-in asks for it. */
class Lines {
  readonly #trace: TraceHub
  readonly #log: Log
  #tellers: readonly LineTeller[] = []
  #ear: Disposable | null = null

  constructor(trace: TraceHub, log: Log) {
    this.#trace = trace
    this.#log = log
  }

  use(runners: readonly PluginRunner[]): void {
    const wanted = runners.filter(({ spec }) => spec.hooks.includes('protocol'))
    this.#tellers = wanted.map((runner) => this.#tellers.find((one) => one.runner === runner) ?? new LineTeller(runner, this.#log))
    if (wanted.length === 0) {
      this.#ear?.[Symbol.dispose]()
      this.#ear = null
    } else
      this.#ear ??= this.#trace.attach('out', (line) => {
        for (const teller of this.#tellers) teller.hear(line)
      })
  }
}
