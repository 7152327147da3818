// Assembly jobs and how far each came, followed while one is under way.
import { Link } from '@tanstack/react-router'
import { type ReactNode, useEffect } from 'react'
import type { Job } from '../../../../client/src/index.ts'
import { AccountFilter } from '../../app/account-filter.tsx'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { Card, Empty, Page } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { number, timeShort } from '../../texts/format.ts'
import { jobs as words } from '../../texts/jobs.ts'
import { jobsRoute } from './routes.ts'
import { isLive, JobBadge, JobProgress } from './states.tsx'
import './jobs.css'

const columns = words.columns
const LOOK_EVERY = 3000

const COLUMNS: readonly Column<Job>[] = [
  {
    id: 'name',
    title: columns.name,
    isFixed: true,
    cell: ({ id, name }) => (
      <>
        <Link to="/jobs/$id" params={{ id: String(id) }} className="hms-break">
          {name}
        </Link>
        <div className="hms-muted hms-small">{words.number(id)}</div>
      </>
    ),
  },
  { id: 'account', title: columns.account, isNumber: true, cell: ({ account }) => account },
  { id: 'state', title: columns.state, isFixed: true, cell: (job) => <JobBadge job={job} /> },
  { id: 'progress', title: columns.progress, cell: (job) => <JobProgress job={job} /> },
  { id: 'recipients', title: columns.recipients, isNumber: true, cell: ({ recipients }) => number(recipients) },
  { id: 'refused', title: columns.refused, isNumber: true, cell: ({ refused, bad }) => number(refused + bad) },
  { id: 'at', title: columns.at, cell: ({ at }) => <span className="hms-nowrap">{timeShort(at)}</span> },
  { id: 'by', title: columns.by, isExtra: true, cell: ({ by }) => <span className="hms-break">{by}</span> },
]

export function JobsPage(): ReactNode {
  const search = jobsRoute.useSearch()
  const navigate = jobsRoute.useNavigate()
  const may = useMay()
  const { account } = search
  const list = usePages(['jobs', 'list', search], (after, signal) =>
    api.jobs.list({ ...search, limit: 50, ...(after !== undefined && { after }) }, { signal }),
  )
  useLooks(list.again, list.rows?.some(isLive) === true)
  const mayAdd = may('jobs.add', 'jobs.rows', 'jobs.begin')
  const button = mayAdd && <ButtonLink to="/jobs/new">{words.add.button}</ButtonLink>
  return (
    <Page title={words.title} about={words.about} actions={button}>
      <Card flush>
        <DataTable
          name="jobs"
          label={words.table}
          columns={COLUMNS}
          keyOf={({ id }) => String(id)}
          {...list}
          tools={<AccountFilter search={search} set={(next) => void navigate({ search: next })} />}
          empty={
            <Empty icon="job" title={words.empty.title} actions={button}>
              {mayAdd ? words.empty.what : words.empty.reader}
            </Empty>
          }
        />
      </Card>
      <AsCommand
        hms={`assemble ls${account === undefined ? '' : ` --account ${account}`}`}
        call={`GET /jobs${account === undefined ? '' : `?account=${account}`}`}
      />
    </Page>
  )
}

/** Looks again now and then, as long as something goes on. */
function useLooks(look: () => void, isOn: boolean): void {
  useEffect(() => {
    if (!isOn) return undefined
    const timer = setInterval(look, LOOK_EVERY)
    return () => clearInterval(timer)
  }, [look, isOn])
}
