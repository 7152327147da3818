// All alarms: when each fires, whether it is silenced, and what fires now; what subjects have of their own stands below.
import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import type { AlarmName, AlarmSetting, AlarmTerms, AlarmView } from '../../../../client/src/index.ts'
import { useMay } from '../../app/session.ts'
import { Badge } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { alarms } from '../../texts/alarms.ts'
import { common } from '../../texts/common.ts'
import { number, span, timeShort } from '../../texts/format.ts'
import { firesText } from './amounts.ts'

const words = alarms.list
const columns = words.columns

interface Row {
  readonly alarm: AlarmView
  /** Null: the alarm as a whole. */
  readonly subject: string | null
  readonly terms: AlarmTerms | null
  readonly silence: AlarmSetting['silence']
}

const rowsOf = (alarm: AlarmView): readonly Row[] => [
  { alarm, subject: null, terms: alarm.terms, silence: alarm.silence },
  ...alarm.own.map(({ subject, terms, silence }) => ({
    alarm,
    subject,
    terms: terms === 'off' ? null : (terms ?? alarm.terms),
    silence,
  })),
]

const isChanged = ({ subject, terms, alarm: { shipped } }: Row): boolean =>
  subject === null && terms !== null && (terms.threshold !== shipped.threshold || terms.for !== shipped.for)

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'name',
    title: columns.name,
    isFixed: true,
    cell: ({ alarm: { name, of }, subject }) => (
      <>
        {subject === null && <strong className="hms-nowrap">{name}</strong>}
        <div className="hms-muted hms-small hms-break">{subject !== null ? words.own(subject) : of !== null && words.all(of)}</div>
      </>
    ),
  },
  {
    id: 'severity',
    title: columns.severity,
    cell: ({ alarm: { severity } }) => alarms.severities[severity],
  },
  {
    id: 'fires',
    title: columns.fires,
    isFixed: true,
    isNumber: true,
    cell: (row) =>
      row.terms === null ? (
        <Badge tone="quiet">{words.off}</Badge>
      ) : (
        <>
          <span className="hms-nowrap">{firesText(row.alarm, row.terms)}</span>
          {isChanged(row) && <div className="hms-muted hms-small">{words.changed}</div>}
        </>
      ),
  },
  {
    id: 'after',
    title: columns.after,
    isNumber: true,
    cell: ({ terms }) => (
      <span className="hms-nowrap">{terms === null ? common.none : terms.for === 0 ? words.atOnce : span(terms.for)}</span>
    ),
  },
  {
    id: 'silence',
    title: columns.silence,
    cell: ({ silence }) =>
      silence === null ? common.none : silence.until === null ? words.silentForGood : words.silentUntil(timeShort(silence.until)),
  },
  {
    id: 'now',
    title: columns.now,
    isFixed: true,
    cell: ({ alarm: { firing, severity }, subject }) => {
      if (subject !== null) return null
      const loud = firing.some(({ silenced }) => !silenced)
      if (firing.length === 0) return <span className="hms-muted">{words.quiet}</span>
      return <Badge tone={!loud ? 'quiet' : severity === 'critical' ? 'bad' : 'warn'}>{words.firing(number(firing.length))}</Badge>
    },
  },
  { id: 'what', title: columns.what, cell: ({ alarm, subject }) => (subject === null ? alarm.what : null) },
]

interface TableProps {
  readonly rows: readonly AlarmView[] | undefined
  readonly change: (name: AlarmName, subject: string | null) => void
}

export function AlarmTable({ rows, change }: TableProps): ReactNode {
  const may = useMay()
  return (
    <DataTable
      name="alarms"
      label={words.table}
      columns={may('alarms.set') ? [...COLUMNS, changeColumn(change)] : COLUMNS}
      keyOf={({ alarm: { name }, subject }) => `${name} ${subject ?? ''}`}
      rows={rows?.toSorted((a, b) => b.firing.length - a.firing.length).flatMap(rowsOf)}
      empty={null}
    />
  )
}

function changeColumn(change: TableProps['change']): Column<Row> {
  return {
    id: 'do',
    title: columns.do,
    isFixed: true,
    cell: ({ alarm: { name }, subject }) => (
      <Button
        size="compact-xs"
        variant="default"
        aria-label={words.changeOne(subject === null ? name : `${name} ${words.own(subject)}`)}
        onClick={() => change(name, subject)}
      >
        {words.change}
      </Button>
    ),
  }
}
