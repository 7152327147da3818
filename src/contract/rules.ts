// Delivery rules: the document that the owner writes, what a rule can set, and what comes out for one destination. `hms apply` and
// `hms export`, the checks, `hms rules explain`, the engine and the reference use these words.
import type { AccountId, EpochMs, Ms } from '../base/brand.ts'
import type { BlockRule } from './blocks.ts'
import type { OptionName } from './options.ts'
import type { WarmupPlan, WarmupUse } from './warmup.ts'

/** What a document says of its form. */
export const RULES_FORMAT = 1
/** Bounds of a document: octets of its text, rules in all, characters of a mask or a name. */
export const RULES_BOUNDS = { octets: 16 * 1024 * 1024, rules: 100_000, mask: 255, name: 100 } as const
/** Versions of the rules that are kept to go back to, and how many octets all of them may have together; the newest is always kept. */
export const RULES_HISTORY = { versions: 200, octets: 64 * 1024 * 1024 } as const

/** Who made a rule: whoever makes the program, the owner for everybody, the owner for one account. */
export type RuleLevel = 'smart' | 'mta' | 'account'

/** What a limit counts by. Of one destination: its site, its domain or its provider. */
export const COUNTED_BY = ['site', 'domain', 'provider', 'account', 'source', 'pool'] as const
export type CountedBy = (typeof COUNTED_BY)[number]

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

interface SettingBase<Kind extends string> {
  readonly kind: Kind
  /** One or two sentences for the owner. */
  readonly doc: string
  /** `connection`: mail for which it differs cannot share a connection. `message`: it is looked at for each. */
  readonly decides: 'connection' | 'message'
  /** What counts where no rule sets it; null: `absent` tells. */
  readonly option: OptionName | null
}
type Bounded = { readonly min: number; readonly max: number }
export type RuleSetting =
  /** `window` null: how many there are at once. */
  | (SettingBase<'limit'> & Bounded & { readonly counts: 'messages' | 'connections' | 'octets'; readonly window: Ms | null })
  | (SettingBase<'count'> & Bounded)
  | (SettingBase<'duration'> & Bounded)
  | (SettingBase<'choice'> & { readonly choices: readonly string[] })
  | (SettingBase<'flag'> & { readonly absent: boolean })
  /** The name of a pool of the same document, or of the owner's. */
  | SettingBase<'pool'>
  /** Times of the week (policy/time/delivery-window.ts). */
  | SettingBase<'window'>

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const GIB = 1024 ** 3

type Counts = 'messages' | 'connections' | 'octets'
const rate = (counts: Counts, window: Ms, max: number, doc: string) =>
  ({ kind: 'limit', decides: 'message', counts, window, min: 1, max, option: null, doc }) as const
const wait = (option: OptionName, min: Ms, max: Ms, doc: string) =>
  ({ kind: 'duration', decides: 'connection', min, max, option, doc }) as const
const retry = (option: OptionName, min: Ms, max: Ms, doc: string) =>
  ({ kind: 'duration', decides: 'message', min, max, option, doc }) as const
const flag = (doc: string) => ({ kind: 'flag', decides: 'connection', absent: true, option: null, doc }) as const

const share = (option: OptionName, doc: string) => ({ kind: 'count', decides: 'message', min: 0, max: 100, option, doc }) as const

