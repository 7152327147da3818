// One account: how it stands and what it sends, its credentials, its limits and brakes, and all of its settings.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Account, QuotaUse } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Page } from '../../parts/layout.tsx'
import { PageOfOne } from '../../parts/page-of-one.tsx'
import { Tabbed } from '../../parts/tabbed.tsx'
import { accounts as words } from '../../texts/accounts.ts'
import { shell } from '../../texts/shell.ts'
import { BrakesCard } from './brakes-card.tsx'
import { CredentialsCard } from './credentials-card.tsx'
import { OverviewTab } from './overview-tab.tsx'
import { QuotasCard } from './quotas-card.tsx'
import { accountRoute, TABS, type TabName } from './routes.ts'
import { SettingsTab } from './settings-tab.tsx'
import { StateActions } from './state-change.tsx'
import { StateBadge } from './state-badge.tsx'
import { StreamsCard } from './streams-card.tsx'
import './accounts.css'

export function AccountPage(): ReactNode {
  const id = Number(accountRoute.useParams().id)
  const shown = useQuery({
    queryKey: ['account', id],
    queryFn: ({ signal }) => api.accounts.show(id, { signal }),
  })
  return (
    <PageOfOne shown={shown} title={shell.account(id)} unknown={words.unknown} list="/accounts">
      {(known) => <Shown {...known} />}
    </PageOfOne>
  )
}

interface ShownProps {
  readonly account: Account
  readonly use: readonly QuotaUse[]
}

function Shown({ account, use }: ShownProps): ReactNode {
  const { id, name } = account
  const { tab = 'overview' } = accountRoute.useSearch()
  const navigate = accountRoute.useNavigate()
  const about = (
    <span className="hms-row">
      {shell.account(id)} <StateBadge account={account} />
    </span>
  )
  return (
    <Page title={name} about={about} actions={<StateActions account={account} />}>
      <Tabbed names={TABS} first="overview" words={words.tabs} shown={tab} go={(search) => void navigate({ search })}>
        {(one) => <Part name={one} account={account} use={use} />}
      </Tabbed>
      {tab === 'overview' && <AsCommand hms={`account show ${id}`} call={`GET /accounts/${id}`} />}
    </Page>
  )
}

function Part({ name, account, use }: ShownProps & { readonly name: TabName }): ReactNode {
  switch (name) {
    case 'overview':
      return <OverviewTab account={account} />
    case 'credentials':
      return (
        <>
          <CredentialsCard account={account} />
          <StreamsCard account={account} />
        </>
      )
    case 'limits':
      return (
        <>
          <QuotasCard account={account} use={use} />
          <BrakesCard account={account} />
        </>
      )
    case 'settings':
      return <SettingsTab account={account} />
    default:
      return name satisfies never
  }
}
