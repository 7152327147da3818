// What became of mail: sums with a chart over time, and a table by whatever it is divided by; as CSV, and printed.
import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Card, Empty, Notice, Page, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { zone } from '../../texts/format.ts'
import { reports as words } from '../../texts/reports.ts'
import { Filters } from './filters.tsx'
import { ReportingApi } from './reporting-api.tsx'
import { ReportTable } from './report-table.tsx'
import { reportsRoute } from './routes.ts'
import { byOf, commandOf, divisionOf, filtersOf, isShort, queryOf } from './search.ts'
import { Sums } from './sums.tsx'
import './reports.css'

const MINUTE = 60_000

export function ReportsPage(): ReactNode {
  const search = reportsRoute.useSearch()
  const navigate = reportsRoute.useNavigate()
  // So that the same is asked for a while.
  const [now] = useState(() => Math.floor(Date.now() / MINUTE) * MINUTE)
  const query = queryOf(search, zone(), now)
  const interval = isShort(search) ? 'hour' : 'day'
  const sums = useQuery({
    queryKey: ['reports', 'sums', query, interval],
    queryFn: ({ signal }) => api.reports.query({ ...query, compare: true, interval, limit: 1000 }, { signal }),
  })
  const isNothing = sums.data !== undefined && sums.data.data.length === 0
  const print = (
    <Button variant="default" onClick={() => window.print()}>
      {words.print}
    </Button>
  )
  const path = new URLSearchParams(
    Object.entries({ ...query, ...divisionOf(search) }).map(([name, value]) => [name, String(value)]),
  ).toString()
  return (
    <Page title={words.title} about={words.about} actions={print}>
      <div className="hms-screen-only">
        <Filters key={JSON.stringify(search)} search={search} set={(next) => void navigate({ search: next })} />
      </div>
      {sums.error !== null && <ProblemNotice error={sums.error} again={() => void sums.refetch()} />}
      {sums.data === undefined ? (
        sums.error === null && (
          <Card>
            <Waiting lines={6} />
          </Card>
        )
      ) : isNothing ? (
        <Card>
          <Nothing />
        </Card>
      ) : (
        <Sums report={sums.data} interval={interval} />
      )}
      {!isNothing && <ReportTable search={search} query={query} by={byOf(search)} />}
      <AsCommand hms={commandOf(search, query.zone, quoted)} call={`GET /reports/mail?${path}`} />
      <div className="hms-stack hms-screen-only">
        <ReportingApi account={filtersOf(search).find(([field]) => field === 'account')?.[1]} />
        <Rebuild />
      </div>
    </Page>
  )
}

function Nothing(): ReactNode {
  const may = useMay()
  return (
    <Empty
      icon="chart"
      title={words.empty.title}
      actions={
        may('queue.mailTest') && (
          <ButtonLink to="/messages" variant="default">
            {words.empty.test}
          </ButtonLink>
        )
      }
    >
      {words.empty.what}
    </Empty>
  )
}

function Rebuild(): ReactNode {
  const may = useMay()
  const queries = useQueryClient()
  const rebuilding = useMutation({
    mutationFn: () => api.reports.rebuild(),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['reports'] }),
  })
  if (!may('reports.rebuild')) return null
  const { data } = rebuilding
  return (
    <Card
      title={words.rebuild}
      about={words.rebuildAbout}
      actions={
        <Button variant="default" size="xs" loading={rebuilding.isPending} onClick={() => rebuilding.mutate()}>
          {words.rebuild}
        </Button>
      }
    >
      {rebuilding.error !== null && <ProblemNotice error={rebuilding.error} />}
      {data !== undefined && <Notice tone="ok" title={data.since === null ? words.rebuiltNone : words.rebuilt(data.since)} />}
      <AsCommand hms="report rebuild" call="POST /reports/mail/rebuild" />
    </Card>
  )
}
