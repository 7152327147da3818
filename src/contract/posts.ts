// What is posted by HTTP in place of being mailed: where accounts may, and how the owner says so.
import type { AccountId } from '../base/brand.ts'
import type { Account } from './settings.ts'

/** Addresses that may be posted to. @maxItems 1000 */
export type PostPatterns = readonly string[]

/** What an account may do with recipients such as `post@https://host/path`. */
export interface PostSetting {
  /** Patterns as policy/post/allowed.ts has them. */
  readonly allow: readonly string[]
  /** What is posted is signed with the account's secret. */
  readonly isSigned: boolean
}

export interface PostOperations {
  /** `secret` `new`: what is posted is signed with one that is shown only now; `none`: it is not signed. */
  'account.post.set': {
    params: { id: AccountId; add?: PostPatterns; remove?: PostPatterns; secret?: 'new' | 'none' }
    result: { account: Account; secret: string | null }
  }
}
