// Made by `node scripts/reference.ts` of the route table and the types of the contract. Change those, not this file.

export interface Account {
  readonly id: AccountId
  readonly name: AccountName
  readonly state: AccountState
  /** How it came to its state; undefined: nobody ever changed it. */
  readonly standing?: Standing
  /** Whether bounces (RFC 3464) are mailed to senders whose domain is verified for the account. */
  readonly bounceMail: boolean
  /** Whether a sender is told of a delay, once, after the first attempts failed for 4 hours. */
  readonly delayNotices: boolean
  /** Without a key for the author's domain: refuse at the end of data, sign with the provider's, or leave unsigned. */
  readonly unsigned: 'refuse' | 'provider' | 'allow'
  /** Whether only sender domains that are verified for this account may be used. */
  readonly verifiedSendersOnly: boolean
  /** Messages accepted in an hour; null: no limit. */
  readonly messagesPerHour: number | null
  /** How much more may be taken; undefined: as much as comes. */
  readonly quotas?: Quotas
  /** Of mail that does not say, and the highest that its mail may ask for. */
  readonly priority: Priority
  readonly highestPriority: Priority
  /** Its part of what accounts share at a site: twice the weight, twice the turns. */
  readonly weight: number
  /** When its mail is sent, but for that of high priority; null: at any time. */
  readonly window: string | null
  /** Besides those that every account has. */
  readonly streams: readonly Stream[]
  /** The stream of mail that does not say. */
  readonly stream: string
  /** Mail with a sender leaves with a return path of our own here, a token of each recipient; null: with that of its sender. */
  readonly returnPathDomain: Domain | null
  /** That return path names the recipient too, where it fits: for people who read logs. */
  readonly returnPathNames: boolean
  /** The sender's own part of `Feedback-ID`, which its mail has then; null: it has none but what it brings. */
  readonly feedbackId: string | null
  /** Unsubscribing, opens and clicks. */
  readonly tracking: Tracking
  /** Where its mail may be posted to by HTTP; absent: nowhere. */
  readonly post?: PostSetting
  /** Absent: nobody is suppressed, and nothing that comes back suppresses anybody. */
  readonly suppression?: AccountSuppression
  /** Copies of what was delivered are kept; null or absent: none. */
  readonly keep?: Keep | null
  /** Files in its pickup folder are taken for mail; absent: they are not. */
  readonly pickup?: boolean
}

/** What is changed of it field by field; the rest has operations of its own. */
export interface AccountChange {
  readonly name?: AccountName
  readonly state?: AccountState
  /** Whether bounces (RFC 3464) are mailed to senders whose domain is verified for the account. */
  readonly bounceMail?: boolean
  /** Whether a sender is told of a delay, once, after the first attempts failed for 4 hours. */
  readonly delayNotices?: boolean
  /** Without a key for the author's domain: refuse at the end of data, sign with the provider's, or leave unsigned. */
  readonly unsigned?: 'refuse' | 'provider' | 'allow'
  /** Whether only sender domains that are verified for this account may be used. */
  readonly verifiedSendersOnly?: boolean
  /** Messages accepted in an hour; null: no limit. */
  readonly messagesPerHour?: number | null
  /** Of mail that does not say, and the highest that its mail may ask for. */
  readonly priority?: Priority
  readonly highestPriority?: Priority
  /** Its part of what accounts share at a site: twice the weight, twice the turns. */
  readonly weight?: number
  /** When its mail is sent, but for that of high priority; null: at any time. */
  readonly window?: string | null
  /** The stream of mail that does not say. */
  readonly stream?: string
  /** Mail with a sender leaves with a return path of our own here, a token of each recipient; null: with that of its sender. */
  readonly returnPathDomain?: Domain | null
  /** That return path names the recipient too, where it fits: for people who read logs. */
  readonly returnPathNames?: boolean
  /** The sender's own part of `Feedback-ID`, which its mail has then; null: it has none but what it brings. */
  readonly feedbackId?: string | null
  /** Copies of what was delivered are kept; null or absent: none. */
  readonly keep?: Keep | null
  /** Files in its pickup folder are taken for mail; absent: they are not. */
  readonly pickup?: boolean
}

/** Number of a virtual account, from 1000 up. 1000 is the anonymous account: mail that is not authenticated. */
export type AccountId = number

/** Name of an account. */
export type AccountName = string

export interface AccountRules {
  readonly rules: readonly Rule[]
  /** They beat all rules. */
  readonly overrides: readonly Rule[]
  /** Pools that its messages may name (X-xsPool). */
  readonly pools?: readonly string[]
  /** Mask of mailing ids → pool. The first that matches counts. */
  readonly mailings?: Readonly<Record<string, string>>
}

export type AccountState = 'active' | 'held' | 'limited' | 'suspended' | 'trial'

/** What an account wants. */
export interface AccountSuppression {
  /** The list that its recipients are looked for in, and the one that what comes back adds to; null: none. */
  readonly check: string | null
  readonly add: string | null
  /** Recipients are refused with 550 instead of accepted and failed with code 1001. */
  readonly reject: boolean
  readonly hard: Holds
  /** So many soft failures within that time, none delivered between. */
  readonly soft: { readonly count: number; readonly within: Ms; readonly holds: Holds }
  readonly complaint: Holds
  readonly unsubscribe: Holds
}

/** `*` for anything, `?` for one character. */
export type AddressPattern = string

/** `suppress`: send no more there. `retry`: later. `slow`: less of it. `look`: a person has to. `none`: nothing. */
export type Advice = 'suppress' | 'retry' | 'slow' | 'look' | 'none'

export type AlarmName = 'backup-late' | 'backup-unverified' | 'brake' | 'certificate-changed' | 'certificate-ending' | 'clock-off' | 'clock-unkept' | 'copies-failing' | 'disk-days' | 'disk-low' | 'dkim-record' | 'milter-failing' | 'mx-record' | 'no-delivery' | 'oldest-due' | 'plugin-failing' | 'ptr-record' | 'queue-memory' | 'resolver-failing' | 'sender-refused' | 'source-listed' | 'spf-record' | 'spool-failing' | 'storage-latency' | 'trouble' | 'way-dead' | 'webhook-dead' | 'worker-restarts' | 'worker-silent'

/** What somebody set of an alarm in place of what is shipped. */
export interface AlarmSetting {
  readonly name: AlarmName
  /** Null: of all subjects that have none of their own. */
  readonly subject: string | null
  /** `off`: it never fires. Null: as it is otherwise. */
  readonly terms: 'off' | AlarmTerms | null
  /** It fires, and nobody is told. Null: people are told. */
  readonly silence: { readonly until: EpochMs | null } | null
  readonly by: string
  readonly at: EpochMs
}

export type AlarmSeverity = 'critical' | 'warning'

/** A site, a source, a domain: what `alarm.list` names. */
export type AlarmSubject = string

export interface AlarmTerms {
  /** In the unit of the alarm. */
  readonly threshold: number
  /** It fires when it was so for that long. */
  readonly for: Ms
}

/** In the unit of the alarm. */
export type AlarmThreshold = number

/** In milliseconds. */
export type AlarmTime = number

/** `time` in milliseconds; `yes`: it is so or not, 1 or 0. */
export type AlarmUnit = 'time' | 'count' | 'share' | 'times' | 'days' | 'yes'

export interface AlarmView {
  readonly name: AlarmName
  readonly severity: AlarmSeverity
  readonly of: string | null
  readonly unit: AlarmUnit
  readonly fires: 'from' | 'below'
  readonly what: string
  readonly mend: string
  /** Null: it is off. */
  readonly terms: AlarmTerms | null
  readonly shipped: AlarmTerms
  readonly silence: { readonly until: EpochMs | null } | null
  /** What subjects have of their own. */
  readonly own: readonly AlarmSetting[]
  readonly firing: readonly FiringAlarm[]
}

export type AlertKind = 'account.braked' | 'account.state' | 'account.warned' | 'effect.alert' | 'effect.begun' | 'effect.ended' | 'effect.extended' | 'effect.tightened' | 'test' | 'trouble.begun' | 'trouble.ended'

/** `none`: it does not go this way. `lost`: given up, or there were too many. */
export type AlertWay = 'none' | 'waits' | 'sent' | 'lost'

/** Which ways an alert goes. */
export interface AlertWays {
  readonly mail: boolean
  readonly webhook: boolean
  readonly syslog: boolean
  readonly smtp: boolean
}

/** What was said on one connection in an attempt, its opening before it. */
export interface AttemptDialog {
  /** When it was over. The events of the attempt have the same. */
  readonly at: EpochMs
  readonly account: AccountId
  readonly message: MessageId
  /** Whom the attempt did not deliver to (or did, where all dialogs are kept): at most 100, and how many more. */
  readonly recipients: readonly string[]
  readonly more: number
  /** It broke off, and another connection was tried at once: no event tells of it. */
  readonly again: boolean
  readonly host: string
  readonly address: string
  readonly port: number
  /** When the connection was begun; one that is kept may have had other messages before. */
  readonly begun: EpochMs
  readonly lines: readonly DialogLine[]
}

export interface AuditRecord {
  readonly id: number
  readonly at: EpochMs
  /** A user, a key, the system's user at the shell, or what did it by itself (`rule …`, `brake …`, `time`). */
  readonly by: string
  readonly via: Via
  /** Whence, where it was the network. */
  readonly address: string | null
  /** What happened, such as `account set`, `route removed`, `queue delete`. */
  readonly action: string
  /** The operation that was called; null: nobody called one, or a version before this one wrote it down. */
  readonly operation: string | null
  /** To what: its name, or what was chosen, in words. */
  readonly subject: string
  readonly account: AccountId | null
  /** As it was; null: it was not there, or it is of the kind that has no state of its own. Secrets are told as `(not shown)`. */
  readonly before: unknown
  /** As it is since; null: it is gone. What has no state of its own (mail of the queue): `asked` and `told`, what was asked for and what came of it. */
  readonly after: unknown
}

/** A backup that may be read now. */
export interface BackupDownload {
  readonly id: string
  /** Of its file, without the folder. */
  readonly name: string
  readonly size: number
  /** Until then, or the next start of the server. */
  readonly until: EpochMs
}

/** Id of a backup that was opened for reading. */
export type BackupDownloadId = string

/** Name of a folder of `backup.targets`. */
export type BackupTargetName = string

export interface BackupTargetView {
  readonly name: string
  readonly folder: string
  /** Whether the folder is there, and the server's user may write in it. */
  readonly usable: boolean
}

export interface BackupView {
  /** Absolute. */
  readonly file: string
  readonly at: EpochMs
  readonly size: number
  readonly version: string
  readonly messages: number
  readonly recipients: number
  readonly encrypted: boolean
  /** Made by the server itself: `backup.keep` counts these. */
  readonly scheduled: boolean
  /** When it was read to its end and found whole; null: it was not. */
  readonly verifiedAt: EpochMs | null
  /** Whether its disk is there. */
  readonly there: boolean
}

/** A row that could not be used, or a recipient that was refused. */
export interface BadRow {
  readonly line: number
  readonly problem: string
}

/** `recipient`: the address or mailbox. `reputation`: our address or domain. `content`: what was said. `policy`: how it was sent (authentication, relaying, form). `receiver`: trouble of theirs. `own`: trouble of this server. */
export type Blame = 'recipient' | 'reputation' | 'content' | 'policy' | 'receiver' | 'own'

export type BlockAction = 'connections' | 'fail' | 'pause' | 'pool' | 'priority' | 'slow'

/** What is held back now, as it is listed. */
export interface BlockEffect {
  readonly id: string
  /** The rule and the block in it. */
  readonly rule: string
  readonly block: string
  readonly place: EffectPlace
  readonly action: BlockAction
  /** `slow`: messages a minute now; otherwise connections at once now; null: nothing leaves, or it is not about how much. */
  readonly to: number | null
  /** `pool`: from which it leaves; `priority`: the highest that it has. */
  readonly target?: string
  readonly since: EpochMs
  readonly until: EpochMs
  /** Until when it recovers after that. */
  readonly recoversUntil: EpochMs
  readonly cause: string
}

export interface BlockRule {
  /** Unique within its rule. */
  readonly name: string
  /** A regular expression in the syntax of RE2, without its slashes. Upper and lower case are the same to it. */
  readonly match: string
  /** Of several that match the highest counts, then the first. */
  readonly priority: number
  /** It alerts, and nothing else. */
  readonly onlyAlert: boolean
  /** What is eased off: mail that has all of these in common with what was refused. One word: in documents of 1.0.0, whose only source was the usual one; `scopeOf` reads it. */
  readonly scope: 'site' | 'provider' | readonly BlockScope[]
  /** So many such replies in this time; undefined: the first. */
  readonly threshold?: { readonly count: number; readonly within: Ms }
  readonly action: BlockAction
  /** `slow`: messages a minute; `connections`: at once. Of others it says nothing. */
  readonly to: number
  /** `pool`: from which it leaves meanwhile. `priority`: the highest that it has. */
  readonly target?: string
  /** Instead of `to`: what there was is divided by this. */
  readonly factor?: number
  /** How long. */
  readonly pause: Ms
  /** How long it takes afterwards until nothing is kept back any more. */
  readonly recovery: Ms
  /** Where such replies were seen, and replies that it must and must not match. */
  readonly seen?: readonly string[]
  readonly matches?: readonly string[]
  readonly not?: readonly string[]
}

export type BlockScope = 'account' | 'mailing' | 'provider' | 'site' | 'source'

export type BrakeLeast = number

export type BrakeName = 'complaints' | 'from-domains' | 'hard-bounces' | 'named-in-block' | 'new-network' | 'peak' | 'unknown-users'

export interface BrakeTerms {
  /** What happened in it counts. */
  readonly window: Ms
  /** Nothing is done about less than that: of what the brake is about, as its `volume` says. */
  readonly least: number
  /** Shares from 0 to 1, times, or counts, as the brake's `unit` says; null: never. */
  readonly warn: number | null
  readonly hold: number | null
}

/** A brake as it is for an account, or for all. */
export interface BrakeView {
  readonly name: BrakeName
  readonly account: AccountId | null
  readonly terms: BrakeTerms | null
  /** Who set it and when; null: it is as shipped. */
  readonly by: string | null
  readonly at: EpochMs | null
}

/** In milliseconds. */
export type BrakeWindow = number

/** Id of a support bundle. */
export type BundleId = string

