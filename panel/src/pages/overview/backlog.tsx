// Where mail waits: sites with the longest queues, how fast each takes it, and what binds.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { SiteNow } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { number, roughly } from '../../texts/format.ts'
import { overview } from '../../texts/overview.ts'

const words = overview.backlog
const SHOWN = 8
const LOOK_EVERY = 5000

const COLUMNS: readonly Column<SiteNow>[] = [
  {
    id: 'site',
    title: words.site,
    isFixed: true,
    cell: ({ site }) => (
      <Link to="/messages" search={{ view: 'queue', site }} className="hms-break">
        {site}
      </Link>
    ),
  },
  { id: 'queued', title: words.queued, isFixed: true, isNumber: true, cell: ({ queued }) => roughly(queued) },
  {
    id: 'rate',
    title: words.rate,
    isNumber: true,
    cell: ({ messages, allowed }) => (
      <>
        {roughly(messages)} {allowed !== null && <span className="hms-muted">{words.of(roughly(allowed))}</span>}
      </>
    ),
  },
  {
    id: 'connections',
    title: words.connections,
    isNumber: true,
    cell: ({ connections, mostConnections }) => `${number(connections)} / ${number(mostConnections)}`,
  },
  { id: 'binds', title: words.binds, cell: ({ holds }) => holds[0]?.reason ?? <span className="hms-muted">{words.free}</span> },
  { id: 'reply', title: words.reply, isExtra: true, cell: ({ lastReply }) => <span className="hms-break hms-small">{lastReply}</span> },
]

export function Backlog(): ReactNode {
  const sites = useQuery({
    queryKey: ['sites', 'backlog'],
    queryFn: ({ signal }) => api.queue.sitesTop({ by: 'queued', limit: SHOWN }, { signal }),
    refetchInterval: LOOK_EVERY,
  })
  return (
    <Card
      flush
      title={words.title}
      about={words.about}
      actions={
        <ButtonLink to="/messages" search={{ view: 'queue' }} variant="default" size="xs">
          {words.all}
        </ButtonLink>
      }
    >
      <DataTable
        name="backlog"
        label={words.label}
        columns={COLUMNS}
        rows={sites.data?.data.filter(({ queued }) => queued > 0)}
        keyOf={({ site }) => site}
        error={sites.error}
        again={() => void sites.refetch()}
        empty={
          <Empty icon="check" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
    </Card>
  )
}
