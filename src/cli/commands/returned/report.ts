// `hms report`: what became of mail, by time, account, domain and more.
import { type Command, Option } from 'commander'
import { REPORT_FACETS, REPORT_FIGURES, REPORT_INTERVALS, type ReportFigure, type ReportFigures } from '../../../contract/report-figures.ts'
import type { Report, ReportQuestion, ReportRow } from '../../../contract/report-operations.ts'
import { reportCsv } from '../../../policy/reports/csv.ts'
import { localTime } from '../../../policy/time/zones.ts'
import { accountId, type Cli, domainName, wholeNumber } from '../../cli.ts'
import { type Column, table } from '../../output/table.ts'

interface Options extends Omit<ReportQuestion, 'account' | 'zone'> {
  readonly account?: string
  readonly last?: number
  readonly zone: string
  readonly limit?: number
  readonly csv?: boolean
}

const DAY = 86_400_000
/** Rows of a list for people, and of a table for programs: one that is cut off silently is taken for all there is. */
const [FEW, MOST] = [20, 10_000]

export function register(command: Command, cli: Cli): void {
  command
    .addOption(new Option('--by <what>', 'group by').choices(REPORT_FACETS))
    .addOption(new Option('--interval <time>', 'one row per').choices(REPORT_INTERVALS))
    .option('--from <time>', 'first day or start time; 30 days ago by default')
    .option('--to <time>', 'last day or end time; now by default')
    .option('--last <days>', 'instead: this many days, including today', wholeNumber(1, 3650))
    .option('--zone <name>', 'time zone of the days', Intl.DateTimeFormat().resolvedOptions().timeZone)
    .option('--account <id>', 'only this account')
    .option('--stream <name>', 'only this stream')
    .option('--mailing <id>', 'only this mailing')
    .option('--domain <name>', 'only this domain', domainName)
    .option('--site <name>', 'only this site')
    .option('--source <name>', 'only this source')
    .option('--code <number>', 'only this failure code')
    .addOption(new Option('--order <figure>', 'sort by, highest first').choices(REPORT_FIGURES))
    .option('--limit <n>', `maximum number of rows; ${FEW} by default, ${MOST} for CSV`, wholeNumber(1, MOST))
    .option('--compare', 'compare with the previous period')
    .option('--csv', 'as CSV, with all figures')
    .action(async (options: Options) => {
      const report = await asked(cli, options)
      if (options.csv === true) {
        process.stdout.write(reportCsv(report.rows, report.by !== null))
        process.stderr.write(notesOn(report))
      } else cli.answer(report, (one) => described(one, columnsOf(options), cli.terminal.width))
    })
  command
    .command('rebuild')
    .description('rebuild the totals of the days whose events are still kept')
    .action(async () =>
      cli.answer(await cli.call('report.rebuild', {}), ({ since }) =>
        since === null
          ? 'No events are kept, so there is nothing to rebuild.\n'
          : `Totals rebuilt from ${since} on; older totals stay as they were.\n`,
      ),
    )
  command.addHelpText(
    'after',
    '\nExamples:\n  hms report --last 7 --interval day\n  hms report --by domain --order failed --last 1\n  hms report --by code --domain gmail.com --compare\n  hms report --by mailing --account 1001 --from 2026-11-01 --to 2026-11-30 --csv',
  )
}

async function asked(cli: Cli, { account, last, csv, limit = csv === true ? MOST : FEW, ...wanted }: Options): Promise<Report> {
  const span = last === undefined ? {} : { from: dayIn(Date.now() - (last - 1) * DAY, wanted.zone) }
  const question: ReportQuestion = { ...wanted, ...span, ...(account !== undefined && { account: accountId(account) }) }
  const page = (after: string | null, left: number): Promise<Report> =>
    cli.call('report.query', { ...question, limit: Math.min(1000, left), ...(after !== null && { after }) })
  let report = await page(null, limit)
  while (report.next !== null && Number(report.next) < limit) {
    const more = await page(report.next, limit - Number(report.next))
    report = { ...more, rows: [...report.rows, ...more.rows] }
  }
  return report
}

function dayIn(at: number, zone: string): string {
  const { year, month, day } = localTime(at, zone)
  return new Date(Date.UTC(year, month - 1, day)).toISOString().slice(0, 10)
}

const sum =
  (...names: readonly ReportFigure[]) =>
  (figures: ReportFigures): number =>
    names.reduce((all, name) => all + figures[name], 0)

