// What lists and entries are looked for by: as it stands in the address of the page, and as the calls of the API and hms take it.
import { SUPPRESSION_REASONS, type SuppressionReason } from '../../../../src/contract/suppression.ts'
import { type AccountSearch, accountOf } from '../../app/account-search.ts'

export interface ListsSearch extends AccountSearch {
  /** Somebody who is looked up on all lists. */
  readonly target?: string
}

export const SINCES = { '24h': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000, '90d': 7_776_000_000 } as const
export type SinceName = keyof typeof SINCES

export interface EntrySearch {
  readonly match?: string
  readonly reason?: SuppressionReason
  readonly origin?: string
  readonly since?: SinceName
  /** The entry that is explained, and its stream where it is of one alone. */
  readonly why?: string
  readonly stream?: string
}

type Given = Readonly<Record<string, unknown>>

function textOf(given: Given, name: string): string | null {
  const value = given[name]
  return (typeof value === 'string' || typeof value === 'number') && value !== '' ? String(value) : null
}

export function listsSearchOf(given: Given): ListsSearch {
  const target = textOf(given, 'target')
  return { ...accountOf(given), ...(target !== null && { target }) }
}

export function entrySearchOf(given: Given): EntrySearch {
  const [match, origin, why, stream] = ['match', 'origin', 'why', 'stream'].map((name) => textOf(given, name))
  const reason = SUPPRESSION_REASONS.find((one) => one === given['reason'])
  const { since } = given
  return {
    ...(match != null && { match }),
    ...(reason !== undefined && { reason }),
    ...(origin != null && { origin }),
    ...(typeof since === 'string' && Object.hasOwn(SINCES, since) && { since: since as SinceName }),
    ...(why != null && { why }),
    ...(stream != null && { stream }),
  }
}

export const isFiltered = ({ match, reason, origin, since }: EntrySearch): boolean =>
  [match, reason, origin, since].some((one) => one !== undefined)

/** An address as a whole: what stands against it is asked then, its domain and patterns too. */
export function addressIn({ match, reason, origin, since }: EntrySearch): string | null {
  if (match === undefined || [reason, origin, since].some((one) => one !== undefined)) return null
  return /^[^\s@*?]+@[^\s@*?]+\.[^\s@*?]+$/.test(match) ? match : null
}

/** For `suppression.export`. So that the same minute asks the same. */
export function entryQuery({ match, reason, origin, since }: EntrySearch) {
  return {
    ...(match !== undefined && { match }),
    ...(reason !== undefined && { reason }),
    ...(origin !== undefined && { origin }),
    ...(since !== undefined && { since: Math.floor((Date.now() - SINCES[since]) / 60_000) * 60_000 }),
  }
}

/** Behind `hms suppression export`. */
export function entryFlags({ match, reason, origin, since }: EntrySearch, quote: (text: string) => string): string {
  const flags = [
    match === undefined ? null : `--match ${quote(match)}`,
    reason === undefined ? null : `--reason ${reason}`,
    origin === undefined ? null : `--origin ${quote(origin)}`,
    since === undefined ? null : `--since ${since}`,
  ]
  return flags.filter((flag) => flag !== null).join(' ')
}