export type Category = 'AddressChange' | 'AutoReply' | 'BlockedOther' | 'Challenge' | 'Custom' | 'Delivered' | 'Hard' | 'Modified' | 'Soft' | 'Spam' | 'Subscribe' | 'Transient' | 'Unknown' | 'Unsubscribe' | 'Virus'

/** The certificate that listeners show. */
export interface CertificateView {
  readonly file: string
  readonly names: readonly string[]
  readonly issuer: string
  readonly isSelfSigned: boolean
  readonly from: EpochMs
  readonly until: EpochMs
  /** What a TLSA record `3 1 1` of a host with it says. */
  readonly tlsa: string
  /** When the server orders the next by itself; null: never. */
  readonly renewedAt: EpochMs | null
}

/** Name of a claim. */
export type ClaimName = string

/** Roles by the value of a claim that gives them. */
export type ClaimRoles = Readonly<Record<string, 'administrator' | 'operator' | 'owner' | 'viewer'>>

/** Address of the client that it would come from. */
export type ClientAddress = string

/** Id that the provider knows this server by. */
export type ClientId = string

/** The caller's id of a message (`X-xsMessageId`). */
export type ClientMessageId = string

/** The secret that belongs to it; sealed, and never shown again. */
export type ClientSecret = string

/** A failure code. */
export type CodeText = string

/** Complaints of the last 30 days by provider, or a rate that was imported. */
export interface ComplaintRate {
  readonly account: AccountId
  /** Of what was imported; empty: all mail of the account. */
  readonly domain: string
  readonly provider: HealthProvider
  /** Null: imported. */
  readonly delivered: number | null
  readonly complaints: number | null
  /** Share of 1; null: unknown, as nobody reports from there. Imported: the worst of the last 14 days. */
  readonly rate: number | null
}

/** Lines of date and rate, as of the Postmaster Tools. */
export type ComplaintTable = string

/** What both the owner and the new version changed: lines. */
export interface ConfigConflict {
  /** The setting. */
  readonly id: string
  readonly line: number | null
  readonly base: readonly string[]
  readonly mine: readonly string[]
  readonly theirs: readonly string[]
  readonly taken: MergeSide | null
}

export interface ConfigFileView {
  readonly file: string
  readonly state: 'unedited' | 'edited' | 'missing'
  /** Version whose default it started from. */
  readonly from: string
  /** No record was kept of that. */
  readonly guessed: boolean
  /** The new default that lies beside it, to be merged. */
  readonly beside: string | null
}

export interface ConfigMerge {
  readonly file: string
  /** Nothing lies beside it: there is nothing to merge. */
  readonly isPending: boolean
  readonly merged: boolean
  readonly from: string | null
  readonly guessed: boolean
  readonly conflicts: readonly ConfigConflict[]
  readonly settings: readonly ConfigSettingChange[]
}

export interface ConfigSettingChange {
  readonly setting: string
  readonly what: 'gone' | 'meaning' | 'default' | 'new'
  /** Whether the file sets it. */
  readonly set: boolean
  readonly was: string | null
  readonly now: string | null
}

export interface ConsoleAnswer {
  /** What it printed. */
  readonly text: string
  /** As the shell has it: 0 for done. */
  readonly code: number
  /** Code of the error that it ended with, as calls of the management API have it; null: it was done, or was ended. */
  readonly failure: string | null
  /** It printed more, or was ended as it took too long: this is the beginning. */
  readonly isCut: boolean
}

/** A command, for completion and help. */
export interface ConsoleCommand {
  /** Such as `queue ls`. */
  readonly words: string
  readonly summary: string
  /** What follows it, as its help has that. */
  readonly usage: string
  readonly options: readonly { readonly flags: string; readonly summary: string; readonly values: readonly string[] }[]
}

/** A line as at the shell, without `hms` before it or with it: words, with quotes where they have spaces. */
export type ConsoleLine = string

/** Columns of the page that shows it. */
export type ConsoleWidth = number

/** From 0. */
export type Count = number

export type CountedBy = 'account' | 'domain' | 'pool' | 'provider' | 'site' | 'source'

export interface CountedSelection {
  /** The same criteria must be there as when it was counted. */
  readonly counted?: QueueCounted
  readonly domain?: Domain
  readonly account?: AccountId
  readonly mailing?: MailingId
  /** Patterns of addresses without regard to case: `*` for anything, `?` for one character. */
  readonly recipient?: AddressPattern
  readonly sender?: AddressPattern
  /** When it was accepted: before the one, and not before the other. */
  readonly acceptedBefore?: EpochMs
  readonly acceptedAfter?: EpochMs
  /** Where it goes, as `hms top` names it, and what it leaves from: known while the server runs only. */
  readonly site?: SiteName
  readonly source?: SourceName
  readonly ids?: readonly MessageId[]
  readonly state?: 'waiting' | 'held'
  /** A recipient to the letter, but for A to Z and a to z: `*` and `?` are no more than they are. */
  readonly address?: MailAddress
  /** The last reply, or why it is held, to the letter. */
  readonly reason?: string
}

export interface CredentialView {
  readonly user: string
  readonly account: AccountId
  /** Networks it may be used from; empty: anywhere. */
  readonly networks: readonly string[]
  readonly kind: 'smtp' | KeyKind
  readonly stream: string | null
  /** Null: never. */
  readonly expiresAt: EpochMs | null
  /** Of a login the last time that it logged in; null: not yet, or before it was noted. */
  readonly lastUse: EpochMs | null
}

export type DataKind = 'backups' | 'desk' | 'dialogs' | 'events' | 'journal' | 'kept' | 'logs' | 'reports' | 'sent' | 'settings' | 'spool'

export interface DataUse {
  readonly kind: DataKind
  readonly bytes: number
  /** How much more it became a day, of late; null: not known yet. */
  readonly perDay: number | null
  /** The oldest day that is kept (`2026-11-22`), of what is kept by day. */
  readonly oldest: string | null
}

/** Days back. */
export type DaysBack = number

export interface DeliveryAlert {
  readonly id: number
  readonly mail: AlertWay
  readonly webhook: AlertWay
  readonly syslog: AlertWay
  /** Mail by a way of its own, beside the queue. */
  readonly smtp: AlertWay
  readonly at: EpochMs
  readonly kind: AlertKind
  /** A sentence, and what to do. */
  readonly what: string
  readonly mend: string
  /** As it was then; null: it is about none. */
  readonly effect: BlockEffect | null
  /** A user, `hms` at the shell, a rule, or `time`. */
  readonly by: string
  /** Which alarm it is, of which subjects: the first hundred of so many. Absent: of none. */
  readonly alarm?: { readonly name: AlarmName; readonly severity: AlarmSeverity; readonly subjects: readonly string[]; readonly count: number }
}

export interface DialogLine {
  /** `us`: this server; `peer`: the receiver; `note`: what happened between. */
  readonly from: 'us' | 'peer' | 'note'
  /** Since the connection was begun. */
  readonly after: Ms
  /** As it was said, at most 1,000 characters: escape it before showing it. Credentials and the octets of messages are left out. */
  readonly text: string
}

export interface DiskUse {
  /** When the kinds were measured; the disk was looked at now. */
  readonly at: EpochMs
  readonly kinds: readonly DataUse[]
  /** What `data.bytes` counts, and how much of it may be there. */
  readonly counted: number
  readonly most: number
  readonly disk: { readonly bytes: number; readonly free: number; readonly reserved: number; readonly perDay: number | null; readonly daysLeft: number | null }
}

export type DkimAlgorithm = 'rsa-sha256' | 'ed25519-sha256'

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

/** `sources`: addresses with most mail that failed, the most first; not all where they are very many. */
export interface DmarcDay {
  readonly sources: readonly DmarcSource[]
  readonly messages: number
  /** Passed DMARC; by DKIM; by SPF. */
  readonly aligned: number
  readonly dkim: number
  readonly spf: number
  readonly quarantined: number
  readonly rejected: number
  readonly domain: string
  /** When it begins. */
  readonly day: EpochMs
  readonly reporters: readonly string[]
  readonly unproved: number
}

/** Where mail in our name came from that did not pass DMARC. */
export interface DmarcSource {
  readonly ip: string
  readonly messages: number
  /** Of them, passed DMARC. */
  readonly aligned: number
}

export interface DoctorCheck {
  readonly name: string
  readonly state: 'ok' | 'warn' | 'fail'
  /** A sentence. */
  readonly what: string
  /** What to do about it; null: nothing. */
  readonly mend: string | null
}

/** A domain in its canonical form: lower case, A-labels, no trailing dot; or an address literal such as `[192.0.2.1]`. */
export type Domain = string

export interface DomainHealth {
  readonly domain: Domain
  readonly account: AccountId
  readonly at: EpochMs
  /** Zones whose own name servers did not answer: what is said of them is what `dns.servers` say. */
  readonly indirect: readonly string[]
  readonly findings: readonly HealthFinding[]
  readonly requirements: readonly SenderRequirement[]
}

/** A domain in the list: how many findings of its last check were so. */
export interface DomainHealthSum {
  readonly domain: Domain
  readonly account: AccountId
  /** Null: it was not looked at yet. */
  readonly at: EpochMs | null
  readonly missing: number
  readonly ok: number
  readonly unknown: number
  readonly wrong: number
}

/** A domain name. Upper case, U-labels and a trailing dot are taken, and come back in the canonical form. */
export type DomainName = string

export type EffectId = string

/** Where something holds: for mail that has all of these. A provider is all of its sites. */
export interface EffectPlace {
  readonly account?: string
  readonly mailing?: string
  readonly provider?: string
  readonly site?: string
  readonly source?: string
}

/** How much longer, in milliseconds. */
export type EffectSpan = number

/** Domains of addresses of e-mail. */
export type EmailDomains = readonly string[]

/** Part of what an entry names: with `*` (anything) or `?` (one character) the whole of it, otherwise anywhere in it. */
export type EntryPart = string

/** Milliseconds since 1970 (wall clock). */
export type EpochMs = number

export interface Erasure {
  readonly id: number
  /** Null once it is done: then nothing here names him any more. */
  readonly address: MailAddress | null
  readonly by: string
  readonly at: EpochMs
  /** Nothing is changed, all is counted. */
  readonly dryRun: boolean
  /** Mail that waits for him is deleted; otherwise it leaves. */
  readonly cancel: boolean
  readonly suppress: boolean
  /** Null: it is done. */
  readonly step: ErasureStep | null
  /** Days or folders of the step that are done. */
  readonly parts: number
  readonly ended: EpochMs | null
  /** Why it does not go on; it is tried again. */
  readonly trouble: string | null
  readonly found: ErasureFound
}

export interface ErasureFound {
  /** Recipients in the queue that are him; deleted with `cancel`. */
  readonly waiting: number
  /** Entries and evidence of suppression that named him; lists that suppress him now without telling his address. */
  readonly suppressions: number
  readonly lists: number
  readonly jobs: number
  readonly sent: number
  readonly events: number
  /** What was said in attempts. */
  readonly dialogs: number
  /** Lines of log files. */
  readonly logs: number
  /** Messages of which a copy was kept. */
  readonly kept: number
  /** Delivery Alerts, records of the audit, and what happened to effects, that named him. */
  readonly alerts: number
  readonly audit: number
  readonly effects: number
  /** Files of pickup to him that were no mail, with what says why. */
  readonly badmail: number
}

export type ErasureStep = 'again' | 'dialogs' | 'events' | 'jobs' | 'kept' | 'logs' | 'pickup' | 'sent' | 'suppression' | 'told' | 'waiting'

/** Where a look at what happens goes on: the `last` of the one before. */
export type EventPlace = string

/** An address, to the letter. */
export type EventRecipient = string

/** Milliseconds since 1970. */
export type EventTime = number

export type ExitLoginPart = string

/** When it expires, in milliseconds since 1970. */
export type ExpiryTime = EpochMs

export interface ExplainedBlock {
  readonly name: string
  /** `pause for the site, 30m`. */
  readonly shown: string
  readonly from: Origin
}

export interface ExplainedLimit {
  readonly setting: LimitName
  /** Of everybody's mail, or of the account's besides. */
  readonly scope: 'shared' | 'own'
  /** Null: there is none. */
  readonly limit: number | null
  readonly burst: number | null
  readonly per: readonly CountedBy[]
  readonly shown: string
  /** `by site and source`. */
  readonly counted: string
  /** What it comes to over all sources of the pool, where it is counted by source and there is a pool. */
  readonly sum: number | null
  readonly from: Origin | null
  readonly unset: Origin | null
}

/** A pool, with the part of the mail that each source has while all can be used. */
export interface ExplainedPool {
  readonly name: string
  readonly sources: readonly { readonly source: string; readonly share: number; readonly address: string | null; readonly proxy: string | null; readonly helo: string | null; readonly why: string | null }[]
}

export interface ExplainedSetting {
  readonly setting: ValueName
  readonly value: number | string | boolean | null
  /** As it is written in a document. */
  readonly shown: string
  /** Null: `option` of the configuration, or the program where there is none. */
  readonly from: Origin | null
  /** The rule that took back what was set before. */
  readonly unset: Origin | null
  readonly option: OptionName | null
}

/** Values of `amr` or `acr`. */
export type FactorValues = readonly string[]

export type FailureCode = 1001 | 1002 | 1003 | 1004 | 1006 | 1007 | 1011 | 1999 | 2001 | 2002 | 2003 | 2004 | 2999 | 3001 | 3002 | 3003 | 3999 | 4001 | 4002 | 4003 | 4004 | 4006 | 4999 | 5001 | 5999 | 9999

/** Somebody who runs a feedback loop: what it reports counts without a token of ours, where DKIM or SPF proves that it is from there. */
export interface FeedbackReporter {
  /** A domain that nobody else sends from, or the one address where others of its domain send mail too. */
  readonly who: string
  /** False: one that the program ships and the owner does not trust. */
  readonly enrolled: boolean
}

/** A file on the machine of the server, absolute. */
export type FilePath = string

export interface FiringAlarm {
  readonly name: AlarmName
  readonly subject: string | null
  readonly severity: AlarmSeverity
  readonly since: EpochMs
  /** A sentence. */
  readonly what: string
  readonly mend: string
  readonly silenced: boolean
}

/** A site as `suppression.review` names it. */
export type FloodSite = string

/** A line of a dialog, with the worker that has the connection. */
export interface FollowedLine {
  readonly worker: number
  readonly at: EpochMs
  readonly way: 'in' | 'out'
  /** Number of the connection in its worker. */
  readonly connection: number
  readonly peer: string
  readonly from: 'us' | 'peer' | 'note'
  readonly text: string
}

