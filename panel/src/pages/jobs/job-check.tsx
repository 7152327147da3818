// A job on its way: checked as a whole without sending anything, and then handed over; however it was written.
import { Button, Progress } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { type BadRow, type Job, Problem } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { Card, Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { DataTable } from '../../parts/table.tsx'
import { number, share } from '../../texts/format.ts'
import { jobs } from '../../texts/jobs.ts'
import { Messages } from './job-preview.tsx'
import { ROW_COLUMNS } from './refused-rows.tsx'
import { fill, type Rows, send, UnreadableFile } from './upload.ts'

const words = jobs.make
const PREVIEWED = 5
const ROWS = 100

/** What is sent, to whom. */
export interface Wanted {
  /** As a job file has it, without the recipients. */
  readonly document: unknown
  readonly rows: Rows
  readonly paused: boolean
}

interface Checked {
  readonly job: Job
  readonly messages: readonly { readonly to: string; readonly text: string }[]
  readonly rows: readonly BadRow[]
}

/** A trial uses up no number, and nothing of it stays. */
async function check({ document, rows }: Wanted, tell: (read: number) => void): Promise<Checked> {
  const made = await api.jobs.add({ document, trial: true })
  try {
    const job = await fill(made, rows, tell)
    const messages = job.recipients === 0 ? [] : (await api.jobs.preview(made.id, { limit: PREVIEWED })).messages
    return { job, messages, rows: (await api.jobs.bad(made.id, { limit: ROWS })).data }
  } finally {
    await api.jobs.forget(made.id)
  }
}

export function useNewJob() {
  const [read, setRead] = useState(0)
  const navigate = useNavigate()
  const checking = useMutation({
    mutationFn: async (wanted: Wanted) => {
      setRead(0)
      return check(wanted, setRead)
    },
  })
  const sending = useMutation({
    mutationFn: async ({ document, rows, paused }: Wanted) => {
      const job = await api.jobs.add({ document })
      send(job, rows, paused)
      return job
    },
    onSuccess: ({ id }) => void navigate({ to: '/jobs/$id', params: { id: String(id) } }),
  })
  return { read, checking, sending }
}

interface OutcomeProps {
  readonly job: ReturnType<typeof useNewJob>
  /** Null: it is not written to its end. */
  readonly wanted: Wanted | null
}

/** What came of the check, and the buttons; stands in the form, whose submission checks. */
export function JobOutcome({ job: { read, checking, sending }, wanted }: OutcomeProps): ReactNode {
  const usable = checking.data?.job.recipients ?? 0
  return (
    <>
      {checking.isPending && <Reading read={read} />}
      {checking.error !== null && <Failure error={checking.error} />}
      {sending.error !== null && <Failure error={sending.error} />}
      {checking.data !== undefined && <Result {...checking.data} />}
      <div className="hms-row">
        <Button type="submit" variant={usable > 0 ? 'default' : 'filled'} disabled={wanted === null} loading={checking.isPending}>
          {words.check}
        </Button>
        {usable > 0 && wanted !== null && (
          <Button loading={sending.isPending} onClick={() => sending.mutate(wanted)}>
            {words.sendCount(number(usable))}
          </Button>
        )}
        <span className="hms-muted hms-small">{words.checkAbout}</span>
      </div>
    </>
  )
}

function Reading({ read }: { readonly read: number }): ReactNode {
  return (
    <div role="status">
      <p>{words.checking(share(read))}</p>
      <Progress value={read * 100} aria-label={words.check} />
    </div>
  )
}

function Failure({ error }: { readonly error: Error }): ReactNode {
  if (error instanceof UnreadableFile && !(error instanceof Problem))
    return (
      <div role="alert">
        <Notice tone="bad" title={error.message} />
      </div>
    )
  return <ProblemNotice error={error} />
}

function Result({ job: { recipients, bad }, messages, rows }: Checked): ReactNode {
  return (
    <>
      <div role="status">
        <Notice
          tone={recipients === 0 ? 'bad' : bad > 0 ? 'warn' : 'ok'}
          title={recipients === 0 ? words.none : words.checked(number(recipients), number(bad))}
        >
          {words.nothing}
        </Notice>
      </div>
      {messages.length > 0 && (
        <Card title={jobs.one.preview} about={jobs.one.previewAbout}>
          <Messages messages={messages} />
        </Card>
      )}
      {rows.length > 0 && (
        <Card title={jobs.one.rows} flush>
          <DataTable
            name="job-rows"
            label={jobs.one.rowsTable}
            columns={ROW_COLUMNS}
            rows={rows}
            keyOf={({ line }) => String(line)}
            empty={null}
          />
        </Card>
      )}
    </>
  )
}
