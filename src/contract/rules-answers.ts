// What operations answer about delivery rules: what holds for a destination and where it is from, what two documents differ in, and what is odd.
import type { EpochMs } from '../base/brand.ts'
import type { OptionName } from './options.ts'
import type { CountedBy, LimitName, Origin, RuleLevel, ValueName } from './rules.ts'

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

export interface ExplainedBlock {
  readonly name: string
  /** `pause for the site, 30m`. */
  readonly shown: string
  readonly from: Origin
}

/** A pool, with the part of the mail that each source has while all can be used. */
export interface ExplainedPool {
  readonly name: string
  readonly sources: readonly {
    readonly source: string
    /** 0 to 1. */
    readonly share: number
    readonly address: string | null
    readonly proxy: string | null
    /** Null: `host.name`. */
    readonly helo: string | null
    /** Why it is not used, or not for new mail, as the end of a sentence; null: it is. */
    readonly why: string | null
  }[]
}

export interface Explained {
  /** Null: the mail leaves from what the configuration says. */
  readonly pool: ExplainedPool | null
  readonly provider: string | null
  readonly settings: readonly ExplainedSetting[]
  readonly limits: readonly ExplainedLimit[]
  /** Dynamic Block Rules for what the destination answers, rule by rule. */
  readonly blocks: readonly ExplainedBlock[]
  /** Sentences: Smart rules that loosen the owner's. */
  readonly notes: readonly string[]
}

/** What changes from one document to another: `rule gmail`, `provider big`, `account 1007 rule gmail`, … */
export interface RulesDifference {
  readonly added: readonly string[]
  readonly removed: readonly string[]
  readonly changed: readonly string[]
  /** The same rules stand in another order, which counts among rules that are equally specific. */
  readonly reordered: boolean
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

/** What is wrong at a place of a document. */
export interface RulesMistake {
  /** Null: it came as values and not as text. */
  readonly line: number | null
  /** `rules[3].set.connections`; empty: the document. */
  readonly path: string
  /** A sentence. */
  readonly what: string
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

/** A line of two documents side by side. Its numbers: in the one before and the one after; null: it is not there. */
export interface RulesLine {
  readonly kind: 'same' | 'added' | 'removed'
  readonly text: string
  readonly before: number | null
  readonly after: number | null
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
