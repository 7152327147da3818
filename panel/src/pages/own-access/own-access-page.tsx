// One's own access: who one is, password, one-time codes, passkeys, sessions.
import type { ReactNode } from 'react'
import { PasswordForm } from '../../app/one-time-codes.tsx'
import { useMe } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Card, Facts, Notice, Page } from '../../parts/layout.tsx'
import { time } from '../../texts/format.ts'
import { ownAccess as words } from '../../texts/own-access.ts'
import { shell } from '../../texts/shell.ts'
import { Codes } from './codes.tsx'
import { OwnPasskeys } from './own-passkeys.tsx'
import { OwnSessions } from './own-sessions.tsx'

export function OwnAccessPage(): ReactNode {
  const { name, role, account, user } = useMe()
  const isElsewhere = user !== null && user.onlyBy !== null
  return (
    <Page title={words.title} about={words.about}>
      {isElsewhere && <Notice tone="info" title={words.who.provider(user.onlyBy ?? '')} />}
      <div className="hms-grid">
        <Card title={words.who.title}>
          <Facts
            rows={[
              [words.who.name, name],
              [words.who.role, shell.roles[role]],
              [words.who.account, account === null ? words.who.allAccounts : String(account)],
              user?.lastLogin == null ? null : [words.who.lastLogin, time(user.lastLogin)],
            ]}
          />
        </Card>
        {!isElsewhere && (
          <Card title={words.password.title} about={words.password.about}>
            {user?.hasPassword === true ? <PasswordForm /> : <p>{words.password.none}</p>}
          </Card>
        )}
      </div>
      {!isElsewhere && user?.hasPassword === true && <Codes user={user} />}
      {user !== null && !isElsewhere && <OwnPasskeys user={user} />}
      <OwnSessions />
      <AsCommand hms={null} call="GET /me" />
    </Page>
  )
}
