// Warm-up: how a new source, or a new signing domain, comes to its full volume at each provider. The plan is written in the delivery
// rules; how far it came is kept in the settings; what was done on a day is counted from the events.
import type { EpochMs, Ms } from '../base/brand.ts'

/** Destinations that belong to no provider that the rules know: one count for all of them. */
export const OTHER_PROVIDERS = 'other'
/** Days behind that are shown. */
export const WARMUP_PAST = 14
export const WARMUP_BOUNDS = { days: 120, most: 100_000_000, plans: 1000, domains: 10_000 } as const

/** Of the attempts of a day, as shares of 1. Above one of them the cap does not grow. */
export interface WarmupThresholds {
  readonly deferred: number
  readonly blocked: number
  readonly bounced: number
  readonly complaints: number
}

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

export const WARMUP_DEFAULTS = {
  spread: 8 * 3_600_000,
  overflow: 3_600_000,
  idle: 14 * 86_400_000,
  thresholds: { deferred: 0.15, blocked: 0.02, bounced: 0.05, complaints: 0.001 },
} as const

/** That a source or a signing domain is warmed up. */
export interface WarmupUse {
  readonly plan: string
  /** `2026-12-01` (UTC); null: from when the rules first said so. Another date begins anew. */
  readonly start: string | null
}

/** `held`: by hand; nothing grows and nothing steps back. */
export type WarmupMode = 'warming' | 'held' | 'warm'

/** How far one source or signing domain came at one provider. */
export interface WarmupState {
  /** `source=192.0.2.1`, `source=2001:db8:0:1::/64` or `signer=example.com`. */
  readonly unit: string
  readonly provider: string
  readonly mode: WarmupMode
  /** Messages a day. Of what is warm: its last. */
  readonly cap: number
  readonly began: EpochMs
  /** Since when the cap and the mode are what they are. */
  readonly since: EpochMs
  /** Number of the last day (since 1970, UTC) that was looked at. */
  readonly looked: number
  /** Days in a row with bad figures, and without any mail. */
  readonly bad: number
  readonly idle: number
  /** Why it is as it is: a sentence. */
  readonly said: string
  /** The caps of the last days; null: it was warm. */
  readonly past: readonly (readonly [day: number, cap: number | null])[]
}

/** What came of the attempts of one day. `sent`: all of them. */
export interface WarmupFigures {
  readonly sent: number
  readonly deferred: number
  readonly blocked: number
  readonly bounced: number
  readonly complaints: number
}

export const NO_FIGURES: WarmupFigures = { sent: 0, deferred: 0, blocked: 0, bounced: 0, complaints: 0 }

export interface WarmupDay extends WarmupFigures {
  readonly unit: string
  readonly provider: string
  readonly day: number
}
