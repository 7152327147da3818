// Which mail is kept back: the owner suspended its domain, its account, its mailing, or what is of several of them at once.
import type { AccountId, Domain } from '../base/brand.ts'
import type { Suspension } from '../contract/settings.ts'

export interface Suspendable {
  readonly account: AccountId
  readonly mailing: string | null
}

/** `site`: where it goes; null while nobody knows. */
export function findSuspension(
  all: readonly Suspension[],
  { account, mailing }: Suspendable,
  domain: Domain,
  site: string | null,
): Suspension | undefined {
  return all.find(
    (one) =>
      (one.site === undefined || one.site === site) &&
      (one.domain === null || one.domain === domain) &&
      (one.account === null || one.account === account) &&
      (one.mailing === null || one.mailing === mailing),
  )
}

/** Why a recipient is held: by these words it is found again when the suspension ends. */
export function suspendedReason({ id, by, note }: Suspension): string {
  return `Suspended (${id}) by ${by}${note === '' ? '.' : `: ${note}`}`
}
