// In place of a page that is not this person's, which was gone to by its address: whose it is, in words.
import type { ReactNode } from 'react'
import { ButtonLink } from '../parts/button-link.tsx'
import { Empty, Page } from '../parts/layout.tsx'
import { common } from '../texts/common.ts'
import { notYours as words } from '../texts/not-yours.ts'
import { shell } from '../texts/shell.ts'
import type { PageRight } from './page-rights.ts'
import { useMe } from './session.ts'

const RANKS = ['viewer', 'operator', 'administrator', 'owner'] as const

export function NotYours({ right: { least = 'viewer', isOfServer = false } }: { readonly right: PageRight }): ReactNode {
  const { role, account } = useMe()
  const isLess = RANKS.indexOf(role) < RANKS.indexOf(least)
  return (
    <Page title={words.title}>
      <Empty
        icon="shield"
        title={words.whose(shell.roles[least].toLowerCase(), isOfServer)}
        actions={<ButtonLink to="/">{common.notFound.home}</ButtonLink>}
      >
        {isLess && `${words.role(shell.roles[role].toLowerCase())} `}
        {isOfServer && account !== null && `${words.account(account)} `}
        {words.mend}
      </Empty>
    </Page>
  )
}
