// What a report is asked by: as it stands in the address of the page, as the API takes it, and as the command does.
import { REPORT_FIGURES, type ReportFacet, type ReportFigure } from '../../../../src/contract/report-figures.ts'
import { accountOf } from '../../app/account-search.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
export const SPANS = { '24h': DAY, '7d': 7 * DAY, '30d': 30 * DAY, '90d': 90 * DAY, '12m': 365 * DAY } as const
export type SpanName = keyof typeof SPANS

export const TIMES = ['hour', 'day', 'month'] as const
/** `provider`: sites that the rules know under one name, added up here. */
export const DIVISIONS = [...TIMES, 'account', 'stream', 'mailing', 'domain', 'site', 'provider', 'source', 'code'] as const
export type Division = (typeof DIVISIONS)[number]
export const FIELDS = ['account', 'stream', 'mailing', 'domain', 'site', 'source', 'code'] as const
export type Field = (typeof FIELDS)[number]
export const ORDERS = [
  'recipients',
  'delivered',
  'deferred',
  'failed',
  'bouncedHard',
  'bouncedSoft',
  'complained',
  'opened',
  'clicked',
] as const

export interface ReportSearch {
  /** Left out: by day. */
  readonly by?: Division
  /** Left out: 30 days; both days named: from the one to the other. */
  readonly last?: SpanName
  readonly from?: string
  readonly to?: string
  readonly account?: number
  readonly stream?: string
  readonly mailing?: string
  readonly domain?: string
  readonly site?: string
  readonly source?: string
  readonly code?: string
  readonly order?: ReportFigure
  readonly compare?: true
}

const isDay = (value: unknown): value is string => typeof value === 'string' && /^\d{4}-\d\d-\d\d$/.test(value)

/** Of whatever stands in the address: what is none of it is left out. */
export function searchOf(given: Readonly<Record<string, unknown>>): ReportSearch {
  const texts = FIELDS.filter((name) => name !== 'account').flatMap((name) => {
    const value = given[name]
    const text = typeof value === 'string' || typeof value === 'number' ? String(value).trim() : ''
    return text === '' ? [] : [[name, text] as const]
  })
  const { last, from, to, compare } = given
  const by = DIVISIONS.find((one) => one === given['by'])
  const order = REPORT_FIGURES.find((one) => one === given['order'])
  const isOwn = isDay(from) && isDay(to) && from <= to
  return {
    ...(by !== undefined && by !== 'day' && { by }),
    ...(isOwn ? { from, to } : typeof last === 'string' && last !== '30d' && Object.hasOwn(SPANS, last) && { last: last as SpanName }),
    ...Object.fromEntries(texts),
    ...accountOf(given),
    ...(order !== undefined && { order }),
    ...((compare === true || compare === 'true') && { compare: true as const }),
  }
}

export const byOf = ({ by }: ReportSearch): Division => by ?? 'day'
export const isTime = (by: Division): by is (typeof TIMES)[number] => (TIMES as readonly string[]).includes(by)

/** A day as the reader has it. */
export function dayText(at: number): string {
  const day = new Date(at)
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
}

/** The last 24 hours by hours; other times by whole days, today among them. */
export function spanOf({ last, from, to }: ReportSearch, now: number) {
  if (from !== undefined && to !== undefined) return { from, to }
  if (last === '24h') return { from: new Date(Math.ceil(now / HOUR) * HOUR - DAY).toISOString() }
  return { from: dayText(now - SPANS[last ?? '30d'] + DAY) }
}

export const isShort = ({ last, from, to }: ReportSearch): boolean =>
  last === '24h' || (from !== undefined && to !== undefined && Date.parse(to) - Date.parse(from) <= DAY)

export function filtersOf(search: ReportSearch): readonly (readonly [Field, string])[] {
  return FIELDS.flatMap((field) => (search[field] === undefined ? [] : [[field, String(search[field])] as const]))
}

/** For all calls of the page. */
export function queryOf(search: ReportSearch, zone: string, now: number) {
  const { account, compare } = search
  const texts = filtersOf(search).filter(([field]) => field !== 'account')
  return {
    ...spanOf(search, now),
    zone,
    ...(account !== undefined && { account }),
    ...(Object.fromEntries(texts) as Partial<Record<Exclude<Field, 'account'>, string>>),
    ...(compare === true && { compare }),
  }
}

/** For the rows of the table. */
export function divisionOf(search: ReportSearch) {
  const by = byOf(search)
  if (isTime(by)) return { interval: by } as const
  const facet: ReportFacet = by === 'provider' ? 'site' : by
  return { interval: 'total', by: facet, order: search.order ?? (by === 'code' ? 'failed' : 'recipients') } as const
}

/** The same as a line of `hms`, each word quoted by `quote`. */
export function commandOf(search: ReportSearch, zone: string, quote: (text: string) => string): string {
  const { last, from, to, compare } = search
  const { interval, ...facet } = divisionOf(search)
  const hours = last === '24h' ? 1 : SPANS[last ?? '30d'] / DAY
  return [
    'report',
    ...(from !== undefined && to !== undefined ? [`--from ${from} --to ${to}`] : [`--last ${hours}`]),
    ...('by' in facet ? [`--by ${facet.by} --order ${facet.order}`] : [`--interval ${interval}`]),
    ...filtersOf(search).map(([field, value]) => `--${field} ${quote(value)}`),
    `--zone ${zone}`,
    ...(compare === true ? ['--compare'] : []),
  ].join(' ')
}