/** A Message-ID, with its brackets or without. */
export type HeaderMessageId = string

export type HealthAspect = 'alignment' | 'blocklist' | 'dkim' | 'dmarc' | 'return-path' | 'reverse-name' | 'spf' | 'tls' | 'tracking' | 'unsubscribe'

export interface HealthFinding {
  readonly aspect: HealthAspect
  /** Name or address that was looked at. */
  readonly subject: string
  readonly state: HealthState
  readonly wanted: string
  readonly found: string
  /** A sentence; null: nothing is to be done. */
  readonly mend: string | null
  readonly record: RecordToPublish | null
}

export type HealthProvider = 'gmail' | 'microsoft' | 'yahoo'

export type HealthState = 'missing' | 'ok' | 'unknown' | 'wrong'

/** Recipients of a domain that the same holds. */
export interface HeldBack {
  readonly recipients: number
  /** There may be more: no more were counted. */
  readonly atLeast: boolean
  readonly kind: HoldKind
  /** A sentence. */
  readonly reason: string
  /** When it ends by itself, as far as is known; null: nobody knows, or not by itself. */
  readonly until: EpochMs | null
  /** Who or what began it, and when, where that is known. */
  readonly by?: string
  readonly since?: EpochMs
}

export interface Hold {
  readonly kind: HoldKind
  /** A sentence. */
  readonly reason: string
  /** When it ends by itself, as far as is known; null: nobody knows, or not by itself. */
  readonly until: EpochMs | null
  /** Who or what began it, and when, where that is known. */
  readonly by?: string
  readonly since?: EpochMs
}

export type HoldKind = 'account' | 'backing-off' | 'block' | 'connections' | 'disk' | 'held' | 'looking-up' | 'memory' | 'not-running' | 'probing' | 'rate' | 'retry' | 'scheduled' | 'sending' | 'settling' | 'source' | 'spool' | 'stopping' | 'suspended' | 'turn' | 'warm-up'

/** How long something is suppressed; `off`: not at all. */
export type Holds = 'ever' | 'off' | Ms

/** A row of an import. Absent: as the import says. */
export interface ImportRow {
  readonly target: string
  readonly stream?: string
  readonly reason?: string
  readonly at?: EpochMs
  readonly expires?: EpochMs
}

/** Rows of one call. */
export type ImportRows = readonly ImportRow[]

/** Base address of a provider, as it calls itself. */
export type Issuer = string

export interface Job {
  readonly id: number
  readonly account: AccountId
  readonly name: string
  readonly by: string
  readonly at: EpochMs
  /** Nothing is handed in before. */
  readonly start: EpochMs
  readonly state: JobState
  /** By whom and why; null: it is not. */
  readonly paused: string | null
  /** Why it waits, or failed: a sentence. */
  readonly trouble: string | null
  /** When it was done or cancelled, or failed. */
  readonly ended: EpochMs | null
  /** Rows that were read: those of recipients, and those that could not be used. */
  readonly recipients: number
  readonly bad: number
  /** Recipients that were handed in: taken into the queue, and refused. */
  readonly queued: number
  readonly refused: number
}

export interface JobRecipient {
  /** Of the file, or the row of a query; from 1. */
  readonly line: number
  readonly to: string
  readonly name?: string
  readonly id?: string
  readonly data: Readonly<Record<string, unknown>>
}

/** A row as it comes in. */
export type JobRow = JobRecipient | { readonly line: number; readonly problem: string }

/** Rows of one call. */
export type JobRows = readonly JobRow[]

/** `reading`: its recipients are coming in; nothing leaves. `sending`: they are handed in, from `start` on, unless it is paused. `done`: all were. `cancelled`: those not yet handed in never are. `failed`: its recipients broke off; nothing was sent. */
export type JobState = 'reading' | 'sending' | 'done' | 'cancelled' | 'failed'

/** How long copies of delivered mail are kept, and how much of it; the oldest go first. */
export interface Keep {
  readonly days: number
  /** Octets on the disk. */
  readonly bytes: number
}

/** One delivery of a message: to those who took it together. */
export interface KeptDelivery {
  readonly message: MessageId
  readonly at: EpochMs
  readonly acceptedAt: EpochMs
  readonly sender: string
  /** Null: it has none, or is a template. */
  readonly subject: string | null
  readonly recipients: readonly KeptRecipient[]
  readonly clientId: string | null
  readonly mailing: string | null
  /** Octets as stored. */
  readonly size: number
  /** What is kept is the template, of which each recipient's message was made. */
  readonly isTemplate: boolean
}

export interface KeptMessage {
  /** The newest first; at most 1,000. */
  readonly deliveries: readonly KeptDelivery[]
  /** The header as it was kept; null: of a template, or the copy is gone before its deliveries. */
  readonly header: string | null
}

export interface KeptRecipient {
  readonly address: string
  /** What a template was filled with for him, as JSON; absent: it was none. */
  readonly data?: string
  /** His name, where the template was given one. */
  readonly name?: string
}

export type KeyKind = 'api' | 'ses'

export type Language = 'cs' | 'da' | 'de' | 'en' | 'es' | 'fr' | 'it' | 'nl' | 'pl' | 'pt' | 'sv'

/** A rule that was made of a pattern or a reply. */
export interface LearnedReply {
  /** Within the home. */
  readonly file: string
  /** As it stands in the file. */
  readonly line: string
  readonly added: boolean
  /** Replies that no rule knew, which it matches. */
  readonly unknowns: readonly { readonly count: number; readonly domain: string; readonly sample: string }[]
}

export interface LeftOverView {
  readonly path: string
  /** Octets. */
  readonly size: number
  /** The end of a sentence. */
  readonly what: string
}

export interface LifecycleView {
  /** Of the program that runs. */
  readonly version: string
  /** Of Node. */
  readonly runtime: string
  /** Where versions are installed; null: the program is a checkout. */
  readonly root: string | null
  /** What the next start runs; null: it is a checkout. */
  readonly current: string | null
  /** Oldest first. */
  readonly versions: readonly string[]
  /** Whether this API may change the version: the server's user may write to `root`. */
  readonly changeable: boolean
  /** Names of the keys that are placed, one of which has signed what is taken over this API. Empty: none is, and nothing is taken. */
  readonly keys: readonly string[]
  /** The upgrade or downgrade that is under way, or the last; null: there was none. */
  readonly change: VersionChangeView | null
  /** How far a restore is that was begun and has not ended; null: none. */
  readonly restore: 'unpacking' | 'swapping' | 'adopting' | null
}

/** A limit as a rule sets it. */
export interface Limit {
  readonly limit: number
  /** Each combination of these has its own count; empty: one count for everything. Undefined: what is usual for the rule. */
  readonly per?: readonly CountedBy[]
  /** So many may go at once; undefined: spread evenly. Rates only. */
  readonly burst?: number
  /** In a rule of an account: it takes the place of the shared limit for this account. */
  readonly raise?: true
}

/** How many at most. */
export type Limit10 = number

/** How many at most. */
export type Limit1000 = number

export type LimitName = 'bytes_per_minute' | 'connections' | 'connections_per_minute' | 'messages_per_day' | 'messages_per_hour' | 'messages_per_minute'

/** Name of a suppression list. */
export type ListName = string

export type LocalParts = readonly string[]

/** A one-time code, or a recovery code. */
export type LoginCode = string

/** Name of a login, or of a key. */
export type LoginName = string

/** By which one may log in, to whoever asks. */
export interface LoginProvider {
  readonly name: string
  readonly title: string
  /** A browser that is sent there logs in. */
  readonly path: string
}

/** Name of a provider, in lower case; it is in the addresses that people log in at. */
export type LoginProviderName = string

/** `second-factor`: the password was right, and `login.totp` or `login.passkey` goes on with the ticket, for five minutes. */
export type LoginState = { readonly state: 'in'; readonly me: Me } | { readonly state: 'second-factor'; readonly ways: readonly ('totp' | 'recovery' | 'passkey')[]; readonly ticket: string }

export interface MachineUse {
  readonly at: EpochMs
  readonly workers: readonly WorkerUse[]
  /** Slots of workers that do not answer. */
  readonly missing: readonly number[]
  /** Since when mail that is due waits at a site, the longest first; at most 100. */
  readonly oldest: readonly { readonly site: string; readonly due: EpochMs }[]
  readonly processors: number
  /** Processes that ran or waited for the disk, over the last minute. */
  readonly load: number
  /** Of the machine, or of the control group where that has less. */
  readonly memory: { readonly bytes: number; readonly free: number }
  readonly desk: ProcessUse
}

/** An address such as `ann@example.com`. */
export type MailAddress = string

export type MailEventKind = 'accepted' | 'bounced' | 'clicked' | 'complained' | 'deferred' | 'deleted' | 'delivered' | 'expired' | 'failed' | 'held' | 'opened' | 'released' | 'unsubscribed'

/** Id of a mailing. */
export type MailingId = string

/** Name of a management key: letters, digits and `. _ @ + -`; upper and lower case are the same. */
export type ManagementKeyName = string

export interface ManagementKeyView {
  readonly name: string
  readonly role: Role
  readonly account: AccountId | null
  readonly scopes: readonly Scope[] | null
  /** Networks it may be used from; empty: anywhere. */
  readonly networks: readonly string[]
  readonly madeAt: EpochMs
  readonly madeBy: string
  readonly expiresAt: EpochMs | null
  readonly lastUse: EpochMs | null
}

/** Who is logged in, to that person. */
export interface Me {
  readonly name: string
  readonly kind: 'key' | 'shell' | 'user'
  readonly role: Role
  readonly account: AccountId | null
  readonly scopes: readonly Scope[] | null
  readonly fresh: EpochMs | null
  /** Id of the session that the call came with, as `me.sessions` names it; null: it came with none. */
  readonly session: string | null
  /** Of a user. */
  readonly user: UserView | null
  /** Calls of the management API that he may make, as the reference names them (`queue.list`), beside those about himself. */
  readonly may: readonly string[]
}

export type MergeSide = 'mine' | 'theirs'

/** System message id: 16 characters of Crockford's base32. */
export type MessageId = string

export type MessageIds = readonly MessageId[]

/** A milter as an owner set it up. */
export interface Milter {
  readonly name: MilterName
  /** `inet:host:port`, `unix:/path` */
  readonly address: string
  /** Milters are asked in this order, those of one number by name; each sees what the ones before it made of the message. */
  readonly order: number
  readonly enabled: boolean
  readonly ways: readonly MilterWay[]
  /** Only sessions that came to these ports of ours; none: to any. */
  readonly ports: readonly number[]
  /** Only mail of these accounts; none: of any. */
  readonly accounts: readonly AccountId[]
  readonly onFailure: MilterFailureChoice
  /** Steps that it is not asked about, although it would like to be. */
  readonly skip: readonly MilterStep[]
  readonly timeouts: MilterTimeouts
  /** Connections to it at once, of each worker. */
  readonly connections: number
}

/** Numbers of accounts. */
export type MilterAccounts = readonly AccountId[]

/** `inet:host:port`, `inet:port@host`, `unix:/path` */
export type MilterAddress = string

export type MilterConnections = number

/** How often a milter was asked and what came of it, since the workers began. */
export interface MilterCounts {
  /** Messages that it saw to their end. */
  readonly messages: number
  readonly accepted: number
  /** Of those, how many it changed. */
  readonly changed: number
  readonly rejected: number
  readonly deferred: number
  readonly discarded: number
  readonly quarantined: number
  /** Times that it could not be asked, or did not answer as it must. */
  readonly failures: number
  /** Milliseconds that it was waited for, in all. */
  readonly waited: Ms
}

export type MilterFailureChoice = 'accept' | 'reject' | 'tempfail'

/** A message to try with, as it would come; lines may end with LF. */
export type MilterMessage = string

/** Letters, digits, `-` and `_`. */
export type MilterName = string

export type MilterOrder = number

/** Ports of ours. */
export type MilterPorts = readonly number[]

export type MilterSample = 'plain' | 'spam' | 'virus'

export type MilterStep = 'body' | 'connect' | 'data' | 'eoh' | 'header' | 'helo' | 'mail' | 'rcpt'

/** Milliseconds. */
export type MilterTime = Ms

/** How long a milter may take. */
export interface MilterTimeouts {
  /** To connect, and to agree on what is asked. */
  readonly connect: Ms
  /** To answer a step of the session. */
  readonly command: Ms
  /** To answer a piece of the message. */
  readonly content: Ms
  /** To decide at the end of the message; while it says that it is at work, up to ten minutes in all. */
  readonly end: Ms
}

/** What a milter said to a message that was never mail. */
export interface MilterTrial {
  /** What would become of the message. */
  readonly outcome: 'accepted' | 'rejected' | 'deferred' | 'discarded' | 'quarantined' | 'failed'
  /** The reply that the client would read, or why the milter failed. */
  readonly words: string
  /** Of the protocol; left out: it was not reached. */
  readonly version?: number
  /** What it may change, as it says itself. */
  readonly actions: readonly string[]
  readonly steps: readonly MilterTrialStep[]
  /** What it would change, a line each. */
  readonly changes: readonly string[]
}

/** What it said to a step of a trial. */
export interface MilterTrialStep {
  readonly step: string
  /** In words; `-`: it was not asked, or does not answer this step. */
  readonly answer: string
  readonly took: Ms
}

/** A milter, and how it does at the workers. */
export interface MilterView {
  /** Left out: nobody knows, as no server runs, or it is switched off. */
  readonly seen?: { readonly counts: MilterCounts; readonly open: number; readonly state: 'new' | 'well' | 'resting'; readonly until?: EpochMs; readonly failingSince?: EpochMs; readonly failure?: string }
  readonly name: MilterName
  /** `inet:host:port`, `unix:/path` */
  readonly address: string
  /** Milters are asked in this order, those of one number by name; each sees what the ones before it made of the message. */
  readonly order: number
  readonly enabled: boolean
  readonly ways: readonly MilterWay[]
  /** Only sessions that came to these ports of ours; none: to any. */
  readonly ports: readonly number[]
  /** Only mail of these accounts; none: of any. */
  readonly accounts: readonly AccountId[]
  readonly onFailure: MilterFailureChoice
  /** Steps that it is not asked about, although it would like to be. */
  readonly skip: readonly MilterStep[]
  readonly timeouts: MilterTimeouts
  /** Connections to it at once, of each worker. */
  readonly connections: number
}

export type MilterWay = 'inbound' | 'injection' | 'submission'

/** A span in milliseconds. */
export type Ms = number

