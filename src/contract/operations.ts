// What can be asked of an installation: each operation once, with what it takes and what it gives. `hms` calls them over the
// local socket of a running server, or in its own process on a stopped one; the management API will serve the same.
import type { AccessOperations } from './access.ts'
import type {
  AccountName,
  BrakeLeast,
  BrakeWindow,
  EventRecipient,
  LocalParts,
  DaysBack,
  DomainName,
  EffectId,
  EffectSpan,
  ExpiryTime,
  Limit1000,
  Limit10000,
  Limit200,
  LoginName,
  MailAddress,
  MailingId,
  MxHosts,
  Network,
  Networks,
  NewPassword,
  Note,
  PrivateKeyPem,
  RecordNumber,
  Reporter,
  RouteLogin,
  RoutePattern,
  RouteUrl,
  RulesNote,
  RulesNumber,
  Selector,
  SourceName,
  StateReason,
  StreamName,
} from './forms.ts'
import type { AuditOperations } from './audit.ts'
import type { PostOperations } from './posts.ts'
import type { TemplateOperations } from './templates.ts'
import type { AccountState, QuotaChange, Quotas, QuotaUse } from './accounts.ts'
import type { AlarmOperations, AlertWays, FiringAlarm } from './alarms.ts'
import type { DeliveryAlert } from './alerts.ts'
import type { DataOperations, ErasureOperations } from './data-kept.ts'
import type { AccountId, Domain, EpochMs, MessageId } from '../base/brand.ts'
import type { BlockEffect } from './blocks.ts'
import type { QueueCriteria } from './criteria.ts'
import type { BrakeName, BrakeView } from './brakes.ts'
import type { HealthOperations } from './health.ts'
import type { ToolOperations } from './home-tools.ts'
import type { KeptOperations } from './kept.ts'
import type { JobOperations } from './jobs.ts'
import type { LifecycleOperations } from './lifecycle.ts'
import type { MailEventKind, NumberedEvent } from './events.ts'
import type { Priority } from './priority.ts'
import type { ReadingOperations } from './replies.ts'
import type { SourceOperations } from './source-operations.ts'
import type { SuppressionOperations } from './suppression-operations.ts'
import type { RulesDocument, RulesVersion } from './rules.ts'
import type { Explained, RulesDifference, RulesFinding } from './rules-answers.ts'
import type { DmarcDay, ReportSum, TlsDay } from './sums.ts'
import type { SentAnswer, SentPlace, SentRecipient } from './sent.ts'
import type { StreamKind } from './streams.ts'
import type { Tracking, TrackingHostState } from './tracking.ts'
import type { SitesNow, TopOrder, Why } from './why.ts'
import type {
  Account,
  AccountChange,
  DkimAlgorithm,
  FeedbackReporter,
  OwnDomain,
  Rebinding,
  Route,
  SenderDomain,
  SmtpCredential,
  Suspension,
  TlsPolicy,
} from './settings.ts'

export interface ReporterView extends FeedbackReporter {
  /** Who it is, of those that the program ships. */
  readonly operator: string | null
  readonly isShipped: boolean
}

export interface QueueSelection extends QueueCriteria {
  /** @maxItems 10000 */
  readonly ids?: readonly MessageId[]
  readonly state?: 'waiting' | 'held'
  /** A recipient to the letter, but for A to Z and a to z: `*` and `?` are no more than they are. */
  readonly address?: MailAddress
  /** The last reply, or why it is held, to the letter. @minLength 1 @maxLength 2000 */
  readonly reason?: string
}

/** A list counts no further: so many or more. */
export const MOST_MORE = 10_000

export interface QueueEntry {
  readonly id: MessageId
  readonly account: AccountId
  readonly sender: string
  readonly size: number
  readonly acceptedAt: EpochMs
  readonly expiresAt: EpochMs
  readonly clientId: string | null
  readonly mailing: string | null
  readonly priority: Priority
  readonly stream: string
  readonly recipients: readonly {
    readonly address: string
    readonly state: 'waiting' | 'held' | 'sending'
    readonly due: EpochMs
    readonly attempts: number
    readonly lastReply: string | null
  }[]
  /** Recipients that match beyond those named here (a list names 100 of a message, `queue.show` 1,000); in a list at most `MOST_MORE`. */
  readonly more: number
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
  /** Alarms that fire. */
  readonly alarms: readonly FiringAlarm[]
  /** What a stop is still waiting for, in words; empty while running normally. */
  readonly stopping: readonly string[]
}

export interface NewCredential {
  readonly user: string
  /** Shown once, kept nowhere. */
  readonly password: string
}

/** `api`: a key for injection. `ses`: one that signs calls as those to SES are. */
export const KEY_KINDS = ['api', 'ses'] as const
export type KeyKind = (typeof KEY_KINDS)[number]

