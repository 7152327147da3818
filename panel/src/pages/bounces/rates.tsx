// How many complain, by account and provider, or that nobody says.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { ComplaintRate } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { complaintTone } from '../../parts/complaint-tone.ts'
import { Badge, Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { bounces } from '../../texts/bounces.ts'
import { common } from '../../texts/common.ts'
import { domains } from '../../texts/domains.ts'
import { number, share } from '../../texts/format.ts'
import type { BounceSearch } from './search.ts'

const words = bounces.rates
const columns = words.columns

const COLUMNS: readonly Column<ComplaintRate>[] = [
  { id: 'account', title: columns.account, isNumber: true, isFixed: true, cell: ({ account }) => account },
  {
    id: 'domain',
    title: columns.domain,
    cell: ({ domain }) =>
      domain === '' ? (
        words.allMail
      ) : (
        <Link to="/domains/$domain" params={{ domain }} className="hms-break">
          {domain}
        </Link>
      ),
  },
  { id: 'provider', title: columns.provider, isFixed: true, cell: ({ provider }) => domains.one.providers.names[provider] },
  {
    id: 'delivered',
    title: columns.delivered,
    isNumber: true,
    cell: ({ delivered }) => (delivered === null ? common.none : number(delivered)),
  },
  {
    id: 'complaints',
    title: columns.complaints,
    isNumber: true,
    cell: ({ complaints }) => (complaints === null ? words.imported : number(complaints)),
  },
  {
    id: 'rate',
    title: columns.rate,
    isNumber: true,
    isFixed: true,
    cell: ({ rate }) =>
      rate === null ? <Badge tone="quiet">{words.unknown}</Badge> : <Badge tone={complaintTone(rate)}>{share(rate)}</Badge>,
  },
]

export function Rates({ search: { account } }: { readonly search: BounceSearch }): ReactNode {
  const { rows, ...list } = usePages(['complaints', 'all'], (after, signal) =>
    api.domains.complaintsList({ limit: 100, ...(after !== undefined && { after }) }, { signal }),
  )
  const shown = rows?.filter((row) => account === undefined || row.account === account)
  return (
    <Card
      title={words.title}
      about={words.about}
      flush
      actions={
        <ButtonLink to="/domains" variant="default" size="xs">
          {words.domains}
        </ButtonLink>
      }
    >
      <DataTable
        name="complaint-rates"
        label={words.table}
        columns={COLUMNS}
        rows={shown}
        keyOf={(row) => `${row.account} ${row.domain} ${row.provider}`}
        {...list}
        empty={
          <Empty icon="chart" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
      <div className="hms-card-body">
        {shown?.some(({ rate }) => rate === null) === true && <p className="hms-muted hms-small">{words.unknownAbout}</p>}
        <AsCommand hms="domain complaints" call="GET /health/complaints" />
      </div>
    </Card>
  )
}
