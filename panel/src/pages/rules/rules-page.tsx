// Delivery rules: what holds and who says so, the owner's document, its versions, Smart rules, and what is held back now.
import { Tabs } from '@mantine/core'
import type { ReactNode } from 'react'
import { useMay } from '../../app/session.ts'
import { Page } from '../../parts/layout.tsx'
import { rules as words } from '../../texts/rules.ts'
import { BlocksTab } from './blocks-tab.tsx'
import { EditTab } from './edit-tab.tsx'
import { ExplainTab } from './explain-tab.tsx'
import { HistoryTab } from './history-tab.tsx'
import { rulesRoute, TABS, type TabName } from './routes.ts'
import { SmartTab } from './smart-tab.tsx'
import './rules.css'

export function RulesPage(): ReactNode {
  const { tab = 'explain' } = rulesRoute.useSearch()
  const navigate = rulesRoute.useNavigate()
  const may = useMay()
  const shown = TABS.filter((one) => one !== 'blocks' || may('queue.effectsList'))
  const go = (to: string | null): void => {
    const next = TABS.find((one) => one === to)
    void navigate({ search: next === undefined || next === 'explain' ? {} : { tab: next } })
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
        {shown.map((one) => (
          <Tabs.Panel key={one} value={one} className="hms-rules-tab">
            <Part name={one} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  )
}

function Part({ name }: { readonly name: TabName }): ReactNode {
  switch (name) {
    case 'explain':
      return <ExplainTab />
    case 'edit':
      return <EditTab />
    case 'history':
      return <HistoryTab />
    case 'smart':
      return <SmartTab />
    case 'blocks':
      return <BlocksTab />
    default:
      return name satisfies never
  }
}