export type MxHosts = readonly DomainName[]

/** An address, or a network as CIDR. */
export type Network = string

/** Networks it may be used from; empty: anywhere. */
export type Networks = readonly Network[]

/** Shown once, kept as a hash. */
export interface NewApiKey {
  readonly user: string
  readonly key: string
}

export interface NewCredential {
  readonly user: string
  /** Shown once, kept nowhere. */
  readonly password: string
}

/** A password for a login. */
export type NewPassword = string

/** Shown once, kept sealed. */
export interface NewSesKey {
  readonly user: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** What happened last, oldest first. */
export interface NewestEvents {
  readonly events: readonly NumberedEvent[]
  /** So many were before them, and are left out. */
  readonly left: number
  /** For `after`, to go on. */
  readonly last: string
}

/** One line for people. */
export type Note = string

/** An event as it travels: `id` is the shard, a dot and the number in the shard's outbox; stable on every retry. */
export type NumberedEvent = { readonly kind: 'accepted'; readonly recipients: number; readonly recipient: string; readonly from?: number; readonly perRecipient?: true; readonly others?: readonly string[]; readonly clientIds?: readonly (string | null)[]; readonly subject?: string; readonly headerId?: string; readonly protocol: string; readonly client: string | null; readonly user: string | null; readonly tags?: readonly string[]; readonly metadata?: Readonly<Record<string, string>>; readonly at: EpochMs; readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream?: string; readonly sender: string; readonly size: number; readonly id: string } | { readonly kind: 'bounced'; readonly failureCode: FailureCode; readonly status: string | null; readonly response: string; readonly probably?: { readonly account: AccountId; readonly message: MessageId; readonly at: EpochMs }; readonly category: Category; readonly blame: Blame | null; readonly action: Advice; readonly rule: string | null; readonly at: EpochMs; readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream: string | null; readonly recipient: string; readonly domain: Domain; readonly report: MessageId; readonly reporter: string | null; readonly proved: boolean; readonly authentication?: string; readonly id: string } | { readonly kind: 'complained'; readonly feedbackType: string; readonly at: EpochMs; readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream: string | null; readonly recipient: string; readonly domain: Domain; readonly report: MessageId; readonly reporter: string | null; readonly proved: boolean; readonly authentication?: string; readonly id: string } | { readonly kind: 'deferred'; readonly reply: PeerReply | null; readonly failureCode: FailureCode; readonly reason: string; readonly nextAttempt: EpochMs; readonly site: string | null; readonly remoteHost: string | null; readonly remoteAddress: string | null; readonly localAddress: string | null; readonly source?: string; readonly tls: TlsOutcome | null; readonly warmup?: readonly string[]; readonly tags?: readonly string[]; readonly metadata?: Readonly<Record<string, string>>; readonly at: EpochMs; readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream?: string; readonly sender: string; readonly size: number; readonly recipient: string; readonly domain: Domain; readonly attempt: number; readonly ours?: true; readonly id: string } | { readonly kind: 'delivered'; readonly reply: PeerReply; readonly queuedFor: Ms; readonly site: string | null; readonly remoteHost: string | null; readonly remoteAddress: string | null; readonly localAddress: string | null; readonly source?: string; readonly tls: TlsOutcome | null; readonly warmup?: readonly string[]; readonly tags?: readonly string[]; readonly metadata?: Readonly<Record<string, string>>; readonly at: EpochMs; readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream?: string; readonly sender: string; readonly size: number; readonly recipient: string; readonly domain: Domain; readonly attempt: number; readonly ours?: true; readonly id: string } | { readonly kind: 'opened' | 'clicked'; readonly client: string; readonly agent: string | null; readonly machine: string | null; readonly url: string | null; readonly link: string | null; readonly at: EpochMs; readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream: string | null; readonly recipient: string; readonly domain: Domain; readonly id: string } | { readonly kind: 'failed' | 'expired'; readonly reply: PeerReply | null; readonly failureCode: FailureCode; readonly reason: string; readonly queuedFor: Ms; readonly site: string | null; readonly remoteHost: string | null; readonly remoteAddress: string | null; readonly localAddress: string | null; readonly source?: string; readonly tls: TlsOutcome | null; readonly warmup?: readonly string[]; readonly tags?: readonly string[]; readonly metadata?: Readonly<Record<string, string>>; readonly at: EpochMs; readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream?: string; readonly sender: string; readonly size: number; readonly recipient: string; readonly domain: Domain; readonly attempt: number; readonly ours?: true; readonly id: string } | { readonly kind: 'held' | 'released' | 'deleted'; readonly reason: string; readonly by: string; readonly tags?: readonly string[]; readonly metadata?: Readonly<Record<string, string>>; readonly at: EpochMs; readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream?: string; readonly sender: string; readonly size: number; readonly recipient: string; readonly domain: Domain; readonly attempt: number; readonly ours?: true; readonly id: string } | { readonly kind: 'unsubscribed'; readonly by: 'one-click' | 'page' | 'mail'; readonly client: string | null; readonly agent: string | null; readonly at: EpochMs; readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream: string | null; readonly recipient: string; readonly domain: Domain; readonly id: string }

/** A part of what is read piece by piece. */
export interface OctetPiece {
  /** Octets of all of it, and where this piece begins. */
  readonly size: number
  readonly from: number
  /** Base64. */
  readonly octets: string
  /** Where the next piece begins; null: this is the last. */
  readonly next: number | null
}

export type OptionName = 'accounts.limited_recipients_per_hour' | 'accounts.trial_hold' | 'accounts.trial_recipients_per_day' | 'accounts.trial_recipients_per_hour' | 'acme.binding_id' | 'acme.binding_key_file' | 'acme.contact' | 'acme.directory' | 'acme.listen' | 'acme.names' | 'acme.terms_agreed' | 'acme.trust_file' | 'alerts.heartbeat_url' | 'alerts.mail_every' | 'alerts.mail_from' | 'alerts.mail_to' | 'alerts.smtp_host' | 'alerts.smtp_password_file' | 'alerts.smtp_tls' | 'alerts.smtp_user' | 'alerts.syslog' | 'alerts.time_servers' | 'alerts.webhook' | 'alerts.webhook_secret_file' | 'audit.bytes' | 'audit.days' | 'auth.block' | 'auth.failures' | 'auth.trusted' | 'auth.window' | 'backup.every' | 'backup.folder' | 'backup.keep' | 'backup.passphrase_file' | 'backup.targets' | 'bounce.per_sender_hour' | 'data.bytes' | 'data.dialogs' | 'delivery.allow_private' | 'delivery.backoff' | 'delivery.backoff_deferrals' | 'delivery.backoff_failures' | 'delivery.backoff_for' | 'delivery.backoff_least' | 'delivery.backoff_within' | 'delivery.connections' | 'delivery.connections_per_site' | 'delivery.dane' | 'delivery.expiry' | 'delivery.messages_per_connection' | 'delivery.mta_sts' | 'delivery.port' | 'delivery.priority_share' | 'delivery.recipients_per_message' | 'delivery.retry_first' | 'delivery.retry_longest' | 'delivery.source_address' | 'delivery.timeout_command' | 'delivery.timeout_connect' | 'delivery.timeout_data' | 'delivery.timeout_final' | 'delivery.timeout_greeting' | 'delivery.timeout_idle' | 'delivery.tls' | 'dialogs.bytes' | 'dns.servers' | 'dns.timeout' | 'dns.trusted' | 'events.bytes' | 'events.days' | 'events.header_id' | 'events.subject' | 'feedback.keep' | 'health.blocklists' | 'health.spamhaus_key_file' | 'host.name' | 'inbound.held_size' | 'inbound.keep' | 'inbound.message_size' | 'inject.connections' | 'inject.connections_per_address' | 'inject.listen' | 'inject.proxy_from' | 'inject.request_size' | 'inject.tls_listen' | 'jobs.kept' | 'journal.folder' | 'journal.keep' | 'log.level' | 'logs.bytes' | 'logs.days' | 'panel.calls_per_minute' | 'panel.changes_per_minute' | 'panel.connections' | 'panel.connections_per_address' | 'panel.hosts' | 'panel.listen' | 'panel.proxy_from' | 'panel.tls_listen' | 'pickup.rest' | 'post.allow_private' | 'reports.days' | 'secrets.key_file' | 'simulator.listen' | 'smtp.bare_newline' | 'smtp.command_length' | 'smtp.commands' | 'smtp.connections_per_minute' | 'smtp.errors' | 'smtp.header_size' | 'smtp.hold_longest' | 'smtp.hops' | 'smtp.listen' | 'smtp.message_size' | 'smtp.messages_per_minute' | 'smtp.plain_auth' | 'smtp.proxy_from' | 'smtp.recipients' | 'smtp.sessions' | 'smtp.sessions_per_address' | 'smtp.timeout_command' | 'smtp.timeout_data' | 'smtp.timeout_session' | 'smtp.timeout_stranger' | 'smtp.tls_cert' | 'smtp.tls_key' | 'smtp.tls_min' | 'smtp.xclient_from' | 'smtps.listen' | 'spool.low_water' | 'spool.low_water_percent' | 'spool.memory' | 'spool.reserve' | 'stop.grace' | 'suppression.policy_by_accounts' | 'tls_report.from' | 'tls_report.send' | 'tracking.connections' | 'tracking.connections_per_address' | 'tracking.listen' | 'tracking.proxy_from' | 'tracking.tls_listen' | 'tracking.trust_file' | 'upgrade.grace' | 'webhooks.allow_private' | 'webhooks.log_days' | 'webhooks.memory' | 'workers'

export interface OptionProblem {
  readonly file: string
  readonly line: number | null
  readonly setting: string
  readonly expected: string
  readonly found: string
}

/** Name or value of a setting of the server. */
export type OptionText = string

/** A setting of the server. */
export interface OptionView {
  readonly name: string
  readonly meaning: string
  readonly takes: string
  /** All values that it takes, where they are few; else empty. */
  readonly choices: readonly string[]
  readonly default: string
  /** As the file and the environment have it, or the default where the file is not in order. */
  readonly now: string
  /** What the server runs with until its next start, where that is another than `now`; null: the same, or none runs. */
  readonly running: string | null
  /** Name of its variable. */
  readonly environment: string
  readonly applies: 'at once' | 'at the next start'
  /** Where it is set; `default`: nowhere. */
  readonly from: 'default' | 'file' | 'environment'
  /** Of config/hms.yaml, where it stands there, even if the environment wins; null: it does not. */
  readonly line: number | null
  /** Of the whole file: another after any change in it. */
  readonly revision: string
}

/** Which rule gave a setting. */
export interface Origin {
  readonly level: RuleLevel
  readonly isOverride: boolean
  readonly rule: string
  /** `domain gmail.com`, `mx *.google.com`, `provider microsoft`, or `*`. */
  readonly mask: string
  readonly estimate: boolean
  /** Line of the rule in its document as it is exported; where somebody asks what holds. */
  readonly line?: number
}

/** Part of where an entry comes from. */
export type OriginPart = string

/** A domain of the installation itself: bounces, complaints, unsubscribes and people's answers come here. */
export interface OwnDomain {
  readonly domain: Domain
  /** Whose is what comes without a token; null: account 1000. */
  readonly account: AccountId | null
  /** The mailbox that people's mail goes on to; null: it is kept for 30 days. */
  readonly forwardTo: string | null
  /** Mailboxes beside the usual ones. */
  readonly localParts: readonly string[]
}

/** Address of the panel, as browsers have it: scheme, host and port. */
export type PanelAddress = string

/** For `navigator.credentials.create`, by `PublicKeyCredential.parseCreationOptionsFromJSON`. */
export interface PasskeyCreation {
  readonly challenge: string
  readonly rp: { readonly id: string; readonly name: string }
  readonly user: { readonly id: string; readonly name: string; readonly displayName: string }
  readonly pubKeyCredParams: readonly { readonly type: 'public-key'; readonly alg: number }[]
  readonly timeout: number
  readonly attestation: 'none'
  /** That the user has already. */
  readonly excludeCredentials: readonly PasskeyReference[]
  readonly authenticatorSelection: { readonly residentKey: 'required'; readonly requireResidentKey: unknown; readonly userVerification: 'required' }
}

/** Id of a passkey, as the device drew it. */
export type PasskeyId = string

/** What `create` made, by its `toJSON`. */
export interface PasskeyMade {
  readonly response: { readonly clientDataJSON: WebauthnText; readonly attestationObject: WebauthnText; readonly transports?: readonly WebauthnText[]; readonly authenticatorData?: WebauthnText; readonly publicKey?: WebauthnText | null; readonly publicKeyAlgorithm?: number }
  readonly id: WebauthnText
  readonly rawId: WebauthnText
  readonly type: 'public-key'
  readonly authenticatorAttachment?: WebauthnText | null
  readonly clientExtensionResults?: Readonly<Record<string, unknown>>
}

/** What its user calls a passkey. */
export type PasskeyName = string

export interface PasskeyReference {
  readonly type: 'public-key'
  readonly id: string
  /** How the device may be reached; empty: unknown. */
  readonly transports: readonly string[]
}

/** For `navigator.credentials.get`, by `PublicKeyCredential.parseRequestOptionsFromJSON`. */
export interface PasskeyRequest {
  readonly challenge: string
  readonly rpId: string
  readonly timeout: number
  readonly userVerification: 'required'
  /** Left out: any that the browser has for this host. */
  readonly allowCredentials?: readonly PasskeyReference[]
}

/** What `get` gave, by its `toJSON`. */
export interface PasskeyShown {
  readonly response: { readonly clientDataJSON: WebauthnText; readonly authenticatorData: WebauthnText; readonly signature: WebauthnText; readonly userHandle?: WebauthnText | null }
  readonly id: WebauthnText
  readonly rawId: WebauthnText
  readonly type: 'public-key'
  readonly authenticatorAttachment?: WebauthnText | null
  readonly clientExtensionResults?: Readonly<Record<string, unknown>>
}

/** Nothing of it is secret: the key that it signs with stays on the device. */
export interface PasskeyView {
  readonly id: string
  readonly name: string
  /** Of the host that it was made at, and logs in at. */
  readonly host: string
  /** It is copied between devices by those who made them. */
  readonly synced: boolean
  readonly madeAt: EpochMs
  readonly lastUse: EpochMs | null
}

/** A password is set by it once. */
export interface PasswordLink {
  /** For `login.first`; shown once, kept as a hash. */
  readonly token: string
  readonly until: EpochMs
}

/** A peer's reply, as it came: escape it before showing it. `enhanced` is RFC 3463's code where the reply had one. */
export interface PeerReply {
  readonly code: number
  readonly enhanced: string | null
  /** Lines joined by a space, at most 1,024 characters. */
  readonly text: string
}

/** Numbers of accounts; none: all. */
export type PluginAccounts = readonly AccountId[]

/** A package as `npm pack` makes it (.tgz), up to 16 MiB, in base64. */
export type PluginArchive = string

/** In milliseconds. */
export type PluginBudget = Ms

export interface PluginCounts {
  readonly calls: number
  /** Without an answer that made sense, for whatever reason. */
  readonly failed: number
  /** Of those, the ones whose budget was over. */
  readonly late: number
  readonly restarts: number
}

export type PluginFailureChoice = 'continue' | 'defer'

export interface PluginHookTime {
  readonly hook: string
  readonly calls: number
  /** So long took half of them, or 99 of 100, at most; in milliseconds. */
  readonly p50: number
  readonly p99: number
}

/** A line, and at which worker; null: beside the desk, which tells plug-ins what became of mail. */
export interface PluginLogLine {
  readonly slot: number | null
  readonly at: EpochMs
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
}

/** Octets. */
export type PluginMemory = number

/** Of its folder in plugins/. */
export type PluginName = string

/** Plug-ins that may be switched off where the release cannot run them. */
export type PluginNames = readonly PluginName[]

/** Where it stands among the plug-ins, which are asked in that order. */
export interface PluginPlace {
  readonly first?: boolean
  readonly last?: boolean
  readonly before?: PluginName
  readonly after?: PluginName
}

export interface PluginSetting {
  readonly key: string
  /** Null where it has none, and of secrets always. */
  readonly value: unknown
  /** As the plug-in has it where nothing is said; null: it has none. */
  readonly default: unknown
  /** It stands in config/plugins.yaml. */
  readonly isSet: boolean
  readonly isSecret: boolean
  /** What the plug-in says of it, and of what kind it is. */
  readonly description: string | null
  readonly kind: string
}

/** Dots part names within names. */
export type PluginSettingKey = string

export type PluginSettingKeys = readonly PluginSettingKey[]

/** By key; dots part names within names. What is not named stays as it is. */
export type PluginSettingValues = Readonly<Record<string, unknown>>

export interface PluginSettings {
  readonly name: PluginName
  readonly settings: readonly PluginSetting[]
  /** What is wrong with them; null: nothing. */
  readonly problem: string | null
}

/** `down`: its process fell and is started again; `off`: it fell or failed so often, or cannot run, and waits for a change. */
export type PluginState = 'starting' | 'ready' | 'down' | 'off'

/** A plug-in, its code, and how it does at the workers. */
export interface PluginView {
  /** From its package.json; null: it cannot be used, which `problem` tells. */
  readonly version: string | null
  /** Version of the interface that it is made for. */
  readonly api: number | null
  readonly hooks: readonly string[]
  /** It may connect to others. */
  readonly network: boolean
  /** Why it cannot be used; null: nothing is in the way. */
  readonly problem: string | null
  /** Left out: nobody knows, as no server runs, or it is switched off. */
  readonly seen?: { readonly state: PluginState; readonly running: number; readonly of: number; readonly trouble: string | null; readonly counts: PluginCounts; readonly failing: number; readonly hooks: readonly PluginHookTime[] }
  readonly name: PluginName
  /** From 1, in the order in which they are asked. */
  readonly position: number
  /** Whether it stands in config/plugins.yaml. One that does not never runs. */
  readonly listed: boolean
  readonly enabled: boolean
  readonly accounts: PluginAccounts
  readonly onFailure: PluginFailureChoice
  readonly budget: PluginBudget
  readonly memory: PluginMemory
}

/** Addresses that may be posted to. */
export type PostPatterns = readonly string[]

/** What an account may do with recipients such as `post@https://host/path`. */
export interface PostSetting {
  /** Patterns as policy/post/allowed.ts has them. */
  readonly allow: readonly string[]
  /** What is posted is signed with the account's secret. */
  readonly isSigned: boolean
}

/** A password as it is now. */
export type PresentPassword = string

/** `high`: somebody waits for it (a password, a receipt). `bulk`: nobody does (a newsletter). */
export type Priority = 'bulk' | 'high' | 'normal'

/** A private key, PKCS#8 as PEM. */
export type PrivateKeyPem = string

export interface ProcessUse {
  /** Octets. */
  readonly memory: number
  /** Of one processor, since it was looked at before; null: nobody looked in the last minute. */
  readonly processor: number | null
  /** By how much 99 of 100 turns of its event loop were late at most; null: nobody looked in the last minute. */
  readonly lateness: Ms | null
}

/** Name of a provider of the rules, or `other`. */
export type ProviderName = string

/** All sites of a provider together. */
export interface ProviderNow {
  readonly sites: number
  /** That the rules know it as; null: none. */
  readonly provider: string | null
  /** Recipients that wait for its domains, on disk too. */
  readonly queued: number
  /** Messages that it took in the last 60 s, and recipients of these. */
  readonly messages: number
  readonly delivered: number
  /** Messages a minute that rules allow, all limits by time in one figure; null: as many as go. */
  readonly allowed: number | null
  readonly connections: number
  readonly mostConnections: number
  /** Recipients that are being sent. */
  readonly sending: number
  /** Since when mail that is due waits there, of what waits longest; null: none is due. */
  readonly dueSince: EpochMs | null
  /** Recipients deferred in the last hour. */
  readonly deferred: number
  /** What binds now, with how many recipients, as `why` says it of a domain: what holds most first. */
  readonly holds: readonly HeldBack[]
}

export type ProviderScopes = readonly string[]

/** What a provider calls a person (`sub`). */
export type ProviderSubject = string

export type ProviderTitle = string

/** Who somebody is to a provider. */
export interface ProviderUser {
  readonly user: string
  readonly subject: string
}

export interface ProviderView {
  readonly name: string
  readonly issuer: string
  /** What the provider must know: people are sent back there. */
  readonly redirect: string
  /** When the secret was set; null: there is none. */
  readonly secretSince: EpochMs | null
  readonly madeAt: EpochMs
  /** How many users log in by it. */
  readonly users: number
  /** For people, on the page of the login. */
  readonly title: ProviderTitle
  readonly clientId: ClientId
  readonly panel: PanelAddress
  /** Asked for; `openid` always is. */
  readonly scopes: ProviderScopes
  /** Only people with a verified address in one of these; empty: any. */
  readonly domains: EmailDomains
  /** Users are made at their first login; otherwise one of that name must be there. */
  readonly makes: boolean
  /** Of users that are made, and of people whose claim gives none; null: those are not let in. */
  readonly role: Role | null
  /** By which roles are given at each login; null: users keep theirs. */
  readonly claim: ClaimName | null
  readonly roles: ClaimRoles
  /** Users that are made are of this account, and none of another is let in; null: of none. */
  readonly account: AccountId | null
  /** A login whose `amr` or `acr` has one of these showed a second factor; empty: none does. */
  readonly secondFactor: FactorValues
  /** An address of e-mail counts although the provider says nothing of whether it is verified: whoever may write addresses there is whom he wants here, but for owners, who are linked by hand. */
  readonly trustsEmail: boolean
  /** Whom it knows logs in by it alone: neither with a password nor with a passkey, also while it is switched off. */
  readonly only: boolean
  /** After which a session that began by it ends, however it is used: so long somebody stays who is switched off there. */
  readonly sessionHours: SessionHours
  /** It may be at a private or loopback address. */
  readonly private: boolean
  /** Nobody logs in by it while it is false. */
  readonly enabled: boolean
}

/** What a count gave, to do exactly that: what was accepted later is left out, and where more matches than was counted nothing is done. */
export type QueueCounted = string

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
  readonly recipients: readonly { readonly address: string; readonly state: 'waiting' | 'held' | 'sending'; readonly due: EpochMs; readonly attempts: number; readonly lastReply: string | null }[]
  /** Recipients that match beyond those named here (a list names 100 of a message, `queue.show` 1,000); in a list at most `MOST_MORE`. */
  readonly more: number
}

