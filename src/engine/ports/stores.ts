// Settings and events as the engine and the API know their stores.
import type { AccountId, Domain, EpochMs, MessageId, Ms } from '../../base/brand.ts'
import type { FirstUser } from './access.ts'
import type { StoredWebhook, Webhooks } from './webhooks.ts'
import type { AlarmSetting } from '../../contract/alarms.ts'
import type { Actor } from '../../contract/actor.ts'
import type { AuditFilter, AuditPage } from '../../contract/audit.ts'
import type { BrakeSetting } from '../../contract/brakes.ts'
import type { FeedbackEvent, MailEventKind, NumberedEvent } from '../../contract/events.ts'
import type { SentPlace, SentRecipient } from '../../contract/sent.ts'
import type { Milter } from '../../contract/milters.ts'
import type { WhoseRules } from '../../contract/operations.ts'
import type { RulesDocument, RulesVersion } from '../../contract/rules.ts'
import type { StoredTemplate, TemplateHead } from '../../contract/templates.ts'
import type { TrackingHostState } from '../../contract/tracking.ts'
import type { ReportSum } from '../../contract/sums.ts'
import type { WarmupDay, WarmupState } from '../../contract/warmup.ts'
import type { WhyLook, WhyQuestion } from '../../contract/why.ts'
import type { LinedEvent } from '../../message/event-line.ts'
import type { Eraser } from '../../policy/kept/erasure.ts'
import type {
  Account,
  DkimKey,
  ExitLogin,
  FeedbackReporter,
  InjectionKey,
  OwnDomain,
  Rebinding,
  RelayNetwork,
  Route,
  SenderDomain,
  Settings,
  SmtpCredential,
  SourceState,
  Suspension,
  TokenKey,
} from '../../contract/settings.ts'

export interface RulesState {
  /** Null, of Smart rules only: those that the program ships. */
  readonly document: RulesDocument | null
  readonly pinned: boolean
}

/** The same as JSON, which is stored as it is. */
export interface RulesText {
  readonly json: string
  readonly pinned: boolean
}

/** What the disk says to who asks why mail waits, beside the workers. */
export interface WhyLooks {
  /** Null: it could not be read here; the workers look themselves. */
  look(question: WhyQuestion): WhyLook | null
}

/** The settings, for writing. Every call is one transaction that also raises the version and adds a line to the audit. */
export interface SettingsStore extends Disposable {
  read(): Settings
  /** Grows with every change. Cheap. */
  version(): number
  /** Cheap: whether another connection has changed anything since the last `read`. */
  changed(): boolean
  /** The home's epoch for message ids. */
  epoch(): string
  /** From now on message ids are of another epoch: none is given out that a home of the same origin may have given out. */
  renewEpoch(by: string): void
  /** Whose home this is: 128 random bits in hex, drawn when it was made, the same in each of its copies. */
  installation(): string
  putAccount(account: Account, by: string): void
  putCredential(credential: SmtpCredential, by: string): void
  /** False where there was none. The same for the other removals. */
  removeCredential(user: string, by: string): boolean
  putRelay(relay: RelayNetwork, by: string): void
  removeRelay(cidr: string, by: string): boolean
  putMilter(milter: Milter, by: string): void
  removeMilter(name: string, by: string): boolean
  putRoute(route: Route, by: string): void
  removeRoute(pattern: string, by: string): boolean
  putDkimKey(key: DkimKey, by: string): void
  removeDkimKey(domain: Domain, selector: string, by: string): boolean
  putSenderDomain(domain: SenderDomain, by: string): void
  removeSenderDomain(domain: Domain, by: string): boolean
  putSuspension(suspension: Suspension, by: string): void
  removeSuspension(id: number, by: string): boolean
  putRebinding(rebinding: Rebinding, by: string): void
  removeRebinding(id: number, by: string): boolean
  putSourceState(state: SourceState, by: string): void
  putExitLogin(login: ExitLogin, by: string): void
  removeExitLogin(source: string, by: string): boolean
  putTrackingHost(state: TrackingHostState, by: string): void
  removeTrackingHost(host: string, by: string): boolean
  putAlarm(setting: AlarmSetting, by: string): void
  removeAlarm(which: Pick<AlarmSetting, 'name' | 'subject'>, by: string): boolean
  putBrake(setting: BrakeSetting, by: string): void
  removeBrake(which: Pick<BrakeSetting, 'name' | 'account'>, by: string): boolean
  putTokenKey(key: TokenKey, by: string): void
  removeTokenKey(n: number, by: string): boolean
  putPostSecret(account: AccountId, secret: Uint8Array, by: string): void
  removePostSecret(account: AccountId, by: string): boolean
  putOwnDomain(own: OwnDomain, by: string): void
  removeOwnDomain(domain: Domain, by: string): boolean
  /** Read when they are asked for. */
  readonly templates: Templates
  putTemplate(template: Omit<StoredTemplate, 'version'>, by: string): StoredTemplate
  /** All of its versions. */
  removeTemplate(which: Pick<StoredTemplate, 'id' | 'account'>, by: string): boolean
  /** Read when they are asked for. */
  readonly webhooks: Webhooks
  putWebhook(webhook: StoredWebhook, by: string): void
  removeWebhook(id: string, by: string): boolean
  putReporter(reporter: FeedbackReporter, by: string): void
  removeReporter(who: string, by: string): boolean
  /** People who may log in to the Control Panel; `hash` is argon2id or scrypt in PHC form. */
  putUser(user: { readonly name: string; readonly role: 'owner'; readonly hash: string }, by: string): void
  /** Those that were made with the home, for an access.db that is made. */
  firstUsers(): readonly FirstUser[]
  putInjectionKey(key: InjectionKey, by: string): void
  removeInjectionKey(user: string, by: string): boolean
  /** A new version, which counts from now on; old ones go where there are too many. Returns its number. */
  putRules(whose: WhoseRules, state: RulesState | RulesText, change: { readonly by: string; readonly note: string }): number
  /** Newest first. */
  rulesHistory(whose: WhoseRules, limit: number): readonly RulesVersion[]
  /** The owner's version in force, as it is stored; null: there is none. */
  storedRules(): string | null
  rulesAt(whose: WhoseRules, version: number): RulesState | undefined
  /** All of it in one; the audit tells of those whose cap or mode is another. `gone`: their keys. */
  putWarmups(states: readonly WarmupState[], gone: readonly string[], by: string): void
  /** The same store, whose changes are those of one call of an operation. */
  as(call: AuditCall): SettingsStore
  /** A line in the audit for what is no setting. */
  note(by: string, action: string, subject: string, states?: AuditStates): void
  /** What a line of this call left out. */
  complete(id: number, states: AuditStates, call: AuditCall): void
  /** Lines in the audit for what others wrote down in a file of theirs, and how far that was taken: both or neither. */
  noteFrom(source: string, taken: TakenFrom, lines: readonly AuditLine[]): void
  notedUpTo(source: string): TakenFrom | undefined
  audit(limit: number): readonly AuditLine[]
  /** Newest first; bounded in what is looked through at once. */
  audited(question: AuditFilter & { readonly after?: number; readonly limit?: number }): AuditPage
  /** Lets go of what is older, or more, the oldest first. */
  pruneAudit(olderThan: EpochMs, mostOctets: number): void
}

