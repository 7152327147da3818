// What a sample of a call of the management API is, and of what: the things of one account.
import type { AccountId, MessageId } from '../src/base/brand.ts'
import type { RouteName } from '../src/contract/management.ts'

/** What there is of an account. */
export interface Belongings {
  /** In the name of everything. */
  readonly word: string
  readonly account: AccountId
  /** A login, and one to be removed. */
  readonly user: string
  readonly gone: string
  readonly domain: string
  readonly selector: string
  readonly list: string
  readonly job: number
  readonly webhook: string
  readonly message: MessageId
  readonly token: string
  /** A word of what is in them that no sample says. */
  readonly secret: string
}

export interface Sample {
  readonly path?: Readonly<Record<string, string | number>>
  readonly query?: Readonly<Record<string, string | number | boolean>>
  readonly body?: unknown
  /** What it is answered with as the owner, where that is no success: the installation of the test has no such thing. */
  readonly status?: number
}

export type Sampling = (its: Belongings) => Sample
/** A sample for a route that there is not does not compile. */
export type Samples = Partial<Readonly<Record<RouteName, Sampling>>>
