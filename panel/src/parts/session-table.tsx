// Sessions of people, with a button that ends one.
import { Button } from '@mantine/core'
import type { ReactNode } from 'react'
import type { SessionView } from '../../../client/src/index.ts'
import { ago, time } from '../texts/format.ts'
import { ownAccess } from '../texts/own-access.ts'
import { browserName } from './browser-name.ts'
import { Badge, Empty } from './layout.tsx'
import { type Column, DataTable, type TableProps } from './table.tsx'

const words = ownAccess.sessions
const columns = words.columns

type ListProps = Pick<TableProps<SessionView>, 'rows' | 'error' | 'again' | 'more' | 'isMore' | 'tools'>

interface SessionProps extends ListProps {
  readonly name: string
  /** Id of the one that asks, where that is known. */
  readonly own?: string | null
  readonly hasUser?: boolean
  /** Left out: nobody may. */
  readonly end?: ((session: SessionView) => void) | undefined
}

export function SessionTable({ name, own, hasUser = false, end, ...list }: SessionProps): ReactNode {
  return (
    <DataTable
      name={name}
      label={words.table}
      columns={columnsOf(hasUser, own, end)}
      keyOf={({ id }) => id}
      {...list}
      empty={<Empty icon="user" title={words.empty} />}
    />
  )
}

function columnsOf(hasUser: boolean, own: SessionProps['own'], end: SessionProps['end']): readonly Column<SessionView>[] {
  return [
    ...(hasUser ? [{ id: 'user', title: columns.user, isFixed: true, cell: ({ user }: SessionView) => user }] : []),
    {
      id: 'agent',
      title: columns.agent,
      isFixed: true,
      cell: ({ id, agent }) => (
        <span className="hms-row">
          <span title={agent}>{browserName(agent)}</span>
          {id === own && <Badge tone="ok">{words.own}</Badge>}
        </span>
      ),
    },
    { id: 'address', title: columns.address, isFixed: true, cell: ({ address }) => <code>{address}</code> },
    { id: 'made', title: columns.made, cell: ({ madeAt }) => time(madeAt) },
    { id: 'used', title: columns.used, cell: ({ lastUse }) => ago(lastUse) },
    { id: 'ends', title: columns.ends, isExtra: true, cell: ({ endsAt }) => time(endsAt) },
    ...(end === undefined
      ? []
      : [
          {
            id: 'end',
            title: columns.end,
            isFixed: true,
            cell: (session: SessionView) =>
              session.id === own ? null : (
                <Button
                  size="compact-xs"
                  variant="default"
                  aria-label={words.endOne(browserName(session.agent), session.address)}
                  onClick={() => end(session)}
                >
                  {words.end}
                </Button>
              ),
          },
        ]),
  ]
}