/** Everything that a rule can set. */
export const RULE_SETTINGS = {
  messages_per_minute: rate('messages', MINUTE, 1_000_000_000, 'Messages in any 60 seconds.'),
  messages_per_hour: rate('messages', HOUR, 1_000_000_000, 'Messages in any 60 minutes.'),
  messages_per_day: rate('messages', DAY, 1_000_000_000, 'Messages in any 24 hours.'),
  bytes_per_minute: rate('octets', MINUTE, 1024 * GIB, 'Octets of messages in any 60 seconds.'),
  connections: {
    kind: 'limit',
    decides: 'message',
    counts: 'connections',
    window: null,
    min: 1,
    max: 10_000,
    option: 'delivery.connections_per_site',
    doc: 'Connections at once.',
  },
  connections_per_minute: rate('connections', MINUTE, 1_000_000, 'New connections in any 60 seconds.'),
  messages_per_connection: {
    kind: 'count',
    decides: 'connection',
    min: 1,
    max: 1_000_000,
    option: 'delivery.messages_per_connection',
    doc: 'Messages on one connection before it is closed.',
  },
  recipients_per_connection: {
    kind: 'count',
    decides: 'connection',
    min: 1,
    max: 1_000_000,
    option: null,
    doc: 'Recipients on one connection, in all its transactions, before it is closed.',
  },
  recipients_per_message: {
    kind: 'count',
    decides: 'message',
    min: 1,
    max: 10_000,
    option: 'delivery.recipients_per_message',
    doc: 'Recipients in one transaction.',
  },
  timeout_connect: wait('delivery.timeout_connect', SECOND, 10 * MINUTE, 'Wait for a connection.'),
  timeout_greeting: wait('delivery.timeout_greeting', SECOND, HOUR, 'Wait for the greeting.'),
  timeout_command: wait('delivery.timeout_command', SECOND, HOUR, 'Wait for the reply to a command.'),
  timeout_data: wait('delivery.timeout_data', SECOND, HOUR, 'Wait until the peer takes a block of the message.'),
  timeout_final: wait('delivery.timeout_final', SECOND, HOUR, 'Wait for the reply to the final dot.'),
  timeout_idle: wait('delivery.timeout_idle', 0, 10 * MINUTE, 'How long a connection without work is kept.'),
  retry_first: retry('delivery.retry_first', SECOND, DAY, 'Wait after the first deferral; doubled after each, with jitter of a tenth.'),
  retry_longest: retry('delivery.retry_longest', SECOND, 7 * DAY, 'Longest wait between two attempts.'),
  expiry: retry(
    'delivery.expiry',
    MINUTE,
    30 * DAY,
    'Age at which a message that could not be delivered fails. A longer one counts for messages that are accepted from then on.',
  ),
  tls: {
    kind: 'choice',
    decides: 'connection',
    choices: ['none', 'may', 'encrypt', 'verify'],
    option: 'delivery.tls',
    doc: 'TLS to hosts found by MX; a fixed route has its own.',
  },
  backoff: {
    kind: 'flag',
    decides: 'message',
    absent: true,
    option: 'delivery.backoff',
    doc: 'Whether mail is eased off by itself where too large a share of it is put off, or of connections refused.',
  },
  backoff_deferrals: share(
    'delivery.backoff_deferrals',
    'Percent of answers that put mail off from which on it gets half as much; 0: not looked at.',
  ),
  backoff_failures: share(
    'delivery.backoff_failures',
    'Percent of connections that fail while others are open, from which on there are no more than those; 0: not looked at.',
  ),
  backoff_least: {
    kind: 'count',
    decides: 'message',
    min: 2,
    max: 1_000_000,
    option: 'delivery.backoff_least',
    doc: 'Answers, or attempts at connections, before their share says anything.',
  },
  backoff_within: retry('delivery.backoff_within', SECOND, HOUR, 'Time in which they are counted; it slides.'),
  backoff_for: retry('delivery.backoff_for', SECOND, DAY, 'How long that holds; it comes back step by step in three times as long.'),
  pool: { kind: 'pool', decides: 'connection', option: null, doc: 'Pool of sources that it leaves from.' },
  window: {
    kind: 'window',
    decides: 'message',
    option: null,
    doc: 'Times at which mail is sent, but for that of high priority; what is due outside of them waits without an attempt.',
  },
  pipelining: flag('Whether PIPELINING is used where the server offers it.'),
  chunking: flag('Whether large messages go by BDAT where the server offers CHUNKING. Binary mail cannot go otherwise and ignores this.'),
} as const satisfies Record<string, RuleSetting>

export type RuleSettingName = keyof typeof RULE_SETTINGS
type TlsPolicy = (typeof RULE_SETTINGS)['tls']['choices'][number]
type Named<Kind extends RuleSetting['kind']> = {
  [N in RuleSettingName]: (typeof RULE_SETTINGS)[N] extends { kind: Kind } ? N : never
}[RuleSettingName]
export type LimitName = Named<'limit'>
export type ValueName = Exclude<RuleSettingName, LimitName>

type ValueOf<N extends ValueName> = N extends 'tls'
  ? TlsPolicy
  : N extends Named<'count' | 'duration'>
    ? number
    : N extends Named<'flag'>
      ? boolean
      : string

/** Takes back what an earlier step of the cascade set. */
export const UNSET = 'unset'

/** Settings of a rule: values, limits, and what is taken back. */
export type RuleSet = { readonly [N in ValueName]?: ValueOf<N> | typeof UNSET } & {
  readonly [N in LimitName]?: Limit | typeof UNSET
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
  readonly blocks?: readonly BlockRule[] | typeof UNSET
  /** Of Smart rules: where its figures were seen, or `estimate`; and names that its mask must and must not match. */
  readonly seen?: readonly string[]
  readonly estimate?: true
  readonly matches?: readonly string[]
  readonly not?: readonly string[]
}

