// What a worker answers on the bus: its status, its outbox, its queue.
import type { Domain, Ms } from '../../base/brand.ts'
import { machineClock } from '../../base/clock.ts'
import { Fault } from '../../base/fault.ts'
import type { WorkerCalls } from '../../contract/bus.ts'
import type { Alert } from '../../engine/alerts.ts'
import type { Engine } from '../../engine/engine.ts'
import type { Outbox, OutboxLines } from '../../engine/ports/stores.ts'
import { type BusHandlers, Passing } from '../../net/bus/server.ts'
import type { MilterFilters } from '../../net/milter/filters.ts'
import type { PluginSet } from '../../plugins/plugin-set.ts'
import type { TraceHub } from '../../net/trace.ts'
import type { SqliteSpool } from '../../store/sqlite/spool/spool.ts'
import { lookedSpool } from '../../store/sqlite/spool/why-looks.ts'
import type { ProcessWatch } from '../process-use.ts'
import { pause } from '../pause.ts'

const LONGEST_WAIT: Ms = 30_000
const FOLLOWED_WITHIN: Ms = 500
const MOST_EVENTS = 5000
/** A pull that gathers ends early where so many events have come and none since `QUIET`: a burst is told of when it ends. */
const WORTH_A_BATCH = 64
const QUIET: Ms = 20
const MOST_LISTED = 10_000
/** Longest that commits wait for a backup to begin its reading. */
const LONGEST_HOLD: Ms = 50

export interface WorkerParts {
  readonly slot: number
  readonly engine: Engine
  readonly spool: SqliteSpool
  readonly news: OutboxNews
  readonly trace: TraceHub
  readonly doors: { readonly visitsDropped: number }
  /** And at the suppression lists. */
  readonly lookAtSettings: () => Promise<void>
  readonly use: Pick<ProcessWatch, 'read'>
  readonly milters: Pick<MilterFilters, 'seen'>
  readonly plugins: Pick<PluginSet, 'seen' | 'lines'>
  /** Of what is not the engine's. */
  readonly alerts: () => readonly Alert[]
  /** What a stop still waits for. */
  readonly stopping: () => readonly string[]
}

export function workerHandlers(parts: WorkerParts): BusHandlers<WorkerCalls> {
  const { engine, spool, news } = parts
  return {
    'worker.status': () => ({
      status: { slot: parts.slot, pid: process.pid, shards: spool.shards(), ...engine.status() },
      counters: { ...engine.counters(), visitsDropped: parts.doors.visitsDropped },
      stopping: parts.stopping(),
      alerts: [...engine.alerts(), ...parts.alerts()],
      ...useOf(engine),
      ...filtersOf(parts),
    }),
    'outbox.pull': async ({ shard, after, limit, gather, wait }, signal) => {
      spool.release(shard, after)
      await news.gather(shard, { longest: Math.min(gather, LONGEST_WAIT), signal })
      const most = Math.min(limit, MOST_EVENTS)
      const seen = news.count(shard)
      const events = await spool.read(shard, after, most)
      if (events.parts.length > 0 || wait <= 0) {
        news.pulled(shard, seen)
        return given(events)
      }
      await news.wait(shard, { after: seen, longest: Math.min(wait, LONGEST_WAIT), signal })
      if (signal.aborted) return []
      news.pulled(shard, news.count(shard))
      return given(await spool.read(shard, after, most))
    },
    'outbox.pending': async ({ after }) => ({ shards: spool.shards(), pending: await pendingIn(spool, after) }),
    'queue.list': ({ selection, after, limit }) => engine.queue.list(selection, after, Math.min(limit, MOST_LISTED)),
    'queue.count': ({ selection }) => engine.queue.count(selection),
    'queue.show': ({ id }) => engine.queue.show(id),
    'queue.act': ({ action, selection, by, reason }) => engine.queue.act(action, selection, { by, reason }),
    'queue.why': ({ look, ...question }) => engine.why.ask(question, look && lookedSpool(spool, look)),
    'sites.top': (asked) => engine.sites.list(asked),
    'sites.providers': () => engine.sites.providers(),
    'sites.replies': (asked) => engine.sites.replies(asked),
    'effects.list': () => engine.effects.list(),
    'effects.change': async ({ id, until, by }) => ({ found: await engine.effects.change(id, until, by) }),
    ...accountHandlers(engine),
    ...lookHandlers(parts),
    'machine.use': () => ({ slot: parts.slot, ...parts.use.read() }),
    'backup.hold': async (_params, signal) => {
      const kept = spool.keepFiles()
      if (signal.aborted) kept[Symbol.dispose]()
      else signal.addEventListener('abort', () => kept[Symbol.dispose]())
      return { held: await spool.hold(LONGEST_HOLD) }
    },
    'backup.go': () => ({ held: spool.letGo() }),
    'spool.check': () => checkSpool(spool),
    ...traceHandlers(parts),
    'mail.post': async ({ to, authorDomain, octets, priority }) => {
      await engine.post({ to, authorDomain: authorDomain as Domain, octets: Buffer.from(octets, 'base64'), ...(priority && { priority }) })
      return {}
    },
    'settings.changed': async () => {
      await parts.lookAtSettings()
      return {}
    },
  }
}

function given({ parts, areOwn }: OutboxLines): OutboxLines['parts'] | Passing {
  return areOwn ? new Passing(parts) : parts
}

function traceHandlers({ trace, slot }: Pick<WorkerParts, 'trace' | 'slot'>): BusHandlers<Pick<WorkerCalls, 'trace.pull' | 'trace.leave'>> {
  return {
    'trace.pull': ({ id, filter, after, places }, gone) => {
      const batch = trace.pull(id, filter, places?.[process.pid] ?? after, gone)
      if (batch !== null) return { ...batch, slot, pid: process.pid }
      throw new Fault('trace-busy', 'Others watch already, as many as may at once.', { blame: 'caller', temporary: true })
    },
    'trace.leave': ({ id }) => {
      trace.leave(id)
      return {}
    },
  }
}

