// What happened to mail, newest first, or live as it happens.
import { Button } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { NumberedEvent } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useTail } from '../../app/live.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { Address } from '../../parts/address.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { ExportButton } from '../../parts/export-button.tsx'
import { Icon } from '../../parts/icons.tsx'
import { Card, Empty, Notice } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { number, timeShort } from '../../texts/format.ts'
import { messages as words } from '../../texts/messages.ts'
import { gistOf, KindBadge, senderOf } from '../../parts/kinds.tsx'
import { eventCommand, eventQuery, filtersOf, type MessageSearch } from './search.ts'

const columns = words.columns
const COLUMNS: readonly Column<NumberedEvent>[] = [
  { id: 'at', title: columns.at, isFixed: true, cell: ({ at }) => <span className="hms-nowrap">{timeShort(at)}</span> },
  { id: 'kind', title: columns.kind, isFixed: true, cell: ({ kind }) => <KindBadge kind={kind} /> },
  {
    id: 'recipient',
    title: columns.recipient,
    isFixed: true,
    cell: (event) => (
      <span>
        <Link to="/messages/$id" params={{ id: event.message }}>
          <Address text={event.recipient} />
        </Link>
        {event.kind === 'accepted' && event.recipients > 1 && (
          <span className="hms-muted"> {words.andMore(number(event.recipients - 1))}</span>
        )}
      </span>
    ),
  },
  { id: 'sender', title: columns.sender, cell: (event) => <Address text={senderOf(event) ?? common.none} /> },
  { id: 'about', title: columns.about, cell: (event) => <span className="hms-gist">{gistOf(event)}</span> },
  { id: 'account', title: columns.account, isNumber: true, cell: ({ account }) => account },
  { id: 'mailing', title: columns.mailing, isExtra: true, cell: ({ mailing }) => mailing ?? common.none },
  { id: 'stream', title: columns.stream, isExtra: true, cell: ({ stream }) => stream ?? common.none },
  { id: 'clientId', title: columns.clientId, isExtra: true, cell: ({ clientId }) => clientId ?? common.none },
  { id: 'domain', title: columns.domain, isExtra: true, cell: (event) => ('domain' in event ? event.domain : common.none) },
  {
    id: 'source',
    title: columns.source,
    isExtra: true,
    cell: (event) => ('source' in event ? (event.source ?? common.none) : common.none),
  },
  {
    id: 'attempt',
    title: columns.attempt,
    isExtra: true,
    isNumber: true,
    cell: (event) => ('attempt' in event ? event.attempt : common.none),
  },
  { id: 'message', title: columns.message, isExtra: true, cell: ({ message }) => <code>{message}</code> },
]

export function EventTable({ search }: { readonly search: MessageSearch }): ReactNode {
  const [isLive, setLive] = useState(false)
  const may = useMay()
  const query = eventQuery(search)
  const isFiltered = filtersOf(search).length > 0 || search.kinds !== undefined || search.last !== undefined
  return (
    <>
      {isLive ? (
        <LiveTable stop={() => setLive(false)} />
      ) : (
        <FoundTable search={search} live={may('events.newest') && !isFiltered ? () => setLive(true) : null} />
      )}
      <AsCommand
        hms={isLive ? 'events --follow' : eventCommand(search, quoted)}
        call={isLive ? 'GET /events/newest' : `GET /events${queryText(query)}`}
      />
    </>
  )
}

function FoundTable({ search, live }: { readonly search: MessageSearch; readonly live: (() => void) | null }): ReactNode {
  const query = eventQuery(search)
  const [isCut, setCut] = useState(false)
  const list = usePages(['events', search], async (after, signal) => {
    const page = await api.events.find({ ...query, limit: 50, ...(after !== undefined && { after }) }, { signal })
    setCut(page.isCut)
    return page
  })
  const tools = (
    <div className="hms-row">
      {live !== null && (
        <Button variant="default" size="xs" leftSection={<Icon name="live" size={16} />} onClick={live}>
          {words.live.start}
        </Button>
      )}
      <ExportButton
        file={words.file}
        columns={COLUMNS.map(({ title }) => title)}
        rows={() => api.events.findEach({ ...query, limit: 1000 })}
        row={csvRow}
      />
    </div>
  )
  const isAll = live !== null
  return (
    <>
      {isCut && <Notice tone="info" title={words.cut} />}
      <Card flush>
        <DataTable
          name="events"
          label={words.tableEvents}
          columns={COLUMNS}
          keyOf={({ id }) => id}
          {...list}
          tools={tools}
          empty={
            <Empty icon="search" title={words.emptyEvents.title}>
              {isAll ? words.emptyEvents.all : words.emptyEvents.filtered}
            </Empty>
          }
        />
      </Card>
    </>
  )
}

function LiveTable({ stop }: { readonly stop: () => void }): ReactNode {
  const { link, value } = useTail()
  const tools = (
    <div className="hms-row">
      <Button variant="default" size="xs" leftSection={<Icon name="live" size={16} />} onClick={stop}>
        {words.live.stop}
      </Button>
      <span className="hms-muted hms-small">
        {words.live.seen(number(value.seen))}
        {link === 'lost' && ` · ${common.live.lost}`}
      </span>
    </div>
  )
  return (
    <Card flush>
      <DataTable
        name="events"
        label={words.tableEvents}
        columns={COLUMNS}
        rows={value.events}
        keyOf={({ id }) => id}
        tools={tools}
        empty={<Empty icon="live" title={words.live.seen(number(0))} />}
      />
    </Card>
  )
}

function csvRow(event: NumberedEvent): readonly (string | number | null)[] {
  const { kind, recipient, account, mailing, clientId, message } = event
  return [
    new Date(event.at).toISOString(),
    kind,
    recipient,
    senderOf(event),
    gistOf(event),
    account,
    mailing,
    event.stream ?? null,
    clientId,
    'domain' in event ? event.domain : null,
    'source' in event ? (event.source ?? null) : null,
    'attempt' in event ? event.attempt : null,
    message,
  ]
}

/** With its question mark; nothing where there is none. */
export function queryText(query: Readonly<Record<string, unknown>>): string {
  const values = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)]))
  return values.size === 0 ? '' : `?${values.toString()}`
}
