// What replies and messages that came back mean, and which texts of the owner count for that; and what settings there are.
import type { DomainName } from './forms.ts'
import type { EpochMs, Ms } from '../base/brand.ts'
import type { Advice, Blame, Category, ReportKind, ReportType } from './feedback.ts'
import type { FailureCode } from './failure-codes.ts'

/** Name or value of a setting of the server. @minLength 1 @maxLength 1000 @pattern ^[^\r\n\0]+$ */
export type OptionText = string

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

/** A list file about replies or bounces. */
export interface ReplyListView {
  readonly name: string
  /** The owner's in config/ of the home, or the one that the program ships. */
  readonly copy: 'own' | 'shipped'
  readonly entries: number
  /** Lines that do not count. */
  readonly problems: readonly { readonly line: number; readonly problem: string }[]
}

export interface ReturnedReading {
  readonly kind: ReportKind
  /** How it was known: `dsn`, `exim`, `arf`… */
  readonly format: string
  /** What may be a token of ours. */
  readonly token: string | null
  readonly recipients: readonly ReplyMeaning[]
  /** What is known of the message that came back. */
  readonly original: {
    readonly messageId: string | null
    readonly from: string | null
    readonly to: readonly string[]
    readonly subject: string | null
  } | null
}

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

export interface OptionProblem {
  readonly file: string
  readonly line: number | null
  readonly setting: string
  readonly expected: string
  readonly found: string
}

/** A reply with its code; `\n` written out in it is a line break. @minLength 1 @maxLength 8192 */
type ReplyLine = string
/** @maxItems 1000 */
type ReplyLines = readonly ReplyLine[]
/** The message as it came, with its header. @minLength 1 @maxLength 1000000 */
type ReturnedMessage = string

/** @minLength 1 @maxLength 1000 @pattern ^[^\r\n\0]+$ @example "no longer works here" */
type ReplyPattern = string
/** From 1, as `replies.unknown` lists them. @integer @minimum 1 @maximum 9999 */
type ReplyNumber = number

/** As `replies.unknown` tells it: it names a reply however the list changed since. @minLength 1 @maxLength 8192 */
type ReplyForm = string

/** What the owner's list files say of a reply; null: nothing. */
export interface ReplyListVerdict {
  readonly status: 'temporary' | 'permanent' | 'default' | null
  /** What the owner is told. */
  readonly alert: string | null
  /** Before the next attempt, in milliseconds. */
  readonly wait: Ms | null
  readonly code: FailureCode | null
}

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

export interface ReadingOperations {
  'replies.classify': { params: { replies: ReplyLines }; result: { meanings: readonly ReplyMeaning[] } }
  /** Replies that no rule knows, the most frequent first; some seconds old. */
  'replies.unknown': { params: Record<never, never>; result: readonly UnknownReplyView[] }
  /**
   * A rule of the owner's at the end of response_translations.list: replies that match get the failure code. Either a pattern (a regular expression), or
   * a reply that no rule knows, by its number or by its form. `site`: only for mail to this domain.
   */
  'replies.learn': {
    params: { pattern?: ReplyPattern; reply?: ReplyNumber; form?: ReplyForm; code: FailureCode; site?: DomainName; dryRun?: boolean }
    result: LearnedReply
  }
  /** What the list files say of a reply; null: it is left to the program. */
  'replies.try': { params: { reply: ReplyLine }; result: ReplyListVerdict }
  'replies.lists': { params: Record<never, never>; result: readonly ReplyListView[] }
  /** How a message that came back is read. Nothing is done about it. */
  'returned.read': { params: { message: ReturnedMessage }; result: ReturnedReading }
  'config.describe': { params: Record<never, never>; result: readonly OptionView[] }
  /** Writes config/hms.yaml; refused is what a start would refuse. `applies` says when it counts. `value`: as in the file or the variable. */
  'config.set': { params: { name: OptionText; value: OptionText }; result: { name: string; value: string; applies: OptionView['applies'] } }
  /** Takes it out of config/hms.yaml, so that the default holds. */
  'config.unset': {
    params: { name: OptionText }
    result: { name: string; value: string; applies: OptionView['applies']; removed: boolean }
  }
  /** What is wrong in the configuration file and the environment, as a start would find it. */
  'config.check': { params: Record<never, never>; result: { problems: readonly OptionProblem[] } }
}
