// Dynamic Block Rules: what a rule says of replies that mean that we are blocked or too fast, and what is done then. And effects: what
// such a rule does at the moment, as it is listed and can be ended by hand.
import type { EpochMs, Ms } from '../base/brand.ts'

/** Characters of a reply that are looked at, and blocks that a rule may have. */
export const BLOCK_BOUNDS = { text: 2000, blocks: 100 } as const

export const BLOCK_ACTIONS = ['pause', 'slow', 'connections'] as const
export type BlockAction = (typeof BLOCK_ACTIONS)[number]
export const BLOCK_SCOPES = ['site', 'provider'] as const
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
  /** What is eased off: the site that said it, or all sites of its provider. */
  readonly scope: BlockScope
  /** So many such replies in this time; undefined: the first. */
  readonly threshold?: { readonly count: number; readonly within: Ms }
  readonly action: BlockAction
  /** `slow`: messages a minute; `connections`: at once. Of a pause it says nothing. */
  readonly to: number
  /** How long. */
  readonly pause: Ms
  /** How long it takes afterwards until nothing is kept back any more. */
  readonly recovery: Ms
  /** Where such replies were seen, and replies that it must and must not match. */
  readonly seen?: readonly string[]
  readonly matches?: readonly string[]
  readonly not?: readonly string[]
}

/** What a block does at the moment. */
export interface BlockEffect {
  /** Of its own in an installation. */
  readonly id: string
  /** The rule and the block in it. */
  readonly rule: string
  readonly block: string
  /** The site, or the provider with all its sites. */
  readonly scope: BlockScope
  readonly where: string
  readonly action: BlockAction
  /** `slow`: messages a minute now; otherwise connections at once now; null: nothing leaves. */
  readonly to: number | null
  readonly since: EpochMs
  readonly until: EpochMs
  /** Until when it recovers after that. */
  readonly recoversUntil: EpochMs
  /** The reply that began it. */
  readonly cause: string
}
