// Streams of an account: those that every account has, and its own.
import { Button, Select, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { Account } from '../../../../client/src/index.ts'
import { SHIPPED_STREAMS, type Stream, STREAM_KINDS, type StreamKind, streamsOf } from '../../../../src/contract/streams.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Badge, Card } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { accounts } from '../../texts/accounts.ts'

const words = accounts.streams
const isShipped = ({ name }: Stream): boolean => SHIPPED_STREAMS.some((one) => one.name === name)

const columnsOf = (first: string): readonly Column<Stream>[] => [
  {
    id: 'name',
    title: words.columns.name,
    isFixed: true,
    cell: ({ name }) => (
      <span className="hms-row">
        {name} {name === first && <Badge tone="info">{words.first}</Badge>}
      </span>
    ),
  },
  { id: 'kind', title: words.columns.kind, isFixed: true, cell: ({ kind }) => words.kinds[kind] },
]

const actionsColumn = (isBusy: boolean, remove: (name: string) => void): Column<Stream> => ({
  id: 'actions',
  title: words.columns.actions,
  isFixed: true,
  cell: (stream) =>
    isShipped(stream) ? (
      <span className="hms-muted">{words.shipped}</span>
    ) : (
      <Button
        size="compact-xs"
        variant="default"
        aria-label={words.removeIt(stream.name)}
        disabled={isBusy}
        onClick={() => remove(stream.name)}
      >
        {words.remove}
      </Button>
    ),
})

export function StreamsCard({ account }: { readonly account: Account }): ReactNode {
  const { id } = account
  const may = useMay()
  const queries = useQueryClient()
  const again = (): Promise<void> => queries.invalidateQueries({ queryKey: ['account', id] })
  const removing = useMutation({ mutationFn: (name: string) => api.accounts.streamsRemove(id, name), onSuccess: again })
  const columns = columnsOf(account.stream)
  return (
    <Card flush title={words.title} about={words.about}>
      <DataTable
        name="streams"
        label={words.label}
        columns={may('accounts.streamsRemove') ? [...columns, actionsColumn(removing.isPending, removing.mutate)] : columns}
        rows={streamsOf(account)}
        keyOf={({ name }) => name}
        empty={null}
      />
      {removing.error !== null && <ProblemNotice error={removing.error} />}
      <div className="hms-account-pad hms-stack">
        {may('accounts.streamsAdd') && <AddStream id={id} done={again} />}
        <AsCommand hms={`account streams ls ${id}`} call={`GET /accounts/${id}`} />
      </div>
    </Card>
  )
}

function AddStream({ id, done }: { readonly id: number; readonly done: () => Promise<void> }): ReactNode {
  const [name, setName] = useState('')
  const [kind, setKind] = useState<StreamKind>('bulk')
  const adding = useMutation({
    mutationFn: () => api.accounts.streamsAdd(id, name.trim(), { kind }),
    onSuccess: () => {
      setName('')
      return done()
    },
  })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    adding.mutate()
  }
  return (
    <form className="hms-stack" onSubmit={submit}>
      <div className="hms-account-inline">
        <TextInput label={words.name} required maxLength={32} value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <Select
          label={words.kind}
          allowDeselect={false}
          value={kind}
          data={STREAM_KINDS.map((value) => ({ value, label: words.kinds[value] }))}
          onChange={(value) => setKind((value ?? 'bulk') as StreamKind)}
        />
        <Button type="submit" variant="default" loading={adding.isPending}>
          {words.add}
        </Button>
      </div>
      {adding.error !== null && <ProblemNotice error={adding.error} />}
    </form>
  )
}
