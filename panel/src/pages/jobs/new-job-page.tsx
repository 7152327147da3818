// A new job: what is sent and to whom. It is checked as a whole without sending anything, and then handed over.
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { Button, Progress } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { type BadRow, type Job, Problem } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Card, Notice, Page } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { DataTable } from '../../parts/table.tsx'
import { number, share } from '../../texts/format.ts'
import { jobs } from '../../texts/jobs.ts'
import { dataOf, documentOf, EMPTY, type JobValues } from './job-values.ts'
import { Messages } from './job-preview.tsx'
import { MessageFields, RecipientFields } from './new-job-fields.tsx'
import { ROW_COLUMNS } from './refused-rows.tsx'
import { fill, send, UnreadableFile } from './upload.ts'
import './jobs.css'

const words = jobs.make
const PREVIEWED = 5
const ROWS = 100

interface Checked {
  readonly job: Job
  readonly messages: readonly { readonly to: string; readonly text: string }[]
  readonly rows: readonly BadRow[]
}

/** A trial uses up no number, and nothing of it stays. */
async function check(document: unknown, file: File, tell: (read: number) => void): Promise<Checked> {
  const made = await api.jobs.add({ document, trial: true })
  try {
    const job = await fill(made, file, tell)
    const messages = job.recipients === 0 ? [] : (await api.jobs.preview(made.id, { limit: PREVIEWED })).messages
    return { job, messages, rows: (await api.jobs.bad(made.id, { limit: ROWS })).data }
  } finally {
    await api.jobs.forget(made.id)
  }
}

export function NewJobPage(): ReactNode {
  const own = useMe().account
  const [values, setValues] = useState<JobValues>({ ...EMPTY, account: own === null ? '' : String(own) })
  const [file, setFile] = useState<File | null>(null)
  const [read, setRead] = useState(0)
  const navigate = useNavigate()
  const document = documentOf(values)
  const isWrong = dataOf(values.data) === null
  const checking = useMutation({
    mutationFn: async (chosen: File) => {
      setRead(0)
      return check(document, chosen, setRead)
    },
  })
  const sending = useMutation({
    mutationFn: async (chosen: File) => {
      const job = await api.jobs.add({ document })
      send(job, chosen, values.paused)
      return job
    },
    onSuccess: ({ id }) => void navigate({ to: '/jobs/$id', params: { id: String(id) } }),
  })
  const change = (some: Partial<JobValues>): void => {
    setValues({ ...values, ...some })
    checking.reset()
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (file !== null && !isWrong) checking.mutate(file)
  }
  const usable = checking.data?.job.recipients ?? 0
  return (
    <Page title={words.title} about={words.about}>
      <form className="hms-stack" onSubmit={submit}>
        <div className="hms-job-grid">
          <MessageFields values={values} set={change} isOwn={own !== null} />
          <RecipientFields
            values={values}
            set={change}
            file={file}
            setFile={(next) => {
              setFile(next)
              checking.reset()
            }}
          />
        </div>
        {checking.isPending && <Reading read={read} />}
        {checking.error !== null && <Failure error={checking.error} />}
        {sending.error !== null && <Failure error={sending.error} />}
        {checking.data !== undefined && <Result {...checking.data} />}
        <div className="hms-row">
          <Button
            type="submit"
            variant={usable > 0 ? 'default' : 'filled'}
            disabled={file === null || isWrong}
            loading={checking.isPending}
          >
            {words.check}
          </Button>
          {usable > 0 && file !== null && (
            <Button loading={sending.isPending} onClick={() => sending.mutate(file)}>
              {words.sendCount(number(usable))}
            </Button>
          )}
          <span className="hms-muted hms-small">{words.checkAbout}</span>
        </div>
      </form>
      <AsCommand hms="assemble spring.yaml --dry-run" call="POST /jobs" body={{ document }} />
    </Page>
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
