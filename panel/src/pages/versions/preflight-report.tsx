// What the checks before an upgrade found, and what to do about each that is not in order.
import type { ReactNode } from 'react'
import { Badge } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { versions } from '../../texts/versions.ts'

const words = versions.preflight
const columns = words.columns

interface Check {
  readonly check: string
  readonly ok: boolean
  readonly found: string
  readonly needed: string
  readonly mend: string | null
}

const COLUMNS: readonly Column<Check>[] = [
  { id: 'check', title: columns.check, isFixed: true, cell: ({ check }) => check },
  {
    id: 'state',
    title: columns.state,
    isFixed: true,
    cell: ({ ok }) => <Badge tone={ok ? 'ok' : 'bad'}>{ok ? words.ok : words.bad}</Badge>,
  },
  {
    id: 'found',
    title: columns.found,
    isFixed: true,
    cell: ({ found, mend }) => (
      <>
        <span className="hms-break">{found}</span>
        {mend !== null && <div className="hms-small hms-break">{mend}</div>}
      </>
    ),
  },
  { id: 'needed', title: columns.needed, isFixed: true, cell: ({ needed }) => <span className="hms-break">{needed}</span> },
]

/** As the command answers it. */
export function PreflightReport({ answer }: { readonly answer: unknown }): ReactNode {
  if (!Array.isArray(answer)) return null
  const checks = (answer as readonly Check[]).toSorted((a, b) => Number(a.ok) - Number(b.ok))
  return (
    <>
      {checks.every(({ ok }) => ok) && <p>{words.all}</p>}
      <DataTable name="preflight" label={words.table} columns={COLUMNS} rows={checks} keyOf={({ check }) => check} empty={null} />
    </>
  )
}
