// Dynamic Block Rules: what a rule says of replies that mean that we are blocked or too fast, and what is done then. And effects: what
// automation does at the moment, as it is kept over restarts, listed, and changed by hand.
import type { EpochMs, Ms } from '../base/brand.ts'

/** Characters of a reply that are looked at, and blocks that a rule may have. */
export const BLOCK_BOUNDS = { text: 2000, blocks: 100 } as const

export const BLOCK_ACTIONS = ['pause', 'slow', 'connections', 'pool', 'priority', 'fail'] as const
export type BlockAction = (typeof BLOCK_ACTIONS)[number]
export const BLOCK_SCOPES = ['site', 'provider', 'source', 'account', 'mailing'] as const
export type BlockScope = (typeof BLOCK_SCOPES)[number]

export interface BlockRule {
  /** Unique within its rule. */
  readonly name: string
  /** A regular expression in the syntax of RE2, without its slashes. Upper and lower case are the same to it. */
  readonly match: string
  /** Of several that match the highest counts, then the first. */
  readonly priority: number
  /** It alerts, and nothing else. */
  readonly onlyAlert: boolean
  /**
   * What is eased off: mail that has all of these in common with what was refused. One word: in documents of 1.0.0, whose only source was
   * the usual one; `scopeOf` reads it.
   */
  readonly scope: readonly BlockScope[] | 'site' | 'provider'
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

/** Where something holds: for mail that has all of these. A provider is all of its sites. */
export type EffectPlace = { readonly [Scope in BlockScope]?: string }

/** What a block does, and until when. */
export interface Holding {
  readonly block: BlockRule
  readonly action: BlockAction
  /** Messages a minute, or connections; for a pause the connections with which it begins to recover. */
  readonly level: number
  readonly since: EpochMs
  readonly until: EpochMs
  readonly recoversUntil: EpochMs
  readonly changedAt: EpochMs
}

/** Something that automation did and that ends. */
export interface HeldEffect {
  /** Of its own in an installation; the same for the same rule at the same place. */
  readonly id: string
  readonly ruleKey: string
  readonly rule: string
  readonly place: EffectPlace
  /** The reply that began it or changed it last. */
  readonly cause: string
  readonly holding: Holding
}

/** What a worker saw that a rule knows. */
export interface EffectReport {
  readonly ruleKey: string
  readonly rule: string
  readonly block: BlockRule
  readonly place: EffectPlace
  readonly cause: string
  /** What left the place in the last minute and how many connections there are, as far as the worker knows. */
  readonly rate: number
  readonly connections: number
}

/** `alert`: that alone. `by`: a user, `hms` at the shell, the rule, or `time`. */
export interface Happening {
  readonly at: EpochMs
  readonly kind: 'begun' | 'tightened' | 'extended' | 'ended' | 'alert'
  readonly effect: HeldEffect
  readonly by: string
}

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
