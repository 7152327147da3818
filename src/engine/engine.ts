// The engine: takes messages from server sessions, keeps them in the spool, delivers them, settles what came of it. One
// constructor wires its parts over ports; nothing here knows a socket, a database or a process.
import type { Clock } from '../base/clock.ts'
import { messageOf } from '../base/fault.ts'
import type { EpochMs, MessageId, Ms, ShardId } from '../base/brand.ts'
import type { Log } from '../base/log.ts'
import type { BlockEffect } from '../contract/blocks.ts'
import { listed } from '../policy/blocks/effect-words.ts'
import type { PerhapsDelivered, WorkerCounters } from '../contract/bus.ts'
import type { QueueEntry, QueueSelection } from '../contract/queue-operations.ts'
import type { WorkerStatus } from '../contract/operations.ts'
import type { SourceOut } from '../contract/source-operations.ts'
import type { Config } from '../contract/options.ts'
import type { RulesDocument } from '../contract/rules.ts'
import type { OwnDomain, Settings } from '../contract/settings.ts'
import type { ServerHandler } from '../smtp/server/handler.ts'
import type { AccountBrakes } from './accounts/account-brakes.ts'
import type { QueueUse } from './accounts/queue-use.ts'
import { Acceptor } from './accept/acceptor.ts'
import type { LastUses } from './accept/last-uses.ts'
import type { Injector } from './accept/injector.ts'
import type { OnceParts } from './accept/once.ts'
import { type LocalMessage, postLocal } from './accept/post.ts'
import { type Alert, Alerts } from './alerts.ts'
import { MailCourier } from './deliver/courier.ts'
import type { Standings } from './deliver/standings.ts'
import type { DeliveryFilters } from './ports/delivery-filters.ts'
import type { Effects } from './ports/effects.ts'
import type { Inbox } from './ports/feedback.ts'
import type { SessionFilters } from './ports/filters.ts'
import type { DialogKeeper } from './ports/dialogs.ts'
import type { CopyKeeper } from './ports/kept.ts'
import type { Limits } from './ports/limits.ts'
import type { Outbound } from './ports/outbound.ts'
import type { MailResolver } from './ports/resolver.ts'
import type { Signer } from './ports/signer.ts'
import type { NewMessage, QueueAction, QueueActor, Spool, SpoolListener } from './ports/spool.ts'
import type { Suppressions } from './ports/suppression.ts'
import type { StsSource, TlsResultSink } from './ports/trust.ts'
import { Desk } from './queue/desk.ts'
import type { ListSource } from '../policy/lists/verdict.ts'
import { newestBook } from './rules.ts'
import { InHand } from './schedule/in-hand.ts'
import { quarantine } from './schedule/suspects.ts'
import { settleAnswered } from './settle/answered.ts'
import { Sweeper } from './schedule/sweeper.ts'
import { SiteTop } from './why/top.ts'
import { AlarmFacts } from './why/alarm-facts.ts'
import { WhyDesk } from './why/why-desk.ts'

export interface EngineOptions {
  readonly spool: Spool
  readonly outbound: Outbound
  readonly resolver: MailResolver
  /** MTA-STS policies of domains; without it none is looked up. */
  readonly sts?: StsSource
  /** Where TLS sessions are counted for reports; without it nowhere. */
  readonly tlsResults?: TlsResultSink
  readonly signer: Signer
  readonly limits: Limits
  readonly effects: Effects
  /** The newest settings; read again at every decision, so that a change counts at once. */
  readonly settings: () => Settings
  readonly config: Config
  /** Smart rules that the program ships. */
  readonly smartRules: RulesDocument
  /** Name in EHLO, Received and Message-ID: `host.name`, or what the system gives. */
  readonly hostName: string
  /** How many workers share the limits of the configuration; at least 1. */
  readonly workers: number
  /**
   * Secret octets of the installation, the same in all workers and after a restart: unknown users get SCRAM salts made of
   * them, so that users cannot be told from others.
   */
  readonly secret: Uint8Array
  readonly clock: Clock
  readonly log: Log
  /** 0 to 1, for jitter; `Math.random` in production. */
  readonly random: () => number
  /** Without it no list is asked about a reply. */
  readonly lists?: ListSource
  /** Without it no mail for own domains is read. */
  readonly inbox?: Inbox
  /** Without it nobody is suppressed. */
  readonly suppressions?: Suppressions
  /** Without it no copies of what was delivered are kept. */
  readonly copies?: CopyKeeper
  /** Without it nothing that was said in attempts is kept. */
  readonly dialogs?: DialogKeeper
  /** Without it nothing is handed in at most once under a key. */
  readonly once?: OnceParts
  /** The owner's filters of what comes in, in his order. */
  readonly filters?: readonly SessionFilters[]
  /** The owner's code that is asked about mail on its way. */
  readonly deliveryFilters?: DeliveryFilters
  /** How often expired messages are looked for; half a minute unless a test is in a hurry. */
  readonly sweepEvery?: Ms
}

