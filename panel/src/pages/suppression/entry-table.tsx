// Entries of a list, by what is looked for; those that are chosen are let go, after a count at the server and what speaks against it.
import { Button, Select, TextInput } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { SuppressionEntry } from '../../../../client/src/index.ts'
import { SUPPRESSION_REASONS } from '../../../../src/contract/suppression.ts'
import { api } from '../../app/api.ts'
import { type Listed, usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { Card, Empty, Notice } from '../../parts/layout.tsx'
import { DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { suppression } from '../../texts/suppression.ts'
import { ENTRY_COLUMNS, entryKey } from './entry-columns.tsx'
import { RemoveEntries } from './remove-entries.tsx'
import { addressIn, entryQuery, type EntrySearch, isFiltered, SINCES, type SinceName } from './search.ts'
import { suppressionListRoute } from './routes.ts'

const words = suppression.list
const filters = suppression.filters

interface EntryTableProps {
  readonly list: string
  readonly search: EntrySearch
  /** At the head of the table. */
  readonly tools: ReactNode
}

export function EntryTable({ list, search, tools }: EntryTableProps): ReactNode {
  const may = useMay()
  const queries = useQueryClient()
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const [isAsked, setAsked] = useState(false)
  const { rows, isCut, ...listed } = useEntries(list, search)
  const chosen = (rows ?? []).filter((row) => ids.has(entryKey(row)))
  const selection = {
    ids,
    set: setIds,
    actions: (
      <Button size="xs" variant="default" onClick={() => setAsked(true)}>
        {suppression.remove.button}
      </Button>
    ),
  }
  return (
    <>
      {isCut && <Notice tone="info" title={words.cut} />}
      <Card flush>
        <div className="hms-card-body">
          <Filters key={JSON.stringify(search)} search={search} />
        </div>
        <DataTable
          name="suppression-entries"
          label={words.table}
          columns={ENTRY_COLUMNS}
          rows={rows}
          keyOf={entryKey}
          {...listed}
          tools={tools}
          {...(may('suppression.remove') && { selection })}
          empty={
            <Empty icon="block" title={isFiltered(search) ? words.emptyFiltered : words.empty}>
              {isFiltered(search) ? words.emptyFilteredWhat : words.emptyWhat}
            </Empty>
          }
        />
      </Card>
      {isAsked && (
        <RemoveEntries
          list={list}
          entries={chosen}
          close={() => setAsked(false)}
          done={() => {
            setIds(new Set())
            void queries.invalidateQueries({ queryKey: ['suppression'] })
          }}
        />
      )}
    </>
  )
}

/** What stands against an address, where one is looked for as a whole; otherwise what fits. */
function useEntries(list: string, search: EntrySearch): Listed<SuppressionEntry> & { readonly isCut: boolean } {
  const [isCut, setCut] = useState(false)
  const address = addressIn(search)
  const { match, reason, origin, since } = search
  const found = usePages<SuppressionEntry>(['suppression', 'entries', list, { match, reason, origin, since }], async (after, signal) => {
    const more = after !== undefined && { after }
    if (address !== null) return api.suppression.getFind(list, { target: address, limit: 100, ...more }, { signal })
    const page = await api.suppression.export(list, { ...entryQuery(search), limit: 50, ...more }, { signal })
    setCut(page.isCut)
    return page
  })
  return { ...found, isCut }
}

function Filters({ search }: { readonly search: EntrySearch }): ReactNode {
  const navigate = suppressionListRoute.useNavigate()
  const [match, setMatch] = useState(search.match ?? '')
  const [origin, setOrigin] = useState(search.origin ?? '')
  const look = (change: Partial<Record<keyof EntrySearch, string | null>>): void => {
    const { match: _match, origin: _origin, ...rest } = search
    const next = {
      ...rest,
      ...(match.trim() !== '' && { match: match.trim() }),
      ...(origin.trim() !== '' && { origin: origin.trim() }),
      ...change,
    }
    const kept = Object.fromEntries(Object.entries(next).filter(([, value]) => value !== null))
    void navigate({ search: kept as EntrySearch, resetScroll: false })
  }
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    look({})
  }
  return (
    <form className="hms-row hms-suppression-filters" role="search" aria-label={words.table} onSubmit={submit}>
      <TextInput
        label={filters.match}
        placeholder={filters.matchHint}
        className="hms-suppression-target"
        value={match}
        onChange={(event) => setMatch(event.currentTarget.value)}
      />
      <Select
        label={filters.reason}
        allowDeselect={false}
        value={search.reason ?? ''}
        data={[
          { value: '', label: filters.anyReason },
          ...SUPPRESSION_REASONS.map((value) => ({ value, label: suppression.reasons[value] })),
        ]}
        onChange={(reason) => look({ reason: reason === '' ? null : reason })}
      />
      <TextInput
        label={filters.origin}
        placeholder={filters.originHint}
        value={origin}
        onChange={(event) => setOrigin(event.currentTarget.value)}
      />
      <Select
        label={filters.since}
        allowDeselect={false}
        value={search.since ?? 'any'}
        data={(['any', ...Object.keys(SINCES)] as ('any' | SinceName)[]).map((value) => ({ value, label: filters.sinces[value] }))}
        onChange={(since) => look({ since: since === 'any' ? null : since })}
      />
      <Button type="submit" variant="default">
        {filters.submit}
      </Button>
      {isFiltered(search) && (
        <Button variant="subtle" onClick={() => void navigate({ search: {}, resetScroll: false })}>
          {common.table.clear}
        </Button>
      )}
    </form>
  )
}
