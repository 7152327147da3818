// Operations on sources and their warm-up, and what they show.
import type { DomainName, Note, SourceName } from './forms.ts'
import type { EpochMs } from '../base/brand.ts'
import type { Source } from './rules.ts'
import type { SourceState } from './settings.ts'
import type { WarmupFigures, WarmupMode } from './warmup.ts'

/** @minLength 1 @maxLength 255 */
export type ExitLoginPart = string
/** Name of a provider of the rules, or `other`. @minLength 1 @maxLength 255 */
export type ProviderName = string

/** One source (or all of one /64), or one signing domain, that is warmed up. Days are numbers since 1970 (UTC). */
export interface WarmupReport {
  readonly unit: string
  /** Of its sources, or the domain. */
  readonly names: readonly string[]
  readonly plan: string
  /** Whether there is such a plan. */
  readonly known: boolean
  /** Null: it has begun. */
  readonly begins: EpochMs | null
  readonly providers: readonly {
    readonly provider: string
    readonly mode: WarmupMode
    /** Messages a day; null: it is warm. */
    readonly cap: number | null
    readonly since: EpochMs
    readonly said: string
    readonly today: WarmupFigures
    /** `cap` null: there was none. */
    readonly past: readonly (WarmupFigures & { readonly day: number; readonly cap: number | null })[]
    /** If every day is used and goes well, until it is warm. */
    readonly forecast: readonly { readonly day: number; readonly cap: number }[]
  }[]
}

/** A source that a worker took out by itself: it cannot be bound, or its exit not be reached. It is probed at `until`. */
export interface SourceOut {
  readonly source: string
  readonly reason: string
  readonly since: EpochMs
  readonly until: EpochMs
}

/** A source of the rules, and how it is. */
export interface SourceView {
  readonly name: string
  readonly source: Source
  readonly pools: readonly { readonly pool: string; readonly weight: number }[]
  /** What was done by hand, by whom and when; null: nothing. */
  readonly hand: SourceState['hand']
  readonly by: string | null
  readonly at: EpochMs | null
  readonly note: string
  /** What the last check of the network found wrong with it as it is now. */
  readonly failures: readonly string[]
  readonly checkedAt: EpochMs | null
  /** Who we log in as at its exit; null: without a login, or the exit is not the one that the login is for. */
  readonly login: string | null
  /** Out by itself. */
  readonly out: Omit<SourceOut, 'source'> | null
}

type SourceAct = { params: { source: SourceName; note?: Note }; result: SourceState }

export interface SourceOperations {
  'warmup.status': {
    params: { source?: SourceName; domain?: DomainName; provider?: ProviderName }
    result: { units: readonly WarmupReport[]; alerts: readonly string[] }
  }
  /** By hand; without a provider at all of them. Named are those for which it makes a difference. */
  'warmup.set': {
    params: { action: 'start' | 'hold' | 'resume' | 'skip' | 'finish'; source?: SourceName; domain?: DomainName; provider?: ProviderName }
    result: { changed: readonly { unit: string; names: readonly string[]; provider: string; mode: WarmupMode; cap: number }[] }
  }
  'sources.list': { params: Record<never, never>; result: readonly SourceView[] }
  /** Nothing leaves from it; the others of its pools take its mail. */
  'sources.suspend': SourceAct
  /** What was accepted before leaves from it, nothing later. */
  'sources.drain': SourceAct
  /** It is used as the rules say, where it did not fail the check. */
  'sources.resume': SourceAct
  /** It is used whatever the check found. */
  'sources.force': SourceAct
  /** At its exit (SOCKS5), from now on; the one that was there before is forgotten. */
  'sources.login': {
    params: { source: SourceName; user: ExitLoginPart; password: ExitLoginPart }
    result: { source: string; user: string }
  }
  'sources.logout': { params: { source: SourceName }; result: { removed: boolean } }
  /** What a check of the network found wrong with it, in sentences; none: it is as it should be. */
  'sources.checked': { params: { source: SourceName; failures: readonly string[] }; result: SourceState }
}
