// Replies that no rule knows; what one means is said here, after the rule and what it matches were seen.
import { Button, Checkbox, Select } from '@mantine/core'
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { FailureCode, UnknownReplyView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Card, Empty } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { bounces } from '../../texts/bounces.ts'
import { common } from '../../texts/common.ts'
import { ago, number } from '../../texts/format.ts'
import { CODE_CHOICES } from './codes.ts'
import { visible } from '../../parts/visible.ts'

const words = bounces.unknown
const columns = words.columns
const KEY = ['replies', 'unknown']

const COLUMNS: readonly Column<UnknownReplyView>[] = [
  { id: 'count', title: columns.count, isFixed: true, isNumber: true, cell: ({ count }) => number(count) },
  { id: 'sample', title: columns.sample, isFixed: true, cell: ({ sample }) => <span className="hms-break">{visible(sample)}</span> },
  { id: 'domain', title: columns.domain, cell: ({ domain }) => <span className="hms-break">{domain}</span> },
  { id: 'last', title: columns.last, cell: ({ last }) => <span className="hms-nowrap">{ago(last)}</span> },
]

const learnColumn = (ask: (reply: UnknownReplyView) => void): Column<UnknownReplyView> => ({
  id: 'learn',
  title: columns.learn,
  isFixed: true,
  cell: (reply) => (
    <Button size="compact-xs" variant="default" aria-label={words.learnOne(visible(reply.sample.slice(0, 80)))} onClick={() => ask(reply)}>
      {words.learn}
    </Button>
  ),
})

export function Unknown(): ReactNode {
  const may = useMay()
  const [asked, setAsked] = useState<UnknownReplyView | null>(null)
  const list = usePages(KEY, (after, signal) => api.rules.repliesUnknown({ limit: 10, ...(after !== undefined && { after }) }, { signal }))
  return (
    <Card title={words.title} about={words.about} flush>
      <DataTable
        name="unknown-replies"
        label={words.table}
        columns={may('rules.repliesLearn') ? [...COLUMNS, learnColumn(setAsked)] : COLUMNS}
        keyOf={({ form }) => form}
        {...list}
        empty={
          <Empty icon="check" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
      <div className="hms-card-body">
        <AsCommand hms="unknowns ls" call="GET /replies/unknown" />
      </div>
      <Dialog opened={asked !== null} close={() => setAsked(null)} title={words.dialog} size="36rem">
        {asked !== null && <Learn reply={asked} close={() => setAsked(null)} />}
      </Dialog>
    </Card>
  )
}

function Learn({ reply: { form, sample, domain }, close }: { readonly reply: UnknownReplyView; readonly close: () => void }): ReactNode {
  const queries = useQueryClient()
  const [code, setCode] = useState<string | null>(null)
  const [isOnly, setOnly] = useState(false)
  const body = { form, code: Number(code) as FailureCode, ...(isOnly && { site: domain }) }
  const trial = useQuery({
    queryKey: [...KEY, 'trial', body],
    queryFn: () => api.rules.repliesLearn({ ...body, dryRun: true }),
    enabled: code !== null,
    placeholderData: keepPreviousData,
  })
  const learning = useMutation({
    mutationFn: () => api.rules.repliesLearn(body),
    onSuccess: () => {
      close()
      void queries.invalidateQueries({ queryKey: ['replies'] })
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    learning.mutate()
  }
  const matched = trial.data?.unknowns.reduce((sum, { count }) => sum + count, 0) ?? 0
  const error = learning.error ?? (code === null ? null : trial.error)
  return (
    <form className="hms-stack" onSubmit={submit}>
      <div>
        <strong>{words.said}</strong>
        <p className="hms-reply">{visible(sample)}</p>
      </div>
      <Select data-autofocus label={words.code} required searchable value={code} data={CODE_CHOICES} onChange={setCode} />
      <Checkbox label={words.only(domain)} checked={isOnly} onChange={(event) => setOnly(event.currentTarget.checked)} />
      {error !== null && <ProblemNotice error={error} />}
      {trial.data === undefined ? (
        code === null && <p className="hms-muted">{words.chosen}</p>
      ) : (
        <div className="hms-stack-tight" role="status">
          <strong>{words.line}</strong>
          <p className="hms-reply">{visible(trial.data.line)}</p>
          <p>{words.matches(matched, number(matched))}</p>
          <p className="hms-muted hms-small hms-break">{words.file(trial.data.file)}</p>
        </div>
      )}
      {code !== null && <AsCommand hms={null} call="POST /replies/learn" body={body} />}
      <div className="hms-row">
        <Button type="submit" disabled={code === null || trial.error !== null} loading={learning.isPending}>
          {words.submit}
        </Button>
        <Button variant="default" onClick={close}>
          {common.cancel}
        </Button>
      </div>
    </form>
  )
}
