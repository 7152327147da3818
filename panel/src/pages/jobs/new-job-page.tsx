// A new job: what is sent and to whom, written in fields or as a job file.
import { SegmentedControl } from '@mantine/core'
import { type FormEvent, lazy, type ReactNode, Suspense, useState } from 'react'
import { useMe } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Page, Waiting } from '../../parts/layout.tsx'
import { jobs } from '../../texts/jobs.ts'
import { JobOutcome, useNewJob, type Wanted } from './job-check.tsx'
import { dataOf, documentOf, EMPTY, type JobValues } from './job-values.ts'
import { MessageFields, RecipientFields } from './new-job-fields.tsx'
import './jobs.css'

const words = jobs.make
const WAYS = ['fields', 'file'] as const
type Way = (typeof WAYS)[number]
/** With what reads job files, which nobody else needs. */
const JobOfFile = lazy(async () => ({ default: (await import('./job-of-file.tsx')).JobOfFile }))

export function NewJobPage(): ReactNode {
  const [way, setWay] = useState<Way>('fields')
  const choice = (
    <SegmentedControl
      aria-label={words.way}
      value={way}
      data={WAYS.map((value) => ({ value, label: words.ways[value] }))}
      onChange={(value) => setWay(value as Way)}
    />
  )
  return (
    <Page title={words.title} about={words.about} actions={choice}>
      {way === 'fields' ? (
        <JobOfFields />
      ) : (
        <Suspense fallback={<Waiting lines={6} />}>
          <JobOfFile />
        </Suspense>
      )}
    </Page>
  )
}

function JobOfFields(): ReactNode {
  const own = useMe().account
  const [values, setValues] = useState<JobValues>({ ...EMPTY, account: own === null ? '' : String(own) })
  const [file, setFile] = useState<File | null>(null)
  const job = useNewJob()
  const document = documentOf(values)
  const wanted: Wanted | null = file === null || dataOf(values.data) === null ? null : { document, rows: { file }, paused: values.paused }
  const change = (some: Partial<JobValues>): void => {
    setValues({ ...values, ...some })
    job.checking.reset()
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (wanted !== null) job.checking.mutate(wanted)
  }
  return (
    <>
      <form className="hms-stack" onSubmit={submit}>
        <div className="hms-job-grid">
          <MessageFields values={values} set={change} isOwn={own !== null} />
          <RecipientFields
            values={values}
            set={change}
            file={file}
            setFile={(next) => {
              setFile(next)
              job.checking.reset()
            }}
          />
        </div>
        <JobOutcome job={job} wanted={wanted} />
      </form>
      <AsCommand hms="assemble spring.yaml --dry-run" call="POST /jobs" body={{ document }} />
    </>
  )
}
