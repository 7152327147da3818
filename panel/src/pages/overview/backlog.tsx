// Where mail waits: providers, and sites that are of none, with the longest queues; how old the oldest of it is, how fast each takes it, and what
// binds.
import { useQueries } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { ProviderNow, SiteNow } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { number, roughly, span } from '../../texts/format.ts'
import { overview } from '../../texts/overview.ts'

const words = overview.backlog
const SHOWN = 8
const LOOK_EVERY = 5000
/** What sites of no provider are asked for by. */
const OTHER = 'other'
const nameOf = ({ site, provider }: Pick<Waiting, 'site' | 'provider'>): string => site ?? provider ?? OTHER
interface Looking {
  readonly signal: AbortSignal
}

/** What both have. */
type Waiting = Pick<SiteNow, Extract<keyof SiteNow, keyof ProviderNow>> & { readonly site?: string | undefined }

const COLUMNS: readonly Column<Waiting>[] = [
  {
    id: 'site',
    title: words.site,
    isFixed: true,
    cell: ({ site, provider }) => (
      <Link to="/destination" search={site === undefined ? { provider: provider ?? OTHER } : { site }} className="hms-break">
        {nameOf({ site, provider })}
      </Link>
    ),
  },
  { id: 'queued', title: words.queued, isFixed: true, isNumber: true, cell: ({ queued }) => roughly(queued) },
  {
    id: 'oldest',
    title: words.oldest,
    isNumber: true,
    cell: ({ dueSince }) => (dueSince === null ? common.none : span(Math.max(0, Date.now() - dueSince))),
  },
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
]

/** Sites that the rules know as of no provider are told one by one. */
function useWaiting() {
  const [providers, sites] = useQueries({
    queries: [
      {
        queryKey: ['sites', 'providers'],
        queryFn: ({ signal }: Looking) => api.queue.sitesProviders({ limit: 1000 }, { signal }),
        refetchInterval: LOOK_EVERY,
      },
      {
        queryKey: ['sites', 'backlog'],
        queryFn: ({ signal }: Looking) => api.queue.sitesTop({ by: 'queued', provider: OTHER, limit: SHOWN }, { signal }),
        refetchInterval: LOOK_EVERY,
      },
    ],
  })
  const known = providers.data?.data.filter(({ provider }) => provider !== null && provider !== OTHER)
  const all: readonly Waiting[] = [...(known ?? []), ...(sites.data?.data ?? [])]
  const isKnown = known !== undefined && sites.data !== undefined
  return {
    rows: isKnown
      ? all
          .filter(({ queued }) => queued > 0)
          .toSorted((a, b) => b.queued - a.queued)
          .slice(0, SHOWN)
      : undefined,
    error: providers.error ?? sites.error,
    again: () => {
      void providers.refetch()
      void sites.refetch()
    },
  }
}

export function Backlog(): ReactNode {
  const waiting = useWaiting()
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
        keyOf={nameOf}
        {...waiting}
        empty={
          <Empty icon="check" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
    </Card>
  )
}
