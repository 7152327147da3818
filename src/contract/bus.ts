// What the processes of one installation ask of each other, over Unix sockets in the home's `run` folder: frames of a
// four-octet length (big-endian) and JSON, with octets behind it where an answer is made of them. A worker serves `run/worker-<slot>.sock`, the desk serves `run/desk.sock`.
import type { ProcessUse } from './machine.ts'
import type { AccountId, Domain, EpochMs, MessageId, Ms } from '../base/brand.ts'
import type { BrakeFinding } from './brakes.ts'
import type { BlockEffect, EffectReport, Happening, HeldEffect } from './blocks.ts'
import type { MilterSeen } from './milters.ts'
import type { PluginLine, PluginSeen } from './plugin-operations.ts'
import type { Rank } from './priority.ts'
import type { QueueEntry, QueueSelection } from './queue-operations.ts'
import type { WorkerStatus } from './operations.ts'
import type { RuleSet } from './rules.ts'
import type { SourceOut } from './source-operations.ts'
import type { ProviderNow, ShardLook, SiteReply, SitesNow, TopAsked, WhyPart, WhyQuestion } from './why.ts'

/** Raised when a frame's meaning changes; peers of another version are refused with a sentence. */
export const BUS_PROTOCOL = 2
/** Largest frame; a larger one ends the connection. */
export const BUS_MOST_FRAME = 64 * 1024 * 1024

/** A result that is no JSON, in parts: one after the other they are the octets, wherever they were cut. */
export type Octets = readonly Uint8Array[]

/** Monotonic counters of a worker since its start; the desk adds them up over restarts by `startedAt`. */
export interface WorkerCounters {
  readonly startedAt: EpochMs
  readonly inboundConnections: number
  readonly outboundConnections: number
  readonly messagesAccepted: number
  readonly recipientsProcessed: number
  readonly dkimOperations: number
  readonly trackingOperations: number
  /** Opens and clicks that came faster than they could be told. */
  readonly visitsDropped: number
  readonly regexOperations: number
}

/** A recipient whose message the peer may have: its answer to the final dot was not waited for any longer. */
export interface PerhapsDelivered {
  readonly message: MessageId
  readonly recipient: string
}

/** Which connections are watched; null: all of that kind. */
export interface TraceFilter {
  readonly way: 'in' | 'out' | null
  /** Of a sender or recipient, canonical. */
  readonly domain: string | null
  /** Address or network of the peer. */
  readonly address: string | null
}

/** A line of an SMTP dialog, without its CRLF; credentials are left out. `note`: what happened besides. */
export interface TraceLine {
  readonly at: EpochMs
  readonly way: 'in' | 'out'
  /** Number of the connection in its worker. */
  readonly connection: number
  readonly peer: string
  readonly from: 'us' | 'peer' | 'note'
  readonly text: string
}

/** What alarms watch of a worker. */
export interface WorkerFacts {
  readonly slot: number
  /** Since when the oldest message that is due waits at a site: the oldest hundred. */
  readonly oldest: readonly { readonly site: string; readonly due: EpochMs }[]
  /** Share of `spool.memory`. */
  readonly memory: number
  /** What 99 of 100 commits of the last minute or two took at most; null: there were none. */
  readonly commitTime: number | null
  /** Left out by a worker of a release that knew none. */
  readonly milters?: readonly MilterSeen[]
  readonly plugins?: readonly PluginSeen[]
  /** Of accounts that ask for copies of delivered mail: how many could not be kept in the last hour, and why not the last of them. */
  readonly copiesFailing: readonly { readonly account: AccountId; readonly copies: number; readonly reason: string }[]
}

/** How much of the queue mail of an account with a quota of it uses. */
export interface QueueUsed {
  readonly account: AccountId
  readonly messages: number
  readonly bytes: number
}

/** What plug-ins said last of mail of an account to a domain, together. */
export interface DomainWord {
  readonly account: AccountId
  /** It goes, waits or fails. */
  readonly kind: 'go' | 'defer' | 'fail'
  /** In the place of those that rules say. */
  readonly values: RuleSet
  /** Why it waits or fails; null: it goes. */
  readonly reason: string | null
  /** So long ago. */
  readonly ago: Ms
}

