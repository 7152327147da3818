// Bounces, complaints and unsubscriptions one by one: what each means, whether something proves it, and whether somebody is suppressed for it.
import { SegmentedControl } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { NumberedEvent } from '../../../../client/src/index.ts'
import { FAILURE_CODES } from '../../../../src/contract/failure-codes.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { Address } from '../../parts/address.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { gistOf, KindBadge } from '../../parts/kinds.tsx'
import { Badge, Card, Empty, Notice } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { bounces } from '../../texts/bounces.ts'
import { common } from '../../texts/common.ts'
import { timeShort } from '../../texts/format.ts'
import { bouncesRoute } from './routes.ts'
import { type BounceSearch, EVENT_KINDS, type EventKind, spanOf, timeOf } from './search.ts'

const words = bounces.events
const columns = words.columns

const COLUMNS: readonly Column<NumberedEvent>[] = [
  { id: 'at', title: columns.at, isFixed: true, cell: ({ at }) => <span className="hms-nowrap">{timeShort(at)}</span> },
  { id: 'kind', title: columns.kind, isFixed: true, cell: ({ kind }) => <KindBadge kind={kind} /> },
  {
    id: 'recipient',
    title: columns.recipient,
    isFixed: true,
    cell: ({ message, recipient }) => (
      <Link to="/messages/$id" params={{ id: message }}>
        {recipient === '' ? message : <Address text={recipient} />}
      </Link>
    ),
  },
  {
    id: 'category',
    title: columns.category,
    cell: (event) => (event.kind === 'bounced' ? bounces.categories[event.category] : common.none),
  },
  {
    id: 'reason',
    title: columns.reason,
    cell: (event) => (event.kind === 'bounced' ? `${event.failureCode}: ${FAILURE_CODES[event.failureCode]}` : common.none),
  },
  { id: 'said', title: columns.said, cell: (event) => <span className="hms-gist">{gistOf(event)}</span> },
  {
    id: 'proved',
    title: columns.proved,
    cell: (event) =>
      'proved' in event ? <Badge tone={event.proved ? 'ok' : 'quiet'}>{event.proved ? words.proved : words.unproved}</Badge> : common.none,
  },
  { id: 'action', title: columns.action, cell: (event) => (event.kind === 'bounced' ? bounces.advice[event.action] : common.none) },
  {
    id: 'reporter',
    title: columns.reporter,
    isExtra: true,
    cell: (event) => <span className="hms-break">{'reporter' in event ? (event.reporter ?? common.none) : common.none}</span>,
  },
  { id: 'account', title: columns.account, isNumber: true, isExtra: true, cell: ({ account }) => account },
]

const SUPPRESSED: Column<NumberedEvent> = {
  id: 'suppressed',
  title: columns.suppressed,
  isFixed: true,
  cell: ({ recipient }) =>
    recipient === '' ? (
      common.none
    ) : (
      <Link to="/suppression" search={{ target: recipient }} aria-label={words.lookOne(recipient)}>
        {words.look}
      </Link>
    ),
}

export function CameBack({ search }: { readonly search: BounceSearch }): ReactNode {
  const navigate = bouncesRoute.useNavigate()
  const may = useMay()
  const [isCut, setCut] = useState(false)
  const { account, kind } = search
  const query = {
    kinds: kind === undefined ? EVENT_KINDS : [kind],
    since: timeOf(search).from,
    ...(account !== undefined && { account }),
  }
  const list = usePages(['events', 'came back', query], async (after, signal) => {
    const page = await api.events.find({ ...query, limit: 25, ...(after !== undefined && { after }) }, { signal })
    setCut(page.isCut)
    return page
  })
  const choice = (
    <SegmentedControl
      size="xs"
      aria-label={words.kind}
      value={kind ?? 'all'}
      data={(['all', ...EVENT_KINDS] as const).map((value) => ({ value, label: words.kinds[value] }))}
      onChange={(value) => {
        const { kind: _kind, ...rest } = search
        void navigate({ search: value === 'all' ? rest : { ...rest, kind: value as EventKind }, resetScroll: false })
      }}
    />
  )
  return (
    <Card title={words.title} actions={choice} flush>
      {isCut && <Notice tone="info" title={words.cut} />}
      <DataTable
        name="came-back"
        label={words.table}
        columns={may('suppression.find') ? [...COLUMNS, SUPPRESSED] : COLUMNS}
        keyOf={({ id }) => id}
        {...list}
        empty={
          <Empty icon="check" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
      <div className="hms-card-body">
        <AsCommand
          hms={`events --kind ${query.kinds.join(',')} --since ${spanOf(search)}${account === undefined ? '' : ` --account ${account}`}`}
          call={`GET /events?kinds=${query.kinds.join(',')}${account === undefined ? '' : `&account=${account}`}`}
        />
      </div>
    </Card>
  )
}
