// What waits in the queue, and what is done to some of it or to all that match: counted first.
import { Button, Menu } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { QueueEntry, QueueSelection } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { Address } from '../../parts/address.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { ExportButton } from '../../parts/export-button.tsx'
import { Icon } from '../../parts/icons.tsx'
import { Badge, Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { ago, number, size, timeShort } from '../../texts/format.ts'
import { messages as words } from '../../texts/messages.ts'
import { queryText } from './event-table.tsx'
import { ACTIONS, type ActionName, QueueConfirm } from './queue-confirm.tsx'
import { type MessageSearch, queueQuery } from './search.ts'
import { visible } from '../../parts/visible.ts'

const columns = words.columns
type Recipient = QueueEntry['recipients'][number]
const first = ({ recipients }: QueueEntry): Recipient | undefined => recipients[0]
const TONES = { waiting: 'warn', held: 'quiet', sending: 'info' } as const

const COLUMNS: readonly Column<QueueEntry>[] = [
  {
    id: 'recipients',
    title: columns.recipients,
    isFixed: true,
    cell: (entry) => {
      const others = entry.recipients.length + entry.more - 1
      return (
        <span>
          <Link to="/messages/$id" params={{ id: entry.id }}>
            <Address text={first(entry)?.address ?? entry.id} />
          </Link>
          {others > 0 && <span className="hms-muted"> {words.andMore(number(others))}</span>}
        </span>
      )
    },
  },
  { id: 'sender', title: columns.sender, cell: ({ sender }) => <Address text={sender} /> },
  {
    id: 'state',
    title: columns.state,
    isFixed: true,
    cell: (entry) => {
      const state = first(entry)?.state ?? 'waiting'
      return <Badge tone={TONES[state]}>{words.states[state]}</Badge>
    },
  },
  { id: 'attempts', title: columns.attempts, isNumber: true, cell: (entry) => first(entry)?.attempts ?? common.none },
  {
    id: 'domain',
    title: columns.domain,
    cell: (entry) => {
      const domain = domainOf(first(entry)?.address ?? '')
      return (
        <Link to="/destination" search={{ domain }} className="hms-break">
          {visible(domain)}
        </Link>
      )
    },
  },
  {
    id: 'reply',
    title: columns.reply,
    cell: (entry) => <span className="hms-gist">{visible(first(entry)?.lastReply ?? common.none)}</span>,
  },
  { id: 'due', title: columns.due, cell: (entry) => <span className="hms-nowrap">{dueText(first(entry))}</span> },
  { id: 'accepted', title: columns.accepted, cell: ({ acceptedAt }) => <span className="hms-nowrap">{timeShort(acceptedAt)}</span> },
  { id: 'account', title: columns.account, isNumber: true, cell: ({ account }) => account },
  { id: 'size', title: columns.size, isExtra: true, isNumber: true, cell: (entry) => size(entry.size) },
  { id: 'priority', title: columns.priority, isExtra: true, cell: ({ priority }) => priority },
  { id: 'mailing', title: columns.mailing, isExtra: true, cell: ({ mailing }) => mailing ?? common.none },
  { id: 'stream', title: columns.stream, isExtra: true, cell: ({ stream }) => stream ?? common.none },
  { id: 'clientId', title: columns.clientId, isExtra: true, cell: ({ clientId }) => clientId ?? common.none },
  { id: 'expires', title: columns.expires, isExtra: true, cell: ({ expiresAt }) => timeShort(expiresAt) },
  { id: 'message', title: columns.message, isExtra: true, cell: ({ id }) => <code>{id}</code> },
]

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase()
const dueText = (recipient: Recipient | undefined): string =>
  recipient === undefined || recipient.state !== 'waiting' ? common.none : ago(recipient.due)

export function QueueTable({ search }: { readonly search: MessageSearch }): ReactNode {
  const may = useMay()
  const queries = useQueryClient()
  const [ids, setIds] = useState<ReadonlySet<string>>(new Set())
  const [asked, setAsked] = useState<{ readonly action: ActionName; readonly selection: QueueSelection } | null>(null)
  const selection = queueQuery(search)
  const list = usePages(['queue', search], (after, signal) =>
    api.queue.list({ ...selection, limit: 50, ...(after !== undefined && { after }) }, { signal }),
  )
  const allowed = ACTIONS.filter(({ needs }) => may(needs))
  const isFiltered = Object.keys(selection).length > 0
  const tools = (
    <div className="hms-row">
      {allowed.length > 0 && isFiltered && (list.rows?.length ?? 0) > 0 && (
        <ForAll actions={allowed.map(({ name }) => name)} ask={(action) => setAsked({ action, selection })} />
      )}
      <ExportButton file={words.file} columns={CSV_COLUMNS} rows={() => api.queue.listEach({ ...selection, limit: 1000 })} row={csvRow} />
    </div>
  )
  const buttons = allowed.map(({ name }) => (
    <Button key={name} size="xs" variant="default" onClick={() => setAsked({ action: name, selection: { ids: [...ids] } })}>
      {words.actions[name]}
    </Button>
  ))
  return (
    <>
      <Card flush>
        <DataTable
          name="queue"
          label={words.tableQueue}
          columns={COLUMNS.filter(({ id }) => id !== 'domain' || may('queue.sitesTop'))}
          keyOf={({ id }) => id}
          {...list}
          tools={tools}
          {...(allowed.length > 0 && { selection: { ids, set: setIds, actions: buttons } })}
          empty={
            <Empty icon="check" title={words.emptyQueue.title}>
              {isFiltered ? words.emptyQueue.filtered : words.emptyQueue.all}
            </Empty>
          }
        />
      </Card>
      <AsCommand hms={['queue ls', ...flagsOf(selection)].join(' ')} call={`GET /queue${queryText({ ...selection })}`} />
      {asked !== null && (
        <QueueConfirm
          {...asked}
          close={() => setAsked(null)}
          done={() => {
            setIds(new Set())
            void queries.invalidateQueries({ queryKey: ['queue'] })
          }}
        />
      )}
    </>
  )
}

function ForAll({ actions, ask }: { readonly actions: readonly ActionName[]; readonly ask: (action: ActionName) => void }): ReactNode {
  return (
    <Menu>
      <Menu.Target>
        <Button variant="default" size="xs" rightSection={<Icon name="down" size={14} />}>
          {words.actions.all}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {actions.map((action) => (
          <Menu.Item key={action} onClick={() => ask(action)}>
            {words.actions[action]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}

const FLAGS = {
  recipient: '--recipient',
  sender: '--sender',
  domain: '--domain',
  mailing: '--mailing',
  account: '--account',
  state: '--state',
  site: '--site',
} as const

function flagsOf(selection: QueueSelection): readonly string[] {
  return Object.entries(FLAGS).flatMap(([name, flag]) => {
    const value = selection[name as keyof typeof FLAGS]
    return value === undefined ? [] : [flag, quoted(String(value))]
  })
}

const CSV_COLUMNS = [
  columns.message,
  columns.accepted,
  columns.sender,
  columns.recipients,
  columns.state,
  columns.attempts,
  columns.reply,
  columns.account,
  columns.stream,
]

function csvRow(entry: QueueEntry): readonly (string | number | null)[] {
  const { id, acceptedAt, sender, recipients, account, stream } = entry
  const one = first(entry)
  return [
    id,
    new Date(acceptedAt).toISOString(),
    sender,
    recipients.map(({ address }) => address).join(' '),
    one?.state ?? null,
    one?.attempts ?? null,
    one?.lastReply ?? null,
    account,
    stream ?? null,
  ]
}
