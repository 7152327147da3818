// What is asked of a home besides its stores: checks of the installation, a test message, what a domain publishes about TLS, the end of a log,
// the dialog of live connections, and the new default that lies beside an edited configuration.
import type { AccountId, Domain, EpochMs, MessageId } from '../base/brand.ts'
import type { TraceLine } from './bus.ts'
import type { DomainName, Limit1000, MailAddress, MailingId, Network } from './forms.ts'
import type { TlsPolicy } from './settings.ts'

export interface DoctorCheck {
  readonly name: string
  readonly state: 'ok' | 'warn' | 'fail'
  /** A sentence. */
  readonly what: string
  /** What to do about it; null: nothing. */
  readonly mend: string | null
}

export interface TrustTlsa {
  readonly usage: number
  readonly selector: number
  readonly matching: number
  /** Hexadecimal. */
  readonly data: string
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

/** `tls`, `dane`: what is asked of it; `asks`: by whom where that is not the owner. */
export interface TrustTarget extends TrustHost {
  readonly tls: TlsPolicy
  readonly asks: 'MTA-STS' | 'DANE' | 'REQUIRETLS' | null
}

export interface TrustPolicy {
  readonly kind: 'none' | 'policy' | 'unusable'
  readonly mode: 'enforce' | 'testing' | 'none' | null
  readonly mx: readonly string[]
  readonly until: EpochMs | null
  /** Why it is not what the domain publishes now, or cannot be used. */
  readonly trouble: string | null
}

/** What a domain publishes about TLS, and what would be done with its mail. */
export interface TrustAnswer {
  readonly domain: Domain
  /** Mail goes by this route, and what the domain publishes does not count. */
  readonly route: { readonly pattern: string; readonly host: string; readonly port: number; readonly tls: TlsPolicy } | null
  readonly found: {
    readonly kind: 'hosts' | 'null-mx' | 'no-such-domain' | 'no-address' | 'loop' | 'trouble'
    /** DNSSEC proves that these are its hosts. */
    readonly secure: boolean
    readonly hosts: readonly TrustHost[]
  } | null
  readonly sts: TrustPolicy | null
  /** `site`: it would leave. */
  readonly plan: {
    readonly kind: 'site' | 'fail' | 'trouble'
    readonly reason: string | null
    readonly hosts: readonly TrustTarget[]
  } | null
  /** Name servers that are not believed about DNSSEC. */
  readonly untrusted: readonly string[]
  readonly asksDane: boolean
  readonly asksSts: boolean
  /** What would be done, in sentences. */
  readonly would: readonly string[]
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

export type MergeSide = 'mine' | 'theirs'

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

export interface ConfigSettingChange {
  readonly setting: string
  readonly what: 'gone' | 'meaning' | 'default' | 'new'
  /** Whether the file sets it. */
  readonly set: boolean
  readonly was: string | null
  readonly now: string | null
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

/** A line of a dialog, with the worker that has the connection. */
export interface FollowedLine extends TraceLine {
  readonly worker: number
}

export interface TestMessage {
  /** Null: it is in the queue, but was not seen there in time. */
  readonly message: MessageId | null
  readonly account: AccountId
  readonly clientId: string
  readonly from: string
  readonly to: readonly string[]
}

/** A day as `20261122`. @pattern ^\d{8}$ @example "20261122" */
type LogDay = string
/** One line. @minLength 1 @maxLength 200 @pattern ^[^\r\n\0]+$ */
type TestSubject = string
/** @minLength 1 @maxLength 10000 */
type TestText = string
/** @minItems 1 @maxItems 10 */
type TestRecipients = readonly MailAddress[]
/** Other addresses of this machine that the world sees. @maxItems 20 */
type SeenAddresses = readonly string[]
/** A host name or address. @minLength 1 @maxLength 253 */
type ProbeHost = string
/** Which side counts, by setting. */
type Taken = Readonly<Record<string, MergeSide>>

export interface ToolOperations {
  /**
   * Looks at the installation as `hms doctor` does. `network`: at what receivers look at, too; `address`: those that others see, where they are not
   * those of this machine; `probe`: a mail host whose port 25 is tried. `spool`: each queued recipient is in exactly one state.
   */
  'doctor.check': {
    params: { network?: boolean; address?: SeenAddresses; probe?: ProbeHost; spool?: boolean }
    result: { ok: boolean; checks: readonly DoctorCheck[] }
  }
  /** Hands in a message over SMTP with a login that is removed afterwards. `to`: the simulator of the server unless given. */
  'mail.test': {
    params: { account?: AccountId; from?: MailAddress; to?: TestRecipients; subject?: TestSubject; text?: TestText; mailing?: MailingId }
    result: TestMessage
  }
  /** Nothing is sent, and nothing is remembered. */
  'trust.look': { params: { domain: DomainName }; result: TrustAnswer }
  /** Lines of the processed log of a day, the newest first; today's unless said. Empty: it has none. */
  'log.read': {
    params: { id: AccountId; day?: LogDay; limit?: Limit1000; before?: number | null }
    result: { lines: readonly string[]; next: number | null }
  }
  /** Lines since the last call, at most so many; without `after` it begins to watch, which ends where nobody asks for 10 s. */
  'trace.follow': {
    params: { way?: 'in' | 'out'; domain?: DomainName; address?: Network; after?: string | null; limit?: Limit1000 }
    result: { lines: readonly FollowedLine[]; last: string }
  }
  'config.files': { params: Record<never, never>; result: readonly ConfigFileView[] }
  /** What the new default beside the configuration brings, and what both changed. */
  'config.merge.show': { params: Record<never, never>; result: ConfigMerge }
  /** `take`: which side counts for a setting; `rest`: for those that are not named. The result is checked before it takes the file's place, and counts at the next start. */
  'config.merge': { params: { take?: Taken; rest?: MergeSide; dryRun?: boolean }; result: ConfigMerge }
}