export interface QueueSelection {
  readonly sender?: AddressPattern
  /** When it was accepted: before the one, and not before the other. */
  readonly acceptedBefore?: EpochMs
  readonly acceptedAfter?: EpochMs
  readonly ids?: readonly MessageId[]
  readonly state?: 'waiting' | 'held'
  /** A recipient to the letter, but for A to Z and a to z: `*` and `?` are no more than they are. */
  readonly address?: MailAddress
  /** The last reply, or why it is held, to the letter. */
  readonly reason?: string
  readonly domain?: Domain
  readonly account?: AccountId
  readonly mailing?: MailingId
  /** Patterns of addresses without regard to case: `*` for anything, `?` for one character. */
  readonly recipient?: AddressPattern
  /** Where it goes, as `hms top` names it, and what it leaves from: known while the server runs only. */
  readonly site?: SiteName
  readonly source?: SourceName
}

export interface QuotaChange {
  readonly messagesPerDay?: number | null
  readonly messagesPerHour?: number | null
  readonly messagesPerMonth?: number | null
  readonly queuedBytes?: number | null
  readonly queuedMessages?: number | null
  readonly recipientsPerDay?: number | null
  readonly recipientsPerHour?: number | null
  readonly recipientsPerMessage?: number | null
  readonly recipientsPerMonth?: number | null
}

export type QuotaName = 'messagesPerDay' | 'messagesPerHour' | 'messagesPerMonth' | 'queuedBytes' | 'queuedMessages' | 'recipientsPerDay' | 'recipientsPerHour' | 'recipientsPerMessage' | 'recipientsPerMonth'

/** A quota and how much of it is used up. */
export interface QuotaUse {
  /** Of a login; null: of the account. */
  readonly user: string | null
  readonly quota: QuotaName
  readonly limit: number
  /** Null: it is not counted over time, or the server does not run. */
  readonly used: number | null
}

/** What is not named has none. */
export interface Quotas {
  readonly messagesPerDay?: number
  readonly messagesPerHour?: number
  readonly messagesPerMonth?: number
  readonly queuedBytes?: number
  readonly queuedMessages?: number
  readonly recipientsPerDay?: number
  readonly recipientsPerHour?: number
  readonly recipientsPerMessage?: number
  readonly recipientsPerMonth?: number
}

/** Mail of the queue that goes by another pool or route than the rules say: what matches all of `selection`. One of both is null. */
export interface Rebinding {
  readonly id: number
  /** `acceptedBefore` is always there: when it was said, at the latest. Neither `state` nor `reason`. */
  readonly selection: QueueSelection
  readonly pool: string | null
  /** Pattern of a route. */
  readonly route: string | null
  readonly by: string
  readonly at: EpochMs
}

/** Number of a record, from 1. */
export type RecordNumber = number

/** A record to publish, as a provider's web form asks for it. */
export interface RecordToPublish {
  readonly type: 'TXT' | 'MX' | 'CNAME' | 'A' | 'AAAA' | 'PTR'
  readonly name: string
  readonly value: string
}

/** A release that comes over the management API. */
export interface ReleaseUpload {
  readonly id: number
  readonly by: string
  readonly at: EpochMs
  /** Octets that it has in all. */
  readonly size: number
  readonly sha256: string
  /** Octets that are there for good: where the next piece begins. */
  readonly received: number
  /** When it is removed by itself: a day after its last piece, a week after it was whole. */
  readonly until: EpochMs
  /** Null: it is not whole. `signedBy`: name of the key. */
  readonly release: { readonly version: string; readonly signedBy: string | null } | null
}

/** A version of the program. */
export type ReleaseVersion = string

export type ReplayState = 'cancelled' | 'done' | 'failed' | 'running'

/** What the owner's list files say of a reply; null: nothing. */
export interface ReplyListVerdict {
  readonly status: 'temporary' | 'permanent' | 'default' | null
  /** What the owner is told. */
  readonly alert: string | null
  /** Before the next attempt, in milliseconds. */
  readonly wait: Ms | null
  readonly code: FailureCode | null
}

/** A list file about replies or bounces. */
export interface ReplyListView {
  readonly name: string
  /** The owner's in config/ of the home, or the one that the program ships. */
  readonly copy: 'own' | 'shipped'
  readonly entries: number
  /** Lines that do not count. */
  readonly problems: readonly { readonly line: number; readonly problem: string }[]
}

export interface ReplyMeaning {
  /** Whom it is about, where it names somebody. */
  readonly address: string | null
  /** Null for a complaint: nothing was refused. */
  readonly type: ReportType | null
  readonly category: Category | null
  readonly code: FailureCode | null
  /** Enhanced status. */
  readonly status: string | null
  readonly blame: Blame | null
  readonly action: Advice
  readonly reply: string
  /** Name of the rule that decided; null: none matched. */
  readonly rule: string | null
}

export type ReportFacet = 'account' | 'code' | 'domain' | 'mailing' | 'site' | 'source' | 'stream'

export type ReportFigure = 'bouncedHard' | 'bouncedOther' | 'bouncedSoft' | 'clicked' | 'clickedByMachine' | 'complained' | 'deferred' | 'deleted' | 'delivered' | 'deliveredOctets' | 'expired' | 'failed' | 'messages' | 'octets' | 'opened' | 'openedByMachine' | 'queuedFor' | 'recipients' | 'unsubscribed'

export interface ReportFigures {
  readonly bouncedHard: number
  readonly bouncedOther: number
  readonly bouncedSoft: number
  readonly clicked: number
  readonly clickedByMachine: number
  readonly complained: number
  readonly deferred: number
  readonly deleted: number
  readonly delivered: number
  readonly deliveredOctets: number
  readonly expired: number
  readonly failed: number
  readonly messages: number
  readonly octets: number
  readonly opened: number
  readonly openedByMachine: number
  readonly queuedFor: number
  readonly recipients: number
  readonly unsubscribed: number
}

export type ReportInterval = 'day' | 'hour' | 'month' | 'total'

/** What a message that came back is as a whole. `report`: sums of others (DMARC, TLS-RPT). */
export type ReportKind = 'bounce' | 'feedback' | 'autoreply' | 'challenge' | 'subscribe' | 'unsubscribe' | 'addressChange' | 'report' | 'unknown'

/** From which day (UTC) on it counts again; null: no events are kept. */
export interface ReportRebuild {
  readonly since: string | null
}

