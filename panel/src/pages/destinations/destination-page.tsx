// One destination: a site, all sites of a provider, or a domain. How it takes mail now, what holds the rest, what it answers, and what is
// done about it.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { HeldBack, SiteNow } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Card, Empty, Figure, Page, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { destinations } from '../../texts/destinations.ts'
import { ago, number, roughly } from '../../texts/format.ts'
import { ageText, connectionsText, OTHER, providerText, rateText, SITE_COLUMNS } from './columns.tsx'
import { DestinationActions } from './destination-actions.tsx'
import { HoldList, type HoldPlace } from './holds.tsx'
import { Replies } from './replies.tsx'
import { destinationRoute } from './routes.ts'
import { Standing } from './standing.tsx'
import './destinations.css'

const words = destinations.one
const LOOK_EVERY = 5000

export function DestinationPage(): ReactNode {
  const { site, provider, domain } = destinationRoute.useSearch()
  if (site !== undefined) return <OfSite site={site} />
  if (provider !== undefined) return <OfProvider provider={provider} />
  if (domain !== undefined) return <OfDomain domain={domain} />
  return (
    <Page title={words.unknownTitle}>
      <Empty icon="search" title={words.nothing} actions={<ButtonLink to="/destinations">{words.back}</ButtonLink>} />
    </Page>
  )
}

function useSites(query: { readonly site?: string; readonly provider?: string; readonly domain?: string }) {
  return useQuery({
    queryKey: ['destinations', 'one', query],
    queryFn: ({ signal }) => api.queue.sitesTop({ by: 'queued', limit: 1000, ...query }, { signal }),
    refetchInterval: LOOK_EVERY,
  })
}

const BACK = (
  <ButtonLink to="/destinations" variant="subtle">
    {words.back}
  </ButtonLink>
)

function OfSite({ site }: { readonly site: string }): ReactNode {
  const found = useSites({ site })
  const row = found.data?.data[0]
  return (
    <Page
      title={site}
      about={row === undefined ? undefined : providerText(row.provider)}
      actions={<DestinationActions name={site} targets={[{ site }]} back={BACK} />}
    >
      <Standing targets={[{ site }]} />
      {found.error !== null && <ProblemNotice error={found.error} again={() => void found.refetch()} />}
      {found.data === undefined ? <Loading isFailed={found.error !== null} /> : <Figures rows={found.data.data} target={{ site }} />}
      {row !== undefined && <Holds holds={row.holds} place={{ site }} domain={row.domain} />}
      <Replies query={{ site }} />
      <AsCommand hms="top" call={`GET /sites?${new URLSearchParams({ site })}`} />
    </Page>
  )
}

function OfProvider({ provider }: { readonly provider: string }): ReactNode {
  const found = useSites({ provider })
  const rows = found.data?.data
  const targets = (rows ?? []).filter(({ queued }) => queued > 0).map(({ site }) => ({ site }))
  return (
    <Page
      title={providerText(provider)}
      about={provider === OTHER ? destinations.otherAbout : undefined}
      actions={<DestinationActions name={providerText(provider)} targets={targets} back={BACK} />}
    >
      <Standing targets={targets} />
      {found.error !== null && <ProblemNotice error={found.error} again={() => void found.refetch()} />}
      {rows === undefined ? <Loading isFailed={found.error !== null} /> : <Figures rows={rows} target={null} />}
      <Replies query={{ provider }} />
      <Card title={words.sites} flush>
        <DataTable
          name="sites"
          label={destinations.table.site}
          columns={SITE_COLUMNS}
          rows={rows}
          keyOf={({ site }) => site}
          empty={<Empty icon="check" title={destinations.empty.none} />}
        />
      </Card>
      <AsCommand hms={`top --provider ${quoted(provider)}`} call={`GET /sites?${new URLSearchParams({ provider })}`} />
    </Page>
  )
}

