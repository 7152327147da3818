// Which rollups there are: by what they are told apart, whether by hour or only by day, whether the owner has rows of his own over all accounts,
// and how many values a bucket has before rare ones are folded into `other`.
import type { ReportFacet } from '../../contract/report-figures.ts'

export interface RollupTable {
  /** As it stands on disk: never used again for another. */
  readonly id: number
  readonly facets: readonly Exclude<ReportFacet, 'account'>[]
  readonly hourly: boolean
  /** Whether there are rows over all accounts (account 0). Where not, those of the accounts are summed, and a value is that of its account. */
  readonly overall: boolean
  /** Whether it is kept how long deliveries took. */
  readonly timed: boolean
  /** Values of an account, and of all accounts, in an hour and a day: rare ones beyond are `other`. */
  readonly most: { readonly hour: number; readonly day: number; readonly overallHour: number; readonly overallDay: number }
}

const few = { hour: 60, day: 60, overallHour: 200, overallDay: 200 }

export const ROLLUPS = [
  { id: 0, facets: ['stream'], hourly: true, overall: true, timed: true, most: few },
  { id: 1, facets: ['mailing'], hourly: true, overall: false, timed: true, most: { hour: 50, day: 500, overallHour: 0, overallDay: 0 } },
  { id: 2, facets: ['domain'], hourly: true, overall: true, timed: true, most: { hour: 50, day: 500, overallHour: 300, overallDay: 2000 } },
  { id: 3, facets: ['site'], hourly: true, overall: true, timed: true, most: { hour: 50, day: 250, overallHour: 200, overallDay: 1000 } },
  { id: 4, facets: ['source'], hourly: true, overall: true, timed: true, most: { hour: 100, day: 250, overallHour: 250, overallDay: 500 } },
  { id: 5, facets: ['code'], hourly: true, overall: true, timed: false, most: few },
  {
    id: 6,
    facets: ['mailing', 'domain'],
    hourly: false,
    overall: false,
    timed: false,
    most: { hour: 0, day: 500, overallHour: 0, overallDay: 0 },
  },
  {
    id: 7,
    facets: ['domain', 'code'],
    hourly: false,
    overall: true,
    timed: false,
    most: { hour: 0, day: 250, overallHour: 0, overallDay: 2000 },
  },
  {
    id: 8,
    facets: ['site', 'code'],
    hourly: false,
    overall: true,
    timed: false,
    most: { hour: 0, day: 250, overallHour: 0, overallDay: 2000 },
  },
  {
    id: 9,
    facets: ['source', 'site'],
    hourly: false,
    overall: true,
    timed: true,
    most: { hour: 0, day: 250, overallHour: 0, overallDay: 2000 },
  },
] as const satisfies readonly RollupTable[]

/** The one that has exactly these facets; the totals where there are none. */
export function rollupOf(facets: readonly ReportFacet[]): RollupTable | null {
  const wanted = new Set(facets.filter((facet) => facet !== 'account'))
  if (wanted.size === 0) return ROLLUPS[0]
  return ROLLUPS.find((one) => one.facets.length === wanted.size && one.facets.every((facet) => wanted.has(facet))) ?? null
}

/** Whether its values have two names. */
export function isPairs(rollup: number): boolean {
  return (ROLLUPS[rollup]?.facets.length ?? 1) > 1
}
