// DNS records to publish: each with its state, host, type and value to copy, and what was found in its place; all of them as lines of a zone file.
import type { ReactNode } from 'react'
import type { HealthState } from '../../../client/src/index.ts'
import { common } from '../texts/common.ts'
import { domains } from '../texts/domains.ts'
import { CodeLine, CopyButton } from './copy.tsx'
import { Icon } from './icons.tsx'
import { Badge, type Tone } from './layout.tsx'
import { zoneLines, type WantedRecord } from './records.ts'
import { type Column, DataTable } from './table.tsx'
import './command.css'
import './record-table.css'

const words = domains.one.records
export const STATE_TONES: Readonly<Record<HealthState, Tone>> = { ok: 'ok', wrong: 'bad', missing: 'warn', unknown: 'quiet' }

const COLUMNS: readonly Column<WantedRecord>[] = [
  {
    id: 'state',
    title: words.columns.state,
    isFixed: true,
    cell: ({ aspect, state }) => (
      <span className="hms-nowrap">
        <Badge tone={STATE_TONES[state]}>{domains.states[state]}</Badge>{' '}
        <span className="hms-small">{domains.aspects[aspect as keyof typeof domains.aspects]}</span>
      </span>
    ),
  },
  {
    id: 'host',
    title: words.columns.host,
    isFixed: true,
    cell: ({ record }) => <Copied text={record.name} what={`${record.type} ${words.columns.host} ${record.name}`} />,
  },
  { id: 'type', title: words.columns.type, isFixed: true, cell: ({ record }) => record.type },
  {
    id: 'value',
    title: words.columns.value,
    isFixed: true,
    cell: ({ record }) => <Copied text={record.value} what={`${record.type} ${words.columns.value} ${record.name}`} />,
  },
  {
    id: 'found',
    title: words.columns.found,
    isFixed: true,
    cell: ({ found }) => <span className="hms-break hms-small">{found ?? common.none}</span>,
  },
]

function Copied({ text, what }: { readonly text: string; readonly what: string }): ReactNode {
  return (
    <span className="hms-record">
      <span className="hms-mono">{text}</span>
      <CopyButton text={text} what={what} />
    </span>
  )
}

export function RecordTable({ records }: { readonly records: readonly WantedRecord[] | undefined }): ReactNode {
  return (
    <div className="hms-records">
      <DataTable
        name="records"
        label={words.table}
        columns={COLUMNS}
        rows={records}
        keyOf={({ record }) => `${record.type} ${record.name} ${record.value}`}
        empty={null}
      />
      {records !== undefined && (
        <details className="hms-command hms-records-zone">
          <summary>
            <Icon name="table" size={16} />
            {words.zone}
          </summary>
          <CodeLine text={zoneLines(records.map(({ record }) => record))} what={words.asZone} />
        </details>
      )}
    </div>
  )
}
