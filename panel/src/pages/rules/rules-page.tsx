// Delivery rules: what holds and who says so, the owner's document, its versions, Smart rules, and what is held back now.
import type { ReactNode } from 'react'
import { useMay } from '../../app/session.ts'
import { Page } from '../../parts/layout.tsx'
import { Tabbed } from '../../parts/tabbed.tsx'
import { rules as words } from '../../texts/rules.ts'
import { BlocksTab } from './blocks-tab.tsx'
import { EditTab } from './edit-tab.tsx'
import { ExplainTab } from './explain-tab.tsx'
import { HistoryTab } from './history-tab.tsx'
import { rulesRoute, TABS, type TabName } from './routes.ts'
import { SmartTab } from './smart-tab.tsx'
import './rules.css'

export function RulesPage(): ReactNode {
  const { tab } = rulesRoute.useSearch()
  const navigate = rulesRoute.useNavigate()
  const may = useMay()
  const names = TABS.filter((one) => one !== 'blocks' || may('queue.effectsList'))
  return (
    <Page title={words.title} about={words.about}>
      <Tabbed names={names} first="explain" words={words.tabs} shown={tab} go={(search) => void navigate({ search })}>
        {(name) => <Part name={name} />}
      </Tabbed>
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
