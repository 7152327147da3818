// A file of addresses is taken into a list: looked at first, line by line, then taken in part by part while the page goes on.
import { Button, FileInput, Progress, Select, TextInput } from '@mantine/core'
import { useMutation, type UseMutationResult, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { SUPPRESSION_REASONS } from '../../../../src/contract/suppression.ts'
import { ImportWork } from '../../../../src/policy/suppression/import-work.ts'
import { linesIn, RowReader } from '../../../../src/policy/suppression/list-files.ts'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { chunksOf } from '../../parts/file-chunks.ts'
import { Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { common } from '../../texts/common.ts'
import { number, share } from '../../texts/format.ts'
import { suppression } from '../../texts/suppression.ts'

const words = suppression.import
const SHOWN = 100

interface Order {
  readonly file: File
  readonly reason: string
  readonly stream: string
  readonly dryRun: boolean
}

export interface ImportState {
  readonly mutation: UseMutationResult<ImportWork, Error, Order>
  /** Of 1. */
  readonly read: number
}

/** Of the page rather than of its dialog: it goes on while that is closed. */
export function useImport(list: string): ImportState {
  const queries = useQueryClient()
  const { name } = useMe()
  const [read, setRead] = useState(0)
  const mutation = useMutation({
    mutationFn: (order: Order) => takeIn(list, name, order, setRead),
    onSettled: () => queries.invalidateQueries({ queryKey: ['suppression'] }),
  })
  return { mutation, read }
}

async function takeIn(
  list: string,
  who: string,
  { file, reason, stream, dryRun }: Order,
  tell: (read: number) => void,
): Promise<ImportWork> {
  const origin = `import of ${file.name} by ${who}`.slice(0, 300)
  const work = new ImportWork((part) => api.suppression.import(list, { origin, ...part, ...(dryRun && { dryRun }) }))
  const reader = new RowReader(/\.(?:jsonl|ndjson|json)$/i.test(file.name) ? 'jsonl' : 'csv')
  const preset = { ...(stream !== '' && { stream }), ...(reason !== '' && { reason }) }
  tell(0)
  for await (const lines of linesIn(chunksOf(file))) {
    for (const line of lines) {
      const row = reader.read(line)
      if (typeof row === 'string') work.refuse(line.number, row)
      else if (row !== null) await work.add({ ...preset, ...row }, line.number)
      if (work.rows % 1000 === 0) tell(line.end / Math.max(1, file.size))
    }
  }
  await work.end()
  return work
}

interface ImportProps {
  readonly list: string
  readonly work: ImportState
  readonly opened: boolean
  readonly close: () => void
}

export function ImportFile({ list, work, opened, close }: ImportProps): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={words.title} size="36rem">
      <Form list={list} work={work} close={close} />
    </Dialog>
  )
}

function Form({ list, work: { mutation, read }, close }: Omit<ImportProps, 'opened'>): ReactNode {
  const [file, setFile] = useState<File | null>(mutation.variables?.file ?? null)
  const [reason, setReason] = useState(mutation.variables?.reason ?? '')
  const [stream, setStream] = useState(mutation.variables?.stream ?? '')
  const { data, error, isPending, variables } = mutation
  const isDry = variables?.dryRun === true
  const isChecked = data !== undefined && isDry && !isPending
  const change = (set: () => void): void => {
    set()
    mutation.reset()
  }
  const run = (dryRun: boolean): void => {
    if (file !== null) mutation.mutate({ file, reason, stream: stream.trim(), dryRun })
  }
  const flags = [reason === '' ? '' : ` --reason ${reason}`, stream.trim() === '' ? '' : ` --stream ${quoted(stream.trim())}`]
  return (
    <div className="hms-stack">
      <p className="hms-muted">{words.about}</p>
      <FileInput
        label={words.file}
        placeholder={words.fileHint}
        accept=".csv,.tsv,.txt,.jsonl,.ndjson,.json,text/csv"
        clearable
        clearButtonProps={{ 'aria-label': common.noFile }}
        disabled={isPending}
        value={file}
        onChange={(next) => change(() => setFile(next))}
      />
      <Select
        label={words.reason}
        allowDeselect={false}
        disabled={isPending}
        value={reason === '' ? 'Manual' : reason}
        data={SUPPRESSION_REASONS.map((value) => ({ value, label: suppression.reasons[value] }))}
        onChange={(value) => change(() => setReason(value ?? ''))}
      />
      <TextInput
        label={words.stream}
        description={words.streamAbout}
        disabled={isPending}
        value={stream}
        onChange={(event) => change(() => setStream(event.currentTarget.value))}
      />
      {isPending && (
        <div role="status">
          <p>{isDry ? words.reading(share(read)) : words.writing(share(read))}</p>
          <Progress value={read * 100} aria-label={words.title} />
          {!isDry && <p className="hms-muted hms-small">{words.goesOn}</p>}
        </div>
      )}
      {error !== null && <ProblemNotice error={error} />}
      {data !== undefined && !isPending && <Result work={data} isDry={isDry} />}
      <AsCommand
        hms={`suppression import ${quoted(file?.name ?? 'FILE')} --list ${quoted(list)}${flags.join('')}`}
        call={`POST /suppression/lists/${list}/import`}
        body={{ rows: [{ target: 'ann@example.com' }], origin: 'a file', last: { rows: 1 } }}
      />
      <div className="hms-row">
        {isChecked && data.added > 0 ? (
          <Button onClick={() => run(false)}>{words.submit(number(data.added))}</Button>
        ) : (
          (data === undefined || isPending) && (
            <Button disabled={file === null} loading={isPending} onClick={() => run(true)}>
              {words.check}
            </Button>
          )
        )}
        <Button variant="default" onClick={close}>
          {common.close}
        </Button>
      </div>
    </div>
  )
}

function Result({ work, isDry }: { readonly work: ImportWork; readonly isDry: boolean }): ReactNode {
  const { rows, added, changed, bad, badLines } = work
  const title = isDry ? words.checked(number(rows), number(added)) : words.done(number(added), number(changed))
  return (
    <>
      <div role="status">
        <Notice tone={added + changed === 0 ? 'bad' : badLines > 0 ? 'warn' : 'ok'} title={title}>
          {added + changed === 0 ? words.none : undefined}
        </Notice>
      </div>
      {badLines > 0 && (
        <div>
          <strong>{words.bad(badLines, number(badLines))}</strong>
          <div className="hms-suppression-bad" tabIndex={0} role="region" aria-label={words.badTable}>
            <table className="hms-table">
              <thead>
                <tr>
                  <th scope="col" className="hms-table-number">
                    {words.line}
                  </th>
                  <th scope="col">{words.problem}</th>
                </tr>
              </thead>
              <tbody>
                {bad.slice(0, SHOWN).map(({ line, problem }) => (
                  <tr key={line}>
                    <td className="hms-table-number">{number(line)}</td>
                    <td className="hms-break">{problem}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          {badLines > SHOWN && <p className="hms-muted hms-small">{words.more(number(badLines - Math.min(SHOWN, bad.length)))}</p>}
        </div>
      )}
    </>
  )
}
