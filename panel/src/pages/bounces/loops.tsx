// Feedback loops: whose complaints count where no token of ours proves them.
import { Button, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { ReporterView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Badge, Card, Empty } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { bounces } from '../../texts/bounces.ts'
import { common } from '../../texts/common.ts'

const words = bounces.loops
const columns = words.columns
const KEY = ['reporters']

const COLUMNS: readonly Column<ReporterView>[] = [
  { id: 'who', title: columns.who, isFixed: true, cell: ({ who }) => <span className="hms-break">{who}</span> },
  { id: 'operator', title: columns.operator, cell: ({ operator }) => operator ?? common.none },
  { id: 'shipped', title: columns.shipped, cell: ({ isShipped }) => (isShipped ? common.yes : common.no) },
  {
    id: 'state',
    title: columns.state,
    isFixed: true,
    cell: ({ enrolled }) => <Badge tone={enrolled ? 'ok' : 'quiet'}>{enrolled ? words.yes : words.no}</Badge>,
  },
]

const CHANGE: Column<ReporterView> = { id: 'change', title: columns.change, isFixed: true, cell: (one) => <Change {...one} /> }

export function Loops(): ReactNode {
  const may = useMay()
  const [opened, { open, close }] = useDisclosure(false)
  const list = usePages(KEY, (after, signal) => api.inbound.reporterList({ limit: 100, ...(after !== undefined && { after }) }, { signal }))
  const mayChange = may('inbound.reporterAdd', 'inbound.reporterRemove')
  const button = mayChange && (
    <Button size="xs" variant="default" onClick={open}>
      {words.add}
    </Button>
  )
  return (
    <Card title={words.title} about={words.about} actions={button} flush>
      <DataTable
        name="reporters"
        label={words.table}
        columns={mayChange ? [...COLUMNS, CHANGE] : COLUMNS}
        keyOf={({ who }) => who}
        {...list}
        empty={
          <Empty icon="info" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
      <div className="hms-card-body">
        <AsCommand hms="feedback reporters ls" call="GET /reporters" />
      </div>
      <Dialog opened={opened} close={close} title={words.add}>
        <AddForm close={close} />
      </Dialog>
    </Card>
  )
}

function Change({ who, enrolled }: ReporterView): ReactNode {
  const queries = useQueryClient()
  const changing = useMutation({
    mutationFn: async (): Promise<unknown> => (enrolled ? api.inbound.reporterRemove(who) : api.inbound.reporterAdd(who)),
    onSuccess: () => queries.invalidateQueries({ queryKey: KEY }),
  })
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        loading={changing.isPending}
        aria-label={enrolled ? words.doubtOne(who) : words.believeOne(who)}
        onClick={() => changing.mutate()}
      >
        {enrolled ? words.doubt : words.believe}
      </Button>
      {changing.error !== null && <ProblemNotice error={changing.error} />}
    </>
  )
}

function AddForm({ close }: { readonly close: () => void }): ReactNode {
  const [who, setWho] = useState('')
  const queries = useQueryClient()
  const adding = useMutation({
    mutationFn: () => api.inbound.reporterAdd(who.trim()),
    onSuccess: () => {
      close()
      void queries.invalidateQueries({ queryKey: KEY })
    },
  })
  const named = who.trim() === '' ? words.hint : who.trim()
  return (
    <DialogForm run={() => adding.mutate()} error={adding.error} submit={words.submit} isBusy={adding.isPending} close={close}>
      <TextInput
        data-autofocus
        label={words.who}
        description={words.whoAbout}
        placeholder={words.hint}
        required
        value={who}
        onChange={(event) => setWho(event.currentTarget.value)}
      />
      <AsCommand hms={`feedback reporters add ${quoted(named)}`} call={`PUT /reporters/${encodeURIComponent(named)}`} />
    </DialogForm>
  )
}
