// Releases that are sent to the server: a file is taken in pieces with its progress; what is there is checked against the machine, taken, or removed.
import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from 'react'
import type { ReleaseUpload } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { useMay } from '../../app/session.ts'
import { Card, Empty, Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { size, timeShort } from '../../texts/format.ts'
import { versions } from '../../texts/versions.ts'
import { SendFault, sendRelease } from './send-release.ts'

const words = versions.upload
const columns = words.columns

interface UploadProps {
  readonly preflight: (upload: number) => void
  readonly upgrade: (upload: ReleaseUpload) => void
}

export function UploadCard({ preflight, upgrade }: UploadProps): ReactNode {
  const may = useMay()
  const queries = useQueryClient()
  const list = useQuery({
    queryKey: ['versions', 'uploads'],
    queryFn: async ({ signal }) => (await api.lifecycle.uploadList({ limit: 100 }, { signal })).data,
  })
  const removing = useMutation({
    mutationFn: (id: number) => api.lifecycle.uploadRemove(id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['versions', 'uploads'] }),
  })
  const actions = may('lifecycle.uploadRemove') && actionColumn({ preflight, upgrade, remove: (id) => removing.mutate(id) })
  return (
    <Card title={words.title} about={words.about} flush>
      {may('lifecycle.uploadBegin') && (
        <div className="hms-card-body">
          <SendForm />
        </div>
      )}
      {removing.error !== null && <ProblemNotice error={removing.error} />}
      <DataTable
        name="uploads"
        label={words.table}
        columns={actions === false ? COLUMNS : [...COLUMNS, actions]}
        rows={list.data}
        keyOf={({ id }) => String(id)}
        error={list.error}
        again={() => void list.refetch()}
        empty={
          <Empty icon="server" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
    </Card>
  )
}

const nameOf = ({ release, id }: ReleaseUpload): string => release?.version ?? String(id)

const COLUMNS: readonly Column<ReleaseUpload>[] = [
  {
    id: 'version',
    title: columns.version,
    isFixed: true,
    cell: ({ release, received, size: all }) =>
      release === null ? <span className="hms-muted">{words.part(size(received), size(all))}</span> : <strong>{release.version}</strong>,
  },
  { id: 'signed', title: columns.signed, isFixed: true, cell: ({ release }) => release?.signedBy ?? '' },
  { id: 'size', title: columns.size, isNumber: true, cell: (upload) => size(upload.size) },
  { id: 'by', title: columns.by, cell: ({ by }) => <span className="hms-break">{by}</span> },
  { id: 'until', title: columns.until, cell: ({ until }) => timeShort(until) },
]

interface Actions extends UploadProps {
  readonly remove: (upload: number) => void
}

function actionColumn({ preflight, upgrade, remove }: Actions): Column<ReleaseUpload> {
  return {
    id: 'actions',
    title: columns.actions,
    isFixed: true,
    cell: (upload) => {
      const name = nameOf(upload)
      return (
        <span className="hms-row">
          {upload.release !== null && (
            <>
              <Button size="compact-xs" variant="default" aria-label={words.preflightOf(name)} onClick={() => preflight(upload.id)}>
                {words.preflight}
              </Button>
              <Button size="compact-xs" aria-label={words.upgradeOf(name)} onClick={() => upgrade(upload)}>
                {words.upgrade}
              </Button>
            </>
          )}
          <Button size="compact-xs" variant="default" aria-label={words.removeOf(name)} onClick={() => remove(upload.id)}>
            {words.remove}
          </Button>
        </span>
      )
    },
  }
}

interface Sent {
  readonly sent: number
  readonly total: number
}

function SendForm(): ReactNode {
  const fresh = useFresh()
  const queries = useQueryClient()
  const input = useRef<HTMLInputElement>(null)
  const [far, setFar] = useState<Sent | null>(null)
  const leaving = useRef(new AbortController())
  // What was sent is kept: nothing is lost when somebody leaves.
  useEffect(() => {
    const stop = new AbortController()
    leaving.current = stop
    return () => stop.abort()
  }, [])
  const sending = useMutation({
    mutationFn: (file: File) =>
      sendRelease({ file, fresh, signal: leaving.current.signal, told: (sent, total) => setFar({ sent, total }) }),
    onSuccess: () => {
      if (input.current !== null) input.current.value = ''
    },
    onSettled: () => {
      setFar(null)
      void queries.invalidateQueries({ queryKey: ['versions', 'uploads'] })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const file = input.current?.files?.[0]
    if (file !== undefined) sending.mutate(file)
  }
  const { error } = sending
  return (
    <form className="hms-stack-tight" onSubmit={submit}>
      <div className="hms-row">
        <label className="hms-file">
          <span>{words.file}</span>
          <input ref={input} type="file" accept=".gz,application/gzip" required disabled={sending.isPending} />
        </label>
        <Button type="submit" loading={sending.isPending}>
          {words.submit}
        </Button>
      </div>
      <p className="hms-muted hms-small">{words.fileAbout}</p>
      {sending.isPending && (
        <div role="status" className="hms-stack-tight">
          <span>{far === null ? words.reading : `${words.sending}: ${words.of(size(far.sent), size(far.total))}`}</span>
          <progress className="hms-progress" aria-label={words.sending} max={far?.total} value={far?.sent} />
        </div>
      )}
      {error instanceof SendFault ? <Notice tone="bad" title={error.message} /> : error !== null && <ProblemNotice error={error} />}
    </form>
  )
}
