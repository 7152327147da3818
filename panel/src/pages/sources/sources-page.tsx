// What mail leaves from: addresses and what receivers find out about them, pools and routes, warm-up.
import type { ReactNode } from 'react'
import { useMay } from '../../app/session.ts'
import { Page } from '../../parts/layout.tsx'
import { Tabbed } from '../../parts/tabbed.tsx'
import { sources as words } from '../../texts/sources.ts'
import { AddressesTab } from './addresses-tab.tsx'
import { PoolsTab } from './pools-tab.tsx'
import { sourcesRoute, TABS, type TabName } from './routes.ts'
import { WarmupTab } from './warmup-tab.tsx'
import './sources.css'

export function SourcesPage(): ReactNode {
  const { tab } = sourcesRoute.useSearch()
  const navigate = sourcesRoute.useNavigate()
  const may = useMay()
  const names = TABS.filter((one) => one !== 'warmup' || may('sources.warmupStatus'))
  return (
    <Page title={words.title} about={words.about}>
      <Tabbed names={names} first="addresses" words={words.tabs} shown={tab} go={(search) => void navigate({ search })}>
        {(name) => <Part name={name} />}
      </Tabbed>
    </Page>
  )
}

function Part({ name }: { readonly name: TabName }): ReactNode {
  switch (name) {
    case 'addresses':
      return <AddressesTab />
    case 'pools':
      return <PoolsTab />
    case 'warmup':
      return <WarmupTab />
    default:
      return name satisfies never
  }
}
