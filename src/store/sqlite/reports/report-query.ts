// Answers questions about rollups from the months on disk, over connections that only read and are closed behind each answer.
import type { AccountId, EpochMs } from '../../../base/brand.ts'
import { Fault } from '../../../base/fault.ts'
import { REPORT_FACETS, REPORT_FIGURES, type ReportFacet, type ReportFigures } from '../../../contract/report-figures.ts'
import type { Report, ReportRow, ReportTimes } from '../../../contract/report-operations.ts'
import type { ReportWish } from '../../../engine/ports/reports.ts'
import { COLUMN, COLUMNS } from '../../../policy/reports/fact.ts'
import { type GroupReader, VALUES } from '../../../policy/reports/group.ts'
import { MOST_PARTS, partsOf, type SpanPart } from '../../../policy/reports/spans.ts'
import { isPairs, rollupOf, ROLLUPS, type RollupTable } from '../../../policy/reports/tables.ts'
import { addTimes, TIME_SLOTS, timeWithin } from '../../../policy/reports/times.ts'
import { readGroups, type ReportNames } from './report-reading.ts'

/** Rows of one answer. */
const MOST_ROWS = 50_000
/** Values that are told apart while they are summed; the lightest of a page come from far fewer. */
const MOST_VALUES = 200_000

interface Sum {
  readonly account: AccountId | null
  readonly value: string | null
  readonly figures: Float64Array
  times: Float64Array | null
}

type Sums = Map<string, Sum>

/** What is read for a wish. */
interface Plan {
  readonly wish: ReportWish
  readonly rollup: RollupTable
  /** Null: of each account by itself. */
  readonly account: number | null
  /** Whether rows are of one account each. */
  readonly isOfAccounts: boolean
}

export function queryReports(folder: string, wish: ReportWish): Omit<Report, 'isBehind'> {
  const plan = planOf(wish)
  const zone = plan.rollup.hourly ? wish.zone : 'UTC'
  const parts = partsIn(wish, wish.from, wish.to, zone, !plan.rollup.hourly)
  const whole = [{ at: wish.from, hours: parts.flatMap(({ hours }) => hours), days: parts.flatMap(({ days }) => days) }]
  const all =
    wish.interval === 'hour' || !plan.rollup.hourly ? whole : partsIn({ ...wish, interval: 'total' }, wish.from, wish.to, zone, false)
  // What is divided by one thing is all of it.
  const isPair = isPairs(plan.rollup.id)
  const sums = wish.by === null ? null : sumParts(folder, plan, all, keyOf)
  const total = sums === null || isPair ? totalOf(folder, plan, all) : together(sums.values())
  const before = wish.compare
    ? all.length === 0
      ? []
      : partsIn({ ...wish, interval: 'total' }, 2 * wish.from - wish.to, wish.from, zone, !plan.rollup.hourly)
    : null
  const totalBefore = before === null ? null : totalOf(folder, plan, before)
  const { rows, next } =
    sums === null ? { rows: series(folder, plan, parts, null), next: null } : list(folder, plan, { parts, before, sums, total })
  const { from, to, interval, by, order } = wish
  return {
    from,
    to,
    zone,
    interval,
    by,
    order,
    rows,
    total: { figures: figuresOf(total), times: timesIn(total), before: totalBefore && figuresOf(totalBefore) },
    next,
  }
}

function planOf(wish: ReportWish): Plan {
  const filtered = REPORT_FACETS.filter((facet) => facet !== 'account' && wish.filter[facet] !== undefined)
  const facets = wish.by === null || filtered.includes(wish.by) ? filtered : [...filtered, wish.by]
  const rollup = rollupOf(facets)
  if (rollup === null) throw notKept(facets)
  const isOfAccounts = wish.by === 'account' || (wish.account === null && !rollup.overall && wish.by !== null)
  const account = wish.account ?? (rollup.overall && wish.by !== 'account' ? 0 : null)
  return { wish, rollup, account, isOfAccounts }
}

function notKept(facets: readonly ReportFacet[]): Fault {
  const kept = ROLLUPS.map((one) => one.facets.join(' with ')).join(', ')
  return new Fault('report-not-kept', `Mail is not counted by ${facets.join(' and ')} together.`, {
    blame: 'caller',
    mend: `Ask by one of these, each also of one account: ${kept}; or look for the events themselves (hms log events).`,
  })
}

