// Made by `node scripts/reference.ts` of the route table and the types of the contract. Change those, not this file.
import type { Download } from '../download.ts'
import type { StreamEvent } from '../events.ts'
import { type CallOptions, type ClientOptions, type DownloadOptions, type Page, part, type StreamOptions, type TextPage, Transport } from '../transport.ts'
import type {
  Account,
  AccountChange,
  AccountId,
  AccountName,
  AccountState,
  AccountSuppression,
  AddressPattern,
  AlarmName,
  AlarmSetting,
  AlarmSubject,
  AlarmThreshold,
  AlarmTime,
  AlarmView,
  AlertWays,
  AttemptDialog,
  AuditRecord,
  BackupDownload,
  BackupDownloadId,
  BackupTargetName,
  BackupTargetView,
  BackupView,
  BadRow,
  BlockEffect,
  BrakeLeast,
  BrakeName,
  BrakeView,
  BrakeWindow,
  BundleId,
  CertificateView,
  ClaimName,
  ClaimRoles,
  ClientAddress,
  ClientId,
  ClientMessageId,
  ClientSecret,
  CodeText,
  ComplaintRate,
  ComplaintTable,
  ConfigFileView,
  ConfigMerge,
  ConsoleAnswer,
  ConsoleCommand,
  ConsoleLine,
  ConsoleWidth,
  Count,
  CountedSelection,
  CredentialView,
  DaysBack,
  DeliveryAlert,
  DiskUse,
  DkimAlgorithm,
  DkimKeyView,
  DmarcDay,
  DoctorCheck,
  Domain,
  DomainHealth,
  DomainHealthSum,
  DomainName,
  EffectId,
  EffectSpan,
  EmailDomains,
  EntryPart,
  EpochMs,
  Erasure,
  EventPlace,
  EventRecipient,
  EventTime,
  ExitLoginPart,
  ExpiryTime,
  ExplainedBlock,
  ExplainedLimit,
  ExplainedPool,
  ExplainedSetting,
  FactorValues,
  FailureCode,
  FeedbackReporter,
  FilePath,
  FloodSite,
  FollowedLine,
  HeaderMessageId,
  HealthProvider,
  Holds,
  ImportRows,
  Issuer,
  Job,
  JobRows,
  KeptDelivery,
  KeptMessage,
  KeyKind,
  Language,
  LearnedReply,
  LeftOverView,
  LifecycleView,
  Limit10,
  Limit1000,
  ListName,
  LocalParts,
  LoginCode,
  LoginName,
  LoginProvider,
  LoginProviderName,
  LoginState,
  MachineUse,
  MailAddress,
  MailEventKind,
  MailingId,
  ManagementKeyName,
  ManagementKeyView,
  Me,
  MergeSide,
  MessageId,
  Milter,
  MilterAccounts,
  MilterAddress,
  MilterConnections,
  MilterFailureChoice,
  MilterMessage,
  MilterName,
  MilterOrder,
  MilterPorts,
  MilterSample,
  MilterStep,
  MilterTime,
  MilterTrial,
  MilterView,
  MilterWay,
  Ms,
  MxHosts,
  Network,
  Networks,
  NewApiKey,
  NewCredential,
  NewPassword,
  NewSesKey,
  NewestEvents,
  Note,
  NumberedEvent,
  OctetPiece,
  OptionProblem,
  OptionText,
  OptionView,
  OriginPart,
  OwnDomain,
  PanelAddress,
  PasskeyCreation,
  PasskeyId,
  PasskeyMade,
  PasskeyName,
  PasskeyRequest,
  PasskeyShown,
  PasskeyView,
  PasswordLink,
  PluginAccounts,
  PluginArchive,
  PluginBudget,
  PluginFailureChoice,
  PluginLogLine,
  PluginMemory,
  PluginName,
  PluginNames,
  PluginPlace,
  PluginSettingKeys,
  PluginSettingValues,
  PluginSettings,
  PluginView,
  PostPatterns,
  PresentPassword,
  PrivateKeyPem,
  ProviderName,
  ProviderNow,
  ProviderScopes,
  ProviderSubject,
  ProviderTitle,
  ProviderUser,
  ProviderView,
  QueueCounted,
  QueueEntry,
  QuotaChange,
  QuotaUse,
  Quotas,
  Rebinding,
  RecordNumber,
  ReleaseUpload,
  ReleaseVersion,
  ReplyListVerdict,
  ReplyListView,
  ReplyMeaning,
  ReportFacet,
  ReportFigure,
  ReportFigures,
  ReportInterval,
  ReportRebuild,
  ReportRow,
  ReportTime,
  ReportTimes,
  Reporter,
  ReporterView,
  RestoreChoices,
  ReturnedReading,
  Role,
  RouteLogin,
  RoutePattern,
  RouteUrl,
  RouteView,
  RulesApplied,
  RulesComparison,
  RulesDifference,
  RulesFinding,
  RulesNote,
  RulesNumber,
  RulesShown,
  RulesText,
  RulesTrial,
  RulesVersion,
  Run,
  SavedSearch,
  Scopes,
  SearchName,
  SearchText,
  SearchTime,
  SearchWritten,
  Selector,
  SenderDomain,
  SentRecipient,
  SessionHours,
  SessionId,
  SessionView,
  Sha256,
  SiteName,
  SiteNow,
  SiteReply,
  SourceListing,
  SourceName,
  SourceReverse,
  SourceState,
  SourceView,
  StateReason,
  Status,
  StoredTemplate,
  StreamKind,
  StreamName,
  SubjectQuery,
  SupportBundle,
  SuppressedStream,
  SuppressionEntry,
  SuppressionFlood,
  SuppressionList,
  SuppressionListView,
  SuppressionReason,
  SuppressionSpan,
  SuppressionTarget,
  Suspension,
  Targets,
  TemplateHead,
  TemplateId,
  TemplateParts,
  TestMessage,
  TlsDay,
  TlsPolicy,
  TokenKeyView,
  TopOrder,
  TrackingHostState,
  TrustAnswer,
  UnknownReplyView,
  UploadPiece,
  UploadPlace,
  UploadSize,
  UserName,
  UserView,
  VersionNumber,
  WarmupMode,
  WarmupReport,
  WebhookAttempt,
  WebhookBatchSize,
  WebhookBatchWait,
  WebhookConnections,
  WebhookFormat,
  WebhookId,
  WebhookName,
  WebhookOverlap,
  WebhookReplay,
  WebhookSecretText,
  WebhookStreams,
  WebhookTest,
  WebhookUrl,
  WebhookView,
  WhoseRules,
  Why,
  ZoneName,
} from './types.ts'

/** Virtual accounts, their states, quotas and streams. */
export class AccountsCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Accounts. */
  list(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<Account>> {
    return this.#transport.call('GET', '/accounts', { query }, options)
  }

  /** The same row by row, page after page. */
  listEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<Account, void, undefined> {
    return this.#transport.each('/accounts', query, options)
  }

  /** Makes an account, with a login whose password is shown once. */
  add(body: { readonly name: AccountName }, options?: CallOptions): Promise<{ readonly account: Account; readonly credential: NewCredential }> {
    return this.#transport.call('POST', '/accounts', { body }, options)
  }

  /** An account, and how much of its quotas is used. */
  show(id: AccountId, options?: CallOptions): Promise<{ readonly account: Account; readonly use: readonly QuotaUse[] }> {
    return this.#transport.call('GET', `/accounts/${part(id)}`, {}, options)
  }

  /** Changes what is named of an account. */
  set(id: AccountId, body: AccountChange = {}, options?: CallOptions): Promise<Account> {
    return this.#transport.call('PATCH', `/accounts/${part(id)}`, { body }, options)
  }

  /** Changes the quotas that are named; null takes one away. */
  quota(id: AccountId, body: QuotaChange = {}, options?: CallOptions): Promise<{ readonly quotas: Quotas }> {
    return this.#transport.call('PATCH', `/accounts/${part(id)}/quotas`, { body }, options)
  }

  /** Changes the state of an account, for a time or until somebody says so. */
  state(id: AccountId, body: { readonly state: AccountState; readonly reason?: StateReason; readonly until?: EpochMs }, options?: CallOptions): Promise<{ readonly account: Account; readonly released: number }> {
    return this.#transport.call('PUT', `/accounts/${part(id)}/state`, { body }, options)
  }

  /** Adds a stream, or gives it another kind. */
  streamsAdd(id: AccountId, name: StreamName, body: { readonly kind: StreamKind }, options?: CallOptions): Promise<Account> {
    return this.#transport.call('PUT', `/accounts/${part(id)}/streams/${part(name)}`, { body }, options)
  }

  /** Removes a stream. */
  streamsRemove(id: AccountId, name: StreamName, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/accounts/${part(id)}/streams/${part(name)}`, {}, options)
  }
}

/** Logins for SMTP, and keys for injection by HTTP. */
export class CredentialsCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Logins and keys that hand in mail. */
  list(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<CredentialView>> {
    return this.#transport.call('GET', '/credentials', { query }, options)
  }

  /** The same row by row, page after page. */
  listEach(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<CredentialView, void, undefined> {
    return this.#transport.each('/credentials', query, options)
  }

  /** Makes a login. Its password is shown once. */
  add(body: { readonly account: AccountId; readonly user?: LoginName; readonly password?: NewPassword; readonly networks?: Networks; readonly expiresAt?: ExpiryTime | null }, options?: CallOptions): Promise<{ readonly user: string; readonly password: string; readonly replaced: boolean }> {
    return this.#transport.call('POST', '/credentials', { body }, options)
  }

  /** A login or key. */
  get(user: string, options?: CallOptions): Promise<CredentialView> {
    return this.#transport.call('GET', `/credentials/${part(user)}`, {}, options)
  }

  /** The stream of its mail that does not say, and when it expires. */
  set(user: LoginName, body: { readonly stream?: StreamName | null; readonly expiresAt?: ExpiryTime | null } = {}, options?: CallOptions): Promise<CredentialView> {
    return this.#transport.call('PATCH', `/credentials/${part(user)}`, { body }, options)
  }

  /** Removes a login or key. */
  remove(user: LoginName, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/credentials/${part(user)}`, {}, options)
  }

  /** Makes a key for injection by HTTP. It is shown once. */
  key(body: { readonly account: AccountId; readonly kind: KeyKind; readonly networks?: Networks; readonly expiresAt?: ExpiryTime | null }, options?: CallOptions): Promise<NewApiKey | NewSesKey> {
    return this.#transport.call('POST', '/credentials/keys', { body }, options)
  }

  /** Changes the quotas of a login or key that are named; null takes one away. */
  quota(user: LoginName, body: QuotaChange = {}, options?: CallOptions): Promise<{ readonly quotas: Quotas }> {
    return this.#transport.call('PATCH', `/credentials/${part(user)}/quotas`, { body }, options)
  }
}

/** Domains of senders and their DKIM keys. */
export class DomainsCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Sender domains. */
  list(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<SenderDomain>> {
    return this.#transport.call('GET', '/domains', { query }, options)
  }

  /** The same row by row, page after page. */
  listEach(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<SenderDomain, void, undefined> {
    return this.#transport.each('/domains', query, options)
  }

  /** Binds a sender domain to an account. The answer names the record to publish. */
  add(body: { readonly domain: DomainName; readonly account: AccountId }, options?: CallOptions): Promise<{ readonly domain: SenderDomain; readonly record: { readonly name: string; readonly value: string } }> {
    return this.#transport.call('POST', '/domains', { body }, options)
  }

  /** A sender domain. */
  get(domain: Domain, options?: CallOptions): Promise<SenderDomain> {
    return this.#transport.call('GET', `/domains/${part(domain)}`, {}, options)
  }

  /** Removes a sender domain. */
  remove(domain: DomainName, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/domains/${part(domain)}`, {}, options)
  }

  /** Looks for the record of a sender domain. */
  verify(domain: DomainName, body: { readonly force?: boolean } = {}, options?: CallOptions): Promise<{ readonly verified: boolean; readonly found: readonly string[] }> {
    return this.#transport.call('POST', `/domains/${part(domain)}/verify`, { body }, options)
  }

  /** Looks at a sender domain as receivers do: SPF, DKIM, DMARC, return path, links, reverse names, blocklists. */
  check(domain: DomainName, options?: CallOptions): Promise<DomainHealth> {
    return this.#transport.call('POST', `/domains/${part(domain)}/check`, {}, options)
  }

  /** What the last check of a sender domain found. */
  checkById(domain: DomainName, options?: CallOptions): Promise<DomainHealth> {
    return this.#transport.call('GET', `/domains/${part(domain)}/health`, {}, options)
  }

  /** Takes what a provider itself says of the complaints about a domain, by day. */
  complaintsImport(domain: DomainName, body: { readonly provider: HealthProvider; readonly csv: ComplaintTable }, options?: CallOptions): Promise<{ readonly domain: Domain; readonly provider: HealthProvider; readonly days: number }> {
    return this.#transport.call('POST', `/domains/${part(domain)}/complaints`, { body }, options)
  }

  /** Complaint rates by account and provider, and those that were imported, by domain. */
  complaintsList(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<ComplaintRate>> {
    return this.#transport.call('GET', '/health/complaints', { query }, options)
  }

  /** The same row by row, page after page. */
  complaintsListEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<ComplaintRate, void, undefined> {
    return this.#transport.each('/health/complaints', query, options)
  }

  /** How the last checks of sender domains went. */
  health(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<DomainHealthSum>> {
    return this.#transport.call('GET', '/health/domains', { query }, options)
  }

  /** The same row by row, page after page. */
  healthEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<DomainHealthSum, void, undefined> {
    return this.#transport.each('/health/domains', query, options)
  }

  /** DKIM keys, with the records to publish. */
  dkimList(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<DkimKeyView>> {
    return this.#transport.call('GET', '/dkim', { query }, options)
  }

  /** The same row by row, page after page. */
  dkimListEach(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<DkimKeyView, void, undefined> {
    return this.#transport.each('/dkim', query, options)
  }

  /** Makes a DKIM key. */
  dkimCreate(body: { readonly domain: DomainName; readonly selector?: Selector; readonly algorithm?: DkimAlgorithm; readonly account?: AccountId; readonly role?: 'author' | 'provider' }, options?: CallOptions): Promise<DkimKeyView> {
    return this.#transport.call('POST', '/dkim', { body }, options)
  }

  /** A DKIM key, with the record to publish. */
  dkimGet(domain: Domain, selector: string, options?: CallOptions): Promise<DkimKeyView> {
    return this.#transport.call('GET', `/dkim/${part(domain)}/${part(selector)}`, {}, options)
  }

  /** Removes a DKIM key. */
  dkimRemove(domain: DomainName, selector: Selector, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/dkim/${part(domain)}/${part(selector)}`, {}, options)
  }

  /** Takes in a DKIM key that was made elsewhere. */
  dkimImport(body: { readonly domain: DomainName; readonly selector: Selector; readonly privateKey: PrivateKeyPem; readonly account?: AccountId; readonly role?: 'author' | 'provider' }, options?: CallOptions): Promise<DkimKeyView> {
    return this.#transport.call('POST', '/dkim/import', { body }, options)
  }

  /** Makes the keys that follow those of a domain. */
  dkimRotate(domain: DomainName, options?: CallOptions): Promise<{ readonly added: readonly DkimKeyView[]; readonly retiring: readonly DkimKeyView[] }> {
    return this.#transport.call('POST', `/dkim/${part(domain)}/rotate`, {}, options)
  }

  /** Looks for the records of the keys of a domain. */
  dkimVerify(domain: DomainName, body: { readonly selector?: Selector; readonly force?: boolean } = {}, options?: CallOptions): Promise<{ readonly keys: readonly { readonly domain: Domain; readonly selector: string; readonly algorithm: DkimAlgorithm; readonly account: AccountId | null; readonly role: 'author' | 'provider'; readonly seenAt: EpochMs | null; readonly record: { readonly name: string; readonly value: string }; readonly problem: string | null }[] }> {
    return this.#transport.call('POST', `/dkim/${part(domain)}/verify`, { body }, options)
  }

  /** What a domain publishes about TLS, and how its mail would go. */
  trustLook(domain: DomainName, options?: CallOptions): Promise<TrustAnswer> {
    return this.#transport.call('GET', `/trust/${part(domain)}`, {}, options)
  }
}

