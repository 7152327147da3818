// Whom a job did not send to, by line of its file, and why.
import type { ReactNode } from 'react'
import type { BadRow, Job } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { number } from '../../texts/format.ts'
import { jobs } from '../../texts/jobs.ts'

const words = jobs.one

export const ROW_COLUMNS: readonly Column<BadRow>[] = [
  { id: 'line', title: words.line, isFixed: true, isNumber: true, cell: ({ line }) => number(line) },
  { id: 'problem', title: words.problem, isFixed: true, cell: ({ problem }) => <span className="hms-break">{problem}</span> },
]

export function RefusedRows({ job: { id, bad, refused } }: { readonly job: Job }): ReactNode {
  // Asked again as soon as there are more of them.
  const list = usePages(['jobs', 'bad', id, bad + refused], (after, signal) =>
    api.jobs.bad(id, { limit: 50, ...(after !== undefined && { after }) }, { signal }),
  )
  return (
    <Card title={words.rows} about={words.rowsAbout} flush>
      <DataTable
        name="job-rows"
        label={words.rowsTable}
        columns={ROW_COLUMNS}
        keyOf={({ line }) => String(line)}
        {...list}
        empty={
          <Empty icon="check" title={words.rowsEmpty}>
            {words.rowsEmptyWhat}
          </Empty>
        }
      />
      <div className="hms-card-body">
        <AsCommand hms={`assemble show ${id} --bad 1000`} call={`GET /jobs/${id}/bad`} />
      </div>
    </Card>
  )
}