function partsIn(wish: ReportWish, from: EpochMs, to: EpochMs, zone: string, daily: boolean): readonly SpanPart[] {
  if (daily && wish.interval === 'hour')
    throw new Fault('report-not-kept', 'Two things together are counted by day, not by hour.', {
      blame: 'caller',
      mend: "Ask by 'day', 'month' or 'total'.",
    })
  const parts = partsOf(from, to, wish.interval, zone, daily)
  if (parts !== null) return parts
  throw new Fault('report-too-long', `The span has more than ${MOST_PARTS} rows of an ${wish.interval}.`, {
    blame: 'caller',
    mend: 'Ask for a shorter span, or by longer intervals.',
  })
}

function totalOf(folder: string, plan: Plan, parts: readonly SpanPart[]): Sum {
  // Of pairs the filter alone has all of it, also what is rare.
  const { wish } = plan
  const own = wish.by === null || !isPairs(plan.rollup.id) ? plan : planOf({ ...wish, by: null })
  return sumParts(folder, { ...own, isOfAccounts: false, wish: { ...own.wish, by: null } }, parts, () => '').get('') ?? emptySum(null, null)
}

function together(sums: Iterable<Sum>): Sum {
  const total = emptySum(null, null)
  for (const { figures, times } of sums) {
    for (let column = 0; column < COLUMNS; column++) total.figures[column] = (total.figures[column] ?? 0) + (figures[column] ?? 0)
    if (times === null) continue
    total.times ??= new Float64Array(TIME_SLOTS)
    for (let slot = 0; slot < TIME_SLOTS; slot++) total.times[slot] = (total.times[slot] ?? 0) + (times[slot] ?? 0)
  }
  return total
}

interface Listing {
  readonly parts: readonly SpanPart[]
  readonly sums: Sums
  readonly before: readonly SpanPart[] | null
  readonly total: Sum
}

function list(folder: string, plan: Plan, { parts, before, sums, total }: Listing): { rows: readonly ReportRow[]; next: string | null } {
  const { wish } = plan
  completeOther(sums, total, plan)
  const column = COLUMN[wish.order]
  const named = [...sums.values()].filter(({ value, figures }) => value !== null && figures.some((figure) => figure !== 0))
  const sorted = named.toSorted((a, b) => (b.figures[column] ?? 0) - (a.figures[column] ?? 0) || compare(keyOf(a), keyOf(b)))
  const page = sorted.slice(wish.after, wish.after + wish.limit)
  const isLast = wish.after + wish.limit >= sorted.length
  // Those that are not told apart come behind all others.
  const shown = isLast
    ? [...page, ...[...sums.values()].filter(({ value, figures }) => value === null && figures.some((figure) => figure !== 0))]
    : page
  const next = isLast ? null : String(wish.after + wish.limit)
  const keys = new Set(shown.map(keyOf))
  if (wish.interval !== 'total') return { rows: series(folder, plan, parts, keys), next }
  const earlier = before === null ? null : sumParts(folder, plan, before, (one) => (keys.has(keyOf(one)) ? keyOf(one) : null))
  return { rows: shown.map((sum) => rowOf(null, sum, earlier && (earlier.get(keyOf(sum)) ?? null), earlier !== null)), next }
}

/** What of the total no value has: folded, or not told apart. */
function completeOther(sums: Sums, total: Sum, { wish, rollup }: Plan): void {
  if (!isPairs(rollup.id) || wish.by === null) return
  const other = emptySum(null, null)
  other.figures.set(total.figures)
  for (const sum of sums.values())
    if (sum.value !== null) for (let i = 0; i < COLUMNS; i++) other.figures[i] = (other.figures[i] ?? 0) - (sum.figures[i] ?? 0)
  for (const [key, sum] of sums) if (sum.value === null) sums.delete(key)
  // A message of many domains is one in the total.
  for (let i = 0; i < COLUMNS; i++) other.figures[i] = Math.max(0, other.figures[i] ?? 0)
  sums.set(keyOf(other), other)
}

function series(folder: string, plan: Plan, parts: readonly SpanPart[], keys: ReadonlySet<string> | null): readonly ReportRow[] {
  const { wish } = plan
  if (parts.length * (keys?.size ?? 1) > MOST_ROWS)
    throw new Fault('report-too-long', `The answer would have more than ${MOST_ROWS} rows.`, {
      blame: 'caller',
      mend: 'Ask for fewer values (limit), or a shorter span.',
    })
  const rows: ReportRow[] = []
  const sums = sumEach(folder, keys === null ? { ...plan, isOfAccounts: false } : plan, parts, (one) =>
    keys === null ? '' : keys.has(keyOf(one)) ? keyOf(one) : null,
  )
  for (const [i, { at }] of parts.entries()) {
    const own = sums[i] ?? new Map<string, Sum>()
    if (keys === null) rows.push(rowOf(wish.interval === 'total' ? null : at, own.get('') ?? emptySum(null, null), null, false))
    else
      for (const key of keys) {
        const sum = own.get(key)
        if (sum !== undefined) rows.push(rowOf(at, sum, null, false))
      }
  }
  return rows
}