function OfDomain({ domain }: { readonly domain: string }): ReactNode {
  const why = useQuery({
    queryKey: ['destinations', 'why', domain],
    queryFn: ({ signal }) => api.queue.why({ domain }, { signal }),
    refetchInterval: LOOK_EVERY,
  })
  const its = why.data?.domain
  const site = its?.site ?? null
  return (
    <Page title={domain} about={words.domain} actions={<DestinationActions name={domain} targets={[{ domain }]} back={BACK} />}>
      <Standing targets={[{ domain }]} />
      {why.error !== null && <ProblemNotice error={why.error} again={() => void why.refetch()} />}
      {its === undefined ? (
        <Loading isFailed={why.error !== null} />
      ) : (
        its !== null && (
          <Card title={words.now}>
            <dl className="hms-figures">
              <Figure label={destinations.columns.queued} value={number(its.waiting)} />
              <Figure label={words.held} value={its.held === null ? common.none : number(its.held)} />
              <Oldest target={{ domain }} />
            </dl>
            {site !== null && (
              <p>
                {words.siteOf}{' '}
                <ButtonLink to="/destination" search={{ site }} size="compact-sm" variant="light">
                  {site}
                </ButtonLink>
              </p>
            )}
          </Card>
        )
      )}
      {its !== null && its !== undefined && <Holds holds={its.holds} place={{ domain }} domain={domain} />}
      {site !== null && <Replies query={{ site }} />}
      <AsCommand hms={`why ${quoted(domain)}`} call={`GET /queue/why?${new URLSearchParams({ domain })}`} />
    </Page>
  )
}

function Loading({ isFailed }: { readonly isFailed: boolean }): ReactNode {
  return isFailed ? null : (
    <Card>
      <Waiting lines={5} />
    </Card>
  )
}

/** `target` null: several sites, of which nobody looks for the oldest message. */
function Figures({ rows, target }: { readonly rows: readonly SiteNow[]; readonly target: HoldPlace | null }): ReactNode {
  const columns = destinations.columns
  const sum = (of: (row: SiteNow) => number): number => rows.reduce((total, row) => total + of(row), 0)
  const due = rows.flatMap(({ dueSince }) => dueSince ?? [])
  const [only] = rows.length === 1 ? rows : []
  const deferred = sum((row) => row.deferred)
  if (rows.length === 0)
    return (
      <Card title={words.now}>
        <p className="hms-muted">{destinations.empty.none}</p>
      </Card>
    )
  return (
    <Card title={words.now} actions={target !== null && <MessagesLink target={target} />}>
      <div className="hms-stack">
        <dl className="hms-figures">
          <Figure label={columns.queued} value={roughly(sum(({ queued }) => queued))} />
          <Figure label={columns.sending} value={roughly(sum(({ sending }) => sending))} />
          <Figure label={columns.rate} value={rateText({ messages: sum(({ messages }) => messages), allowed: only?.allowed ?? null })} />
          <Figure
            label={columns.connections}
            value={connectionsText({ connections: sum((row) => row.connections), mostConnections: sum((row) => row.mostConnections) })}
          />
          <Figure label={columns.deferred} value={roughly(deferred)} {...(deferred > 0 && { tone: 'warn' as const })} />
          <Figure label={columns.due} value={ageText(due.length === 0 ? null : Math.min(...due))} />
          {target !== null && <Oldest target={target} />}
        </dl>
        {only?.lastReply != null && (
          <div>
            <p className="hms-muted hms-small">{words.lastReply(only.lastReplyAt === null ? '' : ago(only.lastReplyAt))}</p>
            <p className="hms-break">{only.lastReply}</p>
          </div>
        )}
      </div>
    </Card>
  )
}

function MessagesLink({ target }: { readonly target: HoldPlace }): ReactNode {
  return (
    <ButtonLink to="/messages" search={{ view: 'queue', ...target }} size="xs" variant="default">
      {words.messages}
    </ButtonLink>
  )
}

/** The first in the order of ids is the one that was accepted first, of each shard. */
function Oldest({ target }: { readonly target: HoldPlace }): ReactNode {
  const found = useQuery({
    queryKey: ['destinations', 'oldest', target],
    queryFn: ({ signal }) => api.queue.list({ ...target, limit: 1 }, { signal }),
    refetchInterval: 6 * LOOK_EVERY,
  })
  const [first] = found.data?.data ?? []
  return <Figure label={words.oldest} value={ageText(first?.acceptedAt ?? null)} />
}

interface HoldsProps {
  readonly holds: readonly HeldBack[]
  readonly place: HoldPlace
  readonly domain: string | null
}

function Holds({ holds, place, domain }: HoldsProps): ReactNode {
  return (
    <Card title={destinations.holds.title} flush={holds.length > 0}>
      {holds.length === 0 ? (
        <p className="hms-muted">{destinations.holds.none}</p>
      ) : (
        <HoldList holds={holds} place={place} domain={domain} />
      )}
    </Card>
  )
}