/** What a worker adds its slot, pid and shards to. */
export type EngineStatus = Pick<WorkerStatus, 'queued' | 'inboundOpen' | 'outboundOpen' | 'sending' | 'health' | 'reason'>

/** What a worker adds what it dropped of its visits to. */
export type EngineCounters = Omit<WorkerCounters, 'visitsDropped'>

/** Queue operations of contract/bus.ts, over the shards of this worker. Each rejects with a `Fault`. */
export interface QueueDesk {
  list(selection: QueueSelection, after: MessageId | null, limit: number): Promise<readonly QueueEntry[]>
  count(selection: QueueSelection): Promise<{ readonly messages: number; readonly recipients: number }>
  show(id: MessageId): Promise<{ readonly entry: QueueEntry | null; readonly header: string | null }>
  act(action: QueueAction, selection: QueueSelection, actor: QueueActor): Promise<{ readonly recipients: number }>
}

/** What block rules hold back now. */
export interface EffectDesk {
  list(): readonly BlockEffect[]
  /** By hand: it ends (`until` null), or holds until then. False: there is no such effect here. */
  change(id: string, until: EpochMs | null, by: string): Promise<boolean>
}

/** Sources that are out by themselves. */
export interface SourceDesk {
  list(): readonly SourceOut[]
}

export interface Engine {
  /**
   * What the spool tells goes here (`openSpool` comes first, so pass a listener that forwards). Calls before the engine
   * exists may be dropped: it begins with `spool.shards()` and `spool.health()`.
   */
  readonly listener: SpoolListener
  /** A handler for one inbound connection. */
  handlerFor(): ServerHandler
  /** For what comes whole: HTTP, pickup, jobs. */
  injector(): Injector
  /** Sends a message of the server's own. Rejects where the spool does not take it. */
  post(message: LocalMessage): Promise<void>
  readonly queue: QueueDesk
  readonly effects: EffectDesk
  readonly why: Pick<WhyDesk, 'ask'>
  readonly sites: Pick<SiteTop, 'list' | 'providers' | 'replies'>
  readonly sources: SourceDesk
  readonly facts: Pick<AlarmFacts, 'read'>
  readonly standings: Pick<Standings, 'words'>
  readonly brakes: Pick<AccountBrakes, 'pull'>
  readonly queueUse: Pick<QueueUse, 'report' | 'told' | 'of'>
  /** What rates of the limits took, over all workers. */
  limitsUsed(keys: readonly string[]): Promise<readonly number[]>
  status(): EngineStatus
  counters(): EngineCounters
  /** Logins and keys that were used since it was asked before. */
  takeUsed(): ReturnType<LastUses['take']>
  alerts(): readonly Alert[]
  /** Routes, keys or rights may have changed: what was derived from them is made anew. */
  settingsChanged(): void
  /**
   * Begins no new transaction, waits for those in flight and their commits, at most `grace` ms, then closes every outbound
   * connection. Inbound sessions are the caller's to end; they may begin messages for `patience` ms more. Never rejects.
   */
  stop(grace: Ms, patience?: Ms): Promise<void>
  /** What the end of the grace cut after the final dot, so that the peer may have it. It is tried again by its schedule. */
  perhaps(): readonly PerhapsDelivered[]
  /** What a stop is still waiting for, in words; empty before `stop` and after it. */
  stopping(): readonly string[]
}

