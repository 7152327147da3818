// Plug-ins in the order in which they are asked, how each does, and how the first one is made.
import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { PluginPlace, PluginView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { CodeLine } from '../../parts/copy.tsx'
import { Card, Empty, Page } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { number } from '../../texts/format.ts'
import { plugins as words } from '../../texts/plugins.ts'
import { AddPlugin } from './add-plugin.tsx'
import { spanOf } from './hook-time.ts'
import { PluginState, reasonOf } from './plugin-state.tsx'
import { pluginsQuery } from './queries.ts'

const columns = words.columns

function slowest({ seen }: PluginView): string {
  const times = (seen?.hooks ?? []).map(({ p99 }) => p99)
  return times.length === 0 ? common.none : spanOf(Math.max(...times))
}

const counted = (value: number | undefined): string => (value === undefined ? common.none : number(value))

const COLUMNS: readonly Column<PluginView>[] = [
  { id: 'position', title: columns.position, isFixed: true, isNumber: true, cell: ({ position }) => number(position) },
  {
    id: 'name',
    title: columns.name,
    isFixed: true,
    cell: ({ name, version }) => (
      <>
        <Link to="/plugins/$name" params={{ name }} className="hms-break">
          {name}
        </Link>
        <div className="hms-muted hms-small hms-break">{version ?? words.noVersion}</div>
      </>
    ),
  },
  {
    id: 'state',
    title: columns.state,
    isFixed: true,
    cell: (plugin) => (
      <>
        <PluginState plugin={plugin} />
        <div className="hms-muted hms-small hms-break">{reasonOf(plugin)}</div>
      </>
    ),
  },
  { id: 'sees', title: columns.sees, cell: ({ accounts }) => (accounts.length === 0 ? words.all : accounts.join(', ')) },
  { id: 'calls', title: columns.calls, isNumber: true, cell: ({ seen }) => counted(seen?.counts.calls) },
  { id: 'failed', title: columns.failed, isNumber: true, cell: ({ seen }) => counted(seen?.counts.failed) },
  { id: 'late', title: columns.late, isNumber: true, isExtra: true, cell: ({ seen }) => counted(seen?.counts.late) },
  { id: 'restarts', title: columns.restarts, isNumber: true, isExtra: true, cell: ({ seen }) => counted(seen?.counts.restarts) },
  { id: 'slowest', title: columns.slowest, isNumber: true, cell: slowest },
]

interface Move {
  readonly name: string
  readonly place: PluginPlace
}

function moveColumn(rows: readonly PluginView[], isBusy: boolean, move: (to: Move) => void): Column<PluginView> {
  const listed = rows.filter((one) => one.listed)
  const cell = ({ name }: PluginView): ReactNode => {
    const at = listed.findIndex((one) => one.name === name)
    const above = listed[at - 1]
    const below = at < 0 ? undefined : listed[at + 1]
    return (
      <span className="hms-row">
        {above !== undefined && (
          <Button
            size="compact-xs"
            variant="default"
            disabled={isBusy}
            aria-label={words.upOf(name)}
            onClick={() => move({ name, place: { before: above.name } })}
          >
            {words.up}
          </Button>
        )}
        {below !== undefined && (
          <Button
            size="compact-xs"
            variant="default"
            disabled={isBusy}
            aria-label={words.downOf(name)}
            onClick={() => move({ name, place: { after: below.name } })}
          >
            {words.down}
          </Button>
        )}
      </span>
    )
  }
  return { id: 'move', title: columns.move, isFixed: true, cell }
}

export function PluginsPage(): ReactNode {
  const may = useMay()
  const queries = useQueryClient()
  const [opened, { open, close }] = useDisclosure(false)
  const list = useQuery(pluginsQuery)
  const moving = useMutation({
    mutationFn: ({ name, place }: Move) => api.routes.pluginSet(name, { place }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['plugins'] }),
  })
  const mayAdd = may('routes.pluginAdd')
  const button = mayAdd && <Button onClick={open}>{words.add.button}</Button>
  const rows = list.data
  const canMove = may('routes.pluginSet') && (rows ?? []).filter(({ listed }) => listed).length > 1
  return (
    <Page title={words.title} about={words.about} actions={button}>
      {moving.error !== null && <ProblemNotice error={moving.error} />}
      <span role="status" className="hms-hidden">
        {moving.data !== undefined && words.moved(moving.data.name, number(moving.data.position))}
      </span>
      <Card flush>
        <DataTable
          name="plugins"
          label={words.table}
          columns={canMove ? [...COLUMNS, moveColumn(rows ?? [], moving.isPending, moving.mutate)] : COLUMNS}
          rows={rows}
          keyOf={({ name }) => name}
          error={list.error}
          again={() => void list.refetch()}
          empty={
            <Empty icon="plug" title={words.empty.title} actions={button}>
              {mayAdd ? words.empty.what : words.empty.reader}
            </Empty>
          }
        />
      </Card>
      {rows?.length === 0 && <FirstSteps />}
      <AsCommand hms="plugin ls" call="GET /plugins" />
      <AddPlugin opened={opened} close={close} />
    </Page>
  )
}

function FirstSteps(): ReactNode {
  const first = words.first
  return (
    <Card title={first.title} about={first.about}>
      <div className="hms-stack">
        <p>{first.manifest}</p>
        <CodeLine text={first.manifestText} what="package.json" />
        <p>{first.code}</p>
        <CodeLine text={first.codeText} what="index.ts" />
        <p>{first.terminal}</p>
        <CodeLine text={first.terminalText} what={first.terminalLabel} />
      </div>
    </Card>
  )
}