export interface ReportRow {
  /** When its hour, day or month begins; null: all of the span. */
  readonly at: EpochMs | null
  /** Where it is of one account. */
  readonly account: AccountId | null
  /** What it is about; empty: mail that has none, such as no mailing. Null: rare ones together, or where the report is not divided. */
  readonly value: string | null
  /** Where it is about a site of a provider that delivery rules know. */
  readonly provider?: string
  readonly figures: ReportFigures
  /** Null: nothing was delivered, or it is not kept. */
  readonly times: ReportTimes | null
  /** In the span before. */
  readonly before: ReportFigures | null
}

/** A day (`2026-11-22`), or a moment (rfc:3339). */
export type ReportTime = string

/** How long deliveries took from acceptance on: so many of 100 no longer than this. */
export interface ReportTimes {
  readonly p50: Ms
  readonly p90: Ms
  readonly p99: Ms
}

export type ReportType = 'Blocked' | 'Custom' | 'Informational' | 'Undeliverable' | 'Unknown'

/** A domain, or one address of it. */
export type Reporter = string

export interface ReporterView {
  /** Who it is, of those that the program ships. */
  readonly operator: string | null
  readonly isShipped: boolean
  /** A domain that nobody else sends from, or the one address where others of its domain send mail too. */
  readonly who: string
  /** False: one that the program ships and the owner does not trust. */
  readonly enrolled: boolean
}

/** What of a backup comes back. */
export interface RestoreChoices {
  readonly file: FilePath
  /** Accounts, routes, keys and hms.yaml: of the backup, or as they are. */
  readonly settings?: 'backup' | 'present'
  /** What may have been sent already, as no journal tells; `hold` unless said. */
  readonly uncertain?: 'hold' | 'send' | 'drop'
  /** With the settings of the backup: also gives back what was revoked, suspended or removed since. */
  readonly forget?: boolean
  /** Messages of the backup that come back whatever became of them. */
  readonly messages?: MessageIds
}

export interface ReturnedReading {
  readonly kind: ReportKind
  /** How it was known: `dsn`, `exim`, `arf`… */
  readonly format: string
  /** What may be a token of ours. */
  readonly token: string | null
  readonly recipients: readonly ReplyMeaning[]
  /** What is known of the message that came back. */
  readonly original: { readonly messageId: string | null; readonly from: string | null; readonly to: readonly string[]; readonly subject: string | null } | null
}

export type Role = 'administrator' | 'operator' | 'owner' | 'viewer'

export type RouteLogin = string

/** A domain, `*.domain` for its subdomains, or `*` for everything. */
export type RoutePattern = string

/** `smtp://host:port` or `smtps://host:port`, a login in it where one is needed. */
export type RouteUrl = string

export interface RouteView {
  readonly pattern: string
  readonly host: string
  readonly port: number
  readonly tls: TlsPolicy
  /** TLS from the first octet (`smtps://`). */
  readonly implicitTls: boolean
  readonly user: string | null
  readonly hasPassword: boolean
}

export interface Rule {
  /** Unique among the rules beside it; its mask where the owner gave none. */
  readonly name: string
  /** `all`: an override without a mask. A rule by provider stands at the MX step. */
  readonly by: 'domain' | 'mx' | 'provider' | 'all'
  /** An exact name, `*.name`, `name.*` or `*`, in lower case and A-labels; the name of a provider; `*` for all. */
  readonly mask: string
  readonly set: RuleSet
  /** Dynamic Block Rules, beside those of other rules; `unset` takes back those of earlier steps. */
  readonly blocks?: 'unset' | readonly BlockRule[]
  /** Of Smart rules: where its figures were seen, or `estimate`; and names that its mask must and must not match. */
  readonly seen?: readonly string[]
  readonly estimate?: true
  readonly matches?: readonly string[]
  readonly not?: readonly string[]
}

/** Who made a rule: whoever makes the program, the owner for everybody, the owner for one account. */
export type RuleLevel = 'smart' | 'mta' | 'account'

/** Settings of a rule: values, limits, and what is taken back. */
export interface RuleSet {
  readonly backoff?: 'unset' | false | true
  readonly backoff_deferrals?: 'unset' | number
  readonly backoff_failures?: 'unset' | number
  readonly backoff_for?: 'unset' | number
  readonly backoff_least?: 'unset' | number
  readonly backoff_within?: 'unset' | number
  readonly chunking?: 'unset' | false | true
  readonly expiry?: 'unset' | number
  readonly messages_per_connection?: 'unset' | number
  readonly pipelining?: 'unset' | false | true
  readonly pool?: string
  readonly recipients_per_connection?: 'unset' | number
  readonly recipients_per_message?: 'unset' | number
  readonly retry_first?: 'unset' | number
  readonly retry_longest?: 'unset' | number
  readonly timeout_command?: 'unset' | number
  readonly timeout_connect?: 'unset' | number
  readonly timeout_data?: 'unset' | number
  readonly timeout_final?: 'unset' | number
  readonly timeout_greeting?: 'unset' | number
  readonly timeout_idle?: 'unset' | number
  readonly tls?: 'encrypt' | 'may' | 'none' | 'unset' | 'verify'
  readonly window?: string
  readonly bytes_per_minute?: 'unset' | Limit
  readonly connections?: 'unset' | { readonly limit: number; readonly per?: readonly CountedBy[]; readonly burst?: number; readonly raise?: true }
  readonly connections_per_minute?: 'unset' | { readonly limit: number; readonly per?: readonly CountedBy[]; readonly burst?: number; readonly raise?: true }
  readonly messages_per_day?: 'unset' | { readonly limit: number; readonly per?: readonly CountedBy[]; readonly burst?: number; readonly raise?: true }
  readonly messages_per_hour?: 'unset' | { readonly limit: number; readonly per?: readonly CountedBy[]; readonly burst?: number; readonly raise?: true }
  readonly messages_per_minute?: 'unset' | { readonly limit: number; readonly per?: readonly CountedBy[]; readonly burst?: number; readonly raise?: true }
}

export interface RulesApplied {
  /** In force after it, or before where nothing changed. */
  readonly version: number
  readonly applied: boolean
  readonly difference: RulesDifference
  readonly findings: readonly RulesFinding[]
}

export interface RulesComparison {
  readonly from: number
  readonly to: number
  readonly difference: RulesDifference
  /** What differs, with three lines around it. */
  readonly lines: readonly RulesLine[]
  /** There is more than is told. */
  readonly isCut: boolean
}

/** What changes from one document to another: `rule gmail`, `provider big`, `account 1007 rule gmail`, … */
export interface RulesDifference {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly string[]
  /** The same rules stand in another order, which counts among rules that are equally specific. */
  readonly reordered: boolean
}

/** The document, checked. Plain data: kept as JSON. */
export interface RulesDocument {
  /** Of Smart rules: raised with each edition. 0 in an owner's document. */
  readonly edition: number
  readonly sources: Readonly<Record<string, Source>>
  /** Name → source → weight. */
  readonly pools: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** Name → MX masks. */
  readonly providers: Readonly<Record<string, readonly string[]>>
  readonly rules: readonly Rule[]
  readonly accounts: Readonly<Record<string, AccountRules>>
  /** Plans for what is new. Not in documents of before there were any, as `domains`. */
  readonly warmups?: Readonly<Record<string, WarmupPlan>>
  /** Signing domains that are new. */
  readonly domains?: Readonly<Record<string, { readonly warmup: WarmupUse }>>
}

/** Something odd in rules that are well-formed. */
export interface RulesFinding {
  readonly level: RuleLevel
  readonly account: number | null
  /** Name of the rule, or of what else it is about. */
  readonly rule: string
  /** A sentence. */
  readonly what: string
  /** Mail waits because of it: such rules are put in force only where that is asked for. */
  readonly waits?: true
}

/** A line of two documents side by side. Its numbers: in the one before and the one after; null: it is not there. */
export interface RulesLine {
  readonly kind: 'same' | 'added' | 'removed'
  readonly text: string
  readonly before: number | null
  readonly after: number | null
}

/** What is wrong at a place of a document. */
export interface RulesMistake {
  /** Null: it came as values and not as text. */
  readonly line: number | null
  /** `rules[3].set.connections`; empty: the document. */
  readonly path: string
  /** A sentence. */
  readonly what: string
}

/** What was changed, and why. */
export type RulesNote = string

/** Number of a version of the rules; 0: before there were any, or those that the program ships. */
export type RulesNumber = number

export interface RulesShown {
  readonly document: RulesDocument
  readonly text: string
  /** From 1; 0: there never were any. */
  readonly version: number
  readonly at: EpochMs
  readonly by: string
  readonly note: string
}

/** Delivery rules in YAML or JSON, as `hms export` writes them. */
export type RulesText = string

/** Changed rules held against the mail of a day. */
export interface RulesTraffic {
  readonly from: EpochMs
  readonly to: EpochMs
  /** Recipients of all mail that was accepted in that time, of that for which something changes, and of that for domains that were not looked at. */
  readonly recipients: number
  readonly changed: number
  readonly unseen: number
  /** Most mail first. */
  readonly rows: readonly TrafficChange[]
}

/** What rules would do, which are not in force. */
export interface RulesTrial {
  /** What is wrong; then nothing else is told. */
  readonly problems: readonly RulesMistake[]
  readonly difference: RulesDifference | null
  readonly findings: readonly RulesFinding[]
  /** Null: it was not asked for, nothing changes, or no figures are kept. */
  readonly traffic: RulesTraffic | null
}

/** One version of the owner's rules, or of the Smart rules that were loaded into the home. */
export interface RulesVersion {
  /** From 1; 0: there never were any. */
  readonly version: number
  readonly at: EpochMs
  readonly by: string
  readonly note: string
}

export interface Run {
  readonly id: number
  readonly kind: RunKind
  /** The backup, host or version that it is about. */
  readonly subject: string | null
  readonly by: string
  readonly at: EpochMs
  /** Null: it is under way. */
  readonly ended: EpochMs | null
  /** How far it is, in octets, or (`total` 0) what it does now; null: not known yet, or it reads none. */
  readonly progress: { readonly doing: string; readonly done: number; readonly total: number } | null
  /** Why it failed, or what is not as it should be; null: it did not, or is under way. */
  readonly failure: { readonly code: string; readonly message: string; readonly mend: string | null } | null
  /** What the command of `hms` answers with `--json`; of lists the first 1,000 members. Null: nothing, or it is under way. */
  readonly answer: unknown
}

export type RunKind = 'backup' | 'backup-check' | 'certificate' | 'downgrade' | 'preflight' | 'restore' | 'restore-trial' | 'support-bundle' | 'upgrade'

/** A search among messages that somebody keeps. */
export interface SavedSearch {
  readonly name: SearchName
  readonly search: SearchWritten
}

export type Scope = 'accounts:read' | 'accounts:write' | 'alarms:read' | 'alarms:write' | 'alerts:read' | 'alerts:write' | 'audit:read' | 'audit:write' | 'brakes:read' | 'brakes:write' | 'credentials:read' | 'credentials:write' | 'domains:read' | 'domains:write' | 'events:read' | 'events:write' | 'inbound:read' | 'inbound:write' | 'jobs:read' | 'jobs:write' | 'kept:read' | 'kept:write' | 'keys:read' | 'keys:write' | 'lifecycle:read' | 'lifecycle:write' | 'posts:read' | 'posts:write' | 'queue:read' | 'queue:write' | 'reports:read' | 'reports:write' | 'routes:read' | 'routes:write' | 'rules:read' | 'rules:write' | 'settings:read' | 'settings:write' | 'sources:read' | 'sources:write' | 'status:read' | 'status:write' | 'suppression:read' | 'suppression:write' | 'templates:read' | 'templates:write' | 'tracking:read' | 'tracking:write' | 'users:read' | 'users:write' | 'webhooks:read' | 'webhooks:write'

/** A room and what is done there, such as `queue:read`. */
export type Scopes = readonly Scope[]

/** What a person calls a search that he keeps. */
export type SearchName = string

/** A part of a name or of words. */
export type SearchText = string

/** Milliseconds since 1970. */
export type SearchTime = number

/** A search of the Control Panel, as its page writes it down. */
export type SearchWritten = string

/** Of a DKIM key. */
export type Selector = string

/** A sender domain bound to an account; verified once its TXT record was seen (or `--force`). */
export interface SenderDomain {
  readonly domain: Domain
  readonly account: AccountId
  readonly token: string
  readonly verifiedAt: EpochMs | null
}

/** What a provider asks of those who send it much mail. */
export interface SenderRequirement {
  readonly provider: HealthProvider
  readonly wanted: string
  readonly state: HealthState
  readonly found: string
}

/** A recipient that mail was sent to. */
export interface SentRecipient {
  readonly account: AccountId
  readonly message: MessageId
  /** Number within its message. */
  readonly n: number
  readonly address: string
  readonly clientId: string | null
  readonly mailing: string | null
  readonly stream: string
  /** When the message was accepted. */
  readonly at: EpochMs
}

/** Hours. */
export type SessionHours = number

/** Id of a session. */
export type SessionId = string

export interface SessionView {
  readonly id: string
  readonly user: string
  /** Of the user. */
  readonly account: AccountId | null
  readonly address: string
  readonly agent: string
  readonly madeAt: EpochMs
  readonly lastUse: EpochMs
  /** At the latest; earlier where it is not used. */
  readonly endsAt: EpochMs
}

/** Hexadecimal, in lower case. */
export type Sha256 = string

/** A site as `sites.top` names it. */
export type SiteName = string

export interface SiteNow {
  readonly site: string
  /** One of the domains whose mail goes there; null: there is none now. */
  readonly domain: Domain | null
  /** That the rules know it as; null: none. */
  readonly provider: string | null
  /** Recipients that wait for its domains, on disk too. */
  readonly queued: number
  /** Of these in memory, before any is being sent. */
  readonly ready: number
  /** Messages that it took in the last 60 s, and recipients of these. */
  readonly messages: number
  readonly delivered: number
  /** Messages a minute that rules allow, all limits by time in one figure; null: as many as go. */
  readonly allowed: number | null
  readonly connections: number
  readonly mostConnections: number
  /** Recipients that are being sent. */
  readonly sending: number
  /** Since when mail that is due waits there, of what waits longest; null: none is due. */
  readonly dueSince: EpochMs | null
  /** Recipients deferred in the last hour. */
  readonly deferred: number
  /** What binds now, with how many recipients, as `why` says it of a domain: what holds most first. */
  readonly holds: readonly HeldBack[]
  readonly lastReply: string | null
  readonly lastReplyAt: EpochMs | null
}