/** What a worker answers. */
export interface WorkerCalls {
  'worker.status': {
    params: Record<never, never>
    result: {
      status: WorkerStatus
      counters: WorkerCounters
      stopping: readonly string[]
      alerts: readonly { key?: string; at: EpochMs; what: string; mend: string }[]
      /** Undefined: there are none. */
      milters?: readonly MilterSeen[]
      plugins?: readonly PluginSeen[]
      /** Undefined: of none. */
      queueUse?: readonly QueueUsed[]
      /** Logins and keys that were used since the report before, and when. */
      used?: readonly (readonly [user: string, at: EpochMs])[]
    }
  }
  /**
   * About `limit` events of `shard` after `after`, as lines; releases all up to `after`. Gathers for up to `gather` ms, less where many
   * have come and none comes any more, and then waits up to `wait` ms for the first.
   */
  'outbox.pull': { params: { shard: number; after: number; limit: number; gather: number; wait: number }; result: Octets }
  /** Which shards it has, and in which of them events wait that come after those that were taken. */
  'outbox.pending': {
    params: { after: Readonly<Record<string, number>> }
    result: { shards: readonly number[]; pending: readonly number[] }
  }
  'queue.list': { params: { selection: QueueSelection; after: MessageId | null; limit: number }; result: readonly QueueEntry[] }
  'queue.count': { params: { selection: QueueSelection }; result: { messages: number; recipients: number } }
  'queue.show': { params: { id: MessageId }; result: { entry: QueueEntry | null; header: string | null } }
  'queue.act': {
    /** `reason`: of a hold, in other words than that somebody held it. */
    params: { action: 'retry' | 'hold' | 'release' | 'delete' | 'bounce'; selection: QueueSelection; by: string; reason?: string }
    result: { recipients: number }
  }
  /** Why mail waits, as far as this worker has it. `look`: what the disk says to it; absent: it looks itself. */
  'queue.why': { params: WhyQuestion & { readonly look?: readonly ShardLook[] }; result: WhyPart }
  'sites.top': { params: TopAsked; result: SitesNow }
  'sites.providers': { params: Record<never, never>; result: readonly ProviderNow[] }
  /** Null: of all. */
  'sites.replies': { params: { site: string | null; provider: string | null }; result: readonly SiteReply[] }
  'effects.list': { params: Record<never, never>; result: readonly BlockEffect[] }
  /** `until` null: it ends now. `found`: the worker has it. */
  'effects.change': { params: { id: string; until: EpochMs | null; by: string }; result: { found: boolean } }
  /** Waits for what brakes of this worker found after `after`, the `upTo` of the answer before on this connection, at first 0. */
  'brakes.pull': { params: { after: number }; result: { upTo: number; findings: readonly BrakeFinding[] } }
  /** What all other workers have in the queue, of accounts with a quota of it. */
  'queue.others': { params: { others: readonly QueueUsed[] }; result: Record<never, never> }
  /** What this worker has of the account in the queue; null: it is not counted yet. */
  'queue.use': { params: { account: AccountId }; result: { used: QueueUsed | null } }
  /** What rates took in their windows that end now, over all workers; null: nobody who counts answers. */
  'limits.used': { params: { keys: readonly string[] }; result: { used: readonly number[] | null } }
  'milters.list': { params: Record<never, never>; result: readonly MilterSeen[] }
  'plugins.list': { params: Record<never, never>; result: readonly PluginSeen[] }
  'plugins.log': { params: { name: string }; result: { slot: number; lines: readonly PluginLine[] } }
  /** Of mail of the account, null: of any, to the domain; the last of them first. */
  'plugins.said': { params: { domain: Domain; account: AccountId | null }; result: { slot: number; words: readonly DomainWord[] } }
  'sources.list': { params: Record<never, never>; result: readonly SourceOut[] }
  'alarms.facts': { params: Record<never, never>; result: WorkerFacts }
  'machine.use': { params: Record<never, never>; result: ProcessUse & { slot: number } }
  /**
   * For a backup: commits wait until `backup.go`, at most 50 ms, and files of bodies stay until the connection ends. `held` is false
   * where commits under way did not end in that time.
   */
  'backup.hold': { params: Record<never, never>; result: { held: boolean } }
  /** Commits go on. `held`: they waited until now. */
  'backup.go': { params: Record<never, never>; result: { held: boolean } }
  'spool.check': { params: Record<never, never>; result: { recipients: number; problems: readonly string[] } }
  /**
   * Lines of live dialogs since `after`, the `next` of the answer before, at first 0. The first call begins to watch, and ten seconds
   * without one end it, as the end of the connection does. `id`: of who watches. `missed`: lines that were dropped, as they were not asked for in time.
   */
  'trace.pull': {
    params: { id: string; filter: TraceFilter; after: number; places?: Readonly<Record<string, number>> }
    result: { lines: readonly TraceLine[]; next: number; missed: number; slot: number; pid: number }
  }
  /** Who watched has gone: lines are kept for him no more. */
  'trace.leave': { params: { id: string }; result: Record<never, never> }
  /** A message of the server's own. `octets`: base64. */
  'mail.post': { params: { to: string; authorDomain: string; octets: string; priority?: 'high' }; result: Record<never, never> }
  /** The settings changed: read them now rather than at the next look. */
  'settings.changed': { params: Record<never, never>; result: Record<never, never> }
}

