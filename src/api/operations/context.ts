// What the operations need of their surroundings. On a running server the desk provides it: stores, calls to the workers over the bus,
// DNS. On a stopped home the same operations run in the process of `hms`, over the same stores and a spool opened there.
import type { AccountId, Domain, EpochMs } from '../../base/brand.ts'
import type { LoopShare } from '../../base/loop-share.ts'
import type { Actor } from '../../contract/actor.ts'
import type { AlarmName } from '../../contract/alarm-table.ts'
import type { AlertWays } from '../../contract/alarms.ts'
import type { AlertContent, DeliveryAlert } from '../../contract/alerts.ts'
import type { WorkerCalls } from '../../contract/bus.ts'
import type { Config } from '../../contract/options.ts'
import type { OwnUse } from '../../contract/machine.ts'
import type { RulesDocument } from '../../contract/rules.ts'
import type { OperationName, OperationParams, OperationResult, Status } from '../../contract/operations.ts'
import type { EventStore, SentIndex, SettingsStore, Totals, WhyLooks } from '../../engine/ports/stores.ts'
import type { AccessBook } from '../../engine/ports/access.ts'
import type { DataDesk } from '../../engine/ports/data-kept.ts'
import type { ReportDesk } from '../../engine/ports/reports.ts'
import type { HomeTools } from '../../engine/ports/home-tools.ts'
import type { HealthDesk } from '../../engine/ports/health.ts'
import type { LifecycleDesk } from '../../engine/ports/lifecycle.ts'
import type { FailureCode } from '../../contract/failure-codes.ts'
import type { LearnedReply, OptionProblem, OptionView, ReplyListVerdict, ReplyListView, UnknownReplyView } from '../../contract/replies.ts'
import type { OwnTexts } from '../../policy/classify/classify.ts'
import type { PluginDesk } from '../../engine/ports/plugins.ts'
import type { JobBook } from '../../engine/ports/jobs.ts'
import type { WebhookBook } from '../../engine/ports/webhooks.ts'
import type { SuppressionBook } from '../../engine/ports/suppression.ts'
import type { RulesJudgement, RulesQuestion } from '../../policy/rules/judge.ts'
import type { EventTail } from './history/event-tail.ts'

/** Calls that concern the queue of every shard. */
export type WorkerCallName = Exclude<
  keyof WorkerCalls,
  'outbox.pull' | 'worker.status' | 'backup.hold' | 'backup.go' | 'brakes.pull' | 'queue.others'
>

/** All workers as one. A message's owner is found by asking all: each answers for its own shards only. */
export interface Workers {
  /** The answers of all workers, in no order. Rejects with a Fault (temporary) where one does not answer: part of a queue is no answer. */
  all<N extends WorkerCallName>(name: N, params: WorkerCalls[N]['params']): Promise<readonly WorkerCalls[N]['result'][]>
  /** The answers of those that answer, and the slots of those that do not: for who looks, and says what is missing. */
  some<N extends WorkerCallName>(name: N, params: WorkerCalls[N]['params']): Promise<SomeAnswers<WorkerCalls[N]['result']>>
}

export interface SomeAnswers<Result> {
  readonly answers: readonly Result[]
  readonly missing: readonly number[]
}

/** TXT records of a name, the strings of each joined; `trouble`: no answer was had, which says nothing of the records. */
export type TxtAnswer =
  | { readonly kind: 'records'; readonly records: readonly string[] }
  | { readonly kind: 'trouble'; readonly reason: string }
export type TxtLookup = (name: string) => Promise<TxtAnswer>

/** Where a domain's mail goes. */
export type SiteAnswer =
  | { readonly kind: 'site'; readonly site: string; readonly hosts: readonly string[] }
  | { readonly kind: 'trouble'; readonly reason: string }

/** What operations on delivery rules need beside the settings. */
export interface RulesSurroundings {
  readonly config: Config
  /** Smart rules that the program ships. */
  readonly shipped: RulesDocument
  readonly siteOf: (domain: Domain) => Promise<SiteAnswer>
  /** Checks and compares a document; a large one without keeping others from their answers. */
  readonly judge: (question: RulesQuestion) => Promise<RulesJudgement>
  /** Name of the placed key that signed a text; null where none had to. Throws a Fault where one had to and did not. */
  readonly signerOf: (text: string, signature: string | null, unsigned: boolean) => string | null
}

