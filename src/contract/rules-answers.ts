// What operations answer about delivery rules: what holds for a destination and where it is from, what two documents differ in, and what is odd.
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