function sumParts(
  folder: string,
  plan: Plan,
  parts: readonly SpanPart[],
  key: (of: Pick<Sum, 'account' | 'value'>) => string | null,
): Sums {
  const [sums] = sumEach(
    folder,
    plan,
    [{ at: 0, hours: parts.flatMap(({ hours }) => hours), days: parts.flatMap(({ days }) => days) }],
    key,
  )
  return sums ?? new Map()
}

/** For each part what its values have together; `key`: which are told apart, null: it is not wanted. */
function sumEach(
  folder: string,
  plan: Plan,
  parts: readonly SpanPart[],
  key: (of: Pick<Sum, 'account' | 'value'>) => string | null,
): Sums[] {
  const { rollup, wish, account, isOfAccounts } = plan
  const all: Sums[] = parts.map(() => new Map())
  const place = wish.by === null || wish.by === 'account' ? -1 : rollup.facets.findIndex((facet) => facet === wish.by)
  const filters = rollup.facets.map((facet) => wish.filter[facet] ?? null)
  let month: ReportNames | null = null
  let found = new Map<string, Map<number, Sum | null>>()
  for (const { part, account: of, rows, names, only } of readGroups(folder, { rollup: rollup.id, account, parts, filters })) {
    if (names !== month) found = new Map()
    month = names
    const apart = `${part} ${isOfAccounts || wish.by === 'account' ? of : ''}`
    const known = found.get(apart) ?? new Map<number, Sum | null>()
    found.set(apart, known)
    const sums = all[part] ?? new Map<string, Sum>()
    const ofNumber = (number: number): Sum | null => {
      const value = place < 0 ? (wish.by === 'account' ? String(of) : null) : names.textOf(number)
      const one = { account: isOfAccounts && value !== null ? (of as AccountId) : null, value }
      const own = key(one)
      return own === null ? null : sumOf(sums, own, one)
    }
    addRows(rows, { only, place, known, ofNumber })
  }
  return all
}

interface Adding {
  readonly only: readonly (number | null)[]
  /** Of the facet that is asked by; -1: by none. */
  readonly place: number
  /** By the number of the name: a value is looked for by its text once a month. */
  readonly known: Map<number, Sum | null>
  ofNumber(number: number): Sum | null
}

function addRows(rows: GroupReader, { only: [first = null, second = null], place, known, ofNumber }: Adding): void {
  while (rows.next()) {
    const [one, other] = [Math.floor(rows.key / VALUES), rows.key % VALUES]
    if ((first !== null && first !== one) || (second !== null && second !== other)) {
      rows.pass()
      continue
    }
    const number = place < 0 ? 0 : place === 0 ? one : other
    let sum = known.get(number)
    if (sum === undefined) known.set(number, (sum = ofNumber(number)))
    if (sum === null) {
      rows.pass()
      continue
    }
    const times = rows.addTo(sum.figures)
    if (times !== null) addTimes(times, (sum.times ??= new Float64Array(TIME_SLOTS)))
  }
}

/** Where there are too many, the rest are one. */
function sumOf(sums: Sums, key: string, of: Pick<Sum, 'account' | 'value'>): Sum {
  const known = sums.get(key)
  if (known !== undefined) return known
  if (sums.size >= MOST_VALUES && of.value !== null)
    return sumOf(sums, keyOf({ account: null, value: null }), { account: null, value: null })
  const sum = emptySum(of.account, of.value)
  sums.set(key, sum)
  return sum
}

function emptySum(account: AccountId | null, value: string | null): Sum {
  return { account, value, figures: new Float64Array(COLUMNS), times: null }
}

function keyOf({ account, value }: Pick<Sum, 'account' | 'value'>): string {
  return value === null ? `${account ?? ''}~` : `${account ?? ''}=${value}`
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}

function rowOf(at: EpochMs | null, sum: Sum, before: Sum | null, compared: boolean): ReportRow {
  const { account, value } = sum
  const earlier = compared ? figuresOf(before ?? emptySum(null, null)) : null
  return { at, account, value, figures: figuresOf(sum), times: timesIn(sum), before: earlier }
}

function figuresOf({ figures }: Sum): ReportFigures {
  return Object.fromEntries(REPORT_FIGURES.map((name, column) => [name, figures[column] ?? 0])) as unknown as ReportFigures
}

function timesIn({ times }: Sum): ReportTimes | null {
  if (times === null) return null
  const [p50, p90, p99] = [0.5, 0.9, 0.99].map((share) => timeWithin(times, share))
  return p50 == null || p90 == null || p99 == null ? null : { p50, p90, p99 }
}