const SHOWN: readonly (readonly [string, (figures: ReportFigures) => number])[] = [
  ['RECIPIENTS', sum('recipients')],
  ['DELIVERED', sum('delivered')],
  ['DEFERRED', sum('deferred')],
  ['FAILED', sum('failed', 'expired')],
  ['BOUNCED', sum('bouncedHard', 'bouncedSoft', 'bouncedOther')],
  ['COMPLAINED', sum('complained')],
  ['UNSUBSCRIBED', sum('unsubscribed')],
  ['OPENED', sum('opened')],
  ['CLICKED', sum('clicked')],
]

interface Figures {
  /** Those that are told where they are 0, too. */
  readonly always: readonly string[]
  readonly never: readonly string[]
}

/** Mail has a site and a source once it is tried, and a code once it is put off or fails. */
function columnsOf({ by, site, source, code }: Pick<Options, 'by' | 'site' | 'source' | 'code'>): Figures {
  if (by === 'code' || code !== undefined)
    return { always: ['FAILED'], never: SHOWN.flatMap(([title]) => (['DEFERRED', 'FAILED', 'BOUNCED'].includes(title) ? [] : [title])) }
  const isTried = by === 'site' || by === 'source' || site !== undefined || source !== undefined
  return isTried ? { always: ['DELIVERED', 'FAILED'], never: ['RECIPIENTS'] } : { always: ['RECIPIENTS', 'DELIVERED', 'FAILED'], never: [] }
}

function described(report: Report, { always, never }: Figures, width: number): string {
  const { total, by, interval, zone } = report
  const all: ReportRow = { at: null, account: null, value: null, ...total }
  const isSeries = interval !== 'total'
  const shown = SHOWN.filter(([title, of]) => !never.includes(title) && (of(total.figures) > 0 || always.includes(title)))
  // Of codes `other` is all that has none.
  const rows = report.rows.filter(({ value, figures }) => by !== 'code' || value !== null || shown.some(([, of]) => of(figures) > 0))
  const isTotal = (row: ReportRow): boolean => row === all
  const columns: Column<ReportRow>[] = [
    ...(isSeries ? [{ title: interval.toUpperCase(), of: (row: ReportRow) => (isTotal(row) ? 'total' : timeOf(row.at, report)) }] : []),
    ...(by !== null && by !== 'account' && rows.some(({ account }) => account !== null)
      ? [{ title: 'ACCOUNT', of: ({ account }: ReportRow) => account, right: true }]
      : []),
    ...(by === null
      ? []
      : [
          {
            title: by.toUpperCase(),
            of: (row: ReportRow) => (isTotal(row) ? (isSeries ? '' : 'total') : (row.value ?? 'other') || 'none'),
            shrinks: true,
          },
        ]),
    ...(rows.some(({ provider }) => provider !== undefined)
      ? [{ title: 'PROVIDER', of: ({ provider }: ReportRow) => provider ?? '', shrinks: true }]
      : []),
    ...shown.map(([title, of]) => ({
      title,
      of: ({ figures, before }: ReportRow) => compared(of(figures), before === null ? null : of(before)),
      right: true,
    })),
    ...(total.times === null || never.includes('DELIVERED')
      ? []
      : [
          { title: '50 %', of: ({ times }: ReportRow) => took(times?.p50), right: true },
          { title: '99 %', of: ({ times }: ReportRow) => took(times?.p99), right: true },
        ]),
  ]
  const list = rows.length === 1 && by === null ? rows : [...rows, all]
  const from = `${dateIn(report.from, zone)} to ${dateIn(report.to, zone)} (${zone})`
  return `${from}\n${table(list, columns, width, 'Nothing happened.')}${notesOn(report)}`
}

/** What is not in it. */
function notesOn({ next, isBehind }: Pick<Report, 'next' | 'isBehind'>): string {
  const more = next === null ? '' : 'There are more: --limit shows them.\n'
  return `${more}${isBehind ? 'Some of what happened is not counted yet.\n' : ''}`
}

function compared(now: number, before: number | null): string {
  if (before === null) return String(now)
  if (before === 0) return now === 0 ? '0' : `${now} (new)`
  const change = Math.round(((now - before) / before) * 100)
  return `${now} (${change < 0 ? '' : '+'}${change} %)`
}

function took(ms: number | undefined): string | null {
  if (ms === undefined) return null
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${Math.round(ms / 3_600_000)} h`
}

function dateIn(at: number, zone: string): string {
  const { hour, minute } = localTime(at, zone)
  const time = `${String(hour).padStart(2, '0')}:${String(minute).padStart(2, '0')}`
  return `${dayIn(at, zone)} ${time}`
}

function timeOf(at: number | null, { interval, zone }: Report): string {
  if (at === null) return ''
  if (interval === 'month') return dayIn(at, zone).slice(0, 7)
  return interval === 'day' ? dayIn(at, zone) : dateIn(at, zone)
}
