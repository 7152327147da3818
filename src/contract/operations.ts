// What can be asked of an installation: each operation once, with what it takes and what it gives. `hms` calls them over the
// local socket of a running server, or in its own process on a stopped one; the management API will serve the same.
import type { AccessOperations } from './access.ts'
import type { AccountOperations } from './account-operations.ts'
import type { EventOperations } from './event-operations.ts'
import type { DialogOperations } from './dialogs.ts'
import type { QueueOperations } from './queue-operations.ts'
import type { DomainName, Limit1000, MailAddress, Network, RoutePattern, SourceName } from './forms.ts'
import type { AuditOperations } from './audit.ts'
import type { PostOperations } from './posts.ts'
import type { TemplateOperations } from './templates.ts'
import type { WebhookOperations, WebhooksStatus } from './webhooks.ts'
import type { AlarmOperations, AlertWays, FiringAlarm } from './alarms.ts'
import type { DeliveryAlert } from './alerts.ts'
import type { DataOperations, ErasureOperations } from './data-kept.ts'
import type { AccountId, Domain, EpochMs } from '../base/brand.ts'
import type { BlockEffect } from './blocks.ts'
import type { ReportOperations } from './report-operations.ts'
import type { BrakeName, BrakeView } from './brakes.ts'
import type { HealthOperations } from './health.ts'
import type { ToolOperations } from './home-tools.ts'
import type { MachineOperations } from './machine.ts'
import type { KeptOperations } from './kept.ts'
import type { JobOperations } from './jobs.ts'
import type { MilterOperations } from './milters.ts'
import type { PluginOperations } from './plugin-operations.ts'
import type { LifecycleOperations, SupportOperations, UploadOperations } from './lifecycle.ts'
import type { ReadingOperations } from './replies.ts'
import type { SourceOperations } from './source-operations.ts'
import type { SuppressionOperations } from './suppression-operations.ts'
import type { RulesDocument, RulesVersion } from './rules.ts'
import type { Explained, RulesComparison, RulesDifference, RulesFinding, RulesTrial } from './rules-answers.ts'
import type { DmarcDay, ReportSum, TlsDay } from './sums.ts'
import type { DkimAlgorithm, FeedbackReporter, OwnDomain, Route, SenderDomain, TlsPolicy } from './settings.ts'

/** Days back. @integer @minimum 1 @maximum 400 */
export type DaysBack = number
/** How many at most. @integer @minimum 1 @maximum 200 */
export type Limit200 = number
/** `smtp://host:port` or `smtps://host:port`, a login in it where one is needed. @minLength 1 @maxLength 2000 @example "smtp://192.0.2.1:25" */
export type RouteUrl = string
/** @minLength 1 @maxLength 500 */
export type RouteLogin = string
/** Number of a version of the rules; 0: before there were any, or those that the program ships. @integer @minimum 0 @maximum 2147483648 */
export type RulesNumber = number
/** What was changed, and why. @minLength 1 @maxLength 500 @pattern ^[^\r\n\0]+$ */
export type RulesNote = string
/** Delivery rules in YAML or JSON, as `hms export` writes them. @maxLength 16777216 */
export type RulesText = string
/** @maxItems 100 */
export type MxHosts = readonly DomainName[]
/** A domain, or one address of it. @minLength 1 @maxLength 320 */
export type Reporter = string
/** Of a DKIM key. @minLength 1 @maxLength 120 @example "s1" */
export type Selector = string
/** A private key, PKCS#8 as PEM. @minLength 1 @maxLength 20000 */
export type PrivateKeyPem = string
/** @minLength 1 @maxLength 20 */
export type EffectId = string
/** How much longer, in milliseconds. @integer @minimum 1000 @maximum 604800000 */
export type EffectSpan = number
/** @maxItems 100 */
export type LocalParts = readonly string[]
/** In milliseconds. @integer @minimum 60000 @maximum 604800000 */
export type BrakeWindow = number
/** @integer @minimum 1 @maximum 1000000000 */
export type BrakeLeast = number

export interface ReporterView extends FeedbackReporter {
  /** Who it is, of those that the program ships. */
  readonly operator: string | null
  readonly isShipped: boolean
}

export interface WorkerStatus {
  readonly slot: number
  readonly pid: number
  readonly shards: readonly number[]
  readonly queued: number
  readonly inboundOpen: number
  readonly outboundOpen: number
  readonly sending: number
  readonly health: 'ok' | 'full' | 'failing'
  readonly reason: string | null
}

export interface Status {
  readonly running: boolean
  readonly version: string
  readonly startedAt: EpochMs | null
  readonly queued: number
  readonly accepted: number
  readonly delivered: number
  readonly deferred: number
  readonly failed: number
  readonly deleted: number
  /** What restores took from the queue with no event that tells so, less what they put back. */
  readonly endedByRestore: number
  readonly workers: readonly WorkerStatus[]
  /** `key`: what it is about, where that is said. */
  readonly alerts: readonly { readonly key?: string; readonly at: EpochMs; readonly what: string; readonly mend: string }[]
  /** Where webhooks are set up; left out: there are none. */
  readonly webhooks?: WebhooksStatus
  /** Alarms that fire. */
  readonly alarms: readonly FiringAlarm[]
  /** What a stop is still waiting for, in words; empty while running normally. */
  readonly stopping: readonly string[]
}

