// Settings: what the owner changes while the server runs (accounts, credentials, rights, routes, keys). They live in
// the settings database; every worker holds the newest snapshot in memory, at most one second old.
import type { AccountName } from './forms.ts'
import type { AccountId, Domain, EpochMs, Ms } from '../base/brand.ts'
import type { AccountState, Quotas, Standing } from './accounts.ts'
import type { AlarmSetting } from './alarms.ts'
import type { BrakeSetting } from './brakes.ts'
import type { Keep } from './kept.ts'
import type { Milter } from './milters.ts'
import type { PostSetting } from './posts.ts'
import type { Priority } from './priority.ts'
import { FIRST_STREAM, type Stream } from './streams.ts'
import { NO_TRACKING, type Tracking, type TrackingHostState } from './tracking.ts'
import type { QueueCriteria } from './criteria.ts'
import type { QueueSelection } from './queue-operations.ts'
import type { AccountSuppression } from './suppression.ts'
import type { RulesInForce, SmartRulesInForce } from './rules.ts'
import type { WarmupState } from './warmup.ts'

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
  /** Messages accepted in an hour; null: no limit. @integer @minimum 0 @maximum 1000000000 */
  readonly messagesPerHour: number | null
  /** How much more may be taken; undefined: as much as comes. */
  readonly quotas?: Quotas
  /** Of mail that does not say, and the highest that its mail may ask for. */
  readonly priority: Priority
  readonly highestPriority: Priority
  /** Its part of what accounts share at a site: twice the weight, twice the turns. @integer @minimum 1 @maximum 1000 */
  readonly weight: number
  /** When its mail is sent, but for that of high priority (policy/time/delivery-window.ts); null: at any time. */
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
export type AccountChange = Partial<Omit<Account, 'id' | 'standing' | 'quotas' | 'streams' | 'tracking' | 'post' | 'suppression'>>

/** Of `Account.feedbackId`: what Gmail takes. */
export const FEEDBACK_ID = /^[A-Za-z0-9_-]{5,15}$/

/** Bounds of `Account.weight`. */
export const WEIGHTS = { least: 1, most: 1000 } as const

/** An account as it is at first. */
export function newAccount(id: AccountId, name: string): Account {
  return {
    id,
    name,
    state: 'active',
    bounceMail: false,
    delayNotices: false,
    unsigned: 'allow',
    verifiedSendersOnly: false,
    messagesPerHour: null,
    priority: 'normal',
    highestPriority: 'high',
    weight: 1,
    window: null,
    streams: [],
    stream: FIRST_STREAM,
    returnPathDomain: null,
    returnPathNames: false,
    feedbackId: null,
    tracking: NO_TRACKING,
  }
}

/** A login for SMTP. The password itself is nowhere: this is a SCRAM-SHA-256 verifier (rfc:5802, rfc:7677). */
export interface SmtpCredential {
  readonly user: string
  readonly account: AccountId
  /** 16 octets, base64. */
  readonly salt: string
  readonly iterations: number
  /** 32 octets each, base64. */
  readonly storedKey: string
  readonly serverKey: string
  /** Networks it may be used from; empty: anywhere. */
  readonly networks: readonly string[]
  /** The stream of its mail that does not say; absent or null: the account's. */
  readonly stream?: string | null
  /** How much of its mail is taken, besides what holds for its account. */
  readonly quotas?: Quotas
  /** From then on it is refused; absent: never. */
  readonly expiresAt?: EpochMs
}

/** A key of an application, for injection by HTTP. What it hands in is of its account, as with a login. */
interface KeyBase {
  /** `api:` or `ses:` and its id, as quotas, events and logs name it; no login has such a name. */
  readonly user: string
  readonly account: AccountId
  readonly networks: readonly string[]
  readonly stream?: string | null
  readonly quotas?: Quotas
  readonly expiresAt?: EpochMs
}

export interface ApiKey extends KeyBase {
  readonly kind: 'api'
  /** SHA-256 of the key, in hex. The key itself is nowhere. */
  readonly hash: string
}

/** `accessKeyId` and `secretAccessKey` of clients that sign their calls as SES has it. */
export interface SesKey extends KeyBase {
  readonly kind: 'ses'
  readonly accessKeyId: string
  /** In memory only; sealed on disk, as a signature cannot be checked without. */
  readonly secret: string
}

export type InjectionKey = ApiKey | SesKey

/** Of a login or of a key, by the name that its mail has. */
export function credentialOf(
  { credentials, injectionKeys }: Pick<Settings, 'credentials' | 'injectionKeys'>,
  user: string,
): SmtpCredential | InjectionKey | undefined {
  return credentials.get(user) ?? injectionKeys.get(user)
}

/** A network whose clients may relay without a login; what they send belongs to account 1000. */
export interface RelayNetwork {
  readonly cidr: string
}

/** `none`: never; `may`: where offered, unverified; `encrypt`: always, unverified; `verify`: always, certificate checked. */
export type TlsPolicy = 'none' | 'may' | 'encrypt' | 'verify'

