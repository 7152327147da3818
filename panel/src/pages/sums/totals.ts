// Days of reports, added up by domain and by source.
import type { DmarcDay, TlsDay } from '../../../../client/src/index.ts'

export interface DmarcTotal {
  readonly domain: string
  readonly messages: number
  readonly aligned: number
  readonly dkim: number
  readonly spf: number
  readonly quarantined: number
  readonly rejected: number
  readonly reporters: readonly string[]
  readonly unproved: number
}

const COUNTS = ['messages', 'aligned', 'dkim', 'spf', 'quarantined', 'rejected', 'unproved'] as const
const total = <T>(rows: readonly T[], of: (row: T) => number): number => rows.reduce((sum, row) => sum + of(row), 0)
const reportersOf = (rows: readonly { readonly reporters: readonly string[] }[]): readonly string[] => [
  ...new Set(rows.flatMap(({ reporters }) => reporters)),
]

/** The domain with most that failed first. */
export function dmarcTotals(days: readonly DmarcDay[]): readonly DmarcTotal[] {
  return [...Map.groupBy(days, ({ domain }) => domain)]
    .map(([domain, rows]): DmarcTotal => {
      const counts = Object.fromEntries(COUNTS.map((name) => [name, total(rows, (row) => row[name])])) as Record<
        (typeof COUNTS)[number],
        number
      >
      return Object.assign(counts, { domain, reporters: reportersOf(rows) })
    })
    .toSorted((a, b) => b.messages - b.aligned - (a.messages - a.aligned) || b.messages - a.messages)
}

export interface SourceTotal {
  readonly ip: string
  readonly domain: string
  readonly messages: number
  readonly aligned: number
}

/** By address and domain, the most that failed first. */
export function sourceTotals(days: readonly DmarcDay[]): readonly SourceTotal[] {
  const all = days.flatMap(({ domain, sources }) => sources.map((source) => ({ ...source, domain })))
  return [...Map.groupBy(all, ({ ip, domain }) => `${ip} ${domain}`).values()]
    .flatMap((rows): SourceTotal[] => {
      const [first] = rows
      if (first === undefined) return []
      return [
        { ip: first.ip, domain: first.domain, messages: total(rows, (row) => row.messages), aligned: total(rows, (row) => row.aligned) },
      ]
    })
    .toSorted((a, b) => b.messages - b.aligned - (a.messages - a.aligned))
}

export interface TlsTotal {
  readonly domain: string
  readonly succeeded: number
  readonly failed: number
  /** The most first. */
  readonly failures: readonly (readonly [string, number])[]
  readonly reporters: readonly string[]
}

export function tlsTotals(days: readonly TlsDay[]): readonly TlsTotal[] {
  return [...Map.groupBy(days, ({ domain }) => domain)]
    .map(([domain, rows]): TlsTotal => {
      const kinds = Map.groupBy(
        rows.flatMap(({ failures }) => Object.entries(failures)),
        ([kind]) => kind,
      )
      const failures = [...kinds].map(([kind, counts]) => [kind, total(counts, ([, sessions]) => sessions)] as const)
      return {
        domain,
        succeeded: total(rows, ({ succeeded }) => succeeded),
        failed: total(rows, ({ failed }) => failed),
        failures: failures.toSorted((a, b) => b[1] - a[1]),
        reporters: reportersOf(rows),
      }
    })
    .toSorted((a, b) => b.failed - a.failed || a.domain.localeCompare(b.domain))
}

/** Messages that pass and that fail, for each day from the first to the last that is told of. */
export function dmarcSeries(days: readonly DmarcDay[]): {
  readonly times: readonly number[]
  readonly pass: readonly number[]
  readonly fail: readonly number[]
} {
  const DAY = 86_400_000
  const byDay = Map.groupBy(days, ({ day }) => day)
  const [first, last] = [Math.min(...byDay.keys()), Math.max(...byDay.keys())]
  const times = byDay.size === 0 ? [] : Array.from({ length: Math.round((last - first) / DAY) + 1 }, (_, n) => first + n * DAY)
  const of = (count: (row: DmarcDay) => number): readonly number[] => times.map((at) => total(byDay.get(at) ?? [], count))
  return { times, pass: of(({ aligned }) => aligned), fail: of(({ messages, aligned }) => messages - aligned) }
}