export interface TokenKeyView {
  readonly n: number
  readonly since: EpochMs
  /** When a later one signs; null: none does. */
  readonly until: EpochMs | null
  /** Null: as long as none does. */
  readonly verifiesUntil: EpochMs | null
}

/** A DKIM key as shown: never the private half. */
export interface DkimKeyView {
  readonly domain: Domain
  readonly selector: string
  readonly algorithm: DkimAlgorithm
  readonly account: AccountId | null
  readonly role: 'author' | 'provider'
  readonly seenAt: EpochMs | null
  /** Name and value of the TXT record to publish. */
  readonly record: { readonly name: string; readonly value: string }
}

export type RouteView = Omit<Route, 'password'> & { readonly hasPassword: boolean }

/** Delivery rules of the owner, or Smart rules that were loaded into the home. */
export type WhoseRules = 'owner' | 'smart'

export interface RulesShown extends RulesVersion {
  readonly document: RulesDocument
  readonly text: string
}

export interface RulesApplied {
  /** In force after it, or before where nothing changed. */
  readonly version: number
  readonly applied: boolean
  readonly difference: RulesDifference
  readonly findings: readonly RulesFinding[]
}

/** Operation name → parameters and result. */
export interface Operations
  extends
    AccessOperations,
    AccountOperations,
    AlarmOperations,
    AuditOperations,
    ReadingOperations,
    ToolOperations,
    DataOperations,
    EventOperations,
    ReportOperations,
    HealthOperations,
    ErasureOperations,
    PostOperations,
    QueueOperations,
    DialogOperations,
    TemplateOperations,
    JobOperations,
    LifecycleOperations,
    UploadOperations,
    SupportOperations,
    KeptOperations,
    MachineOperations,
    MilterOperations,
    PluginOperations,
    SourceOperations,
    SuppressionOperations,
    WebhookOperations {
  status: { params: Record<never, never>; result: Status }
  /** Keys of the tokens that leave with mail, oldest first; never the secret. */
  'tokens.keys': { params: Record<never, never>; result: readonly TokenKeyView[] }
  /** A new one signs from a moment later on; the others verify what they signed. */
  'tokens.rotate': { params: Record<never, never>; result: readonly TokenKeyView[] }
  'relay.list': { params: Record<never, never>; result: readonly { cidr: string }[] }
  'relay.allow': { params: { cidr: Network; iKnow?: boolean }; result: { cidr: string } }
  'relay.deny': { params: { cidr: Network }; result: { removed: boolean } }
  'route.list': { params: Record<never, never>; result: readonly RouteView[] }
  'route.set': {
    params: { pattern: RoutePattern; url: RouteUrl; tls?: TlsPolicy; user?: RouteLogin; password?: RouteLogin }
    result: RouteView
  }
  'route.remove': { params: { pattern: RoutePattern }; result: { removed: boolean } }
  /** `text`: the document as `hms apply` takes it. Of Smart rules those in force, wherever they are from. */
  'rules.get': { params: { whose?: WhoseRules; version?: RulesNumber }; result: RulesShown }
  /** `document`: as values, of the form of the file, or the same as JSON (a large one keeps nobody waiting so), or its text, so that what is wrong is told with its line. Nothing changes where it is not in order, where it says the same, or with `dryRun`. */
  'rules.apply': {
    /** `force`: also where a pool is not there, so that mail waits. */
    params: { document?: unknown; json?: RulesText; text?: RulesText; note?: RulesNote; dryRun?: boolean; force?: boolean }
    result: RulesApplied
  }
  /** What a document would change, and nothing is changed. `traffic`: also for which mail of the last 24 hours. */
  'rules.try': { params: { document?: unknown; json?: RulesText; text?: RulesText; traffic?: boolean }; result: RulesTrial }
  /** `to`: the version in force unless said. */
  'rules.compare': { params: { from: RulesNumber; to?: RulesNumber; whose?: WhoseRules }; result: RulesComparison }
  'rules.history': { params: { whose?: WhoseRules; limit?: Limit200 }; result: readonly RulesVersion[] }
  /** A new version that says what an old one said; of Smart rules 0 stands for those that the program ships. */
  'rules.revert': { params: { version: RulesNumber; whose?: WhoseRules; note?: RulesNote }; result: RulesApplied }
  /** `mx`: the hosts, where they should not be looked up. `source`: only this one of the pool. */
  'rules.explain': {
    params: { domain: DomainName; account?: AccountId; mx?: MxHosts; source?: SourceName }
    result: Explained & {
      domain: Domain
      account: AccountId | null
      site: string | null
      hosts: readonly string[]
      /** Why it is not known where the domain's mail goes: rules for an MX are left out then. */
      trouble: string | null
    }
  }
  /** `lookedUp`: domains with a rule whose MX was found, for rules that loosen them. */
  'rules.lint': { params: Record<never, never>; result: { findings: readonly RulesFinding[]; lookedUp: number } }
  /** Loads Smart rules. `signature`: base64; `unsigned`: taken without one, at the local shell only. */
  'rules.update': {
    params: { document: string; signature?: string; unsigned?: boolean; note?: string }
    result: RulesApplied & { edition: number; signer: string | null; from: 'program' | 'home' }
  }
  'domain.list': { params: { account?: AccountId; domain?: DomainName }; result: readonly SenderDomain[] }
  'domain.add': {
    params: { domain: DomainName; account: AccountId }
    result: { domain: SenderDomain; record: { name: string; value: string } }
  }
  'domain.verify': { params: { domain: DomainName; force?: boolean }; result: { verified: boolean; found: readonly string[] } }
  'domain.remove': { params: { domain: DomainName }; result: { removed: boolean } }
  'inbound.list': { params: { account?: AccountId; domain?: DomainName }; result: readonly OwnDomain[] }
  /** Also changes one that is there: what is not given is as at first. */
  'inbound.add': {
    params: { domain: DomainName; account?: AccountId; forward?: MailAddress; localParts?: LocalParts }
    result: OwnDomain
  }
  'inbound.remove': { params: { domain: DomainName }; result: { removed: boolean } }
  'reporter.list': { params: Record<never, never>; result: readonly ReporterView[] }
  'reporter.add': { params: { who: Reporter }; result: FeedbackReporter }
  'reporter.remove': { params: { who: Reporter }; result: { removed: boolean } }
  'dkim.list': { params: { account?: AccountId; domain?: DomainName; selector?: Selector }; result: readonly DkimKeyView[] }
  'dkim.create': {
    params: { domain: DomainName; selector?: Selector; algorithm?: DkimAlgorithm; account?: AccountId; role?: 'author' | 'provider' }
    result: DkimKeyView
  }
  'dkim.import': {
    params: { domain: DomainName; selector: Selector; privateKey: PrivateKeyPem; account?: AccountId; role?: 'author' | 'provider' }
    result: DkimKeyView
  }
  'dkim.rotate': { params: { domain: DomainName }; result: { added: readonly DkimKeyView[]; retiring: readonly DkimKeyView[] } }
  'dkim.verify': {
    params: { domain: DomainName; selector?: Selector; force?: boolean }
    /** `problem`: what is wrong with the record that DNS has, as the end of a sentence; null where it is as it should be. */
    result: { keys: readonly (DkimKeyView & { readonly problem: string | null })[] }
  }
  'dkim.remove': { params: { domain: DomainName; selector: Selector }; result: { removed: boolean } }
  /** Newest first. */
  'alerts.list': { params: { limit: Limit1000 }; result: readonly DeliveryAlert[] }
  /** Tells one to try whether it arrives. The answer: which ways it goes. */
  'alerts.test': { params: Record<never, never>; result: AlertWays }
  'effects.list': { params: Record<never, never>; result: readonly BlockEffect[] }
  'effects.end': { params: { id: EffectId }; result: { found: boolean } }
  'effects.extend': { params: { id: EffectId; for: EffectSpan }; result: { found: boolean } }
  /** Of an account: what holds for it. Otherwise what holds for all, and what accounts have of their own. */
  'brakes.list': { params: { account?: AccountId }; result: readonly BrakeView[] }
  /** What is not named stays as it is. `warn`, `hold`: null for never. */
  'brakes.set': {
    params: { name: BrakeName; account?: AccountId; window?: BrakeWindow; least?: BrakeLeast; warn?: number | null; hold?: number | null }
    result: BrakeView
  }
  'brakes.off': { params: { name: BrakeName; account?: AccountId }; result: BrakeView }
  /** As shipped again; of an account, as it is for all. */
  'brakes.reset': { params: { name: BrakeName; account?: AccountId }; result: { removed: boolean } }
  /** From workers. What is there already stays as it is. */
  'reports.take': { params: { sums: readonly ReportSum[] }; result: Record<never, never> }
  'reports.dmarc': { params: { domain?: DomainName; days?: DaysBack; byReporter?: boolean }; result: readonly DmarcDay[] }
  'reports.tls': { params: { domain?: DomainName; days?: DaysBack; byReporter?: boolean }; result: readonly TlsDay[] }
}

export type OperationName = keyof Operations
export type OperationParams<N extends OperationName> = Operations[N]['params']
export type OperationResult<N extends OperationName> = Operations[N]['result']

/** Calls an operation, wherever it runs. Rejects with a `Fault`. */
export interface Caller {
  call<N extends OperationName>(name: N, params: OperationParams<N>): Promise<OperationResult<N>>
}
