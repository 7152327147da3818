// A new job as the file that `hms assemble` takes, pasted or opened: read and checked by the same reader, with the same words. The recipients are
// in a file that is chosen beside it: a browser opens none by its name.
import './no-made-code.ts'
import { Checkbox, FileInput, Textarea } from '@mantine/core'
import { type FormEvent, type ReactNode, useMemo, useState } from 'react'
import { JOB_BOUNDS } from '../../../../src/contract/jobs.ts'
import { type JobFile, readJobFile } from '../../../../src/policy/jobs/job-file.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Card, Notice } from '../../parts/layout.tsx'
import { common } from '../../texts/common.ts'
import { number } from '../../texts/format.ts'
import { jobs } from '../../texts/jobs.ts'
import { JobOutcome, useNewJob } from './job-check.tsx'

const words = jobs.make.document
const RECIPIENTS = '.csv,.tsv,.txt,.jsonl,.ndjson,text/csv'

interface Written {
  readonly name: string
  readonly text: string
}

/** A string: what is wrong with it. */
function jobIn({ name, text }: Written): JobFile | string {
  if (text.length > JOB_BOUNDS.file) return words.tooLong(number(JOB_BOUNDS.file))
  const job = readJobFile(text, /\.xml$/i.test(name) ? 'xml' : 'yaml')
  if (typeof job !== 'string' && job.recipients.file === undefined) return words.noDatabase
  return job
}

export function JobOfFile(): ReactNode {
  const [written, setWritten] = useState<Written>({ name: words.named, text: '' })
  const [file, setFile] = useState<File | null>(null)
  const [paused, setPaused] = useState(false)
  const job = useNewJob()
  const read = useMemo(() => (written.text.trim() === '' ? null : jobIn(written)), [written])
  const known = read === null || typeof read === 'string' ? null : read
  const wanted = known === null || file === null ? null : { document: known.document, rows: { file, source: known.recipients }, paused }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (wanted !== null) job.checking.mutate(wanted)
  }
  const changed = job.checking.reset
  return (
    <>
      <form className="hms-stack" onSubmit={submit}>
        <div className="hms-job-grid">
          <Text
            written={written}
            problem={typeof read === 'string' ? read : null}
            write={(next) => {
              setWritten(next)
              changed()
            }}
          />
          <Card title={jobs.make.who}>
            <div className="hms-stack">
              <Recipients
                named={known?.recipients.file}
                file={file}
                choose={(next) => {
                  setFile(next)
                  changed()
                }}
              />
              <Checkbox label={jobs.make.paused} checked={paused} onChange={(event) => setPaused(event.currentTarget.checked)} />
            </div>
          </Card>
        </div>
        <JobOutcome job={job} wanted={wanted} />
      </form>
      <AsCommand
        hms={`assemble ${quoted(written.name)} --dry-run`}
        call="POST /jobs"
        {...(known !== null && { body: { document: known.document } })}
      />
    </>
  )
}

interface TextProps {
  readonly written: Written
  /** Null: it is in order, or nothing is written. */
  readonly problem: string | null
  readonly write: (next: Written) => void
}

function Text({ written, problem, write }: TextProps): ReactNode {
  const open = async (chosen: File | null): Promise<void> => {
    if (chosen !== null) write({ name: chosen.name, text: await chosen.text() })
  }
  return (
    <Card title={words.title} about={words.about}>
      <div className="hms-stack">
        <FileInput
          label={words.open}
          placeholder={jobs.make.fileHint}
          accept=".yaml,.yml,.xml"
          value={null}
          onChange={(chosen) => void open(chosen)}
        />
        <Textarea
          className="hms-job-source"
          label={words.text}
          placeholder={words.example}
          spellCheck={false}
          autosize
          minRows={12}
          maxRows={40}
          value={written.text}
          onChange={(event) => write({ ...written, text: event.currentTarget.value })}
        />
        {problem !== null && (
          <div role="status">
            <Notice tone="bad" title={`${written.name}: ${problem}`} />
          </div>
        )}
      </div>
    </Card>
  )
}

interface RecipientsProps {
  /** What the job calls the file; undefined: it says nothing yet. */
  readonly named: string | undefined
  readonly file: File | null
  readonly choose: (file: File | null) => void
}

function Recipients({ named, file, choose }: RecipientsProps): ReactNode {
  return (
    <FileInput
      label={jobs.make.file}
      description={named === undefined ? words.recipients : words.recipientsOf(named)}
      placeholder={jobs.make.fileHint}
      accept={RECIPIENTS}
      clearable
      clearButtonProps={{ 'aria-label': common.noFile }}
      value={file}
      onChange={choose}
    />
  )
}
