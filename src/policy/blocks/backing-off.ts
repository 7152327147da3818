// Backing off without patterns: where a site puts off too large a share of mail it gets half as much, and where it refuses too large a
// share of connections it gets no more than it has. Effects like those of block rules, with the shares as their cause.
import { formatDuration } from '../../base/quantities.ts'
import type { BlockRule } from '../../contract/blocks.ts'
import type { PeerReply } from '../../contract/events.ts'
import type { EffectiveSettings } from '../../contract/rules.ts'
import type { Share, ShareTerms } from './shares.ts'

export type BackoffKind = 'deferrals' | 'failures'
export type BackoffSettings = Pick<
  EffectiveSettings,
  'backoff' | 'backoff_deferrals' | 'backoff_failures' | 'backoff_least' | 'backoff_within' | 'backoff_for'
>

export const BACKOFF_RULE = 'automatic backing off'
/** Comes back step by step in so many times the time that it held. */
const RECOVERY = 3

export function shareTerms(settings: BackoffSettings, kind: BackoffKind, workers: number): ShareTerms {
  const { backoff, backoff_deferrals: deferrals, backoff_failures: failures, backoff_least: least, backoff_within: within } = settings
  const percent = kind === 'deferrals' ? deferrals : failures
  // Each worker sees its part.
  return { within, least: Math.max(2, Math.ceil(least / workers)), percent: backoff ? percent : 0 }
}

export function backoffBlock(kind: BackoffKind, { backoff_for: pause }: BackoffSettings): BlockRule {
  const usual = { name: kind, match: '', priority: 0, onlyAlert: false, scope: ['site', 'source'], to: 1 } as const
  const eased = kind === 'deferrals' ? ({ action: 'slow', factor: 2 } as const) : ({ action: 'connections', factor: 1 } as const)
  return { ...usual, ...eased, pause, recovery: RECOVERY * pause }
}

export function backoffCause(kind: BackoffKind, { all, bad }: Share, { backoff_within: within }: BackoffSettings, last: string): string {
  const what = kind === 'deferrals' ? 'answers put mail off' : 'connections could not be opened'
  return `${bad} of ${all} ${what} within ${formatDuration(within)}, at last: ${last}`
}

/** Said of the recipient (rfc:3463 X.1, X.2), or of how many there are (X.5.3). */
const OF_RECIPIENT = /^4\.(?:[12]\.|5\.3$)/
/** It asks for a second attempt, which is on its way. */
const GREYLISTED = /gr[ae]y.?list/i

/** Whether a reply puts mail off for our sake, or for the receiver's own trouble. */
export function putsOff({ code, enhanced, text }: PeerReply): boolean {
  if (code < 400 || code > 499 || GREYLISTED.test(text)) return false
  return enhanced === null ? code !== 450 && code !== 452 : !OF_RECIPIENT.test(enhanced)
}
