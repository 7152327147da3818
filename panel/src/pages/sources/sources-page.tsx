// What mail leaves from: addresses and what receivers find out about them, pools and routes, warm-up.
import { Tabs } from '@mantine/core'
import type { ReactNode } from 'react'
import { useMay } from '../../app/session.ts'
import { Page } from '../../parts/layout.tsx'
import { sources as words } from '../../texts/sources.ts'
import { AddressesTab } from './addresses-tab.tsx'
import { PoolsTab } from './pools-tab.tsx'
import { sourcesRoute, TABS } from './routes.ts'
import { WarmupTab } from './warmup-tab.tsx'
import './sources.css'

export function SourcesPage(): ReactNode {
  const { tab = 'addresses' } = sourcesRoute.useSearch()
  const navigate = sourcesRoute.useNavigate()
  const may = useMay()
  const shown = TABS.filter((one) => one !== 'warmup' || may('sources.warmupStatus'))
  const go = (to: string | null): void => {
    const next = TABS.find((one) => one === to)
    void navigate({ search: next === undefined || next === 'addresses' ? {} : { tab: next } })
  }
  return (
    <Page title={words.title} about={words.about}>
      <Tabs value={tab} onChange={go} keepMounted={false} activateTabWithKeyboard={false}>
        <Tabs.List aria-label={words.tabs.label}>
          {shown.map((one) => (
            <Tabs.Tab key={one} value={one}>
              {words.tabs[one]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="addresses" className="hms-sources-tab">
          <AddressesTab />
        </Tabs.Panel>
        <Tabs.Panel value="pools" className="hms-sources-tab">
          <PoolsTab />
        </Tabs.Panel>
        <Tabs.Panel value="warmup" className="hms-sources-tab">
          <WarmupTab />
        </Tabs.Panel>
      </Tabs>
    </Page>
  )
}