/** A limit that is asked for, and what was granted, as in policy/limits/limit-book.ts. */
export interface BusAsk {
  readonly key: string
  readonly limit: number
  readonly span: number | null
  readonly burst: number
  readonly counts: 'one' | 'octets'
}
export interface BusGrant {
  readonly kind: 'granted'
  readonly asks: readonly BusAsk[]
  readonly octets: number
  readonly at: EpochMs
  readonly kept?: readonly number[]
}

/** What control answers at `run/control.sock` to the workers of a server that has several. */
export interface ControlCalls {
  /** First on a connection: who it is, and what it holds. */
  'control.hello': { params: { slot: number; pid: number; held: readonly BusGrant[] }; result: Record<never, never> }
  /**
   * Room for up to `most` of the same kind, which the worker calls `id`. Without any it is told when there is (`control.news`).
   * `starves`: it has nothing of what it asks for. `rank`: of the mail that it is for.
   */
  'control.ask': {
    params: { id: number; asks: readonly BusAsk[]; octets: number; most: number; starves: boolean; rank: Rank }
    result: { granted: readonly BusGrant[]; refused: { which: number; until: EpochMs | null } | null }
  }
  /** It waits for nothing of this kind any more. */
  'control.forget': { params: { id: number }; result: Record<never, never> }
  /** What workers saw that block rules know. */
  'control.report': { params: { reports: readonly EffectReport[] }; result: Record<never, never> }
  /**
   * Waits for what happened to effects since `after`, the `upTo` of the answer before by the control of that name. `all`: what holds, for
   * who is new or too far behind; otherwise null.
   */
  'control.effects': {
    params: { name: string; after: number }
    result: { name: string; upTo: number; all: readonly HeldEffect[] | null; happened: readonly Happening[] }
  }
  /** By hand: it ends (`until` null), or holds until then. */
  'control.effect': { params: { id: string; until: EpochMs | null; by: string }; result: { found: boolean } }
  /** What rates took in their windows that end now. */
  'control.used': { params: { keys: readonly string[] }; result: { used: readonly number[] } }
  /** What is held no longer, and what was not used. */
  'control.return': { params: { ended: readonly BusGrant[]; unused: readonly BusGrant[] }; result: Record<never, never> }
  /** Waits for something to tell: what was granted later, what binds now where that is another than before, and keys of what is held and wanted by others. */
  'control.news': {
    params: Record<never, never>
    result: {
      granted: readonly { id: number; grants: readonly BusGrant[] }[]
      refused: readonly { id: number; which: number; until: EpochMs | null }[]
      wanted: readonly string[]
    }
  }
}

/** A hand-over to another release, as it is seen from outside. `step` is what it does now. */
export interface HandOverStatus {
  readonly from: string
  readonly to: string
  readonly step: 'starting' | 'trying' | 'tried' | 'serving' | 'leading' | 'draining' | 'going back'
}

/** What became of the last hand-over since this launcher's process began, or of the one that it came from. */
export interface HandOverEnd {
  readonly from: string
  readonly to: string
  /** Null: the other release runs now. Otherwise why it does not. */
  readonly failed: string | null
  /** Cut after the final dot when the grace was over. They wait for their next attempt. */
  readonly perhaps: readonly PerhapsDelivered[]
}

/** What the launcher answers at `run/launcher.sock`. */
export interface LauncherCalls {
  'launcher.status': {
    params: Record<never, never>
    result: { pid: number; version: string; under: HandOverStatus | null; last: HandOverEnd | null }
  }
  /**
   * Begins to hand over to the release in `folder` (its `hms` is started there) and answers at once. When the status says `tried`, it
   * waits for `launcher.commit`, and goes back where that does not come within a minute.
   */
  'launcher.hand_over': { params: { folder: string; version: string }; result: Record<never, never> }
  'launcher.commit': { params: Record<never, never>; result: Record<never, never> }
  /**
   * For whoever needs the home at rest: workers and desk end in order, and answers then. The addresses stay, so that clients wait and are
   * not refused, and so does the home's lock. All start again when the connection ends.
   */
  'launcher.rest': { params: Record<never, never>; result: Record<never, never> }
}
