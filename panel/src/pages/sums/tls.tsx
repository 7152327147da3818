// TLS by domain: sessions to our domains that failed, why, and what to do.
import type { ReactNode } from 'react'
import type { TlsDay } from '../../../../client/src/index.ts'
import { Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { number } from '../../texts/format.ts'
import { sums } from '../../texts/sums.ts'
import { type TlsTotal, tlsTotals } from './totals.ts'
import { visible } from '../../parts/visible.ts'

const words = sums.tls
const columns = words.columns

const COLUMNS: readonly Column<TlsTotal>[] = [
  { id: 'domain', title: columns.domain, isFixed: true, cell: ({ domain }) => <span className="hms-break">{domain}</span> },
  { id: 'sessions', title: columns.sessions, isNumber: true, cell: ({ succeeded, failed }) => number(succeeded + failed) },
  {
    id: 'failed',
    title: columns.failed,
    isFixed: true,
    isNumber: true,
    cell: ({ failed }) => <span className={failed > 0 ? 'hms-ink-bad' : 'hms-ink-ok'}>{number(failed)}</span>,
  },
  {
    id: 'why',
    title: columns.why,
    isFixed: true,
    cell: ({ failures }) =>
      failures.length === 0 ? (
        common.none
      ) : (
        <ul>
          {failures.map(([kind, sessions]) => (
            <li key={kind}>
              <code>{kind}</code> {number(sessions)}
            </li>
          ))}
        </ul>
      ),
  },
  {
    id: 'mend',
    title: columns.mend,
    cell: ({ failures }) =>
      failures.length === 0 ? (
        words.fine
      ) : (
        <ul>
          {failures.map(([kind]) => (
            <li key={kind}>{words.mends[kind] ?? words.mendOther}</li>
          ))}
        </ul>
      ),
  },
  {
    id: 'reporters',
    title: columns.reporters,
    cell: ({ reporters }) => <span className="hms-break">{visible(reporters.join(', '))}</span>,
  },
]

interface TlsProps {
  readonly days: readonly TlsDay[] | undefined
  readonly error: Error | null
  readonly again: () => void
}

export function Tls({ days, error, again }: TlsProps): ReactNode {
  return (
    <Card title={words.title} about={words.about} flush>
      <DataTable
        name="tls-reports"
        label={words.table}
        columns={COLUMNS}
        keyOf={({ domain }) => domain}
        rows={days === undefined ? undefined : tlsTotals(days)}
        error={error}
        again={again}
        empty={
          <Empty icon="domain" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
    </Card>
  )
}
