// Reports of what became of mail: what is asked of the rollups.
import type { EpochMs } from '../../../base/brand.ts'
import type { ReportRow } from '../../../contract/report-operations.ts'
import { REPORT_FACETS, REPORT_FIGURES, REPORT_INTERVALS, type ReportFacet } from '../../../contract/report-figures.ts'
import type { FacetFilter, ReportWish } from '../../../engine/ports/reports.ts'
import { hostsOfSite } from '../../../net/dns/site-name.ts'
import { DAY, HOUR } from '../../../policy/reports/months.ts'
import { dayAt, dayBegins } from '../../../policy/reports/spans.ts'
import { narrowest, ProviderMasks } from '../../../policy/rules/provider-masks.ts'
import { smartInForce } from '../../../policy/rules/smart.ts'
import { parseMoment } from '../../../policy/time/moments.ts'
import { isZone } from '../../../policy/time/zones.ts'
import type { OperationContext, OperationsOf } from '../context.ts'
import { existingAccount } from '../existing-account.ts'
import { Params, refused } from '../params.ts'
import { queuedDomain } from '../queue/selection.ts'

const USUAL_DAYS = 30
const USUAL_ROWS = 100
const LONGEST = 3700 * DAY

export function mailReportOperations(context: OperationContext): OperationsOf<'report'> {
  const { reports, settings, now } = context
  return {
    'report.query': async (values) => {
      const params = new Params(values)
      const account = params.optional('account', () => existingAccount(settings.read(), params.account('account')).id) ?? null
      const zone = params.optional('zone', () => zoneOf(params.text('zone', 64))) ?? 'UTC'
      const by = params.optional('by', () => params.choice('by', REPORT_FACETS)) ?? null
      const wish: ReportWish = {
        ...spanOf(params, zone, now()),
        zone,
        interval: params.optional('interval', () => params.choice('interval', REPORT_INTERVALS)) ?? 'total',
        by,
        account,
        filter: filterOf(params),
        order: params.optional('order', () => params.choice('order', REPORT_FIGURES)) ?? (by === 'code' ? 'failed' : 'delivered'),
        limit: params.optional('limit', () => params.count('limit', { least: 1, most: 1000 })) ?? USUAL_ROWS,
        after: params.optional('after', () => placeOf(params.text('after', 6))) ?? 0,
        compare: params.optional('compare', () => params.flag('compare')) ?? false,
      }
      params.done()
      const report = await reports.query(wish)
      return by === 'site' ? { ...report, rows: withProviders(report.rows, providersIn(context)) } : report
    },
    'report.rebuild': async (values) => {
      new Params(values).done()
      return reports.rebuild()
    },
  }
}

/** As the rules of now know them, whatever they said when it happened. */
function providersIn({ settings, delivery }: OperationContext): ProviderMasks {
  const { rules, smartRules } = settings.read()
  return new ProviderMasks(smartInForce(delivery.shipped, smartRules).document.providers, rules.document.providers)
}

function withProviders(rows: readonly ReportRow[], masks: ProviderMasks): readonly ReportRow[] {
  return rows.map((row) => {
    const provider = row.value === null ? null : narrowest(masks.at(hostsOfSite(row.value)))
    return provider === null ? row : { ...row, provider }
  })
}

function filterOf(params: Params): FacetFilter {
  const read: Readonly<Record<Exclude<ReportFacet, 'account'>, () => string>> = {
    stream: () => params.text('stream', 32).toLowerCase(),
    mailing: () => params.text('mailing', 100),
    domain: () => queuedDomain(params),
    site: () => params.text('site', 400),
    source: () => params.text('source', 100),
    code: () => codeOf(params.text('code', 4)),
  }
  const given = Object.entries(read).filter(([name]) => params.has(name))
  return Object.fromEntries(given.map(([name, one]) => [name, one()]))
}

function spanOf(params: Params, zone: string, now: EpochMs): { readonly from: EpochMs; readonly to: EpochMs } {
  const to = params.optional('to', () => timeOf(params.text('to', 40), zone, 1)) ?? Math.ceil((now + 1) / HOUR) * HOUR
  const from =
    params.optional('from', () => timeOf(params.text('from', 40), zone, 0)) ?? dayBegins(dayAt(to - 1, zone, 1 - USUAL_DAYS), zone)
  if (from >= to) throw refused('from must be before to.')
  if (to - from > LONGEST) throw refused('The span is longer than ten years.')
  return { from, to }
}

/** A day is all of it. */
function timeOf(text: string, zone: string, days: number): EpochMs {
  const isDay = /^\d{4}-\d\d-\d\d$/.test(text)
  // A day that there is not, such as 30 February, is no moment either.
  const moment = parseMoment(isDay ? `${text}T00:00Z` : text)
  if (moment !== undefined) return isDay ? dayBegins(moment + days * DAY, zone) : moment
  throw refused(`"${text}" is no time.`, 'Write a day such as 2026-11-22, or a moment such as 2026-11-22T08:00:00Z.')
}

function zoneOf(text: string): string {
  if (isZone(text)) return text
  throw refused(`"${text}" is no time zone.`, "Write one such as 'Europe/Vienna', or UTC.")
}

function codeOf(text: string): string {
  if (/^[1-9]\d{3}$/.test(text)) return text
  throw refused(`"${text}" is no failure code.`, 'They have four digits, such as 2001 (docs/guides/bounces.md).')
}

function placeOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text)
  throw refused('after must be the next of an answer before.')
}
