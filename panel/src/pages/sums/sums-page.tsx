// What receivers report of mail in the name of our domains: DMARC by domain and source, TLS by domain, with what to do.
import { Button, Select, TextInput } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { DmarcDay, TlsDay } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Card, Page } from '../../parts/layout.tsx'
import { sums as words } from '../../texts/sums.ts'
import { Dmarc } from './dmarc.tsx'
import { sumsRoute } from './routes.ts'
import { DAYS, searchOf, type SumsSearch } from './search.ts'
import { Sources } from './sources.tsx'
import { Tls } from './tls.tsx'
import './sums.css'

const MOST = 20_000

async function collected<Row>(rows: AsyncIterable<Row>): Promise<readonly Row[]> {
  const all: Row[] = []
  for await (const row of rows) {
    all.push(row)
    if (all.length >= MOST) break
  }
  return all
}

export function SumsPage(): ReactNode {
  const search = sumsRoute.useSearch()
  const navigate = sumsRoute.useNavigate()
  const { days = 30, domain } = search
  const query = { days, ...(domain !== undefined && { domain }), limit: 1000 }
  const dmarc = useQuery<readonly DmarcDay[]>({
    queryKey: ['sums', 'dmarc', query],
    queryFn: ({ signal }) => collected(api.reports.dmarcEach(query, { signal })),
  })
  const tls = useQuery<readonly TlsDay[]>({
    queryKey: ['sums', 'tls', query],
    queryFn: ({ signal }) => collected(api.reports.tlsEach(query, { signal })),
  })
  const flags = `${domain === undefined ? '' : ` --domain ${quoted(domain)}`} --days ${days}`
  const path = `?days=${days}${domain === undefined ? '' : `&domain=${domain}`}`
  return (
    <Page title={words.title} about={words.about}>
      <Filters key={JSON.stringify(search)} search={search} set={(next) => void navigate({ search: next })} />
      <Dmarc days={dmarc.data} error={dmarc.error} again={() => void dmarc.refetch()} />
      {dmarc.data !== undefined && dmarc.data.length > 0 && <Sources days={dmarc.data} />}
      <Tls days={tls.data} error={tls.error} again={() => void tls.refetch()} />
      <AsCommand hms={`reports dmarc${flags}`} call={`GET /reports/dmarc${path}`} />
    </Page>
  )
}

interface FilterProps {
  readonly search: SumsSearch
  readonly set: (search: SumsSearch) => void
}

function Filters({ search, set }: FilterProps): ReactNode {
  const [domain, setDomain] = useState(search.domain ?? '')
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    set(searchOf({ ...search, domain }))
  }
  return (
    <Card>
      <form className="hms-sums-filters" role="search" aria-label={words.show} onSubmit={submit}>
        <Select
          label={words.span.label}
          allowDeselect={false}
          value={String(search.days ?? 30)}
          data={DAYS.map((value) => ({ value: String(value), label: words.span[value] }))}
          onChange={(days) => set(searchOf({ ...search, days }))}
        />
        <TextInput
          label={words.domain}
          placeholder={words.domainHint}
          value={domain}
          onChange={(event) => setDomain(event.currentTarget.value)}
        />
        <div className="hms-row">
          <Button type="submit" variant="default">
            {words.show}
          </Button>
          {search.domain !== undefined && (
            <Button variant="subtle" onClick={() => set(searchOf({ ...search, domain: '' }))}>
              {words.all}
            </Button>
          )}
        </div>
      </form>
    </Card>
  )
}
