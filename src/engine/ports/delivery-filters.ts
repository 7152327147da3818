// What the delivering side asks of the owner's own code about mail on its way: before mail of an account to a domain is worked on, before a
// connection is opened, before a recipient is deferred. Where nobody has a hook that costs one look. An answer never rejects and never takes
// longer than whoever gives it may: what counts when he fails is the owner's choice, made behind this port.
import type { AccountId, Domain, Ms } from '../../base/brand.ts'
import type { DeferredEvent } from '../../contract/events.ts'
import type { ConnectionRule } from '../../contract/plugins.ts'
import type { Effective, RuleSet } from '../../contract/rules.ts'
import type { MessageHead } from './spool.ts'

/** What of a connection rules can say, in other words than theirs. */
export type ConnectionChange = Partial<ConnectionRule>

/** `rule`: what counts in the place of what rules say; `pool`: what the mail leaves from. */
export interface DomainChange {
  readonly rule: RuleSet
  readonly pool?: string
}

/**
 * What becomes of the mail.
 * - `go`: it goes on; `change` null: as the rules say.
 * - `defer`: mail of the account to the domain is tried again after `wait` ms, or by its schedule (null).
 * - `fail`: it fails for good.
 * `isFailure`: nobody said so, it is the owner's choice for those who fail; it holds for a moment only.
 */
export type Said<Change> =
  | { readonly kind: 'go'; readonly change: Change | null; readonly isFailure: boolean }
  | { readonly kind: 'defer'; readonly reason: string; readonly wait: Ms | null; readonly isFailure: boolean }
  | { readonly kind: 'fail'; readonly reason: string }

/** Mail that is first in line. */
export interface FirstInLine {
  readonly head: Pick<MessageHead, 'account' | 'id' | 'mailing'>
  readonly domain: Domain
  /** As people know it. */
  readonly site: string
}
export interface DomainStart extends FirstInLine {
  readonly hosts: readonly string[]
  /** Recipients that wait for the domain. */
  readonly waiting: number
  readonly effective: Effective
}
export interface ConnectionStart extends FirstInLine {
  readonly host: string
  readonly address: string
  readonly port: number
  /** Connections that the site has open. */
  readonly open: number
  readonly effective: Effective
}

export interface DeliveryFilters {
  /** Which questions anybody answers, of whatever account. */
  readonly asks: { readonly domain: boolean; readonly connection: boolean; readonly deferral: boolean }
  /** Another object when others are asked than before: what those before said is of no account. */
  readonly who: object
  /** Whether mail of the account must not share connections with others, as others are asked about it than about most mail. */
  isApart(account: AccountId): boolean
  /** Whether anybody is asked about domains of its mail. */
  asksDomainOf(account: AccountId): boolean
  /** Null: nobody is asked about mail of this account. */
  domain(start: DomainStart): Promise<Said<DomainChange>> | null
  connection(start: ConnectionStart): Promise<Said<ConnectionChange>> | null
  /** Gives why it fails instead; null: it is deferred. */
  deferral(event: DeferredEvent): Promise<string | null> | null
}
