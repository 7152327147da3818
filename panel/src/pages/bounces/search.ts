// What the page about bounces and complaints shows, as it stands in its address.
import { type AccountSearch, accountOf } from '../../app/account-search.ts'

export const SPANS = { '24h': 86_400_000, '7d': 604_800_000, '30d': 2_592_000_000 } as const
export type SpanName = keyof typeof SPANS
export const DIVISIONS = ['domain', 'site', 'code', 'account', 'mailing'] as const
export type Division = (typeof DIVISIONS)[number]
export const EVENT_KINDS = ['bounced', 'complained', 'unsubscribed'] as const
export type EventKind = (typeof EVENT_KINDS)[number]

export interface BounceSearch extends AccountSearch {
  /** Left out: a week. */
  readonly last?: Exclude<SpanName, '7d'>
  /** Left out: by domain. */
  readonly by?: Exclude<Division, 'domain'>
  /** Left out: all of them. */
  readonly kind?: EventKind
}

export function bounceSearchOf(given: Readonly<Record<string, unknown>>): BounceSearch {
  const { last, by, kind } = given
  const known = EVENT_KINDS.find((one) => one === kind)
  const division = DIVISIONS.find((one) => one === by)
  return {
    ...accountOf(given),
    ...((last === '24h' || last === '30d') && { last }),
    ...(division !== undefined && division !== 'domain' && { by: division }),
    ...(known !== undefined && { kind: known }),
  }
}

export const spanOf = ({ last }: BounceSearch): SpanName => last ?? '7d'

/** Of whole hours, so that the same is asked for a while. */
export function timeOf(search: BounceSearch): { readonly from: number; readonly to: number } {
  const hour = 3_600_000
  const to = Math.floor(Date.now() / hour) * hour + hour
  return { from: to - SPANS[spanOf(search)], to }
}
