// Milters in the order in which they are asked: how each is, what it said to mail, and what becomes of mail while it fails.
import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { MilterCounts, MilterView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Card, Empty, Page } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { ago, number, roughly } from '../../texts/format.ts'
import { milters as words } from '../../texts/milters.ts'
import { AddMilter } from './milter-form.tsx'
import { MilterState, waitOf, waysOf } from './milter-state.tsx'

const columns = words.columns
const LOOK_EVERY = 5000
const MOST = 1000

const counted = ({ seen }: MilterView, of: (counts: MilterCounts) => number): string =>
  seen === undefined ? common.none : roughly(of(seen.counts))

const COLUMNS: readonly Column<MilterView>[] = [
  { id: 'order', title: columns.order, isFixed: true, isNumber: true, cell: ({ order }) => number(order) },
  {
    id: 'name',
    title: columns.name,
    isFixed: true,
    cell: ({ name, address }) => (
      <>
        <Link to="/milters/$name" params={{ name }} className="hms-break">
          {name}
        </Link>
        <div className="hms-muted hms-small hms-break">{address}</div>
      </>
    ),
  },
  {
    id: 'state',
    title: columns.state,
    isFixed: true,
    cell: (milter) => (
      <>
        <MilterState milter={milter} />
        <div className="hms-muted hms-small hms-break">
          {milter.seen?.failure}
          {milter.seen?.failingSince !== undefined && ` · ${words.since(ago(milter.seen.failingSince))}`}
        </div>
      </>
    ),
  },
  { id: 'sees', title: columns.sees, cell: waysOf },
  { id: 'onFailure', title: columns.onFailure, cell: ({ onFailure }) => words.failures[onFailure] },
  { id: 'messages', title: columns.messages, isNumber: true, cell: (one) => counted(one, ({ messages }) => messages) },
  { id: 'changed', title: columns.changed, isNumber: true, isExtra: true, cell: (one) => counted(one, ({ changed }) => changed) },
  {
    id: 'refused',
    title: columns.refused,
    isNumber: true,
    cell: (one) => counted(one, ({ rejected, deferred, discarded, quarantined }) => rejected + deferred + discarded + quarantined),
  },
  { id: 'failures', title: columns.failures, isNumber: true, cell: (one) => counted(one, ({ failures }) => failures) },
  { id: 'wait', title: columns.wait, isNumber: true, cell: waitOf },
]

export function MiltersPage(): ReactNode {
  const mayAdd = useMay()('routes.milterSet')
  const [opened, { open, close }] = useDisclosure(false)
  const list = useQuery({
    queryKey: ['milters', 'list'],
    queryFn: async ({ signal }) => (await api.routes.milterList({ limit: MOST }, { signal })).data,
    refetchInterval: LOOK_EVERY,
  })
  const button = mayAdd && <Button onClick={open}>{words.form.add}</Button>
  return (
    <Page title={words.title} about={words.about} actions={button}>
      <Card flush>
        <DataTable
          name="milters"
          label={words.table}
          columns={COLUMNS}
          rows={list.data}
          keyOf={({ name }) => name}
          error={list.error}
          again={() => void list.refetch()}
          empty={
            <Empty icon="filter" title={words.empty.title} actions={button}>
              {mayAdd ? words.empty.what : words.empty.reader}
            </Empty>
          }
        />
      </Card>
      <AsCommand hms="milter ls" call="GET /milters" />
      <AddMilter opened={opened} close={close} />
    </Page>
  )
}
