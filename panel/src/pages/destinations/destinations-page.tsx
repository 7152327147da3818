// Where mail goes: providers, or sites, with what binds each; and the answer to why something waits.
import { Button, SegmentedControl, TextInput } from '@mantine/core'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Card, Empty, Page } from '../../parts/layout.tsx'
import { DataTable } from '../../parts/table.tsx'
import { destinations as words } from '../../texts/destinations.ts'
import { number } from '../../texts/format.ts'
import { messages } from '../../texts/messages.ts'
import { PROVIDER_COLUMNS, SITE_COLUMNS } from './columns.tsx'
import { destinationsRoute } from './routes.ts'
import { askedOf, WhyAnswer } from './why-answer.tsx'

const LOOK_EVERY = 5000
const MORE = 100
const MOST = 1000

export function DestinationsPage(): ReactNode {
  const search = destinationsRoute.useSearch()
  const navigate = destinationsRoute.useNavigate()
  const { by = 'provider', why } = search
  const go = (shown: string, asked: string | undefined): void =>
    void navigate({ search: { ...(shown === 'site' && { by: 'site' as const }), ...(asked !== undefined && { why: asked }) } })
  const views = (
    <SegmentedControl
      size="xs"
      aria-label={words.views.label}
      value={by}
      data={[
        { value: 'provider', label: words.views.provider },
        { value: 'site', label: words.views.site },
      ]}
      onChange={(value) => go(value, why)}
    />
  )
  return (
    <Page title={words.title} about={words.about}>
      <Ask key={why} why={why} set={(next) => go(by, next)} />
      {why !== undefined && <WhyAnswer what={why} />}
      <Card flush>{by === 'provider' ? <Providers tools={views} /> : <Sites tools={views} />}</Card>
      <AsCommand {...commandFor(by, why)} />
    </Page>
  )
}

function commandFor(by: 'provider' | 'site', why: string | undefined): { readonly hms: string; readonly call: string } {
  const asked = why === undefined ? null : askedOf(why)
  if (why !== undefined && asked !== null) return { hms: `why ${quoted(why)}`, call: `GET /queue/why?${new URLSearchParams({ ...asked })}` }
  return by === 'site' ? { hms: 'top', call: 'GET /sites' } : { hms: 'top --providers', call: 'GET /sites/providers' }
}

interface AskProps {
  readonly why: string | undefined
  readonly set: (why: string | undefined) => void
}

function Ask({ why = '', set }: AskProps): ReactNode {
  const [text, setText] = useState(why)
  const [isWrong, setWrong] = useState(false)
  const may = useMay()
  if (!may('queue.why')) return null
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    const asked = text.trim()
    setWrong(asked !== '' && askedOf(asked) === null)
    if (asked === '' || askedOf(asked) !== null) set(asked === '' ? undefined : asked)
  }
  return (
    <form className="hms-destinations-ask" role="search" onSubmit={submit}>
      <TextInput
        label={words.ask.label}
        placeholder={words.ask.hint}
        error={isWrong && words.ask.wrong}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Button type="submit" variant="default">
        {words.ask.submit}
      </Button>
    </form>
  )
}

interface ListProps {
  readonly tools: ReactNode
}

function Providers({ tools }: ListProps): ReactNode {
  const list = useQuery({
    queryKey: ['destinations', 'providers'],
    queryFn: ({ signal }) => api.queue.sitesProviders({ limit: 1000 }, { signal }),
    refetchInterval: LOOK_EVERY,
  })
  const rows = list.data?.data.toSorted((a, b) => b.queued - a.queued || b.messages - a.messages)
  return (
    <DataTable
      name="providers"
      label={words.table.provider}
      columns={PROVIDER_COLUMNS}
      rows={rows}
      keyOf={({ provider }) => provider ?? ''}
      error={list.error}
      again={() => void list.refetch()}
      tools={tools}
      empty={<NoMail />}
    />
  )
}

function Sites({ tools }: ListProps): ReactNode {
  const [shown, setShown] = useState(MORE)
  const list = useQuery({
    queryKey: ['destinations', 'sites', shown],
    queryFn: ({ signal }) => api.queue.sitesTop({ by: 'queued', limit: shown }, { signal }),
    refetchInterval: LOOK_EVERY,
    placeholderData: keepPreviousData,
  })
  const { data } = list
  const hasMore = data !== undefined && data.next !== null && shown < MOST
  const unknown = data?.total.unknown ?? 0
  return (
    <>
      <DataTable
        name="sites"
        label={words.table.site}
        columns={SITE_COLUMNS}
        rows={data?.data}
        keyOf={({ site }) => site}
        error={list.error}
        again={() => void list.refetch()}
        more={hasMore ? () => setShown(Math.min(MOST, shown + MORE)) : null}
        isMore={list.isPlaceholderData}
        tools={tools}
        empty={<NoMail />}
      />
      {unknown > 0 && <p className="hms-muted hms-small hms-destinations-note">{words.unknown(unknown, number(unknown))}</p>}
    </>
  )
}

function NoMail(): ReactNode {
  const may = useMay()
  return (
    <Empty
      icon="send"
      title={words.empty.title}
      actions={
        may('queue.mailTest') && (
          <ButtonLink to="/messages" variant="default">
            {messages.test}
          </ButtonLink>
        )
      }
    >
      {words.empty.what}
    </Empty>
  )
}
