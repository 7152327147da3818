// The engine: takes messages from server sessions, keeps them in the spool, delivers them, settles what came of it. One
// constructor wires its parts over ports; nothing here knows a socket, a database or a process.
import type { Clock } from '../base/clock.ts'
import type { EpochMs, MessageId, Ms } from '../base/brand.ts'
import type { Log } from '../base/log.ts'
import type { WorkerCounters } from '../contract/bus.ts'
import type { QueueEntry, QueueSelection, WorkerStatus } from '../contract/operations.ts'
import type { Config } from '../contract/options.ts'
import type { Settings } from '../contract/settings.ts'
import type { ServerHandler } from '../smtp/server/handler.ts'
import type { Outbound } from './ports/outbound.ts'
import type { MailResolver } from './ports/resolver.ts'
import type { Signer } from './ports/signer.ts'
import type { QueueAction, Spool, SpoolListener } from './ports/spool.ts'

export interface EngineOptions {
  readonly spool: Spool
  readonly outbound: Outbound
  readonly resolver: MailResolver
  readonly signer: Signer
  /** The newest settings; read again at every decision, so that a change counts at once. */
  readonly settings: () => Settings
  readonly config: Config
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
}

export interface Alert {
  readonly at: EpochMs
  readonly what: string
  readonly mend: string
}

/** What a worker adds its slot, pid and shards to. */
export type EngineStatus = Pick<WorkerStatus, 'queued' | 'inboundOpen' | 'outboundOpen' | 'sending' | 'health' | 'reason'>

/** Queue operations of contract/bus.ts, over the shards of this worker. Each rejects with a `Fault`. */
export interface QueueDesk {
  list(selection: QueueSelection, after: MessageId | null, limit: number): Promise<readonly QueueEntry[]>
  count(selection: QueueSelection): Promise<{ readonly messages: number; readonly recipients: number }>
  show(id: MessageId): Promise<{ readonly entry: QueueEntry | null; readonly header: string | null }>
  act(action: QueueAction, selection: QueueSelection, by: string): Promise<{ readonly recipients: number }>
}

export interface Engine {
  /**
   * What the spool tells goes here (`openSpool` comes first, so pass a listener that forwards). Calls before the engine
   * exists may be dropped: it begins with `spool.shards()` and `spool.health()`.
   */
  readonly listener: SpoolListener
  /** A handler for one inbound connection. */
  handlerFor(): ServerHandler
  readonly queue: QueueDesk
  status(): EngineStatus
  counters(): WorkerCounters
  alerts(): readonly Alert[]
  /** Routes, keys or rights may have changed: what was derived from them is made anew. */
  settingsChanged(): void
  /**
   * Begins no new transaction, waits for those in flight and their commits, at most `grace` ms, then closes every outbound
   * connection. Inbound sessions are the caller's to end. Never rejects.
   */
  stop(grace: Ms): Promise<void>
  /** What a stop is still waiting for, in words; empty before `stop` and after it. */
  stopping(): readonly string[]
}
