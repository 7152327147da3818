// The list of accounts: how each stands, its mail today, what waits, and which brakes it has of its own.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { Account } from '../../../../client/src/index.ts'
import { BRAKE } from '../../../../src/contract/brakes.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { Badge, Card, Empty, Page } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { accounts as words } from '../../texts/accounts.ts'
import { common } from '../../texts/common.ts'
import { number, roughly } from '../../texts/format.ts'
import { StateBadge } from './state-badge.tsx'
import { useQueuedOf, useToday } from './today.ts'

const titles = words.columns

interface Figures {
  readonly recipients: number
  readonly delivered: number
  readonly failed: number
  readonly expired: number
  readonly complained: number
}

interface Row {
  readonly account: Account
  /** Undefined: not known (yet). */
  readonly figures: Figures | undefined
  readonly queued: number | undefined
  readonly brakes: number
}

const NOTHING: Figures = { recipients: 0, delivered: 0, failed: 0, expired: 0, complained: 0 }
const shown = (value: number | undefined): string => (value === undefined ? common.none : roughly(value))

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'name',
    title: titles.name,
    isFixed: true,
    cell: ({ account: { id, name } }) => (
      <Link to="/accounts/$id" params={{ id: String(id) }} className="hms-break">
        {name}
      </Link>
    ),
  },
  { id: 'id', title: titles.id, isFixed: true, isNumber: true, cell: ({ account }) => account.id },
  { id: 'state', title: titles.state, isFixed: true, cell: ({ account }) => <StateBadge account={account} /> },
  { id: 'today', title: titles.today, isNumber: true, cell: ({ figures }) => shown(figures?.recipients) },
  { id: 'delivered', title: titles.delivered, isNumber: true, cell: ({ figures }) => shown(figures?.delivered) },
  {
    id: 'failed',
    title: titles.failed,
    isNumber: true,
    cell: ({ figures }) => shown(figures === undefined ? undefined : figures.failed + figures.expired),
  },
  { id: 'complained', title: titles.complained, isExtra: true, isNumber: true, cell: ({ figures }) => shown(figures?.complained) },
  {
    id: 'queued',
    title: titles.queued,
    isNumber: true,
    cell: ({ queued, account }) =>
      queued === undefined || queued === 0 ? (
        shown(queued)
      ) : (
        <Link to="/messages" search={{ view: 'queue', account: account.id }}>
          {roughly(queued)}
        </Link>
      ),
  },
  { id: 'brakes', title: titles.brakes, cell: (row) => <Brakes {...row} /> },
  { id: 'reason', title: titles.reason, isExtra: true, cell: ({ account }) => account.standing?.reason ?? common.none },
  { id: 'priority', title: titles.priority, isExtra: true, cell: ({ account }) => account.priority },
  { id: 'weight', title: titles.weight, isExtra: true, isNumber: true, cell: ({ account }) => account.weight },
]

function Brakes({ account: { standing, state }, brakes }: Row): ReactNode {
  const hasHeld = standing?.by.startsWith(BRAKE) === true && state !== 'active'
  if (hasHeld) return <Badge tone="bad">{words.brakes.held}</Badge>
  return brakes === 0 ? <span className="hms-muted">{words.brakes.shipped}</span> : words.brakes.own(number(brakes))
}

export function AccountsPage(): ReactNode {
  const may = useMay()
  const list = usePages(['accounts', 'list'], (after, signal) =>
    api.accounts.list({ limit: 50, ...(after !== undefined && { after }) }, { signal }),
  )
  const today = useToday()
  const brakes = useQuery({
    queryKey: ['accounts', 'brakes'],
    queryFn: ({ signal }) => api.brakes.list({ limit: 1000 }, { signal }),
    enabled: may('brakes.list'),
  })
  const queued = useQueuedOf(list.rows?.map(({ id }) => id) ?? [])
  const rows = list.rows?.map((account): Row => ({
    account,
    figures: today.data === undefined ? undefined : (today.data.data.find((row) => row.value === String(account.id))?.figures ?? NOTHING),
    queued: queued?.get(account.id),
    brakes: brakes.data?.data.filter((brake) => brake.account === account.id && brake.at !== null).length ?? 0,
  }))
  const add = may('accounts.add') && <ButtonLink to="/accounts/new">{words.add}</ButtonLink>
  return (
    <Page title={words.title} about={words.about} actions={add}>
      <Card flush>
        <DataTable
          name="accounts"
          label={words.label}
          columns={COLUMNS}
          keyOf={({ account }) => String(account.id)}
          {...list}
          rows={rows}
          empty={
            <Empty icon="user" title={words.empty.title} actions={add}>
              {words.empty.what}
            </Empty>
          }
        />
      </Card>
      <AsCommand hms="account ls" call="GET /accounts" />
    </Page>
  )
}