/** Held recipients are counted once the start is over: that looks at more than the start may. */
const COUNT_HELD_AFTER: Ms = 10_000
const LOOK_EVERY: Ms = 20
/** After the grace of a stop: what was cut is given this long to be written down. */
const LAST_WORDS: Ms = 2000

class MailEngine implements Engine {
  readonly listener: SpoolListener
  readonly queue: QueueDesk
  readonly effects: EffectDesk
  readonly why: WhyDesk
  readonly sites: SiteTop
  readonly sources: SourceDesk
  readonly facts: AlarmFacts
  readonly standings: Standings
  readonly brakes: Pick<AccountBrakes, 'pull'>
  readonly queueUse: Pick<QueueUse, 'report' | 'told' | 'of'>
  readonly #options: EngineOptions
  readonly #alerts: Alerts
  readonly #courier: MailCourier
  readonly #acceptor: Acceptor
  readonly #sweeper: Sweeper
  readonly #adopted = new Set<ShardId>()
  readonly #startedAt: EpochMs
  #isStopped = false

  constructor(options: EngineOptions) {
    const { clock, log, config, outbound, resolver, sts, tlsResults, signer, limits, effects, spool, inbox } = options
    this.#options = options
    this.#startedAt = clock.now()
    this.#alerts = new Alerts(clock, log)
    const inHand = new InHand(config['spool.memory'])
    const around = { ...options, rules: newestBook(options) }
    this.#courier = new MailCourier({
      around,
      inHand,
      outbound,
      resolver,
      signer,
      limits,
      effects,
      alerts: this.#alerts,
      ...(sts && { sts }),
      ...(tlsResults && { tlsResults }),
      ...(inbox && { inbox }),
      deliveryFilters: options.deliveryFilters ?? null,
    })
    this.brakes = this.#courier.settler.brakes
    const { settler } = this.#courier
    this.queueUse = settler.queueUse
    const committed = (message: NewMessage): void => settler.committed(message)
    const mayTake = (own: OwnDomain): boolean => this.#courier.mailroom?.mayTake(own) ?? true
    this.#acceptor = new Acceptor({ ...around, committed, mayTake, brakes: settler.brakes, queueUse: settler.queueUse, limits })
    this.#sweeper = new Sweeper(this.#courier, options.sweepEvery)
    this.queue = new Desk(this.#courier)
    this.effects = {
      list: () => effects.current().map((effect) => listed(effect, clock.now())),
      change: (id, until, by) => effects.change(id, until, by),
    }
    this.why = new WhyDesk(this.#courier)
    this.facts = new AlarmFacts(this.#courier, inHand, config['spool.memory'])
    this.sites = new SiteTop(this.#courier, () => this.facts.oldest())
    this.#courier.lookAgain = (reason) => this.#lookAgain(reason)
    this.sources = this.#courier.sources
    this.standings = this.#courier.standings
    this.listener = {
      adopted: (shard) => void this.#adopt(shard),
      health: (shard, health) => {
        if (health.state === 'ok') this.#alerts.clear(`shard ${shard}`)
        else
          this.#alerts.raise(
            `shard ${shard}`,
            `Shard ${shard} of the spool is ${health.state}: ${health.reason}`,
            'Free disk space or mend the disk.',
          )
      },
    }
    for (const shard of spool.shards()) {
      this.listener.health(shard, spool.health())
      this.listener.adopted(shard)
    }
    clock.after(COUNT_HELD_AFTER, () => void this.#countHeld())
  }

  async #adopt(shard: ShardId): Promise<void> {
    if (this.#adopted.has(shard)) return
    this.#adopted.add(shard)
    await settleAnswered(this.#courier, shard)
    await quarantine(this.#courier, shard)
    await this.#courier.scheduler.adopt(shard, 'old')
  }

  /** What was deferred for want of a source need not wait for its schedule. */
  #lookAgain(reason: string): void {
    const selection = { state: 'waiting', reason } as const
    this.queue.act('retry', selection, { by: 'hms' }).catch((error: unknown) => {
      this.#options.log.warn('What waited for something that is over could not be looked for; it is tried when it is due.', {
        reason,
        error: messageOf(error),
      })
    })
  }

  async #countHeld(): Promise<void> {
    try {
      await this.#courier.scheduler.held.known()
    } catch {
      // Only figures miss them.
    }
  }

  handlerFor(): ServerHandler {
    return this.#acceptor.handler()
  }

  injector(): Injector {
    return this.#acceptor.injector()
  }

  async post(message: LocalMessage): Promise<void> {
    this.#courier.settler.committed(await postLocal(this.#options, message))
  }

  limitsUsed(keys: readonly string[]): Promise<readonly number[]> {
    return this.#options.limits.used(keys)
  }

  status(): EngineStatus {
    const { scheduler } = this.#courier
    const health = this.#options.spool.health()
    return {
      queued: scheduler.waiting + scheduler.held.total,
      inboundOpen: this.#acceptor.door.open,
      outboundOpen: this.#courier.connections.open,
      sending: this.#sending(),
      health: health.state,
      reason: health.state === 'ok' ? null : health.reason,
    }
  }

  #sending(): number {
    let sending = 0
    for (const count of this.#courier.sending().values()) sending += count
    return sending
  }

  takeUsed(): ReturnType<LastUses['take']> {
    return this.#acceptor.logins.uses.take()
  }

  counters(): EngineCounters {
    const { delivered, failed } = this.#courier.settler.counts
    const { connections, messages, tracked } = this.#acceptor.counts
    return {
      startedAt: this.#startedAt,
      inboundConnections: connections,
      outboundConnections: this.#courier.connections.opened,
      messagesAccepted: messages,
      recipientsProcessed: delivered + failed,
      dkimOperations: this.#options.signer.operations,
      trackingOperations: tracked,
      regexOperations: this.#options.lists?.operations ?? 0,
    }
  }

  alerts(): readonly Alert[] {
    return this.#alerts.list()
  }

  settingsChanged(): void {
    this.#courier.settingsChanged()
  }

  async stop(grace: Ms, patience: Ms = 0): Promise<void> {
    if (!this.#courier.isStopping) {
      if (patience > 0) this.#options.clock.after(patience, () => this.#acceptor.stop())
      else this.#acceptor.stop()
      this.#courier.stop()
      this.#sweeper[Symbol.dispose]()
    }
    await this.#quiet(grace)
    if (!this.#isQuiet) {
      this.#options.log.warn('The stop waits no longer.', { for: this.stopping().join('; ') })
      this.#courier.abort()
      await this.#quiet(LAST_WORDS)
    }
    this.#isStopped = true
  }

  get #isQuiet(): boolean {
    const { settler, deferrals, connections } = this.#courier
    return this.#sending() === 0 && settler.pending === 0 && deferrals.open === 0 && connections.open === 0
  }

  async #quiet(most: Ms): Promise<void> {
    const { clock } = this.#options
    const end = clock.mono() + most
    while (!this.#isQuiet && clock.mono() < end) await new Promise<void>((resolve) => void clock.after(LOOK_EVERY, resolve))
  }

  perhaps(): readonly PerhapsDelivered[] {
    return this.#courier.perhaps
  }

  stopping(): readonly string[] {
    if (!this.#courier.isStopping || this.#isStopped) return []
    const waits = [...this.#courier.sending()].map(
      ([site, count]) => `${count} ${count === 1 ? 'delivery' : 'deliveries'} in flight to ${site}`,
    )
    const { settler, deferrals } = this.#courier
    const pending = Math.max(settler.pending, deferrals.open)
    if (pending > 0) waits.push(`${pending} ${pending === 1 ? 'outcome is' : 'outcomes are'} being committed`)
    return waits
  }
}

export function createEngine(options: EngineOptions): Engine {
  return new MailEngine(options)
}
