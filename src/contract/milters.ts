// Milters: mail filters that run as programs of their own (rspamd, ClamAV, OpenDKIM and others) and are asked by the Sendmail mail filter
// protocol. What an owner says of each, and what is known of how they do.
import type { AccountId, EpochMs, Ms } from '../base/brand.ts'
import type { MailAddress } from './forms.ts'

/** Letters, digits, `-` and `_`. @pattern ^[A-Za-z0-9_-]{1,40}$ */
export type MilterName = string

/** What mail a milter sees: `submission`: by SMTP from who may send; `inbound`: from strangers for own domains; `injection`: by HTTP, files and jobs. */
export const MILTER_WAYS = ['submission', 'inbound', 'injection'] as const
export type MilterWay = (typeof MILTER_WAYS)[number]

/** What becomes of mail while the milter cannot be asked: it goes on without it, is put off with 451, or is refused with 550. */
export const MILTER_FAILURES = ['accept', 'tempfail', 'reject'] as const
export type MilterFailureChoice = (typeof MILTER_FAILURES)[number]

/** Steps that a milter may be asked about and that an owner may leave out. */
export const MILTER_STEPS = ['connect', 'helo', 'mail', 'rcpt', 'data', 'header', 'eoh', 'body'] as const
export type MilterStep = (typeof MILTER_STEPS)[number]

/** How long a milter may take. */
export interface MilterTimeouts {
  /** To connect, and to agree on what is asked. @integer @minimum 100 @maximum 300000 */
  readonly connect: Ms
  /** To answer a step of the session. @integer @minimum 100 @maximum 600000 */
  readonly command: Ms
  /** To answer a piece of the message. @integer @minimum 100 @maximum 600000 */
  readonly content: Ms
  /** To decide at the end of the message; while it says that it is at work, up to ten minutes in all. @integer @minimum 100 @maximum 600000 */
  readonly end: Ms
}

export const MILTER_TIMEOUTS: MilterTimeouts = { connect: 10_000, command: 30_000, content: 30_000, end: 120_000 }

/** A milter as an owner set it up. */
export interface Milter {
  readonly name: MilterName
  /** `inet:host:port`, `unix:/path` */
  readonly address: string
  /** Milters are asked in this order, those of one number by name; each sees what the ones before it made of the message. @integer @minimum 0 @maximum 1000 */
  readonly order: number
  readonly enabled: boolean
  readonly ways: readonly MilterWay[]
  /** Only sessions that came to these ports of ours; none: to any. */
  readonly ports: readonly number[]
  /** Only mail of these accounts; none: of any. */
  readonly accounts: readonly AccountId[]
  readonly onFailure: MilterFailureChoice
  /** Steps that it is not asked about, although it would like to be. */
  readonly skip: readonly MilterStep[]
  readonly timeouts: MilterTimeouts
  /** Connections to it at once, of each worker. @integer @minimum 1 @maximum 10000 */
  readonly connections: number
}

/** How often a milter was asked and what came of it, since the workers began. */
export interface MilterCounts {
  /** Messages that it saw to their end. */
  readonly messages: number
  readonly accepted: number
  /** Of those, how many it changed. */
  readonly changed: number
  readonly rejected: number
  readonly deferred: number
  readonly discarded: number
  readonly quarantined: number
  /** Times that it could not be asked, or did not answer as it must. */
  readonly failures: number
  /** Milliseconds that it was waited for, in all. */
  readonly waited: Ms
}

/** How a milter does, as one worker sees it. */
export interface MilterSeen {
  readonly name: MilterName
  readonly counts: MilterCounts
  /** Connections that are open now. */
  readonly open: number
  /** `resting`: it failed, and is not asked again before `until`. */
  readonly state: 'new' | 'well' | 'resting'
  readonly until?: EpochMs
  /** Since when it fails. */
  readonly failingSince?: EpochMs
  /** Why, as the end of a sentence. */
  readonly failure?: string
}

/** Milliseconds. @integer @minimum 100 @maximum 600000 */
export type MilterTime = Ms
/** `inet:host:port`, `inet:port@host`, `unix:/path` @minLength 1 @maxLength 300 @example "inet:127.0.0.1:11332" */
export type MilterAddress = string
/** @integer @minimum 0 @maximum 1000 */
export type MilterOrder = number
/** @integer @minimum 1 @maximum 10000 */
export type MilterConnections = number
/** Ports of ours. @maxItems 100 */
export type MilterPorts = readonly number[]
/** Numbers of accounts. @maxItems 1000 */
export type MilterAccounts = readonly AccountId[]
/** Address of the client that it would come from. @minLength 2 @maxLength 45 @example "192.0.2.1" */
export type ClientAddress = string
/** A message to try with, as it would come; lines may end with LF. @minLength 1 @maxLength 1000000 */
export type MilterMessage = string

/** A milter, and how it does at the workers. */
export interface MilterView extends Milter {
  /** Left out: nobody knows, as no server runs, or it is switched off. */
  readonly seen?: Omit<MilterSeen, 'name'>
}

/** Messages to try a milter with: an ordinary one, the spam of the GTUBE test, the virus of the EICAR test. */
export const MILTER_SAMPLES = ['plain', 'spam', 'virus'] as const
export type MilterSample = (typeof MILTER_SAMPLES)[number]

/** What it said to a step of a trial. */
export interface MilterTrialStep {
  readonly step: string
  /** In words; `-`: it was not asked, or does not answer this step. */
  readonly answer: string
  readonly took: Ms
}

/** What a milter said to a message that was never mail. */
export interface MilterTrial {
  /** What would become of the message. */
  readonly outcome: 'accepted' | 'rejected' | 'deferred' | 'discarded' | 'quarantined' | 'failed'
  /** The reply that the client would read, or why the milter failed. */
  readonly words: string
  /** Of the protocol; left out: it was not reached. */
  readonly version?: number
  /** What it may change, as it says itself. */
  readonly actions: readonly string[]
  readonly steps: readonly MilterTrialStep[]
  /** What it would change, a line each. */
  readonly changes: readonly string[]
}

export interface MilterOperations {
  /** In the order in which they are asked. */
  'milter.list': { params: Record<never, never>; result: readonly MilterView[] }
  /** What is not named stays as it is, and is as at first of a new one. */
  'milter.set': {
    params: {
      name: MilterName
      address?: MilterAddress
      order?: MilterOrder
      enabled?: boolean
      ways?: readonly MilterWay[]
      ports?: MilterPorts
      accounts?: MilterAccounts
      onFailure?: MilterFailureChoice
      skip?: readonly MilterStep[]
      connectTimeout?: MilterTime
      commandTimeout?: MilterTime
      contentTimeout?: MilterTime
      endTimeout?: MilterTime
      connections?: MilterConnections
    }
    result: Milter
  }
  'milter.remove': { params: { name: MilterName }; result: { removed: boolean } }
  /** Asks it about a message that is no mail, in a session that is none. Of `sample` and `message` one at most. */
  'milter.test': {
    params: {
      name: MilterName
      sender?: MailAddress
      recipient?: MailAddress
      address?: ClientAddress
      sample?: MilterSample
      message?: MilterMessage
    }
    result: MilterTrial
  }
}