export interface Templates {
  /** The newest version where none is named: that of the account, else that of all; null: there is none. */
  find(account: AccountId | null, id: string, version?: number): StoredTemplate | null
  /** The newest of each. */
  list(account?: AccountId): readonly TemplateHead[]
  /** Of this very one, the newest first. */
  versions(which: Pick<StoredTemplate, 'id' | 'account'>): readonly TemplateHead[]
}

/** How a thing was and is, without secrets; `account`: whose it is. */
export interface AuditStates {
  readonly account?: AccountId
  readonly before?: unknown
  readonly after?: unknown
}

/** One call of an operation, as the audit knows it. */
export interface AuditCall {
  readonly actor: Actor
  readonly operation: string
  /** Within the transaction of a change, before it, with the version by then: throws where the change is not to be done. */
  begins?(version: number): void
  /** Within a transaction: a line was written for it, with the states or without. */
  wrote(id: number, withStates: boolean): void
}

export interface AuditLine {
  readonly at: EpochMs
  readonly by: string
  readonly action: string
  readonly subject: string
}

/** How far a file was read; the numbers of another file begin anew. */
export interface TakenFrom {
  readonly file: string
  readonly upTo: number
}

export interface EventFilter {
  readonly message?: MessageId
  /** To the letter, without regard to case. */
  readonly recipient?: string
  /** In its one form. */
  readonly domain?: string
  /** A pattern (policy/criteria.ts): fast where its domain is said whole. */
  readonly address?: string
  readonly account?: AccountId
  readonly mailing?: string
  readonly clientId?: string
  /** Message-ID as the message came with it. */
  readonly headerId?: string
  /** Words, all of which it has; in quotes the whole subject; with `*` a pattern, which is slow. */
  readonly subject?: string
  readonly kinds?: readonly MailEventKind[]
  readonly since?: EpochMs
  readonly until?: EpochMs
}

/** What ends a search before it has come to its end: so much time since it began, or that nobody waits for it. */
export interface SearchEnds {
  readonly patience?: Ms
  readonly gone?: AbortSignal | undefined
}

/** A page of a search, newest first. `reached`: it was ended before its end, and has all that is newer than this; null: it was not. */
export interface EventPage {
  readonly events: readonly NumberedEvent[]
  readonly reached: EpochMs | null
}

/** Totals since the home was made, by recipient: accepted = delivered + failed + expired + deleted + endedByRestore + queued. */
export interface Totals {
  readonly accepted: number
  readonly delivered: number
  readonly deferred: number
  readonly failed: number
  readonly expired: number
  readonly deleted: number
  /** Taken from the queue by restores, or found missing by them, with no event that tells so; less those that they put back. */
  readonly endedByRestore: number
}

