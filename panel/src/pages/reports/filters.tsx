// What a report is about: the time, what it is divided by, and of which account, domain and so on.
import { ActionIcon, Button, Select, Switch, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import { useMe } from '../../app/session.ts'
import { Icon } from '../../parts/icons.tsx'
import { Card } from '../../parts/layout.tsx'
import { reports } from '../../texts/reports.ts'
import {
  byOf,
  dayText,
  DIVISIONS,
  FIELDS,
  type Field,
  filtersOf,
  isTime,
  ORDERS,
  type ReportSearch,
  searchOf,
  type SpanName,
  SPANS,
} from './search.ts'

interface FilterProps {
  readonly search: ReportSearch
  readonly set: (search: ReportSearch) => void
}

/** Whoever is of one account has no other. */
const ofOne =
  (account: number | null) =>
  (name: string): boolean =>
    account === null || name !== 'account'

export function Filters({ search, set }: FilterProps): ReactNode {
  const own = ofOne(useMe().account)
  const by = byOf(search)
  return (
    <Card>
      <div className="hms-report-filters" role="search" aria-label={reports.filters.title}>
        <Select
          label={reports.by.label}
          allowDeselect={false}
          value={by}
          data={DIVISIONS.filter(own).map((value) => ({ value, label: reports.by[value] }))}
          onChange={(value) => set(searchOf({ ...search, by: value }))}
        />
        <SpanChoice search={search} set={set} />
        {!isTime(by) && (
          <Select
            label={reports.order}
            allowDeselect={false}
            value={search.order ?? (by === 'code' ? 'failed' : 'recipients')}
            data={ORDERS.map((value) => ({ value, label: reports.figures[value] }))}
            onChange={(order) => set(searchOf({ ...search, order }))}
          />
        )}
        <FieldForm search={search} set={set} />
        <Switch
          label={reports.compare}
          checked={search.compare === true}
          onChange={(event) => set(searchOf({ ...search, compare: event.currentTarget.checked }))}
        />
      </div>
      <Chips search={search} set={set} />
    </Card>
  )
}

function SpanChoice({ search, set }: FilterProps): ReactNode {
  const words = reports.span
  const isOwn = search.from !== undefined
  const choose = (value: string | null): void => {
    const { from: _from, to: _to, last: _last, ...rest } = search
    const now = Date.now()
    if (value === 'own') set(searchOf({ ...rest, from: dayText(now - SPANS['30d']), to: dayText(now) }))
    else set(searchOf({ ...rest, last: value }))
  }
  return (
    <>
      <Select
        label={words.label}
        allowDeselect={false}
        value={isOwn ? 'own' : (search.last ?? '30d')}
        data={([...Object.keys(SPANS), 'own'] as (SpanName | 'own')[]).map((value) => ({ value, label: words[value] }))}
        onChange={choose}
      />
      {isOwn && (
        <>
          <TextInput
            type="date"
            label={words.from}
            value={search.from}
            max={search.to}
            onChange={(event) => set(searchOf({ ...search, from: event.currentTarget.value }))}
          />
          <TextInput
            type="date"
            label={words.to}
            value={search.to}
            min={search.from}
            onChange={(event) => set(searchOf({ ...search, to: event.currentTarget.value }))}
          />
        </>
      )}
    </>
  )
}

function FieldForm({ search, set }: FilterProps): ReactNode {
  const words = reports.filters
  const fields = FIELDS.filter(ofOne(useMe().account))
  const [field, setField] = useState<Field>('domain')
  const [value, setValue] = useState('')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (value.trim() !== '') set(searchOf({ ...search, [field]: value.trim() }))
  }
  return (
    <form className="hms-report-field" onSubmit={submit}>
      <Select
        label={words.of}
        allowDeselect={false}
        value={field}
        data={fields.map((name) => ({ value: name, label: words.fields[name] }))}
        onChange={(name) => setField((name ?? 'domain') as Field)}
      />
      <TextInput aria-label={words.value} value={value} onChange={(event) => setValue(event.currentTarget.value)} />
      <Button type="submit" variant="default">
        {words.add}
      </Button>
    </form>
  )
}

function Chips({ search, set }: FilterProps): ReactNode {
  const words = reports.filters
  const filters = filtersOf(search)
  if (filters.length === 0) return null
  return (
    <ul className="hms-report-chips">
      {filters.map(([field, value]) => (
        <li key={field}>
          {words.fields[field]}: <strong>{value}</strong>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="xs"
            aria-label={words.remove(words.fields[field])}
            onClick={() => set(searchOf({ ...search, [field]: undefined }))}
          >
            <Icon name="cross" size={12} />
          </ActionIcon>
        </li>
      ))}
    </ul>
  )
}
