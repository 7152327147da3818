// Addresses that mail in our name came from and did not pass: whose they are, and what to do.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { DmarcDay } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { Badge, Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { number, share } from '../../texts/format.ts'
import { sums } from '../../texts/sums.ts'
import { type SourceTotal, sourceTotals } from './totals.ts'

const words = sums.sources
const columns = words.columns

/** Addresses of this server by the names of their sources, where they are said. */
function useOwnAddresses(): ReadonlyMap<string, string> {
  const may = useMay()
  const sources = useQuery({
    queryKey: ['sources', 'addresses'],
    queryFn: ({ signal }) => api.sources.list({ limit: 1000 }, { signal }),
    enabled: may('sources.list'),
  })
  const rows = sources.data?.data ?? []
  return new Map(
    rows.flatMap(({ name, source }) =>
      'address' in source && source.address !== null && source.address !== undefined ? [[source.address, name]] : [],
    ),
  )
}

export function Sources({ days }: { readonly days: readonly DmarcDay[] }): ReactNode {
  const own = useOwnAddresses()
  return (
    <Card title={words.title} about={words.about} flush>
      <DataTable
        name="dmarc-sources"
        label={words.table}
        columns={columnsOf(own)}
        keyOf={({ ip, domain }) => `${ip} ${domain}`}
        rows={sourceTotals(days)}
        empty={
          <Empty icon="check" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
    </Card>
  )
}

function columnsOf(own: ReadonlyMap<string, string>): readonly Column<SourceTotal>[] {
  return [
    { id: 'ip', title: columns.ip, isFixed: true, cell: ({ ip }) => <code>{ip}</code> },
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
    { id: 'messages', title: columns.messages, isNumber: true, cell: ({ messages }) => number(messages) },
    {
      id: 'failed',
      title: columns.failed,
      isFixed: true,
      isNumber: true,
      cell: ({ messages, aligned }) => (
        <span className="hms-nowrap">
          {number(messages - aligned)} ({share((messages - aligned) / Math.max(1, messages))})
        </span>
      ),
    },
    {
      id: 'whose',
      title: columns.whose,
      cell: ({ ip }) => {
        const name = own.get(ip)
        return <Badge tone={name === undefined ? 'quiet' : 'warn'}>{name === undefined ? words.other : words.own(name)}</Badge>
      },
    },
    {
      id: 'mend',
      title: columns.mend,
      cell: ({ ip, aligned }) => (own.has(ip) ? words.someOwn : aligned > 0 ? words.someOther : words.allOther),
    },
  ]
}
