// One user: what is known, what an administrator may do about it, passkeys and sessions.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { UserView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay, useMe } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { Card, Facts, Notice, Page } from '../../parts/layout.tsx'
import { PageOfOne } from '../../parts/page-of-one.tsx'
import { number, time } from '../../texts/format.ts'
import { ownAccess } from '../../texts/own-access.ts'
import { shell } from '../../texts/shell.ts'
import { users } from '../../texts/users.ts'
import { userRoute } from './routes.ts'
import { Unlock, UserActions } from './user-actions.tsx'
import { UserPasskeys, UserSessions } from './user-lists.tsx'
import { factorText, isAhead, UserState } from './user-state.tsx'

const words = users.one

export function UserPage(): ReactNode {
  const { name } = userRoute.useParams()
  const shown = useQuery({ queryKey: ['users', 'one', name], queryFn: ({ signal }) => api.users.show(name, { signal }) })
  return (
    <PageOfOne shown={shown} title={users.title} unknown={words.unknown} list="/users">
      {(user) => <Known user={user} />}
    </PageOfOne>
  )
}

function Known({ user }: { readonly user: UserView }): ReactNode {
  const may = useMay()
  const me = useMe()
  const { name, lockedAt } = user
  const isOwn = me.name === name
  return (
    <Page title={name} about={users.roles[user.role]} actions={isOwn ? <OwnLink /> : <UserActions user={user} />}>
      {lockedAt !== null && (
        <Notice tone="bad" title={words.lockedTitle(time(lockedAt))} actions={<Unlock name={name} />}>
          {words.locked}
        </Notice>
      )}
      <Card title={words.facts}>
        <UserFacts user={user} />
      </Card>
      {may('users.passkeys') && <UserPasskeys name={name} isOwn={isOwn} />}
      {may('users.sessionList') && <UserSessions name={name} />}
      <AsCommand hms={`user show ${name}`} call={`GET /users/${name}`} />
    </Page>
  )
}

const OwnLink = (): ReactNode => (
  <ButtonLink to="/me" variant="default">
    {ownAccess.title}
  </ButtonLink>
)

function UserFacts({ user }: { readonly user: UserView }): ReactNode {
  const { role, account, madeAt, lastLogin, hasPassword, linkUntil, recoveryCodes, onlyBy } = user
  const hasLink = linkUntil !== null && isAhead(linkUntil)
  return (
    <Facts
      rows={[
        [users.columns.state, <UserState key="state" user={user} />],
        [users.columns.role, shell.roles[role]],
        [users.columns.account, account === null ? users.all : number(account)],
        [users.columns.login, lastLogin === null ? users.never : time(lastLogin)],
        [words.made, time(madeAt)],
        [
          words.password,
          [hasPassword ? words.passwordSet : words.passwordNone, ...(hasLink ? [words.linkUntil(time(linkUntil))] : [])].join('; '),
        ],
        [users.columns.factor, factorText(user)],
        [words.recovery, number(recoveryCodes)],
        onlyBy === null ? null : [words.provider, onlyBy],
      ]}
    />
  )
}
