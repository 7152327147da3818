// Brakes: what an account does that harms others, from how much on its owner's provider is told, and from how much on its mail is held.
import type { AccountId, EpochMs, Ms } from '../base/brand.ts'

/** Of a brake, in `by` of a state: its name follows. */
export const BRAKE = 'brake '

export interface BrakeTerms {
  /** What happened in it counts. */
  readonly window: Ms
  /** Nothing is done about less than that: of what the brake is about, as its `volume` says. */
  readonly least: number
  /** Shares from 0 to 1, times, or counts, as the brake's `unit` says; null: never. */
  readonly warn: number | null
  readonly hold: number | null
}

interface Brake extends BrakeTerms {
  readonly unit: 'share' | 'times' | 'count'
  readonly what: string
  readonly volume: string
}

const MINUTE: Ms = 60_000
const HOUR: Ms = 60 * MINUTE

export const BRAKES = {
  'hard-bounces': {
    unit: 'share',
    what: 'recipients that failed for good',
    volume: 'recipients that were delivered or failed',
    window: HOUR,
    least: 200,
    warn: 0.05,
    hold: 0.1,
  },
  'unknown-users': {
    unit: 'share',
    what: 'recipients that do not exist',
    volume: 'recipients that were delivered or failed',
    window: 10 * MINUTE,
    least: 100,
    warn: 0.1,
    hold: 0.2,
  },
  complaints: {
    unit: 'share',
    what: 'complaints that are proved to be about its mail',
    volume: 'recipients that were delivered',
    window: 24 * HOUR,
    least: 1000,
    warn: 0.001,
    hold: 0.003,
  },
  peak: {
    unit: 'times',
    what: 'recipients in an hour, against its own highest of the 14 days before today',
    volume: 'recipients in the hour',
    window: HOUR,
    least: 1000,
    warn: 3,
    hold: 5,
  },
  'new-network': {
    unit: 'count',
    what: 'networks from which its logins never sent before',
    volume: 'networks',
    window: HOUR,
    least: 1,
    warn: 1,
    hold: 10,
  },
  'from-domains': {
    unit: 'count',
    what: 'domains in From that are not verified for it',
    volume: 'messages from such domains',
    window: HOUR,
    least: 100,
    warn: 50,
    hold: 500,
  },
  'named-in-block': {
    unit: 'count',
    what: 'refusals as blocked that name the domain of its sender or author',
    volume: 'refusals',
    window: HOUR,
    least: 1,
    warn: 1,
    hold: 20,
  },
} as const satisfies Record<string, Brake>

export type BrakeName = keyof typeof BRAKES
export const BRAKE_NAMES = Object.keys(BRAKES) as readonly BrakeName[]

/** What somebody set in place of what is shipped. */
export interface BrakeSetting {
  readonly name: BrakeName
  /** Null: of all accounts that have none of their own. */
  readonly account: AccountId | null
  /** Null: it is off. */
  readonly terms: BrakeTerms | null
  readonly by: string
  readonly at: EpochMs
}

/** A brake as it is for an account, or for all. */
export interface BrakeView {
  readonly name: BrakeName
  readonly account: AccountId | null
  readonly terms: BrakeTerms | null
  /** Who set it and when; null: it is as shipped. */
  readonly by: string | null
  readonly at: EpochMs | null
}

/** What a brake found of an account. */
export interface BrakeFinding {
  readonly account: AccountId
  readonly name: BrakeName
  readonly verdict: 'warn' | 'hold'
  /** As the middle of a sentence. */
  readonly words: string
  readonly at: EpochMs
  /** Since when the account was in the state for which that was counted; what somebody decided later counts. */
  readonly since: EpochMs
}