/** Shown once, kept as a hash. */
export interface NewApiKey {
  readonly user: string
  readonly key: string
}

/** Shown once, kept sealed. */
export interface NewSesKey {
  readonly user: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

export interface TokenKeyView {
  readonly n: number
  readonly since: EpochMs
  /** When a later one signs; null: none does. */
  readonly until: EpochMs | null
  /** Null: as long as none does. */
  readonly verifiesUntil: EpochMs | null
}

export type CredentialView = Pick<SmtpCredential, 'user' | 'account' | 'networks'> & {
  readonly kind: 'smtp' | KeyKind
  readonly stream: string | null
  /** Null: never. */
  readonly expiresAt: EpochMs | null
  /** Of a login the last time that it logged in; null: not yet, or before it was noted. */
  readonly lastUse: EpochMs | null
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
    AlarmOperations,
    AuditOperations,
    ReadingOperations,
    ToolOperations,
    DataOperations,
    HealthOperations,
    ErasureOperations,
    PostOperations,
    TemplateOperations,
    JobOperations,
    LifecycleOperations,
    KeptOperations,
    SourceOperations,
    SuppressionOperations {
  status: { params: Record<never, never>; result: Status }
  'account.list': { params: Record<never, never>; result: readonly Account[] }
  'account.add': { params: { name: AccountName }; result: { account: Account; credential: NewCredential } }
  'account.set': { params: { id: AccountId; change: AccountChange }; result: Account }
  'account.show': { params: { id: AccountId }; result: { account: Account; use: readonly QuotaUse[] } }
  /** What is not named stays as it is; null: none. */
  'account.quota': { params: { id: AccountId; quotas: QuotaChange }; result: { quotas: Quotas } }
  /** `until`: then it is again what it was before. `released`: recipients that were kept back and may leave now. */
  'account.state': {
    params: { id: AccountId; state: AccountState; reason?: StateReason; until?: EpochMs }
    result: { account: Account; released: number }
  }
  /** A stream that is there already gets the kind. */
  'account.streams.add': { params: { id: AccountId; name: StreamName; kind: StreamKind }; result: Account }
  'account.streams.remove': { params: { id: AccountId; name: StreamName }; result: { removed: boolean } }
  /** What is not named stays. `words`: all of them anew. */
  'account.tracking.set': { params: { id: AccountId; change: Partial<Tracking> }; result: Account }
  /** Hosts of links, and whether they answer; none where no server ran since they were set. */
  'tracking.hosts': { params: Record<never, never>; result: readonly TrackingHostState[] }
  'credential.list': { params: { account?: AccountId }; result: readonly CredentialView[] }
  'credential.add': {
    params: { account: AccountId; user?: LoginName; password?: NewPassword; networks?: Networks; expiresAt?: ExpiryTime | null }
    /** `replaced`: the login was there, and its password before is worth nothing any more. */
    result: NewCredential & { readonly replaced: boolean }
  }
  'credential.key': {
    params: { account: AccountId; kind: KeyKind; networks?: Networks; expiresAt?: ExpiryTime | null }
    result: NewApiKey | NewSesKey
  }
  /** What is not named stays. Null: the stream of the account; it never expires. */
  'credential.set': {
    params: { user: LoginName; stream?: StreamName | null; expiresAt?: ExpiryTime | null }
    result: CredentialView
  }
  /** What is not named stays as it is; null: none. */
  'credential.quota': { params: { user: LoginName; quotas: QuotaChange }; result: { quotas: Quotas } }
  'credential.remove': { params: { user: LoginName }; result: { removed: boolean } }
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
  /** `document`: as values, of the form of the file, or the same as JSON (a large one keeps nobody waiting so). Nothing changes where it is not in order, where it says the same, or with `dryRun`. */
  'rules.apply': {
    /** `force`: also where a pool is not there, so that mail waits. */
    params: { document?: unknown; json?: string; note?: RulesNote; dryRun?: boolean; force?: boolean }
    result: RulesApplied
  }
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
  'domain.list': { params: Record<never, never>; result: readonly SenderDomain[] }
  'domain.add': {
    params: { domain: DomainName; account: AccountId }
    result: { domain: SenderDomain; record: { name: string; value: string } }
  }
  'domain.verify': { params: { domain: DomainName; force?: boolean }; result: { verified: boolean; found: readonly string[] } }
  'domain.remove': { params: { domain: DomainName }; result: { removed: boolean } }
  'inbound.list': { params: Record<never, never>; result: readonly OwnDomain[] }
  /** Also changes one that is there: what is not given is as at first. */
  'inbound.add': {
    params: { domain: DomainName; account?: AccountId; forward?: MailAddress; localParts?: LocalParts }
    result: OwnDomain
  }
  'inbound.remove': { params: { domain: DomainName }; result: { removed: boolean } }
  'reporter.list': { params: Record<never, never>; result: readonly ReporterView[] }
  'reporter.add': { params: { who: Reporter }; result: FeedbackReporter }
  'reporter.remove': { params: { who: Reporter }; result: { removed: boolean } }
  'dkim.list': { params: Record<never, never>; result: readonly DkimKeyView[] }
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
  'queue.list': {
    params: { selection: QueueSelection; after?: MessageId; limit: Limit10000 }
    result: { entries: readonly QueueEntry[]; next: MessageId | null }
  }
  'queue.count': { params: { selection: QueueSelection }; result: { messages: number; recipients: number } }
  'queue.show': { params: { id: MessageId }; result: { entry: QueueEntry | null; header: string | null; events: readonly NumberedEvent[] } }
  'queue.act': {
    params: { action: 'retry' | 'hold' | 'release' | 'delete' | 'bounce'; selection: QueueSelection }
    result: { recipients: number }
  }
  /** Exactly one of the three. A domain: what holds most of its mail. */
  'queue.why': { params: { message?: MessageId; recipient?: string; domain?: DomainName }; result: Why }
  /** The sites that mail goes to, as they are now. `limit`: 1 to 1,000. */
  'sites.top': { params: { domain?: DomainName; account?: AccountId; by?: TopOrder; limit?: Limit1000 }; result: SitesNow }
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
  'queue.rebindings': { params: Record<never, never>; result: readonly Rebinding[] }
  /** Mail that is in the queue now goes by the pool, or by the route of that pattern; with `now` it is tried at once. Null: nothing matches, or `dryRun`. */
  'queue.rebind': {
    params: { selection: QueueSelection; pool?: SourceName; route?: RoutePattern; now?: boolean; dryRun?: boolean }
    result: { rebinding: Rebinding | null; recipients: number }
  }
  /** What is left of it goes as the rules say. */
  'queue.unbind': { params: { id: RecordNumber }; result: { removed: boolean } }
  'queue.suspensions': { params: Record<never, never>; result: readonly Suspension[] }
  /** Without a criterion everything is suspended. What matches and waits is held at once. */
  'queue.suspend': {
    params: QueueCriteria & { note?: Note }
    result: { suspension: Suspension; held: number }
  }
  /** What it held is let go. */
  'queue.resume': { params: { id: RecordNumber }; result: { removed: boolean; released: number } }
  'events.find': {
    params: {
      message?: MessageId
      recipient?: EventRecipient
      account?: AccountId
      mailing?: MailingId
      kinds?: readonly MailEventKind[]
      since?: EpochMs
      before?: string
      limit: Limit10000
    }
    result: { events: readonly NumberedEvent[]; next: string | null }
  }
  'events.tail': { params: { after?: string | null; limit: Limit10000 }; result: { events: readonly NumberedEvent[]; last: string | null } }
  /** To whom mail was sent, by message and number of the recipient; null: not known, or not any more. At most 1,000. */
  'sent.find': { params: { places: readonly SentPlace[] }; result: { recipients: readonly SentAnswer[] } }
  /** Whether ids became messages since then, wherever those are now. Rejects (temporary) where a part of the queue cannot be seen. At most 10,000. */
  'messages.known': { params: { ids: readonly MessageId[]; since: EpochMs }; result: { known: readonly boolean[] } }
  /** What a token says, and to whom it was sent. `facts` null: it is no token of ours. */
  'sent.open': {
    params: { token: string }
    result: { facts: (SentPlace & { account: AccountId }) | null; recipient: SentRecipient | null }
  }
  /** What was sent to an address; `since`: 35 days ago unless given. */
  'sent.search': { params: { address: MailAddress; since?: EpochMs; limit?: Limit10000 }; result: { recipients: readonly SentRecipient[] } }
  /** From workers. What is there already stays as it is. */
  'reports.take': { params: { sums: readonly ReportSum[] }; result: Record<never, never> }
  'reports.dmarc': { params: { domain?: DomainName; days?: DaysBack; byReporter?: boolean }; result: readonly DmarcDay[] }
  'reports.tls': { params: { domain?: DomainName; days?: DaysBack; byReporter?: boolean }; result: readonly TlsDay[] }
  'spool.check': { params: Record<never, never>; result: { recipients: number; problems: readonly string[] } }
}

export type OperationName = keyof Operations
export type OperationParams<N extends OperationName> = Operations[N]['params']
export type OperationResult<N extends OperationName> = Operations[N]['result']

/** Calls an operation, wherever it runs. Rejects with a `Fault`. */
export interface Caller {
  call<N extends OperationName>(name: N, params: OperationParams<N>): Promise<OperationResult<N>>
}
