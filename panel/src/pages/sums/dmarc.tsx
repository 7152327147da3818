// DMARC by domain: how much passes, by what, and what was done with the rest.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { DmarcDay } from '../../../../client/src/index.ts'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { SeriesChart } from '../../parts/chart.tsx'
import { Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { dayOf, number, share } from '../../texts/format.ts'
import { sums } from '../../texts/sums.ts'
import { dmarcSeries, type DmarcTotal, dmarcTotals } from './totals.ts'
import { visible } from '../../parts/visible.ts'

const words = sums.dmarc
const columns = words.columns
/** A domain of which less than this passes wants a look. */
const LEAST_PASS = 0.98
const NOON = 43_200_000

const passOf = ({ messages, aligned }: DmarcTotal): number => (messages === 0 ? 1 : aligned / messages)

const COLUMNS: readonly Column<DmarcTotal>[] = [
  {
    id: 'domain',
    title: columns.domain,
    isFixed: true,
    cell: ({ domain }) => (
      <Link to="/domains/$domain" params={{ domain }} className="hms-break">
        {domain}
      </Link>
    ),
  },
  { id: 'messages', title: columns.messages, isFixed: true, isNumber: true, cell: ({ messages }) => number(messages) },
  {
    id: 'pass',
    title: columns.pass,
    isFixed: true,
    isNumber: true,
    cell: (row) => (
      <span className={passOf(row) < LEAST_PASS ? 'hms-ink-bad' : 'hms-ink-ok'}>
        {number(row.aligned)} ({share(passOf(row))})
      </span>
    ),
  },
  { id: 'dkim', title: columns.dkim, isNumber: true, cell: ({ dkim }) => number(dkim) },
  { id: 'spf', title: columns.spf, isNumber: true, cell: ({ spf }) => number(spf) },
  { id: 'quarantined', title: columns.quarantined, isNumber: true, cell: ({ quarantined }) => number(quarantined) },
  { id: 'rejected', title: columns.rejected, isNumber: true, cell: ({ rejected }) => number(rejected) },
  {
    id: 'reporters',
    title: columns.reporters,
    cell: ({ reporters }) => <span className="hms-break">{visible(reporters.join(', '))}</span>,
  },
  { id: 'unproved', title: columns.unproved, isExtra: true, isNumber: true, cell: ({ unproved }) => number(unproved) },
]

interface DmarcProps {
  readonly days: readonly DmarcDay[] | undefined
  readonly error: Error | null
  readonly again: () => void
}

export function Dmarc({ days, error, again }: DmarcProps): ReactNode {
  const may = useMay()
  const series = dmarcSeries(days ?? [])
  return (
    <Card title={words.title} about={words.about} flush>
      {series.times.length > 1 && (
        <div className="hms-sums-chart">
          <SeriesChart
            label={words.chart}
            // Days are those of UTC: at noon it is that day nearly everywhere.
            times={series.times.map((at) => at + NOON)}
            timeLabel={dayOf}
            series={[
              { name: words.series.pass, color: 1, values: series.pass },
              { name: words.series.fail, color: 3, values: series.fail },
            ]}
          />
        </div>
      )}
      <DataTable
        name="dmarc"
        label={words.table}
        columns={COLUMNS}
        keyOf={({ domain }) => domain}
        rows={days === undefined ? undefined : dmarcTotals(days)}
        error={error}
        again={again}
        empty={
          <Empty
            icon="domain"
            title={words.empty}
            actions={
              may('domains.list') && (
                <ButtonLink to="/domains" variant="default">
                  {sums.open}
                </ButtonLink>
              )
            }
          >
            {words.emptyWhat}
          </Empty>
        }
      />
    </Card>
  )
}
