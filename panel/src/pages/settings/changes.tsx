// Who changed settings, and how they were before: of all, or of one.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { AuditRecord } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { timeShort } from '../../texts/format.ts'
import { settings } from '../../texts/settings.ts'
import { SettingValue } from './setting-value.tsx'

const words = settings.changes
const columns = words.columns

/** A state of the audit has the one setting in it; a merge says what was asked for. */
function valueIn(state: unknown, name: string): string | null {
  const value = typeof state === 'object' && state !== null ? (state as Readonly<Record<string, unknown>>)[name] : undefined
  return typeof value === 'string' ? value : null
}

function Told({ state, name }: { readonly state: unknown; readonly name: string }): ReactNode {
  const value = valueIn(state, name)
  return value === null ? common.none : <SettingValue text={value} />
}

const COLUMNS: readonly Column<AuditRecord>[] = [
  { id: 'at', title: columns.at, isFixed: true, cell: ({ at }) => <span className="hms-nowrap">{timeShort(at)}</span> },
  { id: 'who', title: columns.who, isFixed: true, cell: ({ by }) => <span className="hms-break">{by}</span> },
  {
    id: 'what',
    title: columns.what,
    isFixed: true,
    cell: ({ action, subject }) =>
      action === 'config merge' ? (
        words.merged
      ) : (
        <Link to="/settings/$name" params={{ name: subject }} className="hms-mono hms-break">
          {subject}
        </Link>
      ),
  },
  { id: 'before', title: columns.before, isFixed: true, cell: ({ before, subject }) => <Told state={before} name={subject} /> },
  { id: 'after', title: columns.after, isFixed: true, cell: ({ after, subject }) => <Told state={after} name={subject} /> },
]

export function Changes({ name }: { readonly name?: string }): ReactNode {
  const list = usePages(['settings', 'changes', name ?? null], (after, signal) =>
    api.audit.list(
      { action: 'config ', ...(name !== undefined && { subject: name }), limit: 20, ...(after !== undefined && { after }) },
      { signal },
    ),
  )
  return (
    <Card title={name === undefined ? words.title : settings.one.history} about={words.about} flush>
      <DataTable
        name="setting-changes"
        label={words.table}
        columns={COLUMNS}
        keyOf={({ id }) => String(id)}
        {...list}
        empty={
          <Empty icon="clock" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
    </Card>
  )
}