/** A fixed route (a smart host) for a domain, for `*.domain` (its subdomains) or for `*` (everything). */
export interface Route {
  readonly pattern: string
  readonly host: string
  readonly port: number
  readonly tls: TlsPolicy
  /** TLS from the first octet (`smtps://`). */
  readonly implicitTls: boolean
  readonly user: string | null
  /** In memory only; sealed on disk. */
  readonly password: string | null
}

export type DkimAlgorithm = 'rsa-sha256' | 'ed25519-sha256'

export interface DkimKey {
  readonly domain: Domain
  readonly selector: string
  readonly algorithm: DkimAlgorithm
  /** PKCS#8 PEM; in memory only, sealed on disk. */
  readonly privateKey: string
  /** Only mail of this account is signed with it; null: of any account. */
  readonly account: AccountId | null
  /** `provider`: the installation's own second signature, put on every message; `author`: for mail from its domain. */
  readonly role: 'author' | 'provider'
  /** When its record was seen in DNS (or `--force`); a key that was not seen does not sign. */
  readonly seenAt: EpochMs | null
}

/** A sender domain bound to an account; verified once its TXT record was seen (or `--force`). */
export interface SenderDomain {
  readonly domain: Domain
  readonly account: AccountId
  readonly token: string
  readonly verifiedAt: EpochMs | null
}

/** A domain of the installation itself: bounces, complaints, unsubscribes and people's answers come here. */
export interface OwnDomain {
  readonly domain: Domain
  /** Whose is what comes without a token; null: account 1000. */
  readonly account: AccountId | null
  /** The mailbox that people's mail goes on to; null: it is kept for 30 days. */
  readonly forwardTo: string | null
  /** Mailboxes beside the usual ones (policy/feedback/own-mailboxes.ts). */
  readonly localParts: readonly string[]
}

/** Somebody who runs a feedback loop: what it reports counts without a token of ours, where DKIM or SPF proves that it is from there. */
export interface FeedbackReporter {
  /** A domain that nobody else sends from, or the one address where others of its domain send mail too. */
  readonly who: string
  /** False: one that the program ships and the owner does not trust. */
  readonly enrolled: boolean
}

/** Mail that is kept back until it is resumed: what matches all that is said and not null. It is held when its turn comes. */
export interface Suspension extends Omit<QueueCriteria, 'domain' | 'account' | 'mailing'> {
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
}

/** What is known of a source of the rules besides: what somebody did with it by hand, and what the check of the network found. */
export interface SourceState {
  readonly source: string
  /**
   * `suspended`: nothing leaves from it. `draining`: what was accepted before `at` does, nothing later. `forced`: it is used whatever the
   * check found.
   */
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

/** How we log in at the exit of a source (rfc:1929). */
export interface ExitLogin {
  readonly source: string
  /** The exit that it is for: it is told no other, whatever stands under the name of the source by then. */
  readonly proxy: string
  readonly user: string
  /** In memory only; sealed on disk. Null: a restore had to leave it out. */
  readonly password: string | null
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

/** Signs the tokens of what was accepted from `since` on, until a later one does; verifies them for long after. */
export interface TokenKey {
  readonly n: number
  readonly since: EpochMs
  /** 32 octets; in memory only, sealed on disk. */
  readonly secret: Uint8Array
}

/** Everything a worker needs to decide, at one version. */
export interface Settings {
  readonly version: number
  readonly accounts: ReadonlyMap<AccountId, Account>
  readonly credentials: ReadonlyMap<string, SmtpCredential>
  /** By `user`. */
  readonly injectionKeys: ReadonlyMap<string, InjectionKey>
  readonly relays: readonly RelayNetwork[]
  readonly routes: readonly Route[]
  /** By name. */
  readonly milters: readonly Milter[]
  readonly dkimKeys: readonly DkimKey[]
  readonly senderDomains: ReadonlyMap<Domain, SenderDomain>
  readonly suspensions: readonly Suspension[]
  /** What somebody set of alarms. */
  readonly alarms: readonly AlarmSetting[]
  /** What somebody set of brakes. */
  readonly brakes: readonly BrakeSetting[]
  readonly sourceStates: readonly SourceState[]
  readonly exitLogins: readonly ExitLogin[]
  /** By number: the later counts. */
  readonly rebindings: readonly Rebinding[]
  readonly ownDomains: ReadonlyMap<Domain, OwnDomain>
  /** Beside those that the program ships (policy/feedback/reporters.ts). */
  readonly reporters: readonly FeedbackReporter[]
  readonly rules: RulesInForce
  readonly smartRules: SmartRulesInForce
  /** How far warm-up came, by `<unit> provider=<provider>`. The same object as long as nothing changed. */
  readonly warmups: ReadonlyMap<string, WarmupState>
  /** By number; none: nothing was ever set up that needs tokens. */
  readonly tokenKeys: readonly TokenKey[]
  /** 32 octets of each account that signs what it posts; in memory only, sealed on disk. */
  readonly postSecrets: ReadonlyMap<AccountId, Uint8Array>
  /** Hosts of links that were looked at. */
  readonly trackingHosts: readonly TrackingHostState[]
}

/** The retry schedule: `first`, then doubled up to `longest`, each ± 10 %, until the message is `expiry` old. */
export interface RetrySchedule {
  readonly first: Ms
  readonly longest: Ms
  readonly expiry: Ms
}
