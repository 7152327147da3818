// Users, their roles and second factors; and who is logged in now.
import { Button } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { UserView } from '../../../../client/src/index.ts'
import { AccountFilter } from '../../app/account-filter.tsx'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay, useMe } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Badge, Card, Empty, Notice, Page } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { SessionTable } from '../../parts/session-table.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { ago, number } from '../../texts/format.ts'
import { ownAccess } from '../../texts/own-access.ts'
import { shell } from '../../texts/shell.ts'
import { users as words } from '../../texts/users.ts'
import { Invite } from './invite.tsx'
import { usersRoute } from './routes.ts'
import { factorText, hasFactor, UserState } from './user-state.tsx'

const columns = words.columns

export function UsersPage(): ReactNode {
  const search = usersRoute.useSearch()
  const navigate = usersRoute.useNavigate()
  const may = useMay()
  const me = useMe()
  const [opened, { open, close }] = useDisclosure(false)
  const list = usePages(['users', 'list', search], (after, signal) =>
    api.users.list({ ...search, limit: 50, ...(after !== undefined && { after }) }, { signal }),
  )
  const invite = may('users.add') && <Button onClick={open}>{words.invite.button}</Button>
  const bare = list.rows?.filter((user) => user.role !== 'viewer' && user.hasPassword && user.lockedAt === null && !hasFactor(user)) ?? []
  const { account } = search
  return (
    <Page title={words.title} about={words.about} actions={invite}>
      {bare.length > 0 && (
        <Notice tone="warn" title={words.noFactor(bare.length, number(bare.length))}>
          {words.noFactorWhat}
        </Notice>
      )}
      <Card flush>
        <DataTable
          name="users"
          label={words.table}
          columns={columnsOf(me.name)}
          keyOf={({ name }) => name}
          {...list}
          tools={<AccountFilter search={search} set={(next) => void navigate({ search: next })} />}
          empty={
            <Empty icon="user" title={words.empty.title} actions={invite}>
              {words.empty.what}
            </Empty>
          }
        />
      </Card>
      {may('users.sessionList') && <AllSessions account={account} />}
      <AsCommand
        hms={account === undefined ? 'user ls' : `user ls --account ${account}`}
        call={`GET /users${account === undefined ? '' : `?account=${account}`}`}
      />
      <Invite opened={opened} close={close} />
    </Page>
  )
}

function columnsOf(own: string): readonly Column<UserView>[] {
  return [
    {
      id: 'name',
      title: columns.name,
      isFixed: true,
      cell: ({ name }) => (
        <span className="hms-row">
          <Link to="/users/$name" params={{ name }} className="hms-break">
            {name}
          </Link>
          {name === own && <Badge tone="quiet">{words.you}</Badge>}
        </span>
      ),
    },
    { id: 'role', title: columns.role, isFixed: true, cell: ({ role }) => shell.roles[role] },
    { id: 'account', title: columns.account, isNumber: true, cell: ({ account }) => account ?? words.all },
    { id: 'state', title: columns.state, isFixed: true, cell: (user) => <UserState user={user} /> },
    { id: 'factor', title: columns.factor, cell: factorText },
    { id: 'login', title: columns.login, cell: ({ lastLogin }) => (lastLogin === null ? words.never : ago(lastLogin)) },
  ]
}

function AllSessions({ account }: { readonly account: number | undefined }): ReactNode {
  const queries = useQueryClient()
  const may = useMay()
  const { session } = useMe()
  const of = account === undefined ? {} : { account }
  const list = usePages(['users', 'sessions', of], (after, signal) =>
    api.users.sessionList({ ...of, limit: 25, ...(after !== undefined && { after }) }, { signal }),
  )
  const ending = useMutation({
    mutationFn: (id: string) => api.users.setSessionEnd(id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['users', 'sessions'] }),
  })
  const end = may('users.setSessionEnd') ? ({ id }: { readonly id: string }) => ending.mutate(id) : undefined
  return (
    <Card title={ownAccess.sessions.title} about={ownAccess.sessions.all} flush>
      {ending.error !== null && <ProblemNotice error={ending.error} />}
      <SessionTable name="all-sessions" hasUser own={session} {...list} end={end} />
      <div className="hms-card-body">
        <AsCommand
          hms={account === undefined ? 'session ls' : `session ls --account ${account}`}
          call={`GET /sessions${account === undefined ? '' : `?account=${account}`}`}
        />
      </div>
    </Card>
  )
}