/** Events since the home was made. */
export type FeedbackTotals = Readonly<Record<FeedbackEvent['kind'], number>>

/** Sums of DMARC and TLS-RPT, kept by the desk. */
export interface SumsStore {
  /** What is there already stays as it is. */
  take(sums: readonly ReportSum[]): void
  /** Newest first. */
  list<Kind extends ReportSum['kind']>(kind: Kind, since: EpochMs, domain: string | null): readonly Extract<ReportSum, { kind: Kind }>[]
}

export interface EventBatch {
  /** In the order of the numbers. What was there before changes nothing. False: it repeats a report of the same day, and is not told. */
  add(event: LinedEvent): boolean
  /**
   * Commits the batch, and with it the cursor of its outbox and the lengths of the log files that hold it. `octets`: what the lines
   * of its events are in.
   */
  commit(octets: Uint8Array, logs: ReadonlyMap<string, number>): void
}

/** The desk's store of events: a file a day, keyed by event id, so that a repeat is harmless. */
export interface EventStore extends Disposable {
  /** Begins a batch of a shard, to be filled and committed; one at a time. */
  begin(shard: number): EventBatch
  cursor(shard: number): number
  /** The cursor of each shard that there ever was. */
  told(): ReadonlyMap<number, number>
  logLengths(): ReadonlyMap<string, number>
  totals(): Totals
  feedbackTotals(): FeedbackTotals
  readonly sums: SumsStore
  /** Raises `endedByRestore`; lowers it where `recipients` is below 0. */
  addEndedByRestore(recipients: number): void
  /** What came of the attempts of what is warmed up, day by day; kept for some weeks. */
  warmupDays(): readonly WarmupDay[]
  /** Newest first; `before` is the event id to page from. `signal` ends the search with what was found until then. */
  find(filter: EventFilter, before: string | null, limit: number, signal?: AbortSignal): Promise<readonly NumberedEvent[]>
  /** The same, and where it ended. */
  search(filter: EventFilter, before: string | null, limit: number, ends: SearchEnds): Promise<EventPage>
  /** Makes the index of a day that is over, and anew of `late` blocks or more that came since; a little at a time. Gives how many it took. */
  index(day: string, late: number): Promise<number>
  /** Days that there are (`2026-11-22`), ascending. */
  dayNames(): readonly string[]
  /** Erases a person from a day; how many events named him. `pace` is waited for between two small pieces of work. */
  erase(day: string, eraser: Eraser, dryRun: boolean, pace: () => Promise<void>): Promise<number>
  /** A log file is shorter than it was. */
  shortenLog(path: string, length: number): void
  /** Deletes whole days older than `before`, but those that somebody else reads. */
  prune(before: EpochMs): void
}

export interface SentSearch {
  readonly since: EpochMs
  /** Of it alone. */
  readonly account?: AccountId | undefined
  readonly limit: number
  /** Ends the search with what was found until then. */
  readonly signal?: AbortSignal
}

/** To whom mail was sent that can come back; the desk writes it as it takes events. */
export interface SentIndex extends Disposable {
  /** Begins a batch of events of a shard, in their order; one at a time. `commit` before the outbox forgets them: a repeat changes nothing. */
  begin(shard: number): Promise<{ add(one: LinedEvent): void; commit(): Promise<void> }>
  /** Null: it is not known, or not any more. */
  find(place: SentPlace): Promise<SentRecipient | null>
  /** Whether it is newer than all that was told of its shard: then it may come yet. */
  isAhead(message: MessageId): boolean
  /** What was sent to an address, newest days first. */
  search(address: string, wanted: SentSearch): Promise<readonly SentRecipient[]>
  /** Days that there are, ascending. */
  dayNames(): readonly string[]
  /** Erases a person from a day; how many places named him. */
  erase(day: string, eraser: Eraser, dryRun: boolean, pace: () => Promise<void>): Promise<number>
  /** Deletes whole days older than this. */
  prune(before: EpochMs): void
}

/** Events as lines, in parts, each of whole lines. */
export interface OutboxLines {
  readonly parts: readonly Uint8Array[]
  /** Nobody else has them, and each is alone in its memory. */
  readonly areOwn: boolean
}

/** The worker's side of the outbox. */
export interface Outbox {
  /**
   * Events after `after` as lines (message/event-line.ts), oldest first, about `limit`; empty when there is none yet. Commits come
   * whole, so the first of them may hold events up to `after` too.
   */
  read(shard: number, after: number, limit: number): Promise<OutboxLines>
  /** Everything up to and including `upTo` was committed by the desk: may be deleted with the next commit. */
  release(shard: number, upTo: number): void
  /** Calls `fn` when a shard has new events, with their number; at most once per loop turn. */
  onNew(fn: (shard: number, events: number) => void): void
}
