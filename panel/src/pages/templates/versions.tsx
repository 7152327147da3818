// Versions of a template that are kept; an older one can be taken into the editor.
import { Button } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { StoredTemplate, TemplateHead } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Card } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { number, time } from '../../texts/format.ts'
import { templates } from '../../texts/templates.ts'

const words = templates.versions
const columns = words.columns

const COLUMNS: readonly Column<TemplateHead>[] = [
  { id: 'version', title: columns.version, isFixed: true, isNumber: true, cell: ({ version }) => number(version) },
  { id: 'at', title: columns.at, isFixed: true, cell: ({ at }) => <span className="hms-nowrap">{time(at)}</span> },
  { id: 'by', title: columns.by, cell: ({ by }) => <span className="hms-break">{by}</span> },
  { id: 'note', title: columns.note, cell: ({ note }) => <span className="hms-break">{note}</span> },
]

const lookColumn = (look: (version: number) => void): Column<TemplateHead> => ({
  id: 'look',
  title: columns.look,
  isFixed: true,
  cell: ({ version }) => (
    <Button size="compact-xs" variant="default" aria-label={words.lookOne(String(version))} onClick={() => look(version)}>
      {words.look}
    </Button>
  ),
})

interface VersionsProps {
  readonly id: string
  readonly account: number | null
  readonly newest: number
  readonly take: (version: StoredTemplate) => void
}

export function Versions({ id, account, newest, take }: VersionsProps): ReactNode {
  const of = account === null ? {} : { account }
  const list = usePages(['templates', 'versions', id, account, newest], (after, signal) =>
    api.templates.versions(id, { ...of, limit: 50, ...(after !== undefined && { after }) }, { signal }),
  )
  const taking = useMutation({ mutationFn: (version: number) => api.templates.show(id, { ...of, version }), onSuccess: take })
  return (
    <Card title={words.title} about={words.about} flush>
      {taking.error !== null && <ProblemNotice error={taking.error} />}
      <DataTable
        name="template-versions"
        label={words.table}
        columns={[...COLUMNS, lookColumn(taking.mutate)]}
        keyOf={({ version }) => String(version)}
        {...list}
        empty={null}
      />
      <div className="hms-card-body">
        <AsCommand
          hms={`template versions ${quoted(id)}${account === null ? '' : ` --account ${account}`}`}
          call={`GET /templates/${id}/versions${account === null ? '' : `?account=${account}`}`}
        />
      </div>
    </Card>
  )
}