/** What of `status` is not in the event store. */
export type LiveStatus = Omit<Status, keyof Totals | 'queued'>

/** `source`: the same again is no other. */
export type NewsOfAccount = AlertContent & { readonly source: string }

/** Delivery Alerts. */
export interface AlertTeller {
  /** What happened to accounts; on a stopped home whoever did it knows. */
  tell(news: readonly NewsOfAccount[]): void
  /** Newest first. */
  list(limit: number): readonly DeliveryAlert[]
  /** Tells one; which ways it goes. Throws a Fault where no server runs. */
  test(by: string, alarm?: { readonly name: AlarmName; readonly subject: string | null }): AlertWays
  /** An alarm is as shipped again, and what changed outside is right. */
  reset(name: AlarmName, subject: string | null): void
}

/** What is read of a home that is in no store. */
export interface HomeReading {
  /** The owner's list files; null: no line of them counts. */
  ownTexts(): OwnTexts | null
  /** The most frequent first. */
  unknownReplies(): readonly UnknownReplyView[]
  replyLists(): readonly ReplyListView[]
  tryLists(reply: string): ReplyListVerdict
  /** Throws a Fault where no rule can be made of it. */
  learn(lesson: {
    readonly of: string | number | { readonly form: string }
    readonly code: FailureCode
    readonly site: string | null
    readonly dryRun: boolean
  }): LearnedReply
  options(): readonly OptionView[]
  optionProblems(): readonly OptionProblem[]
  /** Throws a Fault where it is none, or a start would refuse it. */
  setOption(name: string, value: string): void
  /** False where it does not stand in the file. Throws a Fault as `setOption` does. */
  unsetOption(name: string): boolean
}

/** What the operations of a process stand on, whoever asks. */
export interface OperationSurroundings {
  readonly settings: SettingsStore
  readonly events: EventStore
  readonly sent: Pick<SentIndex, 'find' | 'search' | 'isAhead'>
  readonly alerts: AlertTeller
  readonly suppression: SuppressionBook
  readonly jobs: JobBook
  readonly webhooks: WebhookBook
  readonly access: AccessBook
  /** Fed by whoever commits events; on a stopped home an empty one. */
  readonly tail: EventTail
  /** What may hold the event loop for long is done by turns; null: nobody else needs it. */
  readonly loop: LoopShare | null
  readonly workers: Workers
  /** Null: the workers look themselves. */
  readonly looks: WhyLooks | null
  /** What the home keeps on its disk. */
  readonly data: DataDesk
  readonly reports: ReportDesk
  /** Of the machine and this process. */
  readonly machine: () => OwnUse
  /** Backups, versions, and what runs in the background. */
  readonly lifecycle: LifecycleDesk
  readonly home: HomeReading
  readonly tools: HomeTools
  readonly health: HealthDesk
  readonly plugins: PluginDesk
  readonly lookupTxt: TxtLookup
  /** Makes the folders of an account whose files are taken for mail. */
  readonly makePickup: (account: AccountId) => void
  readonly delivery: RulesSurroundings
  readonly live: () => LiveStatus
  /** Brings what `live` tells up to date. */
  readonly refresh: () => Promise<void>
  readonly now: () => EpochMs
}

/** Of one caller. */
export interface OperationContext extends OperationSurroundings {
  readonly actor: Actor
  /** The actor's name. */
  readonly by: string
}

/** Every operation as a function. Parameters are checked: they may come from outside. Rejects with a Fault. */
/** `gone`: the caller waits no more; what only looks may end then. */
export type OperationTable = {
  readonly [N in OperationName]: (params: OperationParams<N>, gone?: AbortSignal) => Promise<OperationResult<N>>
}

/** The operations whose names begin with `Room`. */
export type OperationsOf<Prefix extends string> = Pick<OperationTable, Extract<OperationName, `${Prefix}.${string}`>>
