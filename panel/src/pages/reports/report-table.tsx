// The rows of a report, by time or by what it is divided by, against the time before where that is asked for; as CSV with all figures.
import { Link } from '@tanstack/react-router'
import { type ReactNode, useMemo } from 'react'
import type { Page, ReportRow } from '../../../../client/src/index.ts'
import { FAILURE_CODES } from '../../../../src/contract/failure-codes.ts'
import { REPORT_FIGURES, type ReportFigure, type ReportFigures } from '../../../../src/contract/report-figures.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { changeText } from '../../parts/compared.ts'
import { ExportButton } from '../../parts/export-button.tsx'
import { Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { dateOf, number, share, size, span, timeShort } from '../../texts/format.ts'
import { reports as words } from '../../texts/reports.ts'
import { byProvider } from './providers.ts'
import { type Division, divisionOf, isTime, type queryOf, type ReportSearch } from './search.ts'
import { bouncedOf, failedOf } from './sums.tsx'

const columns = words.table
/** Of sites that are added up to providers. */
const MOST_SITES = 5000
const PAGE = 100

interface TableProps {
  readonly search: ReportSearch
  readonly query: ReturnType<typeof queryOf>
  readonly by: Division
}

export function ReportTable({ search, query, by }: TableProps): ReactNode {
  const division = divisionOf(search)
  const asked = { ...query, ...division }
  const isProvider = by === 'provider'
  const order: ReportFigure = search.order ?? 'recipients'
  const list = usePages<ReportRow>(['reports', 'rows', asked, isProvider], (after, signal) =>
    isProvider
      ? providers(asked, order, signal)
      : api.reports.query({ ...asked, limit: PAGE, ...(after !== undefined && { after }) }, { signal }),
  )
  const { rows } = list
  const shown = useMemo(() => columnsOf(by), [by])
  const tools = (
    <ExportButton
      file={words.file}
      columns={['time', 'account', by, ...REPORT_FIGURES, 'p50', 'p90', 'p99']}
      rows={() => (isProvider ? all(rows ?? []) : api.reports.queryEach({ ...asked, limit: 1000 }))}
      row={csvRow}
    />
  )
  return (
    <Card title={columns.title(words.by[by])} about={isProvider ? words.provider : undefined} actions={tools} flush>
      <DataTable
        name={`report-${isTime(by) ? 'time' : by}`}
        label={columns.label}
        columns={shown}
        keyOf={({ at, account, value }) => `${at} ${account} ${value ?? 'rare'}`}
        {...list}
        empty={<Empty icon="chart" title={words.empty.title} />}
      />
    </Card>
  )
}

async function* all(rows: readonly ReportRow[]): AsyncGenerator<ReportRow> {
  yield* rows
}

type Asked = TableProps['query'] & ReturnType<typeof divisionOf>

async function providers(asked: Asked, order: ReportFigure, signal: AbortSignal): Promise<Page<ReportRow>> {
  const sites: ReportRow[] = []
  for await (const row of api.reports.queryEach({ ...asked, limit: 1000 }, { signal })) {
    sites.push(row)
    if (sites.length >= MOST_SITES) break
  }
  return { data: byProvider(sites, order), next: null }
}

function csvRow({ at, account, value, figures, times }: ReportRow): readonly (string | number | null)[] {
  return [
    at === null ? null : new Date(at).toISOString(),
    account,
    value,
    ...REPORT_FIGURES.map((figure) => figures[figure]),
    times?.p50 ?? null,
    times?.p90 ?? null,
    times?.p99 ?? null,
  ]
}

type Of = (figures: ReportFigures) => number

function counted(id: string, title: string, of: Of, isExtra = false, text: (value: number) => string = number): Column<ReportRow> {
  return {
    id,
    title,
    isNumber: true,
    isExtra,
    cell: ({ figures, before }) => (
      <>
        {text(of(figures))}
        {before !== null && of(figures) !== of(before) && (
          <div className="hms-muted hms-small hms-nowrap">{changeText(of(figures), of(before), words.change)}</div>
        )}
      </>
    ),
  }
}

const figure = (name: ReportFigure, isExtra = false): Column<ReportRow> => counted(name, words.figures[name], (all) => all[name], isExtra)
const octets = (name: ReportFigure): Column<ReportRow> => counted(name, words.figures[name], (all) => all[name], true, size)
const time = (name: 'p50' | 'p90' | 'p99', isExtra: boolean): Column<ReportRow> => ({
  id: name,
  title: columns[name],
  isNumber: true,
  isExtra,
  cell: ({ times }) => (times === null ? common.none : span(times[name])),
})

const FIGURES: readonly Column<ReportRow>[] = [
  figure('messages', true),
  figure('recipients'),
  figure('delivered'),
  {
    id: 'rate',
    title: columns.rate,
    isNumber: true,
    cell: ({ figures }) => {
      const ended = figures.delivered + failedOf(figures)
      return ended === 0 ? common.none : share(figures.delivered / ended)
    },
  },
  figure('deferred'),
  counted('failed', words.sums.failed, failedOf),
  counted('bounced', words.sums.bounced, bouncedOf),
  figure('complained'),
  figure('unsubscribed', true),
  figure('opened', true),
  figure('openedByMachine', true),
  figure('clicked', true),
  figure('clickedByMachine', true),
  figure('deleted', true),
  octets('octets'),
  octets('deliveredOctets'),
  time('p50', false),
  time('p90', true),
  time('p99', false),
]

function columnsOf(by: Division): readonly Column<ReportRow>[] {
  const first: Column<ReportRow> = isTime(by)
    ? { id: 'at', title: words.by[by], isFixed: true, cell: ({ at }) => <span className="hms-nowrap">{timeText(by, at)}</span> }
    : { id: 'value', title: words.by[by], isFixed: true, cell: (row) => <Value by={by} row={row} /> }
  const account: Column<ReportRow> = {
    id: 'account',
    title: words.by.account,
    isNumber: true,
    cell: ({ account }) => account ?? words.by.account,
  }
  return by === 'mailing' || by === 'stream'
    ? [first, { ...account, cell: (row) => row.account ?? common.all }, ...FIGURES]
    : [first, ...FIGURES]
}

function timeText(by: Division, at: number | null): string {
  if (at === null) return common.all
  return by === 'hour' ? timeShort(at) : by === 'day' ? dateOf(at) : monthOf(at)
}

const monthOf = (at: number): string => new Intl.DateTimeFormat(navigator.language, { month: 'long', year: 'numeric' }).format(at)

function Value({ by, row: { value, provider } }: { readonly by: Division; readonly row: ReportRow }): ReactNode {
  if (value === null) return <span className="hms-muted">{columns.rare}</span>
  if (value === '') return <span className="hms-muted">{columns.none}</span>
  if (by === 'account')
    return (
      <Link to="/accounts/$id" params={{ id: value }}>
        {value}
      </Link>
    )
  const code = by === 'code' ? Object.entries(FAILURE_CODES).find(([one]) => one === value)?.[1] : undefined
  return (
    <span className="hms-break">
      {value}
      {(code ?? provider) !== undefined && <div className="hms-muted hms-small">{code ?? provider}</div>}
    </span>
  )
}