/** Replies of a site that say the same, to mail that it did not take. */
export interface SiteReply {
  readonly site: string
  readonly provider: string | null
  readonly kind: 'deferred' | 'failed'
  /** What they have in common: names, numbers and times are left out. */
  readonly form: string
  /** The last of them, cut; where no reply came, why. Strangers wrote it. */
  readonly reply: string
  /** Recipients, in the last hour. */
  readonly count: number
  readonly at: EpochMs
}

/** What mail leaves from. */
export type Source = { readonly kind: 'address'; readonly address: string; readonly helo: string | null; readonly warmup?: WarmupUse } | { readonly kind: 'proxy'; readonly proxy: string; readonly address: string | null; readonly helo: string | null; readonly warmup?: WarmupUse }

/** What a blocklist says of an address that mail leaves from. */
export interface SourceListing {
  readonly address: string
  /** Sources of the rules that leave from it; none: the configuration's. */
  readonly sources: readonly string[]
  /** Name of the list. */
  readonly list: string
  readonly state: 'listed' | 'not-listed' | 'unknown'
  readonly found: string
  /** Where to ask to be taken off. */
  readonly removal: string
  /** When it was asked. */
  readonly at: EpochMs
}

/** Name of a source of the delivery rules. */
export type SourceName = string

/** The name in the reverse DNS of what mail leaves from. `subject`: the address. */
export interface SourceReverse {
  /** Sources of the rules that leave from it; none: the configuration's. */
  readonly sources: readonly string[]
  /** What it greets receivers as. */
  readonly helo: string
  readonly at: EpochMs
  readonly aspect: HealthAspect
  /** Name or address that was looked at. */
  readonly subject: string
  readonly state: HealthState
  readonly wanted: string
  readonly found: string
  /** A sentence; null: nothing is to be done. */
  readonly mend: string | null
  readonly record: RecordToPublish | null
}

/** What is known of a source of the rules besides: what somebody did with it by hand, and what the check of the network found. */
export interface SourceState {
  readonly source: string
  /** `suspended`: nothing leaves from it. `draining`: what was accepted before `at` does, nothing later. `forced`: it is used whatever the check found. */
  readonly hand: 'suspended' | 'draining' | 'forced' | null
  readonly note: string
  readonly by: string
  readonly at: EpochMs
  /** What the last check found wrong, in sentences; empty: nothing. */
  readonly failures: readonly string[]
  readonly checkedAt: EpochMs | null
  /** What stood under its name then: what the check found says nothing of another address. */
  readonly checked: string
}

/** A source of the rules, and how it is. */
export interface SourceView {
  readonly name: string
  readonly source: Source
  readonly pools: readonly { readonly pool: string; readonly weight: number }[]
  /** What was done by hand, by whom and when; null: nothing. */
  readonly hand: 'draining' | 'forced' | 'suspended' | null
  readonly by: string | null
  readonly at: EpochMs | null
  readonly note: string
  /** What the last check of the network found wrong with it as it is now. */
  readonly failures: readonly string[]
  readonly checkedAt: EpochMs | null
  /** Who we log in as at its exit; null: without a login, or the exit is not the one that the login is for. */
  readonly login: string | null
  /** Out by itself. */
  readonly out: { readonly reason: string; readonly since: EpochMs; readonly until: EpochMs } | null
}

/** How an account came to its state. */
export interface Standing {
  readonly reason: string
  /** A user, `hms` at the shell, `brake NAME`, or `time`. */
  readonly by: string
  readonly since: EpochMs
  /** Then it is `after` by itself; null: until somebody says so. */
  readonly until: EpochMs | null
  readonly after: AccountState
  /** Since when its mail was kept back, over changes between `held` and `suspended`; null: none of it is held for that any more. */
  readonly heldSince: EpochMs | null
}

/** Why an account is in its state. */
export type StateReason = string

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

export interface StoredTemplate {
  readonly id: string
  /** Null: of all accounts. */
  readonly account: AccountId | null
  readonly version: number
  readonly at: EpochMs
  readonly by: string
  readonly note: string
  readonly subject?: string
  readonly text?: string
  readonly html?: string
}

export interface Stream {
  readonly name: string
  readonly kind: StreamKind
}

export type StreamKind = 'bulk' | 'transactional'

/** Name of a stream; upper and lower case are the same. */
export type StreamName = string

/** Words, all of which the subject has, in any order; in quotes the whole subject; with `*` for anything a part of it, which is slow. Upper and lower case and accents are the same. */
export type SubjectQuery = string

/** What somebody who helps needs, scrubbed of secrets and addresses. */
export interface SupportBundle {
  readonly id: string
  readonly at: EpochMs
  readonly size: number
  /** When it is removed by itself; the sixth removes the oldest, too. */
  readonly until: EpochMs
}

/** Name of a stream, in lower case. */
export type SuppressedStream = string

export interface SuppressionEntry {
  readonly list: string
  /** `ann@example.com`, `@example.com` (a whole domain), or a pattern with `*` or `?`; in lower case. */
  readonly target: string
  /** Of that stream alone; null: of all mail. */
  readonly stream: string | null
  readonly reason: SuppressionReason
  readonly at: EpochMs
  /** Null: for ever. */
  readonly expires: EpochMs | null
  /** Where it comes from: `event 0.12`, `import of NAME by WHO`, or who made it. */
  readonly origin: string
}

/** More hard failures at a place than it usually has: what they would have suppressed waits for a person. */
export interface SuppressionFlood {
  /** A site as `hms top` names it. */
  readonly site: string
  readonly since: EpochMs
  readonly last: EpochMs
  /** Whether it goes on. */
  readonly open: boolean
  /** Recipients tried while it was found, how many of them failed hard, and the share that is usual there. */
  readonly tried: number
  readonly hard: number
  readonly usual: number
  /** Suppressions that wait. */
  readonly held: number
  /** Some of them. */
  readonly examples: readonly { readonly target: string; readonly reply: string }[]
}

export interface SuppressionList {
  readonly name: string
  /** The one account that may use it; null: any may. */
  readonly account: AccountId | null
  readonly entries: number
}

export interface SuppressionListView {
  readonly checkedBy: readonly AccountId[]
  readonly addedToBy: readonly AccountId[]
  readonly name: string
  /** The one account that may use it; null: any may. */
  readonly account: AccountId | null
  readonly entries: number
}

export type SuppressionReason = 'Bounce' | 'Complaint' | 'Failure' | 'Manual' | 'Unsubscribe'

/** How long, in milliseconds. */
export type SuppressionSpan = number

/** An address, a domain (`example.com` or `@example.com`), or a pattern with `*` or `?`. */
export type SuppressionTarget = string

/** Mail that is kept back until it is resumed: what matches all that is said and not null. It is held when its turn comes. */
export interface Suspension {
  readonly id: number
  /** Of recipients. */
  readonly domain: Domain | null
  readonly account: AccountId | null
  readonly mailing: string | null
  readonly note: string
  readonly by: string
  readonly at: EpochMs
  /** Somebody of the account made it, and may end it. */
  readonly isOwn?: true
  /** Patterns of addresses without regard to case: `*` for anything, `?` for one character. */
  readonly recipient?: AddressPattern
  readonly sender?: AddressPattern
  /** When it was accepted: before the one, and not before the other. */
  readonly acceptedBefore?: EpochMs
  readonly acceptedAfter?: EpochMs
  /** Where it goes, as `hms top` names it, and what it leaves from: known while the server runs only. */
  readonly site?: SiteName
  readonly source?: SourceName
}

export type Targets = readonly SuppressionTarget[]

/** Without what it says. */
export interface TemplateHead {
  readonly id: string
  /** Null: of all accounts. */
  readonly account: AccountId | null
  readonly version: number
  readonly at: EpochMs
  readonly by: string
  readonly note: string
}

/** Letters, digits, `.`, `_` and `-`. */
export type TemplateId = string

export interface TemplateParts {
  readonly subject?: string
  readonly text?: string
  readonly html?: string
}

export interface TestMessage {
  /** Null: it is in the queue, but was not seen there in time. */
  readonly message: MessageId | null
  readonly account: AccountId
  readonly clientId: string
  readonly from: string
  readonly to: readonly string[]
}

export interface TlsDay {
  readonly domain: string
  /** When it begins. */
  readonly day: EpochMs
  readonly reporters: readonly string[]
  readonly unproved: number
  readonly succeeded: number
  readonly failed: number
  /** Sessions that failed, by the kind of failure. */
  readonly failures: Readonly<Record<string, number>>
}

/** How a connection to a peer was protected; `null` in an event: in the clear. */
export interface TlsOutcome {
  /** `TLSv1.3` and the like. */
  readonly version: string
  readonly cipher: string
  /** Whether the peer's certificate matched its name under a trusted root. */
  readonly verified: boolean
}

/** `none`: never; `may`: where offered, unverified; `encrypt`: always, unverified; `verify`: always, certificate checked. */
export type TlsPolicy = 'none' | 'may' | 'encrypt' | 'verify'

export interface TokenKeyView {
  readonly n: number
  readonly since: EpochMs
  /** When a later one signs; null: none does. */
  readonly until: EpochMs | null
  /** Null: as long as none does. */
  readonly verifiesUntil: EpochMs | null
}

export type TopOrder = 'connections' | 'deferrals' | 'queued' | 'rate'

export interface Tracking {
  /** Of all links, in lower case, with a port where that is not 443; null: nothing is tracked. */
  readonly host: string | null
  /** Without being named in the HTML. */
  readonly opens: boolean
  readonly clicks: boolean
  /** Mail of bulk streams without an unsubscribe link gets one. */
  readonly force: boolean
  /** Own domain at which one unsubscribes by mail; null: by HTTPS alone. */
  readonly mailDomain: Domain | null
  /** Null: what the reader's browser prefers, English in messages. */
  readonly language: Language | null
  /** In the owner's own words. */
  readonly words: { readonly link?: string; readonly heading?: string; readonly question?: string; readonly button?: string; readonly doneHeading?: string; readonly done?: string; readonly brokenHeading?: string; readonly broken?: string }
  /** HTML above 512 KiB is left as it is. */
  readonly leaveLarge: boolean
}

/** Whether a host of links answers, as the server itself sees it. */
export interface TrackingHostState {
  readonly host: string
  /** The end of a sentence; null: it answers by HTTPS with a certificate that proves its name. */
  readonly trouble: string | null
  /** When that began. */
  readonly since: EpochMs
}

/** What would be another for mail to some domains of a site. */
export interface TrafficChange {
  /** Null: it is not known where their mail goes. */
  readonly site: string | null
  readonly provider: string | null
  /** Of which account the mail is; null: of any. */
  readonly account: number | null
  /** The first of them, those with most mail first, and how many there are besides. */
  readonly domains: readonly string[]
  readonly more: number
  /** Recipients of mail that was accepted for them in that time. */
  readonly recipients: number
  readonly changes: readonly { readonly setting: string; readonly before: string; readonly after: string }[]
}

/** What a domain publishes about TLS, and what would be done with its mail. */
export interface TrustAnswer {
  readonly domain: Domain
  /** Mail goes by this route, and what the domain publishes does not count. */
  readonly route: { readonly pattern: string; readonly host: string; readonly port: number; readonly tls: TlsPolicy } | null
  readonly found: { readonly kind: 'hosts' | 'null-mx' | 'no-such-domain' | 'no-address' | 'loop' | 'trouble'; readonly secure: boolean; readonly hosts: readonly TrustHost[] } | null
  readonly sts: TrustPolicy | null
  /** `site`: it would leave. */
  readonly plan: { readonly kind: 'site' | 'fail' | 'trouble'; readonly reason: string | null; readonly hosts: readonly TrustTarget[] } | null
  /** Name servers that are not believed about DNSSEC. */
  readonly untrusted: readonly string[]
  readonly asksDane: boolean
  readonly asksSts: boolean
  /** What would be done, in sentences. */
  readonly would: readonly string[]
}

export interface TrustDane {
  readonly base: string
  /** Those that can be used. */
  readonly records: readonly TrustTlsa[]
}

export interface TrustHost {
  readonly host: string
  readonly preference: number
  readonly addresses: readonly string[]
  /** Null: the DNS says nothing of it, or nothing that is proved. */
  readonly dane: TrustDane | null
}

export interface TrustPolicy {
  readonly kind: 'none' | 'policy' | 'unusable'
  readonly mode: 'enforce' | 'testing' | 'none' | null
  readonly mx: readonly string[]
  readonly until: EpochMs | null
  /** Why it is not what the domain publishes now, or cannot be used. */
  readonly trouble: string | null
}

/** `tls`, `dane`: what is asked of it; `asks`: by whom where that is not the owner. */
export interface TrustTarget {
  readonly tls: TlsPolicy
  readonly asks: 'MTA-STS' | 'DANE' | 'REQUIRETLS' | null
  readonly host: string
  readonly preference: number
  readonly addresses: readonly string[]
  /** Null: the DNS says nothing of it, or nothing that is proved. */
  readonly dane: TrustDane | null
}

export interface TrustTlsa {
  readonly usage: number
  readonly selector: number
  readonly matching: number
  /** Hexadecimal. */
  readonly data: string
}

export interface UnknownReplyView {
  /** What such replies have in common. */
  readonly form: string
  readonly count: number
  readonly first: EpochMs
  readonly last: EpochMs
  /** One of them as it came, cut: escape it before showing it. */
  readonly sample: string
  readonly domain: string
}

/** Up to 4 MiB in base64. */
export type UploadPiece = string

/** Where a piece begins: what was received until then. */
export type UploadPlace = number

/** Octets, 256 MiB at most. */
export type UploadSize = number

/** Name of a user: letters, digits and `. _ @ + -`; upper and lower case are the same. */
export type UserName = string

/** A user as shown: nothing of what proves who it is. */
export interface UserView {
  readonly name: string
  readonly role: Role
  readonly account: AccountId | null
  readonly madeAt: EpochMs
  readonly lastLogin: EpochMs | null
  /** None until the link of the first password was used. */
  readonly hasPassword: boolean
  readonly hasTotp: boolean
  /** How many. */
  readonly passkeys: number
  /** That are left. */
  readonly recoveryCodes: number
  /** Until when a link for a password may be used; null: there is none. */
  readonly linkUntil: EpochMs | null
  /** Since when the user may not log in, whichever way; null: he may. */
  readonly lockedAt: EpochMs | null
  /** The provider by which alone the user logs in: password and passkeys do not count. Null: they do. */
  readonly onlyBy: string | null
}

