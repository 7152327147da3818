// Who changed what: a list with filters, each record with what it was before, and as CSV.
import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { AuditRecord } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { ExportButton } from '../../parts/export-button.tsx'
import { Card, Empty, Page } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { audit as words } from '../../texts/audit.ts'
import { common } from '../../texts/common.ts'
import { number, time } from '../../texts/format.ts'
import { Changes, ShortChange } from './changes.tsx'
import { Filters } from './filters.tsx'
import { auditRoute } from './routes.ts'
import { commandOf, queryOf } from './search.ts'

const columns = words.columns

const COLUMNS: readonly Column<AuditRecord>[] = [
  { id: 'at', title: columns.at, isFixed: true, cell: ({ at }) => <span className="hms-nowrap">{time(at)}</span> },
  {
    id: 'by',
    title: columns.by,
    isFixed: true,
    cell: ({ by, via, address }) => (
      <>
        <span className="hms-break">{by}</span>
        <div className="hms-muted hms-small">{[words.via[via], address].filter((part) => part !== null).join(', ')}</div>
      </>
    ),
  },
  { id: 'action', title: columns.action, isFixed: true, cell: ({ action }) => action },
  { id: 'subject', title: columns.subject, isFixed: true, cell: ({ subject }) => <span className="hms-break">{subject}</span> },
  { id: 'account', title: columns.account, isNumber: true, cell: ({ account }) => <AccountLink id={account} /> },
  { id: 'change', title: columns.change, cell: (record) => <ShortChange record={record} /> },
  {
    id: 'operation',
    title: columns.operation,
    isExtra: true,
    cell: ({ operation }) => (operation === null ? common.none : <code>{operation}</code>),
  },
]

function AccountLink({ id }: { readonly id: number | null }): ReactNode {
  if (id === null) return common.none
  return (
    <Link to="/accounts/$id" params={{ id: String(id) }}>
      {id}
    </Link>
  )
}

const json = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))
const csvRow = ({ at, by, via, address, action, operation, subject, account, before, after }: AuditRecord) =>
  [new Date(at).toISOString(), by, via, address, action, operation, subject, account, json(before), json(after)] as const

export function AuditPage(): ReactNode {
  const search = auditRoute.useSearch()
  const navigate = auditRoute.useNavigate()
  const [shown, setShown] = useState<AuditRecord | null>(null)
  const query = queryOf(search)
  const list = usePages(['audit', query], (after, signal) =>
    api.audit.list({ ...query, limit: 50, ...(after !== undefined && { after }) }, { signal }),
  )
  const isFiltered = Object.keys(search).length > 0
  const tools = (
    <>
      <span className="hms-row">
        <Button size="xs" variant="default" onClick={list.again}>
          {common.refresh}
        </Button>
      </span>
      <ExportButton file={words.file} columns={words.csv} rows={() => api.audit.listEach({ ...query, limit: 1000 })} row={csvRow} />
    </>
  )
  return (
    <Page title={words.title} about={words.about}>
      <Filters key={JSON.stringify(search)} search={search} set={(next) => void navigate({ search: next })} />
      <Card flush>
        <DataTable
          name="audit"
          label={words.table}
          columns={[...COLUMNS, showColumn(setShown)]}
          keyOf={({ id }) => String(id)}
          {...list}
          tools={tools}
          empty={
            <Empty icon="clock" title={isFiltered ? words.empty.found : words.empty.title}>
              {isFiltered ? words.empty.foundWhat : words.empty.what}
            </Empty>
          }
        />
      </Card>
      <AsCommand hms={commandOf(search)} call={`GET /audit${queryText(query)}`} />
      <Dialog opened={shown !== null} close={() => setShown(null)} title={words.record(number(shown?.id ?? 0))} size="44rem">
        {shown !== null && <Changes record={shown} />}
      </Dialog>
    </Page>
  )
}

function queryText(query: Readonly<Record<string, string | number>>): string {
  const text = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString()
  return text === '' ? '' : `?${text}`
}

function showColumn(show: (record: AuditRecord) => void): Column<AuditRecord> {
  return {
    id: 'show',
    title: words.show,
    isFixed: true,
    cell: (record) => (
      <Button size="compact-xs" variant="default" aria-label={words.showOne(number(record.id))} onClick={() => show(record)}>
        {words.show}
      </Button>
    ),
  }
}
