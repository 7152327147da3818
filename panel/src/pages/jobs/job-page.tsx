// One job: how far it is, followed live; what it sends, whom it could not send to and why; paused, resumed, cancelled, forgotten.
import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { Job } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Card, Figure, Notice, Page } from '../../parts/layout.tsx'
import { PageOfOne } from '../../parts/page-of-one.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { ago, number, share, time } from '../../texts/format.ts'
import { jobs } from '../../texts/jobs.ts'
import { type ActionName, actionsFor, JobConfirm } from './job-confirm.tsx'
import { JobPreview } from './job-preview.tsx'
import { RefusedRows } from './refused-rows.tsx'
import { jobRoute } from './routes.ts'
import { isLive, JobBadge, JobProgress, leftOf, shownState } from './states.tsx'
import { useUpload } from './upload.ts'
import './jobs.css'

const words = jobs.one
const LOOK_EVERY = 1500

export function JobPage(): ReactNode {
  const { id } = jobRoute.useParams()
  const number = Number(id)
  const shown = useQuery({
    queryKey: ['jobs', 'one', number],
    queryFn: ({ signal }) => api.jobs.show(number, { signal }),
    refetchInterval: ({ state }) => (state.data === undefined || isLive(state.data) ? LOOK_EVERY : false),
  })
  return (
    <PageOfOne shown={shown} title={jobs.title} unknown={words.unknown} list="/jobs">
      {(job) => <Known job={job} />}
    </PageOfOne>
  )
}

function Known({ job }: { readonly job: Job }): ReactNode {
  const { id, account, name, by, at } = job
  const may = useMay()
  const [asked, setAsked] = useState<ActionName | null>(null)
  const actions = actionsFor(job)
    .filter(({ needs }) => may(needs))
    .map(({ name: action }) => (
      <Button key={action} variant={action === 'resume' ? 'filled' : 'default'} onClick={() => setAsked(action)}>
        {jobs.actions[action]}
      </Button>
    ))
  return (
    <Page title={name} about={`${jobs.number(id)}. ${words.about(String(account), by, ago(at))}`} actions={actions}>
      <State job={job} />
      <Figures job={job} />
      <JobPreview id={id} recipients={job.recipients} />
      <RefusedRows job={job} />
      <AsCommand hms={`assemble show ${id}`} call={`GET /jobs/${id}`} />
      {asked !== null && <JobConfirm id={id} action={asked} close={() => setAsked(null)} />}
    </Page>
  )
}

/** What keeps it from going on, and who or what lets it. */
function State({ job }: { readonly job: Job }): ReactNode {
  const { id, paused, trouble, start } = job
  const upload = useUpload(id)
  switch (shownState(job)) {
    case 'reading':
      if (upload?.error != null) return <ProblemNotice error={upload.error} mend={<span>{words.readFailed}</span>} />
      return (
        <Notice tone="info" title={words.reading}>
          {upload === undefined ? words.readingElsewhere : words.readingHere(share(upload.read))}
        </Notice>
      )
    case 'paused':
      return (
        <Notice tone="warn" title={words.paused(paused ?? '')}>
          {words.pausedWhat}
        </Notice>
      )
    case 'waits':
      return (
        <Notice tone="warn" title={words.waits}>
          <p>{trouble}</p>
          <p>{words.waitsWhat}</p>
        </Notice>
      )
    case 'failed':
      return (
        <Notice tone="bad" title={words.failed}>
          <p>{trouble}</p>
          <p>{words.failedWhat}</p>
        </Notice>
      )
    case 'scheduled':
      return (
        <Notice tone="info" title={words.start(time(start))}>
          {words.goesOn}
        </Notice>
      )
    case 'sending':
      return <p className="hms-muted">{words.goesOn}</p>
    default:
      return null
  }
}

function Figures({ job }: { readonly job: Job }): ReactNode {
  const { recipients, bad, queued, refused, ended } = job
  return (
    <Card title={words.figures} actions={<JobBadge job={job} />} {...(ended !== null && { about: words.ended(time(ended)) })}>
      <div className="hms-stack">
        <JobProgress job={job} />
        <dl className="hms-figures">
          <Figure label={words.recipients} value={number(recipients)} />
          <Figure label={words.queued} value={number(queued)} />
          <Figure label={words.left} value={number(leftOf(job))} />
          <Figure label={words.refused} value={number(refused)} {...(refused > 0 && { tone: 'bad' as const })} />
          <Figure label={words.bad} value={number(bad)} {...(bad > 0 && { tone: 'warn' as const })} />
        </dl>
      </div>
    </Card>
  )
}
