// Which quotas hold for mail of an account, or of one of its logins. Pure.
import { type AccountState, QUOTA_NAMES, QUOTAS, type QuotaName, type Quotas } from '../../contract/accounts.ts'
import type { Config } from '../../contract/options.ts'
import type { Account, SmtpCredential } from '../../contract/settings.ts'
import type { LimitAsk } from '../limits/limit-book.ts'

type OfState = Pick<
  Config,
  'accounts.trial_recipients_per_hour' | 'accounts.trial_recipients_per_day' | 'accounts.limited_recipients_per_hour'
>

/** The narrower of its own and of what its state leaves it. */
export function quotasOf(
  { quotas, messagesPerHour }: Pick<Account, 'quotas' | 'messagesPerHour'>,
  state: AccountState,
  config: OfState,
): Quotas {
  const own: Quotas = messagesPerHour === null ? (quotas ?? NONE) : { ...quotas, messagesPerHour }
  if (state === 'trial')
    return narrower(own, {
      recipientsPerHour: config['accounts.trial_recipients_per_hour'],
      recipientsPerDay: config['accounts.trial_recipients_per_day'],
    })
  return state === 'limited' ? narrower(own, { recipientsPerHour: config['accounts.limited_recipients_per_hour'] }) : own
}

const NONE: Quotas = {}

/** 0 of a state: none. */
function narrower(own: Quotas, ofState: Quotas): Quotas {
  const both: { -readonly [K in QuotaName]?: number } = { ...own }
  for (const [name, limit] of Object.entries(ofState) as [QuotaName, number][])
    if (limit > 0) both[name] = Math.min(limit, both[name] ?? Infinity)
  return both
}

export interface QuotaAsk extends LimitAsk {
  readonly quota: QuotaName
}

/** As limits are asked for. `single`: for a message of one recipient, where all counts as one, so that many are asked for at once. */
export function asksFor(quotas: Quotas, scope: string, single: boolean): readonly QuotaAsk[] {
  return QUOTA_NAMES.flatMap((quota) => {
    const limit = quotas[quota]
    const { span, counts } = QUOTAS[quota]
    if (limit === undefined || span === null) return []
    return [
      {
        quota,
        key: quotaKey(quota, scope),
        limit,
        span,
        burst: Math.max(1, limit),
        counts: counts === 'messages' || single ? 'one' : 'octets',
      },
    ]
  })
}

export function quotaKey(quota: QuotaName, scope: string): string {
  return `quota_${quota} ${scope}`
}

export const scopeOfAccount = ({ id }: Pick<Account, 'id'>): string => `account=${id}`
export const scopeOfLogin = ({ user }: Pick<SmtpCredential, 'user'>): string => `login=${user}`

/** So many recipients may a message have: more would never be taken. */
export function mostRecipients(quotas: Quotas): number {
  let most = Infinity
  for (const quota of QUOTA_NAMES) if (QUOTAS[quota].counts === 'recipients') most = Math.min(most, quotas[quota] ?? Infinity)
  return most
}