/** What mail leaves from. */
export type Source = (
  | { readonly kind: 'address'; readonly address: string; readonly helo: string | null }
  /** An exit: `socks5://host:port` or `haproxy://host:port`, and the address that it sends from. */
  | { readonly kind: 'proxy'; readonly proxy: string; readonly address: string | null; readonly helo: string | null }
) & {
  /** While it is new. */
  readonly warmup?: WarmupUse
}

export interface AccountRules {
  readonly rules: readonly Rule[]
  /** They beat all rules. */
  readonly overrides: readonly Rule[]
  /** Pools that its messages may name (X-xsPool). */
  readonly pools?: readonly string[]
  /** Mask of mailing ids → pool. The first that matches counts. */
  readonly mailings?: Readonly<Record<string, string>>
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

export const NO_RULES: RulesDocument = { edition: 0, sources: {}, pools: {}, providers: {}, rules: [], accounts: {} }

/** One version of the owner's rules, or of the Smart rules that were loaded into the home. */
export interface RulesVersion {
  /** From 1; 0: there never were any. */
  readonly version: number
  readonly at: EpochMs
  readonly by: string
  readonly note: string
}

/** The owner's rules as they are in force. The same object as long as they are the same. */
export interface RulesInForce {
  readonly version: number
  readonly document: RulesDocument
}

/** What the home holds of Smart rules. `document` null: those that the program ships. */
export interface SmartRulesInForce {
  readonly version: number
  readonly document: RulesDocument | null
  /** The owner went back to it: it counts even where the program ships a later edition. */
  readonly pinned: boolean
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

/** A limit as it holds for one destination. */
export interface EffectiveLimit {
  readonly setting: LimitName
  readonly limit: number
  /** Each combination of these has its own count; `[]`: one count for everything. */
  readonly per: readonly CountedBy[]
  readonly burst: number | null
  /** Null: the configuration. */
  readonly from: Origin | null
}

/** Every setting but the limits, with its value: of a rule, or of the configuration. */
export interface EffectiveSettings {
  readonly messages_per_connection: number
  /** Null: as many as come. */
  readonly recipients_per_connection: number | null
  readonly recipients_per_message: number
  readonly timeout_connect: Ms
  readonly timeout_greeting: Ms
  readonly timeout_command: Ms
  readonly timeout_data: Ms
  readonly timeout_final: Ms
  readonly timeout_idle: Ms
  readonly retry_first: Ms
  readonly retry_longest: Ms
  readonly expiry: Ms
  readonly tls: TlsPolicy
  readonly backoff: boolean
  readonly backoff_deferrals: number
  readonly backoff_failures: number
  readonly backoff_least: number
  readonly backoff_within: Ms
  readonly backoff_for: Ms
  /** Null: no pool was named. */
  readonly pool: string | null
  /** Null: at any time. */
  readonly window: string | null
  readonly pipelining: boolean
  readonly chunking: boolean
}

/** What holds for mail of one account (or of any) to one domain at one site. The same object for all for whom it is the same. */
export interface Effective {
  readonly settings: EffectiveSettings
  /** `settings.retry_*` as a schedule; `expiry` is Infinity where no rule sets it: each message has its own from when it was accepted. */
  readonly retry: { readonly first: Ms; readonly longest: Ms; readonly expiry: Ms }
  /** Which rule gave a value; what is not here is the configuration's. Limits tell it themselves. */
  readonly from: ReadonlyMap<ValueName, Origin>
  /** Which rule took a setting back that nothing set again. */
  readonly unset: ReadonlyMap<RuleSettingName, Origin>
  /** The provider that the site belongs to, by the most specific of its masks. A limit by provider counts by site where there is none. */
  readonly provider: string | null
  /** Asked for everybody's mail; `connections` is always among them. */
  readonly shared: readonly EffectiveLimit[]
  /** Asked for the account's mail besides. */
  readonly own: readonly EffectiveLimit[]
}

/** For whom `Effective` is worked out. */
export interface Destination {
  /** As shown: the folded MX hosts, or the route. */
  readonly site: string
  /** The MX hosts, or the host of the route; empty while nobody knows. */
  readonly hosts: readonly string[]
  readonly domain: string
  readonly account: AccountId | null
}
