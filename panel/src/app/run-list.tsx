// What was started in the background, of some kinds: the last ones, with what came of them.
import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import type { Run, RunKind } from '../../../client/src/index.ts'
import { Card, Empty } from '../parts/layout.tsx'
import { type Column, DataTable } from '../parts/table.tsx'
import { common } from '../texts/common.ts'
import { span, timeShort } from '../texts/format.ts'
import { runs as words } from '../texts/runs.ts'
import { api } from './api.ts'
import { usePages } from './pages-of.ts'
import { RunBadge } from './run-card.tsx'

const columns = words.columns

function columnsWith(show: (run: Run) => void): readonly Column<Run>[] {
  return [
    { id: 'at', title: columns.at, isFixed: true, cell: ({ at }) => <span className="hms-nowrap">{timeShort(at)}</span> },
    { id: 'kind', title: columns.kind, isFixed: true, cell: ({ kind }) => words.kinds[kind] },
    { id: 'subject', title: columns.subject, cell: ({ subject }) => <span className="hms-break">{subject ?? common.none}</span> },
    { id: 'by', title: columns.by, cell: ({ by }) => <span className="hms-break">{by}</span> },
    { id: 'state', title: columns.state, isFixed: true, cell: (run) => <RunBadge run={run} /> },
    { id: 'took', title: columns.took, isNumber: true, cell: ({ at, ended }) => (ended === null ? common.none : span(ended - at)) },
    {
      id: 'look',
      title: columns.look,
      isFixed: true,
      cell: (run) => (
        <Button size="compact-xs" variant="default" aria-label={words.showOf(run.id)} onClick={() => show(run)}>
          {words.show}
        </Button>
      ),
    },
  ]
}

interface ListProps {
  readonly kinds: readonly RunKind[]
  readonly show: (run: Run) => void
}

export function RunList({ kinds, show }: ListProps): ReactNode {
  const list = usePages(['runs', 'list'], (after, signal) =>
    api.lifecycle.runList({ limit: 100, ...(after !== undefined && { after }) }, { signal }),
  )
  return (
    <Card title={words.title} about={words.about} flush>
      <DataTable
        name="runs"
        label={words.table}
        columns={columnsWith(show)}
        keyOf={({ id }) => String(id)}
        {...list}
        rows={list.rows?.filter(({ kind }) => kinds.includes(kind))}
        empty={
          <Empty icon="clock" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
    </Card>
  )
}
