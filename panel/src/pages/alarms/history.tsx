// What people were told, by which ways, and what became of it.
import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { AlertWay, DeliveryAlert } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { ExportButton } from '../../parts/export-button.tsx'
import { Badge, Card, Empty, type Tone } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { alarms } from '../../texts/alarms.ts'
import { time } from '../../texts/format.ts'
import { Tested } from './alarm-dialog.tsx'

const words = alarms.history
const columns = words.columns
const WAY_TONES: Readonly<Record<AlertWay, Tone>> = { none: 'quiet', waits: 'info', sent: 'ok', lost: 'bad' }

const wayColumn = (way: 'mail' | 'webhook' | 'syslog' | 'smtp'): Column<DeliveryAlert> => ({
  id: way,
  title: columns[way],
  cell: (alert) => (alert[way] === 'none' ? words.ways.none : <Badge tone={WAY_TONES[alert[way]]}>{words.ways[alert[way]]}</Badge>),
})

function toneOf({ kind, alarm }: DeliveryAlert): Tone {
  if (kind === 'trouble.begun') return alarm?.severity === 'critical' ? 'bad' : 'warn'
  if (kind === 'trouble.ended' || kind === 'effect.ended') return 'ok'
  return kind === 'account.braked' || kind === 'effect.begun' || kind === 'effect.tightened' ? 'warn' : 'quiet'
}

const COLUMNS: readonly Column<DeliveryAlert>[] = [
  { id: 'at', title: columns.at, isFixed: true, cell: ({ at }) => <span className="hms-nowrap">{time(at)}</span> },
  { id: 'kind', title: columns.kind, isFixed: true, cell: (alert) => <Badge tone={toneOf(alert)}>{words.kinds[alert.kind]}</Badge> },
  {
    id: 'what',
    title: columns.what,
    isFixed: true,
    cell: ({ what, mend }) => (
      <div className="hms-break">
        {what}
        <div className="hms-muted hms-small">{mend}</div>
      </div>
    ),
  },
  { id: 'by', title: columns.by, isExtra: true, cell: ({ by }) => by },
  wayColumn('mail'),
  wayColumn('webhook'),
  wayColumn('syslog'),
  wayColumn('smtp'),
]

const csvRow = ({ at, kind, what, by, mail, webhook, syslog, smtp }: DeliveryAlert) =>
  [new Date(at).toISOString(), kind, what, by, mail, webhook, syslog, smtp] as const

export function History(): ReactNode {
  const may = useMay()
  const queries = useQueryClient()
  const list = usePages(['alerts'], (after, signal) => api.alerts.list({ limit: 25, ...(after !== undefined && { after }) }, { signal }))
  const testing = useMutation({ mutationFn: () => api.alerts.test(), onSuccess: () => queries.invalidateQueries({ queryKey: ['alerts'] }) })
  const test = may('alerts.test') && (
    <Button variant="default" size="xs" loading={testing.isPending} onClick={() => testing.mutate()}>
      {words.test}
    </Button>
  )
  const actions = (
    <>
      {test}
      <ExportButton file={words.file} columns={words.csv} rows={() => api.alerts.listEach({ limit: 1000 })} row={csvRow} />
    </>
  )
  return (
    <Card title={words.title} about={words.about} actions={actions} flush>
      {testing.data !== undefined && <Tested ways={testing.data} />}
      {testing.error !== null && <ProblemNotice error={testing.error} />}
      <DataTable
        name="alerts"
        label={words.table}
        columns={COLUMNS}
        keyOf={({ id }) => String(id)}
        {...list}
        empty={
          <Empty icon="bell" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
      <div className="hms-card-body">
        <AsCommand hms="alerts ls" call="GET /alerts" />
      </div>
    </Card>
  )
}