type LookCalls = Pick<WorkerCalls, 'sources.list' | 'milters.list' | 'plugins.list' | 'plugins.log' | 'plugins.said' | 'alarms.facts'>

function lookHandlers({ slot, engine, spool, milters, plugins }: WorkerParts): BusHandlers<LookCalls> {
  return {
    'sources.list': () => engine.sources.list(),
    'milters.list': () => milters.seen(),
    'plugins.list': () => plugins.seen(),
    'plugins.log': ({ name }) => ({ slot, lines: plugins.lines(name) }),
    'plugins.said': ({ domain, account }) => ({ slot, words: engine.standings.words(domain, account) }),
    'alarms.facts': async () => {
      const facts = await engine.facts.read()
      return { slot, commitTime: spool.commitTime(), ...facts, milters: milters.seen(), plugins: plugins.seen() }
    },
  }
}

type AccountCalls = Pick<WorkerCalls, 'brakes.pull' | 'queue.others' | 'queue.use' | 'limits.used'>

function accountHandlers(engine: Engine): BusHandlers<AccountCalls> {
  return {
    'brakes.pull': ({ after }, signal) => engine.brakes.pull(after, signal),
    'queue.others': ({ others }) => {
      engine.queueUse.told(others)
      return {}
    },
    'queue.use': async ({ account }) => ({ used: await engine.queueUse.of(account) }),
    'limits.used': async ({ keys }) => ({ used: await engine.limitsUsed(keys).catch(() => null) }),
  }
}

function filtersOf(parts: WorkerParts): Pick<WorkerCalls['worker.status']['result'], 'milters' | 'plugins'> {
  const [milters, plugins] = [parts.milters.seen(), parts.plugins.seen()]
  return { ...(milters.length > 0 && { milters }), ...(plugins.length > 0 && { plugins }) }
}

function useOf(engine: Engine): Pick<WorkerCalls['worker.status']['result'], 'queueUse' | 'used'> {
  const queueUse = engine.queueUse.report()
  return { used: engine.takeUsed(), ...(queueUse.length > 0 && { queueUse }) }
}

async function pendingIn(spool: SqliteSpool, after: Readonly<Record<string, number>>): Promise<readonly number[]> {
  const found = await Promise.all(
    spool.shards().map(async (shard) => ((await spool.read(shard, after[String(shard)] ?? 0, 1)).parts.length > 0 ? [shard] : [])),
  )
  return found.flat()
}

async function checkSpool(spool: SqliteSpool): Promise<WorkerCalls['spool.check']['result']> {
  const problems: string[] = []
  let recipients = 0
  for (const shard of spool.shards()) {
    const found = await spool.check(shard)
    recipients += found.recipients
    problems.push(...found.problems)
  }
  return { recipients, problems }
}

/** Wakes pulls that wait when their shard has new events, and knows whether anybody pulls. */
export class OutboxNews {
  readonly #waiting = new Map<number, Set<() => void>>()
  readonly #counts = new Map<number, number>()
  /** What `count` was at the last pull. */
  readonly #pulled = new Map<number, number>()
  #pulling = 0
  #pulledAt: Ms = -Infinity

  constructor(outbox: Outbox) {
    outbox.onNew((shard, events) => {
      this.#counts.set(shard, this.count(shard) + events)
      for (const wake of this.#waiting.get(shard) ?? []) wake()
    })
  }

  /** How many events the shard had; taken before a read, so that news during the read is not slept over. */
  count(shard: number): number {
    return this.#counts.get(shard) ?? 0
  }

  /** Whether the desk pulls: it waits now, or was here within half a second. */
  get followed(): boolean {
    return this.#pulling > 0 || machineClock.mono() - this.#pulledAt < FOLLOWED_WITHIN
  }

  /** A pull was answered that saw so many events. */
  pulled(shard: number, count: number): void {
    this.#pulledAt = machineClock.mono()
    this.#pulled.set(shard, count)
  }

  /** Waits `longest`, or less where many events have come since the last pull and none comes any more. */
  async gather(shard: number, { longest, signal }: { longest: Ms; signal: AbortSignal }): Promise<void> {
    this.#pulling++
    const until = machineClock.mono() + longest
    const worth = (this.#pulled.get(shard) ?? 0) + WORTH_A_BATCH
    let seen = -1
    for (let left = longest; left > 0 && !signal.aborted; left = until - machineClock.mono()) {
      const count = this.count(shard)
      if (count === seen && count >= worth) break
      seen = count
      await pause(Math.min(QUIET, left))
    }
    this.#pulling--
    this.#pulledAt = machineClock.mono()
  }

  async wait(shard: number, options: { after: number; longest: Ms; signal: AbortSignal }): Promise<void> {
    this.#pulling++
    await this.#wait(shard, options)
    this.#pulling--
    this.#pulledAt = machineClock.mono()
  }

  #wait(shard: number, { after, longest, signal }: { after: number; longest: Ms; signal: AbortSignal }): Promise<void> {
    if (signal.aborted || this.count(shard) !== after) return Promise.resolve()
    const waiting = this.#waiting.get(shard) ?? new Set()
    this.#waiting.set(shard, waiting)
    return new Promise((resolve) => {
      const done = (): void => {
        waiting.delete(done)
        timer[Symbol.dispose]()
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = machineClock.after(longest, done)
      signal.addEventListener('abort', done)
      waiting.add(done)
    })
  }
}