/** What mail leaves from, and how new sources are warmed up. */
export class SourcesCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Sources of the rules, and how they are. */
  list(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<SourceView>> {
    return this.#transport.call('GET', '/sources', { query }, options)
  }

  /** The same row by row, page after page. */
  listEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<SourceView, void, undefined> {
    return this.#transport.each('/sources', query, options)
  }

  /** A source, and how it is. */
  get(name: string, options?: CallOptions): Promise<SourceView> {
    return this.#transport.call('GET', `/sources/${part(name)}`, {}, options)
  }

  /** What blocklists say of the addresses that mail leaves from. */
  listed(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<SourceListing>> {
    return this.#transport.call('GET', '/blocklists', { query }, options)
  }

  /** The same row by row, page after page. */
  listedEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<SourceListing, void, undefined> {
    return this.#transport.each('/blocklists', query, options)
  }

  /** What the reverse DNS says of the addresses that mail leaves from. */
  reverse(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<SourceReverse>> {
    return this.#transport.call('GET', '/reverse-names', { query }, options)
  }

  /** The same row by row, page after page. */
  reverseEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<SourceReverse, void, undefined> {
    return this.#transport.each('/reverse-names', query, options)
  }

  /** Nothing leaves from the source any more. */
  suspend(source: SourceName, body: { readonly note?: Note } = {}, options?: CallOptions): Promise<SourceState> {
    return this.#transport.call('POST', `/sources/${part(source)}/suspend`, { body }, options)
  }

  /** What was accepted before leaves from the source, nothing later. */
  drain(source: SourceName, body: { readonly note?: Note } = {}, options?: CallOptions): Promise<SourceState> {
    return this.#transport.call('POST', `/sources/${part(source)}/drain`, { body }, options)
  }

  /** The source is used as the rules say. */
  resume(source: SourceName, body: { readonly note?: Note } = {}, options?: CallOptions): Promise<SourceState> {
    return this.#transport.call('POST', `/sources/${part(source)}/resume`, { body }, options)
  }

  /** The source is used whatever the check of the network found. */
  force(source: SourceName, body: { readonly note?: Note } = {}, options?: CallOptions): Promise<SourceState> {
    return this.#transport.call('POST', `/sources/${part(source)}/force`, { body }, options)
  }

  /** How one logs in at the exit of the source. */
  login(source: SourceName, body: { readonly user: ExitLoginPart; readonly password: ExitLoginPart }, options?: CallOptions): Promise<{ readonly source: string; readonly user: string }> {
    return this.#transport.call('PUT', `/sources/${part(source)}/login`, { body }, options)
  }

  /** Forgets how one logs in at the exit of the source. */
  logout(source: SourceName, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/sources/${part(source)}/login`, {}, options)
  }

  /** What is warmed up, how far, and what comes. */
  warmupStatus(query: {
    /** Name of a source of the delivery rules. */
    readonly source?: SourceName
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** Name of a provider of the rules, or `other`. */
    readonly provider?: ProviderName
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<WarmupReport> & { readonly alerts: readonly string[] }> {
    return this.#transport.call('GET', '/warmup', { query }, options)
  }

  /** The same row by row, page after page. */
  warmupStatusEach(query: {
    /** Name of a source of the delivery rules. */
    readonly source?: SourceName
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** Name of a provider of the rules, or `other`. */
    readonly provider?: ProviderName
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<WarmupReport, void, undefined> {
    return this.#transport.each('/warmup', query, options)
  }

  /** Starts, holds, resumes, skips a day of or finishes a warm-up. */
  warmupSet(action: 'start' | 'hold' | 'resume' | 'skip' | 'finish', body: { readonly source?: SourceName; readonly domain?: DomainName; readonly provider?: ProviderName } = {}, options?: CallOptions): Promise<{ readonly changed: readonly { readonly unit: string; readonly names: readonly string[]; readonly provider: string; readonly mode: WarmupMode; readonly cap: number }[] }> {
    return this.#transport.call('POST', `/warmup/${part(action)}`, { body }, options)
  }
}

/** Fixed routes, and networks that may relay. */
export class RoutesCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Networks that may relay without a login. */
  relayList(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<{ readonly cidr: string }>> {
    return this.#transport.call('GET', '/relays', { query }, options)
  }

  /** The same row by row, page after page. */
  relayListEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<{ readonly cidr: string }, void, undefined> {
    return this.#transport.each('/relays', query, options)
  }

  /** Lets a network relay without a login. */
  relayAllow(body: { readonly cidr: Network; readonly iKnow?: boolean }, options?: CallOptions): Promise<{ readonly cidr: string }> {
    return this.#transport.call('POST', '/relays', { body }, options)
  }

  /** A network that may relay. */
  relayGet(cidr: string, options?: CallOptions): Promise<{ readonly cidr: string }> {
    return this.#transport.call('GET', `/relays/${part(cidr)}`, {}, options)
  }

  /** Takes that back. The slash of the network is %2F. */
  relayDeny(cidr: Network, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/relays/${part(cidr)}`, {}, options)
  }

  /** Fixed routes. */
  list(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<RouteView>> {
    return this.#transport.call('GET', '/routes', { query }, options)
  }

  /** The same row by row, page after page. */
  listEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<RouteView, void, undefined> {
    return this.#transport.each('/routes', query, options)
  }

  /** A fixed route. */
  get(pattern: string, options?: CallOptions): Promise<RouteView> {
    return this.#transport.call('GET', `/routes/${part(pattern)}`, {}, options)
  }

  /** Sets a fixed route. */
  set(pattern: RoutePattern, body: { readonly url: RouteUrl; readonly tls?: TlsPolicy; readonly user?: RouteLogin; readonly password?: RouteLogin }, options?: CallOptions): Promise<RouteView> {
    return this.#transport.call('PUT', `/routes/${part(pattern)}`, { body }, options)
  }

  /** Removes a fixed route. */
  remove(pattern: RoutePattern, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/routes/${part(pattern)}`, {}, options)
  }

  /** Milters, and how they do. */
  milterList(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<MilterView>> {
    return this.#transport.call('GET', '/milters', { query }, options)
  }

  /** The same row by row, page after page. */
  milterListEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<MilterView, void, undefined> {
    return this.#transport.each('/milters', query, options)
  }

  /** A milter, and how it does. */
  milterGet(name: MilterName, options?: CallOptions): Promise<MilterView> {
    return this.#transport.call('GET', `/milters/${part(name)}`, {}, options)
  }

  /** Sets up a milter, or changes what is named of it. */
  milterSet(name: MilterName, body: { readonly address?: MilterAddress; readonly order?: MilterOrder; readonly enabled?: boolean; readonly ways?: readonly MilterWay[]; readonly ports?: MilterPorts; readonly accounts?: MilterAccounts; readonly onFailure?: MilterFailureChoice; readonly skip?: readonly MilterStep[]; readonly connectTimeout?: MilterTime; readonly commandTimeout?: MilterTime; readonly contentTimeout?: MilterTime; readonly endTimeout?: MilterTime; readonly connections?: MilterConnections } = {}, options?: CallOptions): Promise<Milter> {
    return this.#transport.call('PUT', `/milters/${part(name)}`, { body }, options)
  }

  /** Asks a milter no more. */
  milterRemove(name: MilterName, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/milters/${part(name)}`, {}, options)
  }

  /** Asks a milter about a message that is no mail, and tells what it says. */
  milterTest(name: MilterName, body: { readonly sender?: MailAddress; readonly recipient?: MailAddress; readonly address?: ClientAddress; readonly sample?: MilterSample; readonly message?: MilterMessage } = {}, options?: CallOptions): Promise<MilterTrial> {
    return this.#transport.call('POST', `/milters/${part(name)}/test`, { body }, options)
  }

  /** Plug-ins, and how they do. */
  pluginList(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<PluginView>> {
    return this.#transport.call('GET', '/plugins', { query }, options)
  }

  /** The same row by row, page after page. */
  pluginListEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<PluginView, void, undefined> {
    return this.#transport.each('/plugins', query, options)
  }

  /** Adds a plug-in, or replaces its code. */
  pluginAdd(body: { readonly archive: PluginArchive; readonly name?: PluginName; readonly enabled?: boolean }, options?: CallOptions): Promise<PluginView> {
    return this.#transport.call('POST', '/plugins', { body }, options)
  }

  /** A plug-in, and how it does. */
  pluginGet(name: PluginName, options?: CallOptions): Promise<PluginView> {
    return this.#transport.call('GET', `/plugins/${part(name)}`, {}, options)
  }

  /** Switches a plug-in, or changes what is named of it. */
  pluginSet(name: PluginName, body: { readonly enabled?: boolean; readonly accounts?: PluginAccounts; readonly onFailure?: PluginFailureChoice; readonly budget?: PluginBudget; readonly memory?: PluginMemory; readonly place?: PluginPlace } = {}, options?: CallOptions): Promise<PluginView> {
    return this.#transport.call('PATCH', `/plugins/${part(name)}`, { body }, options)
  }

  /** Removes a plug-in, its entry and its code. */
  pluginRemove(name: PluginName, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/plugins/${part(name)}`, {}, options)
  }

  /** Settings of a plug-in, with their defaults; no secret. */
  pluginSettings(name: PluginName, options?: CallOptions): Promise<PluginSettings> {
    return this.#transport.call('GET', `/plugins/${part(name)}/settings`, {}, options)
  }

  /** Changes settings of a plug-in, which its own code checks. */
  pluginSettingsSet(name: PluginName, body: { readonly values?: PluginSettingValues; readonly unset?: PluginSettingKeys } = {}, options?: CallOptions): Promise<PluginSettings> {
    return this.#transport.call('PATCH', `/plugins/${part(name)}/settings`, { body }, options)
  }

  /** What a plug-in said and wrote lately. */
  pluginLog(name: PluginName, query: {
    /** How many at most. */
    readonly limit?: Limit1000
  } = {}, options?: CallOptions): Promise<{ readonly lines: readonly PluginLogLine[] }> {
    return this.#transport.call('GET', `/plugins/${part(name)}/log`, { query }, options)
  }
}

/** Delivery rules and Smart rules. */
export class RulesCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Delivery rules of a version, in force unless one is named. */
  get(query: {
    /** Delivery rules of the owner, or Smart rules that were loaded into the home. */
    readonly whose?: WhoseRules
    /** Number of a version of the rules; 0: before there were any, or those that the program ships. */
    readonly version?: RulesNumber
  } = {}, options?: CallOptions): Promise<RulesShown> {
    return this.#transport.call('GET', '/rules', { query }, options)
  }

  /** Puts delivery rules in force, or says what would change. */
  apply(body: { readonly document?: unknown; readonly json?: RulesText; readonly text?: RulesText; readonly note?: RulesNote; readonly dryRun?: boolean; readonly force?: boolean }, options?: CallOptions): Promise<RulesApplied> {
    return this.#transport.call('PUT', '/rules', { body }, options)
  }

  /** Versions of the delivery rules. */
  history(query: {
    /** Delivery rules of the owner, or Smart rules that were loaded into the home. */
    readonly whose?: WhoseRules
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<RulesVersion>> {
    return this.#transport.call('GET', '/rules/versions', { query }, options)
  }

  /** The same row by row, page after page. */
  historyEach(query: {
    /** Delivery rules of the owner, or Smart rules that were loaded into the home. */
    readonly whose?: WhoseRules
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<RulesVersion, void, undefined> {
    return this.#transport.each('/rules/versions', query, options)
  }

  /** A new version that says what an old one said. */
  revert(body: { readonly version: RulesNumber; readonly whose?: WhoseRules; readonly note?: RulesNote }, options?: CallOptions): Promise<RulesApplied> {
    return this.#transport.call('POST', '/rules/revert', { body }, options)
  }

  /** What a document of rules would change, and for which mail of the last day; nothing is changed. */
  try(body: { readonly document?: unknown; readonly json?: RulesText; readonly text?: RulesText; readonly traffic?: boolean }, options?: CallOptions): Promise<RulesTrial> {
    return this.#transport.call('POST', '/rules/try', { body }, options)
  }

  /** What two versions of the rules differ in. */
  compare(query: {
    /** Number of a version of the rules; 0: before there were any, or those that the program ships. */
    readonly from: RulesNumber
    /** Number of a version of the rules; 0: before there were any, or those that the program ships. */
    readonly to?: RulesNumber
    /** Delivery rules of the owner, or Smart rules that were loaded into the home. */
    readonly whose?: WhoseRules
  }, options?: CallOptions): Promise<RulesComparison> {
    return this.#transport.call('GET', '/rules/difference', { query }, options)
  }

  /** What holds for a destination, and which rule says so. */
  explain(query: {
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain: DomainName
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    readonly mx?: MxHosts
    /** Name of a source of the delivery rules. */
    readonly source?: SourceName
  }, options?: CallOptions): Promise<{ readonly pool: ExplainedPool | null; readonly provider: string | null; readonly settings: readonly ExplainedSetting[]; readonly limits: readonly ExplainedLimit[]; readonly blocks: readonly ExplainedBlock[]; readonly notes: readonly string[]; readonly domain: Domain; readonly account: AccountId | null; readonly site: string | null; readonly hosts: readonly string[]; readonly trouble: string | null }> {
    return this.#transport.call('GET', '/rules/explain', { query }, options)
  }

  /** What is odd in the rules in force. */
  lint(options?: CallOptions): Promise<{ readonly findings: readonly RulesFinding[]; readonly lookedUp: number }> {
    return this.#transport.call('GET', '/rules/findings', {}, options)
  }

  /** Loads Smart rules, with their signature. */
  update(body: { readonly document: string; readonly signature?: string; readonly note?: string }, options?: CallOptions): Promise<{ readonly version: number; readonly applied: boolean; readonly difference: RulesDifference; readonly findings: readonly RulesFinding[]; readonly edition: number; readonly signer: string | null; readonly from: 'program' | 'home' }> {
    return this.#transport.call('POST', '/rules/smart', { body }, options)
  }

  /** What replies of receivers mean. */
  repliesClassify(body: { readonly replies: readonly string[] }, options?: CallOptions): Promise<{ readonly meanings: readonly ReplyMeaning[] }> {
    return this.#transport.call('POST', '/replies/classify', { body }, options)
  }

  /** Replies that no rule knows, the most frequent first. */
  repliesUnknown(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<UnknownReplyView>> {
    return this.#transport.call('GET', '/replies/unknown', { query }, options)
  }

  /** The same row by row, page after page. */
  repliesUnknownEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<UnknownReplyView, void, undefined> {
    return this.#transport.each('/replies/unknown', query, options)
  }

  /** Makes a rule of what a reply means. */
  repliesLearn(body: { readonly pattern?: string; readonly reply?: number; readonly form?: string; readonly code: FailureCode; readonly site?: DomainName; readonly dryRun?: boolean }, options?: CallOptions): Promise<LearnedReply> {
    return this.#transport.call('POST', '/replies/learn', { body }, options)
  }

  /** What the list files say of a reply. */
  repliesTry(body: { readonly reply: string }, options?: CallOptions): Promise<ReplyListVerdict> {
    return this.#transport.call('POST', '/replies/try', { body }, options)
  }

  /** List files about replies and bounces: which copy counts, and what is wrong in it. */
  repliesLists(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<ReplyListView>> {
    return this.#transport.call('GET', '/replies/lists', { query }, options)
  }

  /** The same row by row, page after page. */
  repliesListsEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<ReplyListView, void, undefined> {
    return this.#transport.each('/replies/lists', query, options)
  }
}

/** Who gets no mail any more. */
export class SuppressionCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Suppression lists. */
  lists(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<SuppressionListView>> {
    return this.#transport.call('GET', '/suppression/lists', { query }, options)
  }

  /** The same row by row, page after page. */
  listsEach(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<SuppressionListView, void, undefined> {
    return this.#transport.each('/suppression/lists', query, options)
  }

  /** Makes a suppression list. */
  create(body: { readonly name: ListName; readonly account?: AccountId }, options?: CallOptions): Promise<SuppressionList> {
    return this.#transport.call('POST', '/suppression/lists', { body }, options)
  }

  /** A suppression list. */
  get(name: string, options?: CallOptions): Promise<SuppressionListView> {
    return this.#transport.call('GET', `/suppression/lists/${part(name)}`, {}, options)
  }

  /** Removes a suppression list with all that is on it. */
  drop(name: ListName, options?: CallOptions): Promise<{ readonly entries: number }> {
    return this.#transport.call('DELETE', `/suppression/lists/${part(name)}`, {}, options)
  }

  /** What suppresses recipients of an account, and for how long. */
  policy(account: AccountId, options?: CallOptions): Promise<AccountSuppression> {
    return this.#transport.call('GET', `/suppression/policies/${part(account)}`, {}, options)
  }

  /** Changes what is named of that. */
  setPolicy(account: AccountId, body: { readonly check?: string | null; readonly add?: string | null; readonly reject?: boolean; readonly hard?: Holds; readonly soft?: { readonly count: number; readonly within: Ms; readonly holds: Holds }; readonly complaint?: Holds; readonly unsubscribe?: Holds } = {}, options?: CallOptions): Promise<AccountSuppression> {
    return this.#transport.call('PATCH', `/suppression/policies/${part(account)}`, { body }, options)
  }

  /** Who is on a list: all, or by what an entry names, its reason, where it comes from and since when. */
  export(list: ListName, query: {
    /** Part of what an entry names: with `*` (anything) or `?` (one character) the whole of it, otherwise anywhere in it. */
    readonly match?: EntryPart
    readonly reason?: SuppressionReason
    /** Part of where an entry comes from. */
    readonly origin?: OriginPart
    /** Milliseconds since 1970 (wall clock). */
    readonly since?: EpochMs
    /** Milliseconds since 1970 (wall clock). */
    readonly until?: EpochMs
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<SuppressionEntry> & { readonly isCut: boolean }> {
    return this.#transport.call('GET', `/suppression/lists/${part(list)}/entries`, { query }, options)
  }

  /** The same row by row, page after page. */
  exportEach(list: ListName, query: {
    /** Part of what an entry names: with `*` (anything) or `?` (one character) the whole of it, otherwise anywhere in it. */
    readonly match?: EntryPart
    readonly reason?: SuppressionReason
    /** Part of where an entry comes from. */
    readonly origin?: OriginPart
    /** Milliseconds since 1970 (wall clock). */
    readonly since?: EpochMs
    /** Milliseconds since 1970 (wall clock). */
    readonly until?: EpochMs
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<SuppressionEntry, void, undefined> {
    return this.#transport.each(`/suppression/lists/${part(list)}/entries`, query, options)
  }

  /** Suppresses addresses, domains or patterns. */
  add(list: ListName, body: { readonly targets: Targets; readonly stream?: SuppressedStream; readonly reason?: SuppressionReason; readonly for?: SuppressionSpan | null }, options?: CallOptions): Promise<{ readonly added: number; readonly changed: number }> {
    return this.#transport.call('POST', `/suppression/lists/${part(list)}/entries`, { body }, options)
  }

  /** Takes addresses, domains or patterns off a list. */
  remove(list: ListName, body: { readonly targets: Targets; readonly stream?: SuppressedStream | null; readonly dryRun?: boolean }, options?: CallOptions): Promise<{ readonly removed: number }> {
    return this.#transport.call('POST', `/suppression/lists/${part(list)}/entries/remove`, { body }, options)
  }

  /** Takes in a part of a file of entries. */
  import(list: ListName, body: { readonly rows: ImportRows; readonly origin: string; readonly dryRun?: boolean; readonly last?: { readonly rows: number } }, options?: CallOptions): Promise<{ readonly added: number; readonly changed: number; readonly bad: readonly { readonly row: number; readonly problem: string }[] }> {
    return this.#transport.call('POST', `/suppression/lists/${part(list)}/import`, { body }, options)
  }

  /** What stands against an address. */
  find(query: {
    /** An address, a domain (`example.com` or `@example.com`), or a pattern with `*` or `?`. */
    readonly target: SuppressionTarget
    /** Name of a suppression list. */
    readonly list?: ListName
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  }, options?: CallOptions): Promise<Page<SuppressionEntry>> {
    return this.#transport.call('GET', '/suppression/entries', { query }, options)
  }

  /** The same row by row, page after page. */
  findEach(query: {
    /** An address, a domain (`example.com` or `@example.com`), or a pattern with `*` or `?`. */
    readonly target: SuppressionTarget
    /** Name of a suppression list. */
    readonly list?: ListName
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  }, options?: CallOptions): AsyncGenerator<SuppressionEntry, void, undefined> {
    return this.#transport.each('/suppression/entries', query, options)
  }

  /** What of a list stands against an address. */
  getFind(list: ListName, query: {
    /** An address, a domain (`example.com` or `@example.com`), or a pattern with `*` or `?`. */
    readonly target: SuppressionTarget
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  }, options?: CallOptions): Promise<Page<SuppressionEntry>> {
    return this.#transport.call('GET', `/suppression/lists/${part(list)}/against`, { query }, options)
  }

  /** The same row by row, page after page. */
  getFindEach(list: ListName, query: {
    /** An address, a domain (`example.com` or `@example.com`), or a pattern with `*` or `?`. */
    readonly target: SuppressionTarget
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  }, options?: CallOptions): AsyncGenerator<SuppressionEntry, void, undefined> {
    return this.#transport.each(`/suppression/lists/${part(list)}/against`, query, options)
  }

  /** Takes back what was added for what a site said in a time. */
  undo(body: { readonly site: FloodSite; readonly since: EpochMs; readonly until: EpochMs; readonly reply?: string; readonly dryRun?: boolean }, options?: CallOptions): Promise<{ readonly found: number; readonly undone: number; readonly examples: readonly { readonly target: string; readonly reply: string }[] }> {
    return this.#transport.call('POST', '/suppression/undo', { body }, options)
  }

  /** More hard failures than usual: what waits for a person. */
  review(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<SuppressionFlood>> {
    return this.#transport.call('GET', '/suppression/floods', { query }, options)
  }

  /** The same row by row, page after page. */
  reviewEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<SuppressionFlood, void, undefined> {
    return this.#transport.each('/suppression/floods', query, options)
  }

  /** Takes or drops what waits there. */
  settle(site: FloodSite, body: { readonly accept: boolean }, options?: CallOptions): Promise<{ readonly entries: number | null }> {
    return this.#transport.call('POST', `/suppression/floods/${part(site)}/settle`, { body }, options)
  }
}

/** Mail that waits, where it goes, and what holds it back. */
export class QueueCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** What block rules hold back now. */
  effectsList(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<BlockEffect>> {
    return this.#transport.call('GET', '/effects', { query }, options)
  }

  /** The same row by row, page after page. */
  effectsListEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<BlockEffect, void, undefined> {
    return this.#transport.each('/effects', query, options)
  }

  /** An effect of a block rule. */
  effectsGet(id: string, options?: CallOptions): Promise<BlockEffect> {
    return this.#transport.call('GET', `/effects/${part(id)}`, {}, options)
  }

  /** Ends an effect now. */
  effectsEnd(id: EffectId, options?: CallOptions): Promise<{ readonly found: boolean }> {
    return this.#transport.call('DELETE', `/effects/${part(id)}`, {}, options)
  }

  /** Lets an effect hold longer. */
  effectsExtend(id: EffectId, body: { readonly for: EffectSpan }, options?: CallOptions): Promise<{ readonly found: boolean }> {
    return this.#transport.call('POST', `/effects/${part(id)}/extend`, { body }, options)
  }

  /** Messages in the queue, by what is given. */
  list(query: {
    /** `*` for anything, `?` for one character. */
    readonly sender?: AddressPattern
    /** When it was accepted: before the one, and not before the other. */
    readonly acceptedBefore?: EpochMs
    /** Milliseconds since 1970 (wall clock). */
    readonly acceptedAfter?: EpochMs
    readonly ids?: readonly MessageId[]
    readonly state?: 'waiting' | 'held'
    /** A recipient to the letter, but for A to Z and a to z: `*` and `?` are no more than they are. */
    readonly address?: MailAddress
    /** The last reply, or why it is held, to the letter. */
    readonly reason?: string
    /** A domain in its canonical form: lower case, A-labels, no trailing dot; or an address literal such as `[192.0.2.1]`. */
    readonly domain?: Domain
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Id of a mailing. */
    readonly mailing?: MailingId
    /** Patterns of addresses without regard to case: `*` for anything, `?` for one character. */
    readonly recipient?: AddressPattern
    /** Where it goes, as `hms top` names it, and what it leaves from: known while the server runs only. */
    readonly site?: SiteName
    /** Name of a source of the delivery rules. */
    readonly source?: SourceName
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<QueueEntry>> {
    return this.#transport.call('GET', '/queue', { query }, options)
  }

  /** The same row by row, page after page. */
  listEach(query: {
    /** `*` for anything, `?` for one character. */
    readonly sender?: AddressPattern
    /** When it was accepted: before the one, and not before the other. */
    readonly acceptedBefore?: EpochMs
    /** Milliseconds since 1970 (wall clock). */
    readonly acceptedAfter?: EpochMs
    readonly ids?: readonly MessageId[]
    readonly state?: 'waiting' | 'held'
    /** A recipient to the letter, but for A to Z and a to z: `*` and `?` are no more than they are. */
    readonly address?: MailAddress
    /** The last reply, or why it is held, to the letter. */
    readonly reason?: string
    /** A domain in its canonical form: lower case, A-labels, no trailing dot; or an address literal such as `[192.0.2.1]`. */
    readonly domain?: Domain
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Id of a mailing. */
    readonly mailing?: MailingId
    /** Patterns of addresses without regard to case: `*` for anything, `?` for one character. */
    readonly recipient?: AddressPattern
    /** Where it goes, as `hms top` names it, and what it leaves from: known while the server runs only. */
    readonly site?: SiteName
    /** Name of a source of the delivery rules. */
    readonly source?: SourceName
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<QueueEntry, void, undefined> {
    return this.#transport.each('/queue', query, options)
  }

  /** How many messages and recipients match. */
  count(query: {
    /** `*` for anything, `?` for one character. */
    readonly sender?: AddressPattern
    /** When it was accepted: before the one, and not before the other. */
    readonly acceptedBefore?: EpochMs
    /** Milliseconds since 1970 (wall clock). */
    readonly acceptedAfter?: EpochMs
    readonly ids?: readonly MessageId[]
    readonly state?: 'waiting' | 'held'
    /** A recipient to the letter, but for A to Z and a to z: `*` and `?` are no more than they are. */
    readonly address?: MailAddress
    /** The last reply, or why it is held, to the letter. */
    readonly reason?: string
    /** A domain in its canonical form: lower case, A-labels, no trailing dot; or an address literal such as `[192.0.2.1]`. */
    readonly domain?: Domain
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Id of a mailing. */
    readonly mailing?: MailingId
    /** Patterns of addresses without regard to case: `*` for anything, `?` for one character. */
    readonly recipient?: AddressPattern
    /** Where it goes, as `hms top` names it, and what it leaves from: known while the server runs only. */
    readonly site?: SiteName
    /** Name of a source of the delivery rules. */
    readonly source?: SourceName
  } = {}, options?: CallOptions): Promise<{ readonly messages: number; readonly recipients: number; readonly counted: QueueCounted }> {
    return this.#transport.call('GET', '/queue/count', { query }, options)
  }

  /** What matches is tried now. */
  retry(body: CountedSelection, options?: CallOptions): Promise<{ readonly recipients: number }> {
    return this.#transport.call('POST', '/queue/retry', { body }, options)
  }

  /** What matches is held. */
  hold(body: CountedSelection, options?: CallOptions): Promise<{ readonly recipients: number }> {
    return this.#transport.call('POST', '/queue/hold', { body }, options)
  }

  /** What matches and is held is let go. */
  release(body: CountedSelection, options?: CallOptions): Promise<{ readonly recipients: number }> {
    return this.#transport.call('POST', '/queue/release', { body }, options)
  }

  /** What matches is deleted, and nobody is told. */
  delete(body: CountedSelection, options?: CallOptions): Promise<{ readonly recipients: number }> {
    return this.#transport.call('POST', '/queue/delete', { body }, options)
  }

  /** What matches fails, and senders are told. */
  bounce(body: CountedSelection, options?: CallOptions): Promise<{ readonly recipients: number }> {
    return this.#transport.call('POST', '/queue/bounce', { body }, options)
  }

  /** Why mail waits: a message, mail for a recipient, or for a domain. */
  why(query: {
    /** System message id: 16 characters of Crockford's base32. */
    readonly message?: MessageId
    readonly recipient?: string
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
  } = {}, options?: CallOptions): Promise<Why> {
    return this.#transport.call('GET', '/queue/why', { query }, options)
  }

  /** Sites that mail goes to, as they are now. */
  sitesTop(query: {
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** A site as `sites.top` names it. */
    readonly site?: SiteName
    /** Name of a provider of the rules, or `other`. */
    readonly provider?: ProviderName
    readonly by?: TopOrder
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<SiteNow> & { readonly total: { readonly sites: number; readonly queued: number; readonly unknown: number } }> {
    return this.#transport.call('GET', '/sites', { query }, options)
  }

  /** The same row by row, page after page. */
  sitesTopEach(query: {
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** A site as `sites.top` names it. */
    readonly site?: SiteName
    /** Name of a provider of the rules, or `other`. */
    readonly provider?: ProviderName
    readonly by?: TopOrder
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<SiteNow, void, undefined> {
    return this.#transport.each('/sites', query, options)
  }

  /** Providers that mail goes to, as they are now. */
  sitesProviders(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<ProviderNow>> {
    return this.#transport.call('GET', '/sites/providers', { query }, options)
  }

  /** The same row by row, page after page. */
  sitesProvidersEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<ProviderNow, void, undefined> {
    return this.#transport.each('/sites/providers', query, options)
  }

  /** What sites answered in the last hour to mail that they did not take, the most frequent first. */
  sitesReplies(query: {
    /** A site as `sites.top` names it. */
    readonly site?: SiteName
    /** Name of a provider of the rules, or `other`. */
    readonly provider?: ProviderName
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<SiteReply>> {
    return this.#transport.call('GET', '/sites/replies', { query }, options)
  }

  /** The same row by row, page after page. */
  sitesRepliesEach(query: {
    /** A site as `sites.top` names it. */
    readonly site?: SiteName
    /** Name of a provider of the rules, or `other`. */
    readonly provider?: ProviderName
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<SiteReply, void, undefined> {
    return this.#transport.each('/sites/replies', query, options)
  }

  /** Mail that goes by another pool or route than the rules say. */
  rebindings(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<Rebinding>> {
    return this.#transport.call('GET', '/queue/rebindings', { query }, options)
  }

  /** The same row by row, page after page. */
  rebindingsEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<Rebinding, void, undefined> {
    return this.#transport.each('/queue/rebindings', query, options)
  }

  /** Mail of the queue goes by a pool or route from now on. */
  rebind(body: { readonly selection: CountedSelection; readonly pool?: SourceName; readonly route?: RoutePattern; readonly now?: boolean; readonly dryRun?: boolean }, options?: CallOptions): Promise<{ readonly rebinding: Rebinding | null; readonly recipients: number }> {
    return this.#transport.call('POST', '/queue/rebindings', { body }, options)
  }

  /** Mail that goes by one pool or route. */
  rebinding(id: number, options?: CallOptions): Promise<Rebinding> {
    return this.#transport.call('GET', `/queue/rebindings/${part(id)}`, {}, options)
  }

  /** What is left of it goes as the rules say. */
  unbind(id: RecordNumber, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/queue/rebindings/${part(id)}`, {}, options)
  }

  /** Mail that is kept back. */
  suspensions(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<Suspension>> {
    return this.#transport.call('GET', '/queue/suspensions', { query }, options)
  }

  /** The same row by row, page after page. */
  suspensionsEach(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<Suspension, void, undefined> {
    return this.#transport.each('/queue/suspensions', query, options)
  }

  /** Keeps back what matches, now and when it comes. */
  suspend(body: { readonly domain?: Domain; readonly account?: AccountId; readonly mailing?: MailingId; readonly recipient?: AddressPattern; readonly sender?: AddressPattern; readonly acceptedBefore?: EpochMs; readonly acceptedAfter?: EpochMs; readonly site?: SiteName; readonly source?: SourceName; readonly note?: Note }, options?: CallOptions): Promise<{ readonly suspension: Suspension; readonly held: number }> {
    return this.#transport.call('POST', '/queue/suspensions', { body }, options)
  }

  /** What is kept back by one. */
  suspension(id: number, options?: CallOptions): Promise<Suspension> {
    return this.#transport.call('GET', `/queue/suspensions/${part(id)}`, {}, options)
  }

  /** Lets go of what a suspension kept back. */
  resume(id: RecordNumber, options?: CallOptions): Promise<{ readonly removed: boolean; readonly released: number }> {
    return this.#transport.call('DELETE', `/queue/suspensions/${part(id)}`, {}, options)
  }

  /** A message, its header, and what happened to it. */
  show(id: MessageId, options?: CallOptions): Promise<{ readonly entry: QueueEntry | null; readonly header: string | null; readonly events: readonly NumberedEvent[] }> {
    return this.#transport.call('GET', `/queue/${part(id)}`, {}, options)
  }

  /** What was said in attempts at a message that did not deliver, line by line. */
  dialogs(id: MessageId, query: {
    /** An address such as `ann@example.com`. */
    readonly recipient?: MailAddress
  } = {}, options?: CallOptions): Promise<{ readonly dialogs: readonly AttemptDialog[] }> {
    return this.#transport.call('GET', `/queue/${part(id)}/dialogs`, { query }, options)
  }

  /** A message is tried now; several with commas between them. */
  retryById(ids: readonly MessageId[], body: { readonly counted?: QueueCounted; readonly domain?: Domain; readonly account?: AccountId; readonly mailing?: MailingId; readonly recipient?: AddressPattern; readonly sender?: AddressPattern; readonly acceptedBefore?: EpochMs; readonly acceptedAfter?: EpochMs; readonly site?: SiteName; readonly source?: SourceName; readonly state?: 'waiting' | 'held'; readonly address?: MailAddress; readonly reason?: string } = {}, options?: CallOptions): Promise<{ readonly recipients: number }> {
    return this.#transport.call('POST', `/queue/${part(ids)}/retry`, { body }, options)
  }

  /** A message is held. */
  holdById(ids: readonly MessageId[], body: { readonly counted?: QueueCounted; readonly domain?: Domain; readonly account?: AccountId; readonly mailing?: MailingId; readonly recipient?: AddressPattern; readonly sender?: AddressPattern; readonly acceptedBefore?: EpochMs; readonly acceptedAfter?: EpochMs; readonly site?: SiteName; readonly source?: SourceName; readonly state?: 'waiting' | 'held'; readonly address?: MailAddress; readonly reason?: string } = {}, options?: CallOptions): Promise<{ readonly recipients: number }> {
    return this.#transport.call('POST', `/queue/${part(ids)}/hold`, { body }, options)
  }

  /** A message that is held is let go. */
  releaseById(ids: readonly MessageId[], body: { readonly counted?: QueueCounted; readonly domain?: Domain; readonly account?: AccountId; readonly mailing?: MailingId; readonly recipient?: AddressPattern; readonly sender?: AddressPattern; readonly acceptedBefore?: EpochMs; readonly acceptedAfter?: EpochMs; readonly site?: SiteName; readonly source?: SourceName; readonly state?: 'waiting' | 'held'; readonly address?: MailAddress; readonly reason?: string } = {}, options?: CallOptions): Promise<{ readonly recipients: number }> {
    return this.#transport.call('POST', `/queue/${part(ids)}/release`, { body }, options)
  }

  /** A message fails, and its sender is told. */
  bounceById(ids: readonly MessageId[], body: { readonly counted?: QueueCounted; readonly domain?: Domain; readonly account?: AccountId; readonly mailing?: MailingId; readonly recipient?: AddressPattern; readonly sender?: AddressPattern; readonly acceptedBefore?: EpochMs; readonly acceptedAfter?: EpochMs; readonly site?: SiteName; readonly source?: SourceName; readonly state?: 'waiting' | 'held'; readonly address?: MailAddress; readonly reason?: string } = {}, options?: CallOptions): Promise<{ readonly recipients: number }> {
    return this.#transport.call('POST', `/queue/${part(ids)}/bounce`, { body }, options)
  }

  /** A message is deleted, and nobody is told. */
  deleteById(ids: readonly MessageId[], body: { readonly counted?: QueueCounted; readonly domain?: Domain; readonly account?: AccountId; readonly mailing?: MailingId; readonly recipient?: AddressPattern; readonly sender?: AddressPattern; readonly acceptedBefore?: EpochMs; readonly acceptedAfter?: EpochMs; readonly site?: SiteName; readonly source?: SourceName; readonly state?: 'waiting' | 'held'; readonly address?: MailAddress; readonly reason?: string } = {}, options?: CallOptions): Promise<{ readonly recipients: number }> {
    return this.#transport.call('POST', `/queue/${part(ids)}/delete`, { body }, options)
  }

  /** Sends a test message. What becomes of it is in /queue/{id}. */
  mailTest(body: { readonly account?: AccountId; readonly from?: MailAddress; readonly to?: readonly string[]; readonly subject?: string; readonly text?: string; readonly mailing?: MailingId }, options?: CallOptions): Promise<TestMessage> {
    return this.#transport.call('POST', '/messages/test', { body }, options)
  }

  /** The SMTP dialog of live connections, without credentials and messages. */
  traceFollow(query: {
    readonly way?: 'in' | 'out'
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** An address, or a network as CIDR. */
    readonly address?: Network
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<FollowedLine>> {
    return this.#transport.call('GET', '/trace', { query }, options)
  }

  /** The same row by row, page after page. */
  traceFollowEach(query: {
    readonly way?: 'in' | 'out'
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** An address, or a network as CIDR. */
    readonly address?: Network
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<FollowedLine, void, undefined> {
    return this.#transport.each('/trace', query, options)
  }

  /** The same as it comes, as long as nobody stops it. */
  traceFollowStream(query: {
    readonly way?: 'in' | 'out'
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** An address, or a network as CIDR. */
    readonly address?: Network
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: StreamOptions): AsyncGenerator<StreamEvent<FollowedLine>, void, undefined> {
    return this.#transport.stream('/trace', query, options)
  }
}

/** What happened to mail. */
export class EventsCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** What happened, newest first. */
  find(query: {
    /** System message id: 16 characters of Crockford's base32. */
    readonly message?: MessageId
    /** An address, to the letter. */
    readonly recipient?: EventRecipient
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** `*` for anything, `?` for one character. */
    readonly address?: AddressPattern
    /** The caller's id of a message (`X-xsMessageId`). */
    readonly clientId?: ClientMessageId
    /** A Message-ID, with its brackets or without. */
    readonly headerId?: HeaderMessageId
    /** Words, all of which the subject has, in any order; in quotes the whole subject; with `*` for anything a part of it, which is slow. Upper and lower case and accents are the same. */
    readonly subject?: SubjectQuery
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Id of a mailing. */
    readonly mailing?: MailingId
    readonly kinds?: readonly MailEventKind[]
    /** Milliseconds since 1970 (wall clock). */
    readonly since?: EpochMs
    /** Milliseconds since 1970 (wall clock). */
    readonly until?: EpochMs
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<NumberedEvent> & { readonly isCut: boolean }> {
    return this.#transport.call('GET', '/events', { query }, options)
  }

  /** The same row by row, page after page. */
  findEach(query: {
    /** System message id: 16 characters of Crockford's base32. */
    readonly message?: MessageId
    /** An address, to the letter. */
    readonly recipient?: EventRecipient
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** `*` for anything, `?` for one character. */
    readonly address?: AddressPattern
    /** The caller's id of a message (`X-xsMessageId`). */
    readonly clientId?: ClientMessageId
    /** A Message-ID, with its brackets or without. */
    readonly headerId?: HeaderMessageId
    /** Words, all of which the subject has, in any order; in quotes the whole subject; with `*` for anything a part of it, which is slow. Upper and lower case and accents are the same. */
    readonly subject?: SubjectQuery
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Id of a mailing. */
    readonly mailing?: MailingId
    readonly kinds?: readonly MailEventKind[]
    /** Milliseconds since 1970 (wall clock). */
    readonly since?: EpochMs
    /** Milliseconds since 1970 (wall clock). */
    readonly until?: EpochMs
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<NumberedEvent, void, undefined> {
    return this.#transport.each('/events', query, options)
  }

  /** What happens, in the order in which it is committed. */
  tail(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<NumberedEvent>> {
    return this.#transport.call('GET', '/events/tail', { query }, options)
  }

  /** The same row by row, page after page. */
  tailEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<NumberedEvent, void, undefined> {
    return this.#transport.each('/events/tail', query, options)
  }

  /** The same as it comes, as long as nobody stops it. */
  tailStream(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: StreamOptions): AsyncGenerator<StreamEvent<NumberedEvent>, void, undefined> {
    return this.#transport.stream('/events/tail', query, options)
  }

  /** The newest of what happens, and how much more there was: for who looks on, however much it is. */
  newest(query: {
    /** Where a look at what happens goes on: the `last` of the one before. */
    readonly after?: EventPlace
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** How many at most. */
    readonly most?: Limit1000
  } = {}, options?: CallOptions): Promise<NewestEvents> {
    return this.#transport.call('GET', '/events/newest', { query }, options)
  }

  /** The same as it comes, as long as nobody stops it. */
  newestStream(query: {
    /** Where a look at what happens goes on: the `last` of the one before. */
    readonly after?: EventPlace
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** How many at most. */
    readonly most?: Limit1000
  } = {}, options?: StreamOptions): AsyncGenerator<StreamEvent<NewestEvents>, void, undefined> {
    return this.#transport.stream('/events/newest', query, options)
  }

  /** What was sent to an address. */
  sentSearch(query: {
    /** An address such as `ann@example.com`. */
    readonly address: MailAddress
    /** Milliseconds since 1970 (wall clock). */
    readonly since?: EpochMs
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  }, options?: CallOptions): Promise<Page<SentRecipient>> {
    return this.#transport.call('GET', '/sent', { query }, options)
  }

  /** The same row by row, page after page. */
  sentSearchEach(query: {
    /** An address such as `ann@example.com`. */
    readonly address: MailAddress
    /** Milliseconds since 1970 (wall clock). */
    readonly since?: EpochMs
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  }, options?: CallOptions): AsyncGenerator<SentRecipient, void, undefined> {
    return this.#transport.each('/sent', query, options)
  }

  /** What a token of a return path or a link says, and to whom it was sent. */
  sentOpen(token: string, options?: CallOptions): Promise<{ readonly facts: { readonly message: MessageId; readonly n: number; readonly account: AccountId } | null; readonly recipient: SentRecipient | null }> {
    return this.#transport.call('GET', `/tokens/${part(token)}`, {}, options)
  }

  /** Removes a person from what is kept, in the background. */
  eraseStart(body: { readonly address: MailAddress; readonly dryRun?: boolean; readonly cancel?: boolean; readonly suppress?: boolean }, options?: CallOptions): Promise<Erasure> {
    return this.#transport.call('POST', '/erasures', { body }, options)
  }

  /** Erasures, those that are under way and the last that were done. */
  eraseList(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<Erasure>> {
    return this.#transport.call('GET', '/erasures', { query }, options)
  }

  /** The same row by row, page after page. */
  eraseListEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<Erasure, void, undefined> {
    return this.#transport.each('/erasures', query, options)
  }

  /** How far an erasure came. */
  eraseShow(id: RecordNumber, options?: CallOptions): Promise<Erasure> {
    return this.#transport.call('GET', `/erasures/${part(id)}`, {}, options)
  }

  /** The processed log of an account, the newest lines first. */
  logRead(id: AccountId, query: {
    readonly day?: string
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<string>> {
    return this.#transport.call('GET', `/accounts/${part(id)}/log`, { query }, options)
  }

  /** The same row by row, page after page. */
  logReadEach(id: AccountId, query: {
    readonly day?: string
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<string, void, undefined> {
    return this.#transport.each(`/accounts/${part(id)}/log`, query, options)
  }
}

/** What receivers report: DMARC and TLS. */
export class ReportsCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** What receivers report of DMARC, by day. */
  dmarc(query: {
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** Days back. */
    readonly days?: DaysBack
    readonly byReporter?: boolean
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<DmarcDay>> {
    return this.#transport.call('GET', '/reports/dmarc', { query }, options)
  }

  /** The same row by row, page after page. */
  dmarcEach(query: {
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** Days back. */
    readonly days?: DaysBack
    readonly byReporter?: boolean
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<DmarcDay, void, undefined> {
    return this.#transport.each('/reports/dmarc', query, options)
  }

  /** What receivers report of TLS, by day. */
  tls(query: {
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** Days back. */
    readonly days?: DaysBack
    readonly byReporter?: boolean
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<TlsDay>> {
    return this.#transport.call('GET', '/reports/tls', { query }, options)
  }

  /** The same row by row, page after page. */
  tlsEach(query: {
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** Days back. */
    readonly days?: DaysBack
    readonly byReporter?: boolean
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<TlsDay, void, undefined> {
    return this.#transport.each('/reports/tls', query, options)
  }

  /** What became of mail: by hour, day or month, by account, domain and more. As CSV or XML with `Accept: text/csv` or `application/xml`, or with `?format=csv` or `xml`; `hms-next` of the header is `after` of the next call then. */
  query(query: {
    /** The first day, or from when on; 30 days back unless said. */
    readonly from?: ReportTime
    /** The last day, or until when; now unless said. */
    readonly to?: ReportTime
    /** Of days, and of `from` and `to`; UTC unless said. */
    readonly zone?: ZoneName
    /** What a row is of; the whole span unless said. */
    readonly interval?: ReportInterval
    readonly by?: ReportFacet
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Name of a stream; upper and lower case are the same. */
    readonly stream?: StreamName
    /** Id of a mailing. */
    readonly mailing?: MailingId
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** A site as `sites.top` names it. */
    readonly site?: SiteName
    /** Name of a source of the delivery rules. */
    readonly source?: SourceName
    /** A failure code. */
    readonly code?: CodeText
    /** The figure that values come in the order of; `recipients` or `delivered` unless said. */
    readonly order?: ReportFigure
    /** Beside what is asked for, the span of the same length before. */
    readonly compare?: boolean
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<ReportRow> & { readonly from: EpochMs; readonly to: EpochMs; readonly zone: string; readonly interval: ReportInterval; readonly by: ReportFacet | null; readonly order: ReportFigure; readonly total: { readonly figures: ReportFigures; readonly times: ReportTimes | null; readonly before: ReportFigures | null }; readonly isBehind: boolean }> {
    return this.#transport.call('GET', '/reports/mail', { query }, options)
  }

  /** The same row by row, page after page. */
  queryEach(query: {
    /** The first day, or from when on; 30 days back unless said. */
    readonly from?: ReportTime
    /** The last day, or until when; now unless said. */
    readonly to?: ReportTime
    /** Of days, and of `from` and `to`; UTC unless said. */
    readonly zone?: ZoneName
    /** What a row is of; the whole span unless said. */
    readonly interval?: ReportInterval
    readonly by?: ReportFacet
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Name of a stream; upper and lower case are the same. */
    readonly stream?: StreamName
    /** Id of a mailing. */
    readonly mailing?: MailingId
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** A site as `sites.top` names it. */
    readonly site?: SiteName
    /** Name of a source of the delivery rules. */
    readonly source?: SourceName
    /** A failure code. */
    readonly code?: CodeText
    /** The figure that values come in the order of; `recipients` or `delivered` unless said. */
    readonly order?: ReportFigure
    /** Beside what is asked for, the span of the same length before. */
    readonly compare?: boolean
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<ReportRow, void, undefined> {
    return this.#transport.each('/reports/mail', query, options)
  }

  /** The same as text, a page at a time. */
  queryAs(form: 'text/csv' | 'application/xml', query: {
    /** The first day, or from when on; 30 days back unless said. */
    readonly from?: ReportTime
    /** The last day, or until when; now unless said. */
    readonly to?: ReportTime
    /** Of days, and of `from` and `to`; UTC unless said. */
    readonly zone?: ZoneName
    /** What a row is of; the whole span unless said. */
    readonly interval?: ReportInterval
    readonly by?: ReportFacet
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Name of a stream; upper and lower case are the same. */
    readonly stream?: StreamName
    /** Id of a mailing. */
    readonly mailing?: MailingId
    /** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
    readonly domain?: DomainName
    /** A site as `sites.top` names it. */
    readonly site?: SiteName
    /** Name of a source of the delivery rules. */
    readonly source?: SourceName
    /** A failure code. */
    readonly code?: CodeText
    /** The figure that values come in the order of; `recipients` or `delivered` unless said. */
    readonly order?: ReportFigure
    /** Beside what is asked for, the span of the same length before. */
    readonly compare?: boolean
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<TextPage> {
    return this.#transport.text('/reports/mail', query, form, options)
  }

  /** Counts again what happened in the days whose events are kept. */
  rebuild(options?: CallOptions): Promise<ReportRebuild> {
    return this.#transport.call('POST', '/reports/mail/rebuild', {}, options)
  }
}

/** Stored templates. */
export class TemplatesCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** The newest version of each stored template. */
  list(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<TemplateHead>> {
    return this.#transport.call('GET', '/templates', { query }, options)
  }

  /** The same row by row, page after page. */
  listEach(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<TemplateHead, void, undefined> {
    return this.#transport.each('/templates', query, options)
  }

  /** A stored template. */
  show(id: TemplateId, query: {
    /** Left out: of all accounts. */
    readonly account?: AccountId
    /** Number of a version, from 1. */
    readonly version?: VersionNumber
  } = {}, options?: CallOptions): Promise<StoredTemplate> {
    return this.#transport.call('GET', `/templates/${part(id)}`, { query }, options)
  }

  /** Stores a new version of a template. */
  add(id: TemplateId, body: { readonly account?: AccountId; readonly subject?: string; readonly text?: string; readonly html?: string; readonly note?: Note } = {}, options?: CallOptions): Promise<TemplateHead> {
    return this.#transport.call('PUT', `/templates/${part(id)}`, { body }, options)
  }

  /** Removes a template with all of its versions. */
  remove(id: TemplateId, query: {
    /** Left out: of all accounts. */
    readonly account?: AccountId
  } = {}, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/templates/${part(id)}`, { query }, options)
  }

  /** Versions of a stored template that are kept. */
  versions(id: TemplateId, query: {
    /** Left out: of all accounts. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<TemplateHead>> {
    return this.#transport.call('GET', `/templates/${part(id)}/versions`, { query }, options)
  }

  /** The same row by row, page after page. */
  versionsEach(id: TemplateId, query: {
    /** Left out: of all accounts. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<TemplateHead, void, undefined> {
    return this.#transport.each(`/templates/${part(id)}/versions`, query, options)
  }

  /** Subject, text and HTML as they would be filled in, the fields that they name, and those that the data do not have. */
  try(body: { readonly subject?: string; readonly text?: string; readonly html?: string; readonly data?: Readonly<Record<string, unknown>> }, options?: CallOptions): Promise<{ readonly subject?: string; readonly text?: string; readonly html?: string; readonly fields: readonly string[]; readonly missing: readonly string[] }> {
    return this.#transport.call('POST', '/templates/try', { body }, options)
  }

  /** A template as it would be filled in. */
  preview(id: TemplateId, body: { readonly account?: AccountId; readonly version?: VersionNumber; readonly data?: Readonly<Record<string, unknown>>; readonly missing?: 'error' | 'empty' } = {}, options?: CallOptions): Promise<TemplateParts> {
    return this.#transport.call('POST', `/templates/${part(id)}/preview`, { body }, options)
  }
}

/** Assembly jobs: one message for many. */
export class JobsCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Assembly jobs, the newest first. */
  list(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<Job>> {
    return this.#transport.call('GET', '/jobs', { query }, options)
  }

  /** The same row by row, page after page. */
  listEach(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<Job, void, undefined> {
    return this.#transport.each('/jobs', query, options)
  }

  /** Makes a job, without its recipients. */
  add(body: { readonly document: unknown; readonly trial?: boolean }, options?: CallOptions): Promise<Job> {
    return this.#transport.call('POST', '/jobs', { body }, options)
  }

  /** A job. */
  show(id: RecordNumber, options?: CallOptions): Promise<Job> {
    return this.#transport.call('GET', `/jobs/${part(id)}`, {}, options)
  }

  /** Forgets a job that does not send. */
  forget(id: RecordNumber, options?: CallOptions): Promise<Readonly<Record<never, never>>> {
    return this.#transport.call('DELETE', `/jobs/${part(id)}`, {}, options)
  }

  /** Recipients of a job, at most 5,000 at once. */
  rows(id: RecordNumber, body: { readonly after: Count; readonly rows: JobRows }, options?: CallOptions): Promise<Job> {
    return this.#transport.call('POST', `/jobs/${part(id)}/rows`, { body }, options)
  }

  /** All recipients are there: they are handed in from its start on. */
  begin(id: RecordNumber, options?: CallOptions): Promise<Job> {
    return this.#transport.call('POST', `/jobs/${part(id)}/begin`, {}, options)
  }

  /** Rows that could not be used, and recipients that were refused. */
  bad(id: RecordNumber, query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<BadRow>> {
    return this.#transport.call('GET', `/jobs/${part(id)}/bad`, { query }, options)
  }

  /** The same row by row, page after page. */
  badEach(id: RecordNumber, query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<BadRow, void, undefined> {
    return this.#transport.each(`/jobs/${part(id)}/bad`, query, options)
  }

  /** Messages of the first recipients as they would leave. */
  preview(id: RecordNumber, query: {
    /** How many at most. */
    readonly limit: Limit10
  }, options?: CallOptions): Promise<{ readonly messages: readonly { readonly to: string; readonly text: string }[] }> {
    return this.#transport.call('GET', `/jobs/${part(id)}/preview`, { query }, options)
  }

  /** Pauses a job. */
  pause(id: RecordNumber, options?: CallOptions): Promise<Job> {
    return this.#transport.call('POST', `/jobs/${part(id)}/pause`, {}, options)
  }

  /** Lets a paused job go on. */
  resume(id: RecordNumber, options?: CallOptions): Promise<Job> {
    return this.#transport.call('POST', `/jobs/${part(id)}/resume`, {}, options)
  }

  /** Those not yet handed in never are. */
  cancel(id: RecordNumber, options?: CallOptions): Promise<Job> {
    return this.#transport.call('POST', `/jobs/${part(id)}/cancel`, {}, options)
  }
}

/** Mail that is posted by HTTP. */
export class PostsCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Where the account may post by HTTP, and whether what it posts is signed. */
  accountSet(id: AccountId, body: { readonly add?: PostPatterns; readonly remove?: PostPatterns; readonly secret?: 'new' | 'none' } = {}, options?: CallOptions): Promise<{ readonly account: Account; readonly secret: string | null }> {
    return this.#transport.call('PATCH', `/accounts/${part(id)}/posts`, { body }, options)
  }
}

/** Webhooks: where events of accounts are posted to, tries, and replays. */
export class WebhooksCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Webhooks, and how they are. */
  list(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<WebhookView>> {
    return this.#transport.call('GET', '/webhooks', { query }, options)
  }

  /** The same row by row, page after page. */
  listEach(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<WebhookView, void, undefined> {
    return this.#transport.each('/webhooks', query, options)
  }

  /** Adds a webhook, which is told what happens from now on. Its secret is shown once. */
  add(body: { readonly name?: WebhookName; readonly format?: WebhookFormat; readonly kinds?: readonly MailEventKind[] | null; readonly streams?: WebhookStreams | null; readonly batch?: { readonly events?: WebhookBatchSize; readonly wait?: WebhookBatchWait }; readonly connections?: WebhookConnections; readonly on?: boolean; readonly account: AccountId; readonly url: WebhookUrl; readonly secret?: WebhookSecretText }, options?: CallOptions): Promise<{ readonly webhook: WebhookView; readonly secret: string }> {
    return this.#transport.call('POST', '/webhooks', { body }, options)
  }

  /** A webhook, and how it is. */
  show(id: WebhookId, query: {
    /** Whose it must be. */
    readonly account?: AccountId
  } = {}, options?: CallOptions): Promise<WebhookView> {
    return this.#transport.call('GET', `/webhooks/${part(id)}`, { query }, options)
  }

  /** Changes what is named of a webhook. */
  set(id: WebhookId, body: { readonly account?: AccountId; readonly name?: WebhookName; readonly format?: WebhookFormat; readonly kinds?: readonly MailEventKind[] | null; readonly streams?: WebhookStreams | null; readonly batch?: { readonly events?: WebhookBatchSize; readonly wait?: WebhookBatchWait }; readonly connections?: WebhookConnections; readonly on?: boolean; readonly url?: WebhookUrl } = {}, options?: CallOptions): Promise<WebhookView> {
    return this.#transport.call('PATCH', `/webhooks/${part(id)}`, { body }, options)
  }

  /** Removes a webhook. */
  remove(id: WebhookId, query: {
    /** Whose it must be. */
    readonly account?: AccountId
  } = {}, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/webhooks/${part(id)}`, { query }, options)
  }

  /** Gives a webhook another secret, which is shown once; the one before counts for a while. */
  rotate(id: WebhookId, body: { readonly account?: AccountId; readonly keep?: WebhookOverlap; readonly secret?: WebhookSecretText } = {}, options?: CallOptions): Promise<{ readonly webhook: WebhookView; readonly secret: string }> {
    return this.#transport.call('POST', `/webhooks/${part(id)}/secret`, { body }, options)
  }

  /** Posts made events to a webhook now, and tells what it answered. */
  test(id: WebhookId, body: { readonly account?: AccountId; readonly kind?: MailEventKind } = {}, options?: CallOptions): Promise<{ readonly tests: readonly WebhookTest[] }> {
    return this.#transport.call('POST', `/webhooks/${part(id)}/test`, { body }, options)
  }

  /** Posts to a webhook that were tried, newest first. */
  log(id: WebhookId, query: {
    /** Whose it must be. */
    readonly account?: AccountId
    readonly failed?: boolean
    /** System message id: 16 characters of Crockford's base32. */
    readonly message?: MessageId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<WebhookAttempt>> {
    return this.#transport.call('GET', `/webhooks/${part(id)}/log`, { query }, options)
  }

  /** The same row by row, page after page. */
  logEach(id: WebhookId, query: {
    /** Whose it must be. */
    readonly account?: AccountId
    readonly failed?: boolean
    /** System message id: 16 characters of Crockford's base32. */
    readonly message?: MessageId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<WebhookAttempt, void, undefined> {
    return this.#transport.each(`/webhooks/${part(id)}/log`, query, options)
  }

  /** Lets a webhook that is dead or gone begin again. */
  resume(id: WebhookId, body: { readonly account?: AccountId; readonly from?: 'stopped' | 'now' } = {}, options?: CallOptions): Promise<WebhookView> {
    return this.#transport.call('POST', `/webhooks/${part(id)}/resume`, { body }, options)
  }

  /** Replays of a webhook. */
  replayList(id: WebhookId, query: {
    /** Whose it must be. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<WebhookReplay>> {
    return this.#transport.call('GET', `/webhooks/${part(id)}/replays`, { query }, options)
  }

  /** The same row by row, page after page. */
  replayListEach(id: WebhookId, query: {
    /** Whose it must be. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<WebhookReplay, void, undefined> {
    return this.#transport.each(`/webhooks/${part(id)}/replays`, query, options)
  }

  /** Tells a webhook again what happened between two times. */
  replayStart(id: WebhookId, body: { readonly account?: AccountId; readonly from: EventTime; readonly to: EventTime; readonly kinds?: readonly MailEventKind[] | null }, options?: CallOptions): Promise<WebhookReplay> {
    return this.#transport.call('POST', `/webhooks/${part(id)}/replays`, { body }, options)
  }

  /** Ends a replay. */
  replayCancel(id: WebhookId, n: RecordNumber, body: { readonly account?: AccountId } = {}, options?: CallOptions): Promise<{ readonly cancelled: boolean }> {
    return this.#transport.call('POST', `/webhooks/${part(id)}/replays/${part(n)}/cancel`, { body }, options)
  }
}

/** Unsubscribing, opens and clicks. */
export class TrackingCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Unsubscribing, opens and clicks of an account. */
  accountSet(id: AccountId, body: { readonly host?: string | null; readonly opens?: boolean; readonly clicks?: boolean; readonly force?: boolean; readonly mailDomain?: Domain | null; readonly language?: Language | null; readonly words?: { readonly link?: string; readonly heading?: string; readonly question?: string; readonly button?: string; readonly doneHeading?: string; readonly done?: string; readonly brokenHeading?: string; readonly broken?: string }; readonly leaveLarge?: boolean } = {}, options?: CallOptions): Promise<Account> {
    return this.#transport.call('PATCH', `/accounts/${part(id)}/tracking`, { body }, options)
  }

  /** Hosts of links, and whether they answer. */
  hosts(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<TrackingHostState>> {
    return this.#transport.call('GET', '/tracking/hosts', { query }, options)
  }

  /** The same row by row, page after page. */
  hostsEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<TrackingHostState, void, undefined> {
    return this.#transport.each('/tracking/hosts', query, options)
  }
}

/** Domains of the installation itself. */
export class InboundCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Domains of the installation itself. */
  list(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<OwnDomain>> {
    return this.#transport.call('GET', '/inbound', { query }, options)
  }

  /** The same row by row, page after page. */
  listEach(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<OwnDomain, void, undefined> {
    return this.#transport.each('/inbound', query, options)
  }

  /** A domain of the installation itself. */
  get(domain: Domain, options?: CallOptions): Promise<OwnDomain> {
    return this.#transport.call('GET', `/inbound/${part(domain)}`, {}, options)
  }

  /** Adds a domain of the installation itself, or says anew what holds for it. */
  add(domain: DomainName, body: { readonly account?: AccountId; readonly forward?: MailAddress; readonly localParts?: LocalParts } = {}, options?: CallOptions): Promise<OwnDomain> {
    return this.#transport.call('PUT', `/inbound/${part(domain)}`, { body }, options)
  }

  /** Removes a domain of the installation itself. */
  remove(domain: DomainName, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/inbound/${part(domain)}`, {}, options)
  }

  /** Who is believed about complaints. */
  reporterList(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<ReporterView>> {
    return this.#transport.call('GET', '/reporters', { query }, options)
  }

  /** The same row by row, page after page. */
  reporterListEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<ReporterView, void, undefined> {
    return this.#transport.each('/reporters', query, options)
  }

  /** Somebody who is believed about complaints. */
  reporterGet(who: string, options?: CallOptions): Promise<ReporterView> {
    return this.#transport.call('GET', `/reporters/${part(who)}`, {}, options)
  }

  /** Believes somebody about complaints. */
  reporterAdd(who: Reporter, options?: CallOptions): Promise<FeedbackReporter> {
    return this.#transport.call('PUT', `/reporters/${part(who)}`, {}, options)
  }

  /** Does not believe somebody about complaints any more. */
  reporterRemove(who: Reporter, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/reporters/${part(who)}`, {}, options)
  }

  /** How a message that came back is read, and what it means. */
  returnedRead(body: { readonly message: string }, options?: CallOptions): Promise<ReturnedReading> {
    return this.#transport.call('POST', '/returned/read', { body }, options)
  }
}

/** Delivery Alerts. */
export class AlertsCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Delivery Alerts. */
  list(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<DeliveryAlert>> {
    return this.#transport.call('GET', '/alerts', { query }, options)
  }

  /** The same row by row, page after page. */
  listEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<DeliveryAlert, void, undefined> {
    return this.#transport.each('/alerts', query, options)
  }

  /** Tells an alert to try whether it arrives. */
  test(options?: CallOptions): Promise<AlertWays> {
    return this.#transport.call('POST', '/alerts/test', {}, options)
  }
}

/** Alarms about the server itself. */
export class AlarmsCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Alarms, with what fires. */
  list(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<AlarmView>> {
    return this.#transport.call('GET', '/alarms', { query }, options)
  }

  /** The same row by row, page after page. */
  listEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<AlarmView, void, undefined> {
    return this.#transport.each('/alarms', query, options)
  }

  /** An alarm. */
  get(name: AlarmName, options?: CallOptions): Promise<AlarmView> {
    return this.#transport.call('GET', `/alarms/${part(name)}`, {}, options)
  }

  /** Changes when an alarm fires. */
  set(name: AlarmName, body: { readonly subject?: AlarmSubject; readonly threshold?: AlarmThreshold; readonly for?: AlarmTime; readonly off?: boolean } = {}, options?: CallOptions): Promise<AlarmSetting> {
    return this.#transport.call('PATCH', `/alarms/${part(name)}`, { body }, options)
  }

  /** Nobody is told of an alarm. */
  silence(name: AlarmName, body: { readonly subject?: AlarmSubject; readonly until?: EpochMs } = {}, options?: CallOptions): Promise<AlarmSetting> {
    return this.#transport.call('POST', `/alarms/${part(name)}/silence`, { body }, options)
  }

  /** People are told of it again. */
  unsilence(name: AlarmName, body: { readonly subject?: AlarmSubject } = {}, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('POST', `/alarms/${part(name)}/unsilence`, { body }, options)
  }

  /** Lets an alarm be as shipped. */
  reset(name: AlarmName, body: { readonly subject?: AlarmSubject } = {}, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('POST', `/alarms/${part(name)}/reset`, { body }, options)
  }

  /** Tells an alarm as a test. */
  test(name: AlarmName, body: { readonly subject?: AlarmSubject } = {}, options?: CallOptions): Promise<AlertWays> {
    return this.#transport.call('POST', `/alarms/${part(name)}/test`, { body }, options)
  }
}

/** Brakes on accounts that harm others. */
export class BrakesCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Brakes on accounts. */
  list(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<BrakeView>> {
    return this.#transport.call('GET', '/brakes', { query }, options)
  }

  /** The same row by row, page after page. */
  listEach(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<BrakeView, void, undefined> {
    return this.#transport.each('/brakes', query, options)
  }

  /** A brake: of an account, what holds for it. */
  get(name: BrakeName, query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
  } = {}, options?: CallOptions): Promise<BrakeView> {
    return this.#transport.call('GET', `/brakes/${part(name)}`, { query }, options)
  }

  /** Sets a brake, for all or for an account. */
  set(name: BrakeName, body: { readonly account?: AccountId; readonly window?: BrakeWindow; readonly least?: BrakeLeast; readonly warn?: number | null; readonly hold?: number | null } = {}, options?: CallOptions): Promise<BrakeView> {
    return this.#transport.call('PATCH', `/brakes/${part(name)}`, { body }, options)
  }

  /** A brake is as shipped again, or of an account as for all. */
  reset(name: BrakeName, query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
  } = {}, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/brakes/${part(name)}`, { query }, options)
  }

  /** Switches a brake off. */
  off(name: BrakeName, body: { readonly account?: AccountId } = {}, options?: CallOptions): Promise<BrakeView> {
    return this.#transport.call('POST', `/brakes/${part(name)}/off`, { body }, options)
  }
}

/** Users and their sessions. */
export class UsersCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Who may log in. */
  list(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<UserView>> {
    return this.#transport.call('GET', '/users', { query }, options)
  }

  /** The same row by row, page after page. */
  listEach(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<UserView, void, undefined> {
    return this.#transport.each('/users', query, options)
  }

  /** Makes a user. The link for the first password is shown once. */
  add(body: { readonly name: UserName; readonly role: Role; readonly account?: AccountId }, options?: CallOptions): Promise<{ readonly user: UserView; readonly link: PasswordLink }> {
    return this.#transport.call('POST', '/users', { body }, options)
  }

  /** One user. */
  show(name: UserName, options?: CallOptions): Promise<UserView> {
    return this.#transport.call('GET', `/users/${part(name)}`, {}, options)
  }

  /** Another role, from the next call of the user on. */
  set(name: UserName, body: { readonly role: Role }, options?: CallOptions): Promise<UserView> {
    return this.#transport.call('PATCH', `/users/${part(name)}`, { body }, options)
  }

  /** Removes a user, with sessions and second factors. */
  remove(name: UserName, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/users/${part(name)}`, {}, options)
  }

  /** Lets a user log in no more, and ends the sessions. Password and second factors stay. */
  lock(name: UserName, options?: CallOptions): Promise<UserView> {
    return this.#transport.call('POST', `/users/${part(name)}/lock`, {}, options)
  }

  /** Lets a user log in again. */
  unlock(name: UserName, options?: CallOptions): Promise<UserView> {
    return this.#transport.call('POST', `/users/${part(name)}/unlock`, {}, options)
  }

  /** A link that sets another password, shown once. The password stays until it is used. */
  password(name: UserName, options?: CallOptions): Promise<PasswordLink> {
    return this.#transport.call('POST', `/users/${part(name)}/password`, {}, options)
  }

  /** Takes the second factors of a user who lost them away, and ends the sessions. */
  factorsRemove(name: UserName, options?: CallOptions): Promise<UserView> {
    return this.#transport.call('POST', `/users/${part(name)}/factors/remove`, {}, options)
  }

  /** Passkeys of a user. */
  passkeys(name: UserName, query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<PasskeyView>> {
    return this.#transport.call('GET', `/users/${part(name)}/passkeys`, { query }, options)
  }

  /** The same row by row, page after page. */
  passkeysEach(name: UserName, query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<PasskeyView, void, undefined> {
    return this.#transport.each(`/users/${part(name)}/passkeys`, query, options)
  }

  /** Removes a passkey of a user who lost it. */
  passkeysRemove(name: UserName, id: PasskeyId, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/users/${part(name)}/passkeys/${part(id)}`, {}, options)
  }

  /** Who is logged in. */
  sessionList(query: {
    /** Name of a user: letters, digits and `. _ @ + -`; upper and lower case are the same. */
    readonly user?: UserName
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<SessionView>> {
    return this.#transport.call('GET', '/sessions', { query }, options)
  }

  /** The same row by row, page after page. */
  sessionListEach(query: {
    /** Name of a user: letters, digits and `. _ @ + -`; upper and lower case are the same. */
    readonly user?: UserName
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<SessionView, void, undefined> {
    return this.#transport.each('/sessions', query, options)
  }

  /** Ends the sessions of a user, of an account, or all. */
  sessionEnd(query: {
    /** Name of a user: letters, digits and `. _ @ + -`; upper and lower case are the same. */
    readonly user?: UserName
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
  } = {}, options?: CallOptions): Promise<{ readonly ended: number }> {
    return this.#transport.call('DELETE', '/sessions', { query }, options)
  }

  /** Ends one session. */
  setSessionEnd(id: SessionId, options?: CallOptions): Promise<{ readonly ended: number }> {
    return this.#transport.call('DELETE', `/sessions/${part(id)}`, {}, options)
  }

  /** Providers of OpenID Connect. */
  providerList(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<ProviderView>> {
    return this.#transport.call('GET', '/providers', { query }, options)
  }

  /** The same row by row, page after page. */
  providerListEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<ProviderView, void, undefined> {
    return this.#transport.each('/providers', query, options)
  }

  /** Lets people log in by a provider of OpenID Connect. */
  providerAdd(body: { readonly name: LoginProviderName; readonly issuer: Issuer; readonly clientId: ClientId; readonly panel: PanelAddress; readonly clientSecret?: ClientSecret; readonly title?: ProviderTitle; readonly scopes?: ProviderScopes; readonly domains?: EmailDomains; readonly makes?: boolean; readonly role?: Role | null; readonly claim?: ClaimName | null; readonly roles?: ClaimRoles; readonly account?: AccountId | null; readonly secondFactor?: FactorValues; readonly trustsEmail?: boolean; readonly only?: boolean; readonly sessionHours?: SessionHours; readonly private?: boolean; readonly enabled?: boolean }, options?: CallOptions): Promise<ProviderView> {
    return this.#transport.call('POST', '/providers', { body }, options)
  }

  /** One provider. */
  providerShow(name: LoginProviderName, options?: CallOptions): Promise<ProviderView> {
    return this.#transport.call('GET', `/providers/${part(name)}`, {}, options)
  }

  /** Changes a provider, from the next login on. Switched off, the sessions that began by it end. */
  providerSet(name: LoginProviderName, body: { readonly clientSecret?: ClientSecret; readonly title?: ProviderTitle; readonly clientId?: ClientId; readonly panel?: PanelAddress; readonly scopes?: ProviderScopes; readonly domains?: EmailDomains; readonly makes?: boolean; readonly role?: Role | null; readonly claim?: ClaimName | null; readonly roles?: ClaimRoles; readonly account?: AccountId | null; readonly secondFactor?: FactorValues; readonly trustsEmail?: boolean; readonly only?: boolean; readonly sessionHours?: SessionHours; readonly private?: boolean; readonly enabled?: boolean } = {}, options?: CallOptions): Promise<ProviderView> {
    return this.#transport.call('PATCH', `/providers/${part(name)}`, { body }, options)
  }

  /** Removes a provider. Sessions that began by it end; users stay. */
  providerRemove(name: LoginProviderName, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/providers/${part(name)}`, {}, options)
  }

  /** Who is whom to a provider. */
  provider(name: LoginProviderName, query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<ProviderUser>> {
    return this.#transport.call('GET', `/providers/${part(name)}/users`, { query }, options)
  }

  /** The same row by row, page after page. */
  providerEach(name: LoginProviderName, query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<ProviderUser, void, undefined> {
    return this.#transport.each(`/providers/${part(name)}/users`, query, options)
  }

  /** Says who a user is to the provider, where it does not tell verified addresses. */
  providerLink(name: LoginProviderName, user: UserName, body: { readonly subject: ProviderSubject }, options?: CallOptions): Promise<ProviderUser> {
    return this.#transport.call('PUT', `/providers/${part(name)}/users/${part(user)}`, { body }, options)
  }

  /** Forgets who a user is to the provider. */
  providerUnlink(name: LoginProviderName, user: UserName, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/providers/${part(name)}/users/${part(user)}`, {}, options)
  }
}

/** Keys for this API. */
export class KeysCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Keys of the management API. */
  list(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<ManagementKeyView>> {
    return this.#transport.call('GET', '/keys', { query }, options)
  }

  /** The same row by row, page after page. */
  listEach(query: {
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<ManagementKeyView, void, undefined> {
    return this.#transport.each('/keys', query, options)
  }

  /** Makes a key of the management API. Its secret is shown once. */
  add(body: { readonly name: ManagementKeyName; readonly role: Role; readonly account?: AccountId; readonly scopes?: Scopes; readonly networks?: Networks; readonly expiresAt?: ExpiryTime | null }, options?: CallOptions): Promise<{ readonly secret: string; readonly key: ManagementKeyView }> {
    return this.#transport.call('POST', '/keys', { body }, options)
  }

  /** One key. */
  show(name: ManagementKeyName, options?: CallOptions): Promise<ManagementKeyView> {
    return this.#transport.call('GET', `/keys/${part(name)}`, {}, options)
  }

  /** Removes a key: its next call is refused. */
  remove(name: ManagementKeyName, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/keys/${part(name)}`, {}, options)
  }
}

/** Who changed what. */
export class AuditCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** What was changed, by whom and how it was before, newest first. */
  list(query: {
    /** Part of the name of who did it. */
    readonly who?: SearchText
    /** How the action begins: `queue`, `account set`. */
    readonly action?: SearchText
    /** Part of what it was done to. */
    readonly subject?: SearchText
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** A part of a name or of words. */
    readonly operation?: SearchText
    /** Milliseconds since 1970. */
    readonly since?: SearchTime
    /** Milliseconds since 1970. */
    readonly until?: SearchTime
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<AuditRecord>> {
    return this.#transport.call('GET', '/audit', { query }, options)
  }

  /** The same row by row, page after page. */
  listEach(query: {
    /** Part of the name of who did it. */
    readonly who?: SearchText
    /** How the action begins: `queue`, `account set`. */
    readonly action?: SearchText
    /** Part of what it was done to. */
    readonly subject?: SearchText
    /** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
    readonly account?: AccountId
    /** A part of a name or of words. */
    readonly operation?: SearchText
    /** Milliseconds since 1970. */
    readonly since?: SearchTime
    /** Milliseconds since 1970. */
    readonly until?: SearchTime
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<AuditRecord, void, undefined> {
    return this.#transport.each('/audit', query, options)
  }
}

/** Copies of delivered mail. */
export class KeptCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Deliveries of which a copy is kept, newest days first. A page may be empty though there are more. */
  find(account: AccountId, query: {
    /** Of a recipient. */
    readonly address?: MailAddress
    /** System message id: 16 characters of Crockford's base32. */
    readonly message?: MessageId
    /** A part of it; upper and lower case are the same. */
    readonly subject?: SearchText
    /** Milliseconds since 1970. */
    readonly since?: SearchTime
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<KeptDelivery>> {
    return this.#transport.call('GET', `/accounts/${part(account)}/kept`, { query }, options)
  }

  /** The same row by row, page after page. */
  findEach(account: AccountId, query: {
    /** Of a recipient. */
    readonly address?: MailAddress
    /** System message id: 16 characters of Crockford's base32. */
    readonly message?: MessageId
    /** A part of it; upper and lower case are the same. */
    readonly subject?: SearchText
    /** Milliseconds since 1970. */
    readonly since?: SearchTime
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<KeptDelivery, void, undefined> {
    return this.#transport.each(`/accounts/${part(account)}/kept`, query, options)
  }

  /** One message of which a copy is kept: its header, and who got it when. */
  show(account: AccountId, message: MessageId, options?: CallOptions): Promise<KeptMessage> {
    return this.#transport.call('GET', `/accounts/${part(account)}/kept/${part(message)}`, {}, options)
  }

  /** The octets of a copy, up to 1 MiB at a time, or all of them. */
  raw(account: AccountId, message: MessageId, query: {
    /** An address such as `ann@example.com`. */
    readonly address?: MailAddress
    /** From 0. */
    readonly from?: Count
  } = {}, options?: CallOptions): Promise<OctetPiece> {
    return this.#transport.call('GET', `/accounts/${part(account)}/kept/${part(message)}/raw`, { query }, options)
  }

  /** All of it as it comes, in place of piece by piece. */
  rawDownload(account: AccountId, message: MessageId, query: {
    /** An address such as `ann@example.com`. */
    readonly address?: MailAddress
    /** From 0. */
    readonly from?: Count
  } = {}, options?: DownloadOptions): Promise<Download> {
    return this.#transport.download(`/accounts/${part(account)}/kept/${part(message)}/raw`, query, 'message/rfc822', options)
  }
}

/** Settings of the server. */
export class SettingsCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Keys that sign the tokens that leave with mail. */
  tokensKeys(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<TokenKeyView>> {
    return this.#transport.call('GET', '/tokens/keys', { query }, options)
  }

  /** The same row by row, page after page. */
  tokensKeysEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<TokenKeyView, void, undefined> {
    return this.#transport.each('/tokens/keys', query, options)
  }

  /** A new key signs tokens from a moment later on. */
  tokensRotate(options?: CallOptions): Promise<Page<TokenKeyView>> {
    return this.#transport.call('POST', '/tokens/keys', {}, options)
  }

  /** Settings of the server: what they mean, take and are now. */
  configDescribe(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<OptionView>> {
    return this.#transport.call('GET', '/settings', { query }, options)
  }

  /** The same row by row, page after page. */
  configDescribeEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<OptionView, void, undefined> {
    return this.#transport.each('/settings', query, options)
  }

  /** A setting of the server. */
  getConfigDescribe(name: string, options?: CallOptions): Promise<OptionView> {
    return this.#transport.call('GET', `/settings/${part(name)}`, {}, options)
  }

  /** Changes a setting of the server in its file. */
  configSet(name: OptionText, body: { readonly value: OptionText }, options?: CallOptions): Promise<{ readonly name: string; readonly value: string; readonly applies: 'at once' | 'at the next start' }> {
    return this.#transport.call('PUT', `/settings/${part(name)}`, { body }, options)
  }

  /** Takes a setting out of the file of the server: its default holds. */
  configUnset(name: OptionText, options?: CallOptions): Promise<{ readonly name: string; readonly value: string; readonly applies: 'at once' | 'at the next start'; readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/settings/${part(name)}`, {}, options)
  }

  /** What is wrong in the configuration file and the environment, as a start would find it. */
  configCheck(options?: CallOptions): Promise<{ readonly problems: readonly OptionProblem[] }> {
    return this.#transport.call('GET', '/settings/problems', {}, options)
  }

  /** Files of the configuration: which were edited, and which have a new default beside them. */
  configFiles(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<ConfigFileView>> {
    return this.#transport.call('GET', '/settings/files', { query }, options)
  }

  /** The same row by row, page after page. */
  configFilesEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<ConfigFileView, void, undefined> {
    return this.#transport.each('/settings/files', query, options)
  }

  /** What the new default beside the configuration brings, and what conflicts with what was edited. */
  configMergeShow(options?: CallOptions): Promise<ConfigMerge> {
    return this.#transport.call('GET', '/settings/merge', {}, options)
  }

  /** Merges the new default into the configuration. */
  configMerge(body: { readonly take?: Readonly<Record<string, MergeSide>>; readonly rest?: MergeSide; readonly dryRun?: boolean }, options?: CallOptions): Promise<ConfigMerge> {
    return this.#transport.call('POST', '/settings/merge', { body }, options)
  }
}

/** Backups, upgrades, and the health of what is stored. */
export class LifecycleCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Holds the spool against itself. */
  spoolCheck(options?: CallOptions): Promise<{ readonly recipients: number; readonly problems: readonly string[] }> {
    return this.#transport.call('POST', '/spool/check', {}, options)
  }

  /** Backups of the home that are known. */
  backupList(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<BackupView>> {
    return this.#transport.call('GET', '/backups', { query }, options)
  }

  /** The same row by row, page after page. */
  backupListEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<BackupView, void, undefined> {
    return this.#transport.each('/backups', query, options)
  }

  /** Makes a backup, in the background. */
  backupStart(body: { readonly messages?: boolean; readonly logs?: boolean; readonly target?: BackupTargetName }, options?: CallOptions): Promise<Run> {
    return this.#transport.call('POST', '/backups', { body }, options)
  }

  /** Reads a backup to its end, in the background. */
  backupVerify(body: { readonly file: FilePath }, options?: CallOptions): Promise<Run> {
    return this.#transport.call('POST', '/backups/verify', { body }, options)
  }

  /** Opens a backup for reading, for half a day. */
  backupOpen(body: { readonly file: FilePath }, options?: CallOptions): Promise<BackupDownload> {
    return this.#transport.call('POST', '/backups/downloads', { body }, options)
  }

  /** The octets of a backup that was opened, up to 1 MiB at a time, or all of them. */
  backupRead(id: BackupDownloadId, query: {
    /** From 0. */
    readonly from?: Count
  } = {}, options?: CallOptions): Promise<OctetPiece> {
    return this.#transport.call('GET', `/backups/downloads/${part(id)}/octets`, { query }, options)
  }

  /** All of it as it comes, in place of piece by piece. */
  backupDownload(id: BackupDownloadId, query: {
    /** From 0. */
    readonly from?: Count
  } = {}, options?: DownloadOptions): Promise<Download> {
    return this.#transport.download(`/backups/downloads/${part(id)}/octets`, query, 'application/octet-stream', options)
  }

  /** Tells what a restore would do, and changes nothing; in the background. */
  restoreTry(body: RestoreChoices, options?: CallOptions): Promise<Run> {
    return this.#transport.call('POST', '/restore/trial', { body }, options)
  }

  /** Puts a backup back, in the background; the server is at rest meanwhile. */
  restoreStart(body: RestoreChoices, options?: CallOptions): Promise<Run> {
    return this.#transport.call('POST', '/restore', { body }, options)
  }

  /** Versions, the last upgrade or downgrade, and a restore that has not ended. */
  show(options?: CallOptions): Promise<LifecycleView> {
    return this.#transport.call('GET', '/lifecycle', {}, options)
  }

  /** Checks the machine before an upgrade, in the background. */
  preflight(body: { readonly upload?: RecordNumber; readonly allow?: PluginNames }, options?: CallOptions): Promise<Run> {
    return this.#transport.call('POST', '/lifecycle/preflight', { body }, options)
  }

  /** Lets a newer release take over, in the background. */
  upgrade(body: { readonly upload?: RecordNumber; readonly version?: ReleaseVersion; readonly allow?: PluginNames }, options?: CallOptions): Promise<Run> {
    return this.#transport.call('POST', '/lifecycle/upgrade', { body }, options)
  }

  /** Goes back to an older installed version, in the background. */
  downgrade(body: { readonly version: ReleaseVersion }, options?: CallOptions): Promise<Run> {
    return this.#transport.call('POST', '/lifecycle/downgrade', { body }, options)
  }

  /** Releases that came by this API, and how much of them. */
  uploadList(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<ReleaseUpload>> {
    return this.#transport.call('GET', '/lifecycle/uploads', { query }, options)
  }

  /** The same row by row, page after page. */
  uploadListEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<ReleaseUpload, void, undefined> {
    return this.#transport.each('/lifecycle/uploads', query, options)
  }

  /** Begins to send a signed release, in pieces. */
  uploadBegin(body: { readonly size: UploadSize; readonly sha256: Sha256 }, options?: CallOptions): Promise<ReleaseUpload> {
    return this.#transport.call('POST', '/lifecycle/uploads', { body }, options)
  }

  /** How much of a release has come, or what it is. */
  uploadShow(id: RecordNumber, options?: CallOptions): Promise<ReleaseUpload> {
    return this.#transport.call('GET', `/lifecycle/uploads/${part(id)}`, {}, options)
  }

  /** Removes what came of a release. */
  uploadRemove(id: RecordNumber, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/lifecycle/uploads/${part(id)}`, {}, options)
  }

  /** The next piece of a release. */
  uploadAdd(id: RecordNumber, body: { readonly from: UploadPlace; readonly octets: UploadPiece }, options?: CallOptions): Promise<ReleaseUpload> {
    return this.#transport.call('POST', `/lifecycle/uploads/${part(id)}/pieces`, { body }, options)
  }

  /** Removes what conversions of older formats left, or tells what there is. */
  cleanup(body: { readonly dryRun?: boolean }, options?: CallOptions): Promise<{ readonly done: boolean; readonly found: readonly LeftOverView[] }> {
    return this.#transport.call('POST', '/lifecycle/cleanup', { body }, options)
  }

  /** Folders that backups may be made in. */
  backupTargets(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<BackupTargetView>> {
    return this.#transport.call('GET', '/backups/targets', { query }, options)
  }

  /** The same row by row, page after page. */
  backupTargetsEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<BackupTargetView, void, undefined> {
    return this.#transport.each('/backups/targets', query, options)
  }

  /** Support bundles. */
  supportList(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<SupportBundle>> {
    return this.#transport.call('GET', '/support', { query }, options)
  }

  /** The same row by row, page after page. */
  supportListEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<SupportBundle, void, undefined> {
    return this.#transport.each('/support', query, options)
  }

  /** Makes a support bundle, in the background. */
  supportMake(options?: CallOptions): Promise<Run> {
    return this.#transport.call('POST', '/support', {}, options)
  }

  /** A support bundle. */
  supportGet(id: string, options?: CallOptions): Promise<SupportBundle> {
    return this.#transport.call('GET', `/support/${part(id)}`, {}, options)
  }

  /** Removes a support bundle. */
  supportRemove(id: BundleId, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/support/${part(id)}`, {}, options)
  }

  /** The octets of a support bundle, up to 1 MiB at a time, or all of them. */
  supportRead(id: BundleId, query: {
    /** From 0. */
    readonly from?: Count
  } = {}, options?: CallOptions): Promise<OctetPiece> {
    return this.#transport.call('GET', `/support/${part(id)}/octets`, { query }, options)
  }

  /** All of it as it comes, in place of piece by piece. */
  supportDownload(id: BundleId, query: {
    /** From 0. */
    readonly from?: Count
  } = {}, options?: DownloadOptions): Promise<Download> {
    return this.#transport.download(`/support/${part(id)}/octets`, query, 'application/gzip', options)
  }

  /** The certificate that listeners show. */
  certificateShow(options?: CallOptions): Promise<CertificateView> {
    return this.#transport.call('GET', '/certificate', {}, options)
  }

  /** Orders a certificate, in the background. */
  certificateOrder(body: { readonly host?: DomainName }, options?: CallOptions): Promise<Run> {
    return this.#transport.call('POST', '/certificate/order', { body }, options)
  }

  /** What was started in the background. */
  runList(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<Run>> {
    return this.#transport.call('GET', '/lifecycle/runs', { query }, options)
  }

  /** The same row by row, page after page. */
  runListEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<Run, void, undefined> {
    return this.#transport.each('/lifecycle/runs', query, options)
  }

  /** How far something is that was started in the background, or what came of it. */
  runShow(id: RecordNumber, options?: CallOptions): Promise<Run> {
    return this.#transport.call('GET', `/lifecycle/runs/${part(id)}`, {}, options)
  }
}

/** How the server is. */
export class StatusCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** How the server is: totals, workers, what needs attention. */
  get(options?: CallOptions): Promise<Status> {
    return this.#transport.call('GET', '/status', {}, options)
  }

  /** The same as it comes, as long as nobody stops it. */
  getStream(options?: StreamOptions): AsyncGenerator<StreamEvent<Status>, void, undefined> {
    return this.#transport.stream('/status', {}, options)
  }

  /** What the home has on its disk by kind, how fast it grows, and how long the disk lasts. */
  diskUse(options?: CallOptions): Promise<DiskUse> {
    return this.#transport.call('GET', '/disk', {}, options)
  }

  /** How busy the machine and the processes of the server are, and at which sites mail waits longest. */
  machineShow(options?: CallOptions): Promise<MachineUse> {
    return this.#transport.call('GET', '/machine', {}, options)
  }

  /** The same as it comes, as long as nobody stops it. */
  machineShowStream(options?: StreamOptions): AsyncGenerator<StreamEvent<MachineUse>, void, undefined> {
    return this.#transport.stream('/machine', {}, options)
  }

  /** Checks the installation, and says what to mend. */
  doctorCheck(body: { readonly network?: boolean; readonly address?: readonly string[]; readonly probe?: string; readonly spool?: boolean }, options?: CallOptions): Promise<{ readonly ok: boolean; readonly checks: readonly DoctorCheck[] }> {
    return this.#transport.call('POST', '/doctor', { body }, options)
  }
}

/** Logging in, and one's own access. */
export class MeCalls {
  readonly #transport: Transport

  constructor(transport: Transport) {
    this.#transport = transport
  }

  /** Logs in with a password. */
  login(body: { readonly user: UserName; readonly password: PresentPassword }, options?: CallOptions): Promise<LoginState> {
    return this.#transport.call('POST', '/login', { body }, options)
  }

  /** The second factor of a login. */
  loginTotp(body: { readonly ticket: string; readonly code: LoginCode }, options?: CallOptions): Promise<LoginState> {
    return this.#transport.call('POST', '/login/totp', { body }, options)
  }

  /** Sets a password by a link that was made once. */
  loginFirst(body: { readonly token: string; readonly password: NewPassword }, options?: CallOptions): Promise<{ readonly user: string }> {
    return this.#transport.call('POST', '/login/first', { body }, options)
  }

  /** Ends the session. */
  logout(options?: CallOptions): Promise<{ readonly ended: boolean; readonly provider: string | null }> {
    return this.#transport.call('POST', '/logout', {}, options)
  }

  /** Who calls, and what he may. */
  show(options?: CallOptions): Promise<Me> {
    return this.#transport.call('GET', '/me', {}, options)
  }

  /** Another password; other sessions end. */
  password(body: { readonly password: PresentPassword; readonly next: NewPassword }, options?: CallOptions): Promise<{ readonly changed: boolean }> {
    return this.#transport.call('PUT', '/me/password', { body }, options)
  }

  /** A new secret for one-time codes, which holds once a code confirms it. */
  totpBegin(body: { readonly password: PresentPassword }, options?: CallOptions): Promise<{ readonly secret: string; readonly uri: string }> {
    return this.#transport.call('POST', '/me/totp', { body }, options)
  }

  /** Confirms it. Recovery codes are shown once. */
  totpConfirm(body: { readonly code: LoginCode }, options?: CallOptions): Promise<{ readonly recoveryCodes: readonly string[] }> {
    return this.#transport.call('POST', '/me/totp/confirm', { body }, options)
  }

  /** Logs in without one-time codes from now on. */
  totpRemove(body: { readonly password: PresentPassword; readonly code: LoginCode }, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('POST', '/me/totp/remove', { body }, options)
  }

  /** Sessions of one's own. */
  sessions(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<SessionView>> {
    return this.#transport.call('GET', '/me/sessions', { query }, options)
  }

  /** The same row by row, page after page. */
  sessionsEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<SessionView, void, undefined> {
    return this.#transport.each('/me/sessions', query, options)
  }

  /** Ends all other sessions of one's own. */
  sessionsEnd(options?: CallOptions): Promise<{ readonly ended: number }> {
    return this.#transport.call('DELETE', '/me/sessions', {}, options)
  }

  /** Ends a session of one's own. */
  sessionsEndById(id: SessionId, options?: CallOptions): Promise<{ readonly ended: number }> {
    return this.#transport.call('DELETE', `/me/sessions/${part(id)}`, {}, options)
  }

  /** Searches of the Control Panel that one keeps. */
  searches(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<SavedSearch>> {
    return this.#transport.call('GET', '/me/searches', { query }, options)
  }

  /** The same row by row, page after page. */
  searchesEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<SavedSearch, void, undefined> {
    return this.#transport.each('/me/searches', query, options)
  }

  /** Keeps a search of the Control Panel. */
  searchesSave(name: SearchName, body: { readonly search: SearchWritten }, options?: CallOptions): Promise<SavedSearch> {
    return this.#transport.call('PUT', `/me/searches/${part(name)}`, { body }, options)
  }

  /** Forgets a search of the Control Panel. */
  searchesRemove(name: SearchName, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/me/searches/${part(name)}`, {}, options)
  }

  /** Runs a line of `hms` with what the caller may. No file, path or SQL of the server is in reach of it. */
  consoleRun(body: { readonly line: ConsoleLine; readonly width?: ConsoleWidth }, options?: CallOptions): Promise<ConsoleAnswer> {
    return this.#transport.call('POST', '/me/console', { body }, options)
  }

  /** Commands that the console has, with their options. */
  consoleCommands(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<ConsoleCommand>> {
    return this.#transport.call('GET', '/me/console/commands', { query }, options)
  }

  /** The same row by row, page after page. */
  consoleCommandsEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<ConsoleCommand, void, undefined> {
    return this.#transport.each('/me/console/commands', query, options)
  }

  /** What to ask the browser for, to log in with a passkey alone or as the second factor of a login. */
  loginPasskeyOptions(body: { readonly ticket?: string }, options?: CallOptions): Promise<PasskeyRequest> {
    return this.#transport.call('POST', '/login/passkey/options', { body }, options)
  }

  /** Logs in with a passkey: alone, or as the second factor of a login. */
  loginPasskey(body: { readonly ticket?: string; readonly passkey: PasskeyShown }, options?: CallOptions): Promise<LoginState> {
    return this.#transport.call('POST', '/login/passkey', { body }, options)
  }

  /** Passkeys of one's own. */
  passkeys(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<PasskeyView>> {
    return this.#transport.call('GET', '/me/passkeys', { query }, options)
  }

  /** The same row by row, page after page. */
  passkeysEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<PasskeyView, void, undefined> {
    return this.#transport.each('/me/passkeys', query, options)
  }

  /** Takes the passkey that the browser made. */
  passkeysAdd(body: { readonly name: PasskeyName; readonly passkey: PasskeyMade }, options?: CallOptions): Promise<{ readonly passkey: PasskeyView; readonly recoveryCodes: readonly string[] | null }> {
    return this.#transport.call('POST', '/me/passkeys', { body }, options)
  }

  /** What to ask the browser for, to make a passkey. */
  passkeysOptions(body: { readonly password?: PresentPassword }, options?: CallOptions): Promise<PasskeyCreation> {
    return this.#transport.call('POST', '/me/passkeys/options', { body }, options)
  }

  /** Removes a passkey of one's own. */
  passkeysRemove(id: PasskeyId, options?: CallOptions): Promise<{ readonly removed: boolean }> {
    return this.#transport.call('DELETE', `/me/passkeys/${part(id)}`, {}, options)
  }

  /** What to ask the browser for, to show a passkey again. */
  freshOptions(options?: CallOptions): Promise<PasskeyRequest> {
    return this.#transport.call('POST', '/me/fresh/options', {}, options)
  }

  /** Shows a second factor again, or the password where there is none, which some changes want. */
  fresh(body: { readonly passkey?: PasskeyShown; readonly code?: LoginCode; readonly password?: PresentPassword }, options?: CallOptions): Promise<Me> {
    return this.#transport.call('POST', '/me/fresh', { body }, options)
  }

  /** By which providers one may log in. */
  loginProviders(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): Promise<Page<LoginProvider>> {
    return this.#transport.call('GET', '/login/providers', { query }, options)
  }

  /** The same row by row, page after page. */
  loginProvidersEach(query: {
    /** Rows at most. */
    readonly limit?: number
    /** `next` of the page before. */
    readonly after?: string
  } = {}, options?: CallOptions): AsyncGenerator<LoginProvider, void, undefined> {
    return this.#transport.each('/login/providers', query, options)
  }
}

export class HmsClient {
  readonly #transport: Transport
  /** Virtual accounts, their states, quotas and streams. */
  readonly accounts: AccountsCalls
  /** Logins for SMTP, and keys for injection by HTTP. */
  readonly credentials: CredentialsCalls
  /** Domains of senders and their DKIM keys. */
  readonly domains: DomainsCalls
  /** What mail leaves from, and how new sources are warmed up. */
  readonly sources: SourcesCalls
  /** Fixed routes, and networks that may relay. */
  readonly routes: RoutesCalls
  /** Delivery rules and Smart rules. */
  readonly rules: RulesCalls
  /** Who gets no mail any more. */
  readonly suppression: SuppressionCalls
  /** Mail that waits, where it goes, and what holds it back. */
  readonly queue: QueueCalls
  /** What happened to mail. */
  readonly events: EventsCalls
  /** What receivers report: DMARC and TLS. */
  readonly reports: ReportsCalls
  /** Stored templates. */
  readonly templates: TemplatesCalls
  /** Assembly jobs: one message for many. */
  readonly jobs: JobsCalls
  /** Mail that is posted by HTTP. */
  readonly posts: PostsCalls
  /** Webhooks: where events of accounts are posted to, tries, and replays. */
  readonly webhooks: WebhooksCalls
  /** Unsubscribing, opens and clicks. */
  readonly tracking: TrackingCalls
  /** Domains of the installation itself. */
  readonly inbound: InboundCalls
  /** Delivery Alerts. */
  readonly alerts: AlertsCalls
  /** Alarms about the server itself. */
  readonly alarms: AlarmsCalls
  /** Brakes on accounts that harm others. */
  readonly brakes: BrakesCalls
  /** Users and their sessions. */
  readonly users: UsersCalls
  /** Keys for this API. */
  readonly keys: KeysCalls
  /** Who changed what. */
  readonly audit: AuditCalls
  /** Copies of delivered mail. */
  readonly kept: KeptCalls
  /** Settings of the server. */
  readonly settings: SettingsCalls
  /** Backups, upgrades, and the health of what is stored. */
  readonly lifecycle: LifecycleCalls
  /** How the server is. */
  readonly status: StatusCalls
  /** Logging in, and one's own access. */
  readonly me: MeCalls

  constructor(options: ClientOptions) {
    const transport = new Transport(options)
    this.#transport = transport
    this.accounts = new AccountsCalls(transport)
    this.credentials = new CredentialsCalls(transport)
    this.domains = new DomainsCalls(transport)
    this.sources = new SourcesCalls(transport)
    this.routes = new RoutesCalls(transport)
    this.rules = new RulesCalls(transport)
    this.suppression = new SuppressionCalls(transport)
    this.queue = new QueueCalls(transport)
    this.events = new EventsCalls(transport)
    this.reports = new ReportsCalls(transport)
    this.templates = new TemplatesCalls(transport)
    this.jobs = new JobsCalls(transport)
    this.posts = new PostsCalls(transport)
    this.webhooks = new WebhooksCalls(transport)
    this.tracking = new TrackingCalls(transport)
    this.inbound = new InboundCalls(transport)
    this.alerts = new AlertsCalls(transport)
    this.alarms = new AlarmsCalls(transport)
    this.brakes = new BrakesCalls(transport)
    this.users = new UsersCalls(transport)
    this.keys = new KeysCalls(transport)
    this.audit = new AuditCalls(transport)
    this.kept = new KeptCalls(transport)
    this.settings = new SettingsCalls(transport)
    this.lifecycle = new LifecycleCalls(transport)
    this.status = new StatusCalls(transport)
    this.me = new MeCalls(transport)
  }

  /** Of what a call gave: for `ifMatch` of a change to it. */
  etagOf(value: object): string | undefined {
    return this.#transport.etagOf(value)
  }
}
