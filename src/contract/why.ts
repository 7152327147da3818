// Why mail waits: the one thing that holds a recipient now, or most mail of a domain; and the sites that mail goes to, as they are now.
import type { AccountId, Domain, EpochMs, MessageId, ShardId } from '../base/brand.ts'
import type { NumberedEvent } from './events.ts'

export const HOLD_KINDS = [
  // Somebody holds it.
  'held',
  'suspended',
  'account',
  // Nobody can send it.
  'not-running',
  'stopping',
  'spool',
  // Its own time has not come.
  'scheduled',
  'retry',
  // Its site takes nothing, or not so much.
  'backing-off',
  'block',
  'source',
  'rate',
  'warm-up',
  'connections',
  'probing',
  // Others are before it.
  'turn',
  'memory',
  'disk',
  // It moves.
  'looking-up',
  'sending',
  'settling',
] as const
export type HoldKind = (typeof HOLD_KINDS)[number]

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

/** Recipients that are counted before one that waits, and of a domain by their times. */
export const MOST_AHEAD = 50_000

/** Recipients named of one message; of a domain looked through for one. */
export const MOST_NAMED = 100
export const MOST_LOOKED = 10_000

/** `messages`: where a recipient may be besides. */
export type WhyQuestion =
  | { readonly message: MessageId }
  | { readonly recipient: string; readonly domain: Domain; readonly messages: readonly MessageId[] }
  | { readonly domain: Domain }

/** Rows as the store packs them. */
type LookCells = readonly (string | number | null)[]

/** How many of a domain in the shard go before a place. */
export interface AheadLook {
  readonly domain: string
  readonly priority: number
  readonly due: EpochMs
  readonly n: number
}

/** What the disk of one shard says to a question. */
export interface ShardLook {
  readonly shard: ShardId
  readonly waiting?: { readonly due: number; readonly later: number; readonly cells: LookCells }
  readonly addressed?: { readonly cells: LookCells; readonly isCut: boolean }
  /** By id; no cells: it is not in the queue. */
  readonly messages?: Readonly<Record<string, LookCells>>
  readonly ahead?: readonly AheadLook[]
}

export interface WhyLook {
  readonly shards: readonly ShardLook[]
  /** Of the messages asked for by id, how many are in the queue, and when the first was accepted. */
  readonly named: number
  readonly acceptedAt: EpochMs | null
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

/** Recipients of a domain that the same holds. */
export interface HeldBack extends Hold {
  readonly recipients: number
  /** There may be more: no more were counted. */
  readonly atLeast: boolean
}

export interface WaitingDomain {
  readonly domain: Domain
  readonly site: string | null
  readonly waiting: number
  /** Null: they are still being counted, shortly after a start. */
  readonly held: number | null
  /** What holds most first. */
  readonly holds: readonly HeldBack[]
}

/** What one worker knows. */
export interface WhyPart {
  readonly messages: readonly WaitingMessage[]
  readonly domain: WaitingDomain | null
  /** Mail of the recipient's domain was not looked through to its end. */
  readonly isCut: boolean
}

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

export const TOP_ORDERS = ['queued', 'rate', 'deferrals', 'connections'] as const
export type TopOrder = (typeof TOP_ORDERS)[number]

export interface TopAsked {
  /** The site of this domain only, with what waits for the domain. */
  readonly domain?: Domain
  /** Sites at which mail of the account is ready only, with what is ready of it. */
  readonly account?: AccountId
  readonly site?: string
  /** `other`: sites of none. */
  readonly provider?: string
  readonly by: TopOrder
  readonly limit: number
}

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

/** All sites of a provider together. */
export interface ProviderNow extends Omit<SiteNow, 'site' | 'domain' | 'ready' | 'lastReply' | 'lastReplyAt'> {
  readonly sites: number
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

/** Replies that are told at once, the most frequent first. */
export const MOST_REPLIES = 1000

export interface SitesNow {
  readonly sites: readonly SiteNow[]
  /** How many sites there are in all, and what waits for them; `unknown`: for domains that were not looked up yet. */
  readonly total: { readonly sites: number; readonly queued: number; readonly unknown: number }
}

const VALUES: Readonly<Record<TopOrder, (row: Ordered) => number>> = {
  queued: ({ queued }) => queued,
  rate: ({ messages }) => messages,
  deferrals: ({ deferred }) => deferred,
  connections: ({ connections }) => connections,
}

type Ordered = Pick<SiteNow, 'site' | 'queued' | 'messages' | 'deferred' | 'connections'>

/** Where the order says the same, the longer queue comes first. */
export function bestSites<Row extends Ordered>(rows: readonly Row[], order: TopOrder): Row[] {
  const value = VALUES[order]
  return rows.toSorted((a, b) => value(b) - value(a) || b.queued - a.queued || (a.site < b.site ? -1 : 1))
}
