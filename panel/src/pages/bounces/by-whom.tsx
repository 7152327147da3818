// How much came back, and divided: by the provider that refused, by the domain of recipients, by the reason, or by whose mail it was.
import { SegmentedControl } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import { FAILURE_CODES } from '../../../../src/contract/failure-codes.ts'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Card, Empty, Figure, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { bounces } from '../../texts/bounces.ts'
import { common } from '../../texts/common.ts'
import { number, roughly, share, zone } from '../../texts/format.ts'
import { bouncesRoute } from './routes.ts'
import { type BounceSearch, type Division, DIVISIONS, spanOf, timeOf } from './search.ts'

const words = bounces.by
const columns = words.columns
const LOOK_EVERY = 60_000
const ROWS = 50
const DAYS = { '24h': 1, '7d': 7, '30d': 30 } as const

type Report = Awaited<ReturnType<typeof api.reports.query>>
type Row = Report['data'][number]
type Sums = Row['figures']

const failedOf = ({ failed, expired }: Sums): number => failed + expired
const triedOf = (sums: Sums): number => sums.delivered + failedOf(sums)
const otherOf = ({ bouncedOther }: Sums): number => bouncedOther

function useReport(search: BounceSearch, by: Division | null) {
  const { from, to } = timeOf(search)
  const { account } = search
  const query = {
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    zone: zone(),
    limit: by === null ? 1 : ROWS,
    ...(account !== undefined && { account }),
    ...(by !== null && { by, order: 'failed' as const }),
  }
  return useQuery({
    queryKey: ['reports', 'came back', query],
    queryFn: ({ signal }) => api.reports.query(query, { signal }),
    refetchInterval: LOOK_EVERY,
  })
}

export function Figures({ search }: { readonly search: BounceSearch }): ReactNode {
  const report = useReport(search, null)
  const figures = bounces.figures
  if (report.error !== null) return <ProblemNotice error={report.error} again={() => void report.refetch()} />
  if (report.data === undefined)
    return (
      <Card title={figures.title}>
        <Waiting lines={2} />
      </Card>
    )
  const sums = report.data.total.figures
  const of = (value: number, all: number, text: (share: string) => string): string => (all === 0 ? '' : text(share(value / all)))
  const delivered = (value: number): string => of(value, sums.delivered, figures.of)
  return (
    <Card title={figures.title} {...(report.data.isBehind && { about: figures.behind })}>
      <dl className="hms-figures">
        <Figure label={figures.failed} value={roughly(failedOf(sums))} note={of(failedOf(sums), triedOf(sums), figures.ofTried)} />
        <Figure label={figures.hard} value={roughly(sums.bouncedHard)} note={delivered(sums.bouncedHard)} />
        <Figure label={figures.soft} value={roughly(sums.bouncedSoft)} note={delivered(sums.bouncedSoft)} />
        <Figure label={figures.other} value={roughly(otherOf(sums))} note={delivered(otherOf(sums))} />
        <Figure label={figures.complained} value={roughly(sums.complained)} note={delivered(sums.complained)} />
        <Figure label={figures.unsubscribed} value={roughly(sums.unsubscribed)} note={delivered(sums.unsubscribed)} />
      </dl>
    </Card>
  )
}

const count = (id: keyof typeof columns, of: (sums: Sums) => number): Column<Row> => ({
  id,
  title: columns[id],
  isNumber: true,
  cell: ({ figures }) => number(of(figures)),
})

const COUNTS: readonly Column<Row>[] = [
  count('delivered', ({ delivered }) => delivered),
  count('failed', failedOf),
  count('hard', ({ bouncedHard }) => bouncedHard),
  count('soft', ({ bouncedSoft }) => bouncedSoft),
  count('other', otherOf),
  count('complained', ({ complained }) => complained),
  { ...count('unsubscribed', ({ unsubscribed }) => unsubscribed), isExtra: true },
]

const SHARE: Column<Row> = {
  id: 'share',
  title: columns.share,
  isNumber: true,
  cell: ({ figures }) => (triedOf(figures) === 0 ? common.none : share(failedOf(figures) / triedOf(figures))),
}

/** What a row is about, in words. */
function nameOf(by: Division, { value, provider }: Row): string {
  if (value === null) return words.rest
  if (value === '') return by === 'mailing' ? words.noMailing : words.none
  if (by !== 'code') return provider === undefined ? value : `${provider} (${value})`
  const known = (FAILURE_CODES as Readonly<Record<string, string>>)[value]
  return known === undefined ? value : words.code(value, known)
}

function columnsOf(by: Division, { account, last }: BounceSearch): readonly Column<Row>[] {
  const name: Column<Row> = {
    id: by,
    title: columns[by],
    isFixed: true,
    cell: (row) => <span className="hms-break">{nameOf(by, row)}</span>,
  }
  // A reason has no share of what was tried: what was delivered has none.
  if (by === 'code') return [name, ...COUNTS.filter(({ id }) => !['delivered', 'complained', 'unsubscribed'].includes(id))]
  // What comes back by mail names no site: it is counted by domain.
  if (by === 'site') return [name, ...COUNTS.filter(({ id }) => id === 'delivered' || id === 'failed'), SHARE]
  const see: Column<Row> = {
    id: 'see',
    title: columns.see,
    isFixed: true,
    cell: ({ value }) =>
      value === null || value === '' ? (
        common.none
      ) : (
        <Link
          to="/messages"
          search={{
            kinds: ['failed', 'expired', 'bounced', 'complained'],
            last: last ?? '7d',
            ...(account !== undefined && { account }),
            ...searchFor(by, value),
          }}
          aria-label={words.seeOf(value)}
        >
          {words.see}
        </Link>
      ),
  }
  return [name, ...COUNTS, SHARE, see]
}

/** Of that row alone. */
function searchFor(by: Division, value: string): { readonly account?: number; readonly mailing?: string; readonly domain?: string } {
  if (by === 'account') return { account: Number(value) }
  return by === 'mailing' ? { mailing: value } : { domain: value }
}

export function ByWhom({ search }: { readonly search: BounceSearch }): ReactNode {
  const navigate = bouncesRoute.useNavigate()
  const by = search.by ?? 'domain'
  const report = useReport(search, by)
  const { account } = search
  const isOfOne = useMe().account !== null
  const choice = (
    <SegmentedControl
      size="xs"
      aria-label={words.label}
      value={by}
      data={DIVISIONS.filter((value) => value !== 'account' || !isOfOne).map((value) => ({ value, label: words.choices[value] }))}
      onChange={(value) => {
        const { by: _by, ...rest } = search
        void navigate({ search: value === 'domain' ? rest : { ...rest, by: value as Exclude<Division, 'domain'> }, resetScroll: false })
      }}
    />
  )
  return (
    <Card title={words.title} {...(by === 'site' && { about: words.siteAbout })} actions={choice} flush>
      <DataTable
        key={by}
        name={`bounces-${by}`}
        label={words.table}
        columns={columnsOf(by, search)}
        rows={report.data?.data}
        keyOf={(row) => `${row.account ?? ''} ${row.value ?? 'null'}`}
        error={report.error}
        again={() => void report.refetch()}
        empty={
          <Empty icon="chart" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
      <div className="hms-card-body">
        <AsCommand
          hms={`report --by ${by} --order failed --last ${DAYS[spanOf(search)]}${account === undefined ? '' : ` --account ${account}`}`}
          call={`GET /reports/mail?by=${by}&order=failed${account === undefined ? '' : `&account=${account}`}`}
        />
      </div>
    </Card>
  )
}
