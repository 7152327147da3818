// What a search is made of: a field and its value, the time, the outcome; and what is set, each with a button that takes it away.
import { ActionIcon, Button, MultiSelect, SegmentedControl, Select, TextInput } from '@mantine/core'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { MailEventKind } from '../../../../client/src/index.ts'
import { Icon } from '../../parts/icons.tsx'
import { common } from '../../texts/common.ts'
import { messages as words } from '../../texts/messages.ts'
import { SavedSearches } from './saved-searches.tsx'
import { EVENT_FIELDS, type Field, filtersOf, KINDS, type MessageSearch, QUEUE_FIELDS, searchOf, type SpanName, SPANS } from './search.ts'

interface FilterProps {
  readonly search: MessageSearch
  readonly set: (search: MessageSearch) => void
}

export function FilterBar({ search, set }: FilterProps): ReactNode {
  const isQueue = search.view === 'queue'
  return (
    <div className="hms-stack-tight">
      <div className="hms-spread">
        <SegmentedControl
          aria-label={words.views.label}
          value={isQueue ? 'queue' : 'events'}
          data={[
            { value: 'events', label: words.views.events },
            { value: 'queue', label: words.views.queue },
          ]}
          onChange={(view) => set(searchOf({ ...search, view }))}
        />
        <SavedSearches search={search} set={set} />
      </div>
      <div className="hms-filters">
        <FieldForm key={String(isQueue)} search={search} set={set} fields={isQueue ? QUEUE_FIELDS : EVENT_FIELDS} />
        <Select
          aria-label={words.search.time}
          allowDeselect={false}
          value={search.last ?? 'any'}
          data={(['any', ...Object.keys(SPANS)] as ('any' | SpanName)[]).map((value) => ({ value, label: words.search.times[value] }))}
          onChange={(last) => set(searchOf({ ...search, last }))}
        />
        {isQueue ? <StateChoice search={search} set={set} /> : <OutcomeChoice search={search} set={set} />}
      </div>
      <Chips search={search} set={set} />
    </div>
  )
}

function FieldForm({ search, set, fields }: FilterProps & { readonly fields: readonly Field[] }): ReactNode {
  const [field, setField] = useState<Field>('recipient')
  const [value, setValue] = useState('')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    if (value.trim() === '') return
    set(searchOf({ ...search, [field]: value.trim() }))
    setValue('')
  }
  return (
    <form className="hms-filters-field" role="search" onSubmit={submit}>
      <Select
        aria-label={words.search.by}
        allowDeselect={false}
        value={field}
        data={fields.map((name) => ({ value: name, label: words.search.fields[name] }))}
        onChange={(name) => setField((name ?? 'recipient') as Field)}
      />
      <TextInput
        aria-label={words.search.value}
        placeholder={words.search.hints[field]}
        value={value}
        onChange={(event) => setValue(event.currentTarget.value)}
        leftSection={<Icon name="search" size={16} />}
      />
      <Button type="submit" variant="default">
        {words.search.submit}
      </Button>
    </form>
  )
}

function OutcomeChoice({ search, set }: FilterProps): ReactNode {
  const kinds = search.kinds ?? []
  return (
    <MultiSelect
      aria-label={words.search.outcome}
      placeholder={kinds.length === 0 ? words.search.anyOutcome : ''}
      value={[...kinds]}
      data={KINDS.map((kind) => ({ value: kind, label: words.kinds[kind] }))}
      onChange={(chosen) => set(searchOf({ ...search, kinds: chosen as MailEventKind[] }))}
      clearable={false}
    />
  )
}

function StateChoice({ search, set }: FilterProps): ReactNode {
  const { states } = words.search
  return (
    <Select
      aria-label={words.search.state}
      allowDeselect={false}
      value={search.state ?? 'any'}
      data={(['any', 'waiting', 'held'] as const).map((value) => ({ value, label: states[value] }))}
      onChange={(state) => set(searchOf({ ...search, state }))}
    />
  )
}

function Chips({ search, set }: FilterProps): ReactNode {
  const filters = filtersOf(search)
  if (filters.length === 0) return null
  return (
    <ul className="hms-chips">
      {filters.map(([field, value]) => (
        <li key={field}>
          <span>
            {words.search.fields[field]}: <strong>{value}</strong>
          </span>
          <ActionIcon
            variant="subtle"
            color="gray"
            size="xs"
            aria-label={words.search.remove(words.search.fields[field])}
            onClick={() => set(searchOf({ ...search, [field]: undefined }))}
          >
            <Icon name="cross" size={12} />
          </ActionIcon>
        </li>
      ))}
      <li className="hms-chips-clear">
        <Button variant="subtle" size="compact-xs" onClick={() => set(searchOf({ view: search.view }))}>
          {common.table.clear}
        </Button>
      </li>
    </ul>
  )
}