export type ValueName = 'backoff' | 'backoff_deferrals' | 'backoff_failures' | 'backoff_for' | 'backoff_least' | 'backoff_within' | 'chunking' | 'expiry' | 'messages_per_connection' | 'pipelining' | 'pool' | 'recipients_per_connection' | 'recipients_per_message' | 'retry_first' | 'retry_longest' | 'timeout_command' | 'timeout_connect' | 'timeout_data' | 'timeout_final' | 'timeout_greeting' | 'timeout_idle' | 'tls' | 'window'

export interface VersionChangeView {
  readonly kind: 'upgrade' | 'downgrade'
  readonly from: string
  readonly to: string
  readonly startedAt: EpochMs
  readonly step: string
  /** The backup that was made before anything was changed. */
  readonly backup: string | null
  /** Null: under way, or cut off. */
  readonly outcome: 'done' | 'undone' | null
  /** Why it was undone. */
  readonly reason: string | null
}

/** Number of a version, from 1. */
export type VersionNumber = number

/** Which way a call came. `itself`: nobody asked, the program did it. */
export type Via = 'api' | 'panel' | 'hms' | 'itself'

export interface WaitingDomain {
  readonly domain: Domain
  readonly site: string | null
  readonly waiting: number
  /** Null: they are still being counted, shortly after a start. */
  readonly held: number | null
  /** What holds most first. */
  readonly holds: readonly HeldBack[]
}

export interface WaitingMessage {
  readonly id: MessageId
  readonly account: AccountId
  readonly sender: string
  readonly size: number
  readonly acceptedAt: EpochMs
  readonly expiresAt: EpochMs
  readonly mailing: string | null
  /** The first of those that are left. */
  readonly recipients: readonly WaitingRecipient[]
  /** There are more than those. */
  readonly more: boolean
}

export interface WaitingRecipient {
  readonly address: string
  readonly domain: Domain
  readonly attempts: number
  readonly lastReply: string | null
  /** Where its mail goes; null: that is not known yet. */
  readonly site: string | null
  readonly hold: Hold
  /** About how many go before it; null: nobody counted. At most `MOST_AHEAD`. */
  readonly ahead: number | null
  /** When it is tried if nothing changes, about; null: nobody knows, or not before somebody does something. */
  readonly expected: EpochMs | null
}

/** What came of the attempts of one day. `sent`: all of them. */
export interface WarmupFigures {
  readonly sent: number
  readonly deferred: number
  readonly blocked: number
  readonly bounced: number
  readonly complaints: number
}

/** `held`: by hand; nothing grows and nothing steps back. */
export type WarmupMode = 'warming' | 'held' | 'warm'

export interface WarmupPlan {
  /** Messages a day to one provider, day by day: each more than the one before, and at most the double. After the last it is warm. */
  readonly days: readonly number[]
  /** Other days for single providers. */
  readonly providers: Readonly<Record<string, readonly number[]>>
  /** The messages of a day leave in no less than this. */
  readonly spread: Ms
  /** How long mail waits for its cold source, while a warm one of its pool could take it. */
  readonly overflow: Ms
  /** After so long without mail the cap steps back, and again after each further half of it. */
  readonly idle: Ms
  readonly thresholds: WarmupThresholds
  /** Of shipped plans: where its figures were seen, or that they are an estimate. */
  readonly seen?: readonly string[]
  readonly estimate?: true
}

/** One source (or all of one /64), or one signing domain, that is warmed up. Days are numbers since 1970 (UTC). */
export interface WarmupReport {
  readonly unit: string
  /** Of its sources, or the domain. */
  readonly names: readonly string[]
  readonly plan: string
  /** Whether there is such a plan. */
  readonly known: boolean
  /** Null: it has begun. */
  readonly begins: EpochMs | null
  readonly providers: readonly { readonly provider: string; readonly mode: WarmupMode; readonly cap: number | null; readonly since: EpochMs; readonly said: string; readonly today: WarmupFigures; readonly past: readonly { readonly sent: number; readonly deferred: number; readonly blocked: number; readonly bounced: number; readonly complaints: number; readonly day: number; readonly cap: number | null }[]; readonly forecast: readonly { readonly day: number; readonly cap: number }[] }[]
}

/** Of the attempts of a day, as shares of 1. Above one of them the cap does not grow. */
export interface WarmupThresholds {
  readonly deferred: number
  readonly blocked: number
  readonly bounced: number
  readonly complaints: number
}

/** That a source or a signing domain is warmed up. */
export interface WarmupUse {
  readonly plan: string
  /** `2026-12-01` (UTC); null: from when the rules first said so. Another date begins anew. */
  readonly start: string | null
}

/** As the browser gives it, most of it base64url. */
export type WebauthnText = string

/** A post that was tried. */
export interface WebhookAttempt {
  readonly n: RecordNumber
  readonly at: EpochMs
  /** The `webhook-id` of the post. */
  readonly post: string
  readonly events: Count
  /** Of the post, from 1. */
  readonly attempt: Count
  /** Null: there was no answer. */
  readonly status: number | null
  readonly ok: boolean
  readonly took: Ms
  /** Why there was no answer, or what it began with: one line, at most 300 characters. */
  readonly answer: string
  readonly replay: RecordNumber | null
}

export interface WebhookBatch {
  /** Events of a post at most; 1: each post is one event, and no list. */
  readonly events: WebhookBatchSize
  /** How long an event waits for others at most. */
  readonly wait: WebhookBatchWait
}

export type WebhookBatchSize = number

/** In milliseconds. */
export type WebhookBatchWait = number

export type WebhookConnections = number

/** An event as it is posted in the format `standard`. */
export interface WebhookEvent {
  /** The same each time that the event is posted, by any endpoint. Of a post of one event it is the `webhook-id`, too. */
  readonly id: string
  /** `message.` and the kind: `message.delivered`. */
  readonly type: 'message.accepted' | 'message.bounced' | 'message.clicked' | 'message.complained' | 'message.deferred' | 'message.deleted' | 'message.delivered' | 'message.expired' | 'message.failed' | 'message.held' | 'message.opened' | 'message.released' | 'message.unsubscribed'
  /** When it happened, in ISO 8601 (UTC). */
  readonly timestamp: string
  /** What is known of it; fields may be added. */
  readonly data: { readonly tags?: readonly string[]; readonly metadata?: Readonly<Record<string, string>>; readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream?: string; readonly sender: string; readonly size: number; readonly recipients: number; readonly recipient: string; readonly from?: number; readonly perRecipient?: true; readonly others?: readonly string[]; readonly clientIds?: readonly (string | null)[]; readonly subject?: string; readonly headerId?: string; readonly protocol: string; readonly client: string | null; readonly user: string | null } | { readonly category: Category; readonly blame: Blame | null; readonly action: Advice; readonly rule: string | null; readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream: string | null; readonly recipient: string; readonly domain: Domain; readonly report: MessageId; readonly reporter: string | null; readonly proved: boolean; readonly authentication?: string; readonly failureCode: FailureCode; readonly status: string | null; readonly response: string; readonly probably?: { readonly account: AccountId; readonly message: MessageId; readonly at: EpochMs } } | { readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream: string | null; readonly recipient: string; readonly domain: Domain; readonly report: MessageId; readonly reporter: string | null; readonly proved: boolean; readonly authentication?: string; readonly feedbackType: string } | { readonly site: string | null; readonly remoteHost: string | null; readonly remoteAddress: string | null; readonly localAddress: string | null; readonly source?: string; readonly tls: TlsOutcome | null; readonly warmup?: readonly string[]; readonly tags?: readonly string[]; readonly metadata?: Readonly<Record<string, string>>; readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream?: string; readonly sender: string; readonly size: number; readonly recipient: string; readonly domain: Domain; readonly attempt: number; readonly ours?: true; readonly reply: PeerReply | null; readonly failureCode: FailureCode; readonly reason: string; readonly nextAttempt: EpochMs } | { readonly site: string | null; readonly remoteHost: string | null; readonly remoteAddress: string | null; readonly localAddress: string | null; readonly source?: string; readonly tls: TlsOutcome | null; readonly warmup?: readonly string[]; readonly tags?: readonly string[]; readonly metadata?: Readonly<Record<string, string>>; readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream?: string; readonly sender: string; readonly size: number; readonly recipient: string; readonly domain: Domain; readonly attempt: number; readonly ours?: true; readonly reply: PeerReply; readonly queuedFor: Ms } | { readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream: string | null; readonly recipient: string; readonly domain: Domain; readonly client: string; readonly agent: string | null; readonly machine: string | null; readonly url: string | null; readonly link: string | null } | { readonly site: string | null; readonly remoteHost: string | null; readonly remoteAddress: string | null; readonly localAddress: string | null; readonly source?: string; readonly tls: TlsOutcome | null; readonly warmup?: readonly string[]; readonly tags?: readonly string[]; readonly metadata?: Readonly<Record<string, string>>; readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream?: string; readonly sender: string; readonly size: number; readonly recipient: string; readonly domain: Domain; readonly attempt: number; readonly ours?: true; readonly reply: PeerReply | null; readonly failureCode: FailureCode; readonly reason: string; readonly queuedFor: Ms } | { readonly tags?: readonly string[]; readonly metadata?: Readonly<Record<string, string>>; readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream?: string; readonly sender: string; readonly size: number; readonly recipient: string; readonly domain: Domain; readonly attempt: number; readonly ours?: true; readonly reason: string; readonly by: string } | { readonly account: AccountId; readonly message: MessageId; readonly clientId: string | null; readonly mailing: string | null; readonly stream: string | null; readonly recipient: string; readonly domain: Domain; readonly by: 'one-click' | 'page' | 'mail'; readonly client: string | null; readonly agent: string | null }
}

/** Body of a post of an endpoint whose batches are of more than one event. */
export interface WebhookEvents {
  readonly type: 'message.events'
  /** Of the last event in it. */
  readonly timestamp: string
  readonly data: readonly WebhookEvent[]
}

export type WebhookFormat = 'engine' | 'standard'

/** How an endpoint is. */
export interface WebhookHealth {
  readonly state: WebhookStateName
  readonly since: EpochMs
  /** When it took a post last. */
  readonly tookAt: EpochMs | null
  /** Why the last post that failed did. */
  readonly failure: { readonly at: EpochMs; readonly reason: string } | null
  /** When it is tried again, of one that fails. */
  readonly nextTry: EpochMs | null
  /** Events that it took, and those that were given up after three days. */
  readonly told: number
  readonly givenUp: number
  /** Events that it refuses while it takes others: they are tried on their own. */
  readonly aside: number
  /** When the oldest event happened that it has not taken; null: it has all, or nothing is known of it now. */
  readonly behindSince: EpochMs | null
}

/** Id of a webhook. */
export type WebhookId = string

/** What its owner calls a webhook. */
export type WebhookName = string

/** In milliseconds. */
export type WebhookOverlap = number

/** The body of a post in the format `standard`. */
export type WebhookPayload = WebhookEvent | WebhookEvents

export interface WebhookReplay {
  readonly n: RecordNumber
  readonly from: EpochMs
  readonly to: EpochMs
  readonly kinds: readonly MailEventKind[] | null
  readonly state: ReplayState
  /** Events that were taken, and those that were given up. */
  readonly told: number
  readonly givenUp: number
  /** How far it came: events up to about this time were told. */
  readonly reached: EpochMs | null
  readonly by: string
  readonly at: EpochMs
  readonly ended: EpochMs | null
}

/** `whsec_` and 24 to 64 octets in base64; of the format `engine` any 8 to 200 characters. */
export type WebhookSecretText = string

/** One of the secrets that count now; the secret itself is shown once. */
export interface WebhookSecretView {
  readonly since: EpochMs
  /** Until then posts are signed with it too; null: it is the newest. */
  readonly until: EpochMs | null
}

export type WebhookStateName = 'dead' | 'failing' | 'gone' | 'new' | 'off' | 'well'

/** Names of streams. */
export type WebhookStreams = readonly string[]

/** One post of a test, and what came back. */
export interface WebhookTest {
  readonly kind: MailEventKind
  readonly headers: Readonly<Record<string, string>>
  /** As it was posted. */
  readonly body: string
  /** The body as it is read, of the format `standard`. */
  readonly payload: WebhookPayload | null
  readonly status: number | null
  readonly ok: boolean
  readonly took: Ms
  readonly answer: string
}

/** `https://…`, without a login; `http://` only where `webhooks.allow_private` is set. */
export type WebhookUrl = string

export interface WebhookView {
  /** The newest first. */
  readonly secrets: readonly WebhookSecretView[]
  readonly health: WebhookHealth
  readonly id: WebhookId
  readonly account: AccountId
  readonly name: WebhookName
  readonly url: WebhookUrl
  readonly format: WebhookFormat
  /** Null: all, also those that later releases add. */
  readonly kinds: readonly MailEventKind[] | null
  /** Of these streams only; null: of all. */
  readonly streams: WebhookStreams | null
  readonly batch: WebhookBatch
  /** Posts at once at most. Events of one message always follow one another. */
  readonly connections: WebhookConnections
  readonly on: boolean
  /** Who made it. */
  readonly by: string
  readonly at: EpochMs
}

/** All webhooks in short. */
export interface WebhooksStatus {
  readonly well: number
  readonly failing: number
  /** Dead or gone. */
  readonly dead: number
  readonly off: number
  /** Events, since each was added. */
  readonly told: number
  readonly givenUp: number
}

/** Delivery rules of the owner, or Smart rules that were loaded into the home. */
export type WhoseRules = 'owner' | 'smart'

export interface Why {
  readonly messages: readonly WaitingMessage[]
  readonly domain: WaitingDomain | null
  /** What happened to the message or the recipient, oldest first. */
  readonly events: readonly NumberedEvent[]
  /** Events or mail were not looked through to the end: an answer in time went before. */
  readonly isCut: boolean
  /** Workers that did not answer; what is in their shards is not seen. */
  readonly missing: readonly number[]
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

export interface WorkerUse {
  readonly slot: number
  /** Share of `spool.memory` that is used. */
  readonly spoolMemory: number
  /** What 99 of 100 commits of the last minute or two took at most, which is mostly the disk's sync; null: there were none. */
  readonly commitTime: Ms | null
  /** Octets. */
  readonly memory: number
  /** Of one processor, since it was looked at before; null: nobody looked in the last minute. */
  readonly processor: number | null
  /** By how much 99 of 100 turns of its event loop were late at most; null: nobody looked in the last minute. */
  readonly lateness: Ms | null
}

/** A time zone such as `Europe/Vienna`. */
export type ZoneName = string
