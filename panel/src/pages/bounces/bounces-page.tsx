// What came back: how much of it and by whom, complaint rates, each bounce and complaint, what nobody could classify, and who is believed.
import { SegmentedControl } from '@mantine/core'
import type { ReactNode } from 'react'
import { AccountFilter } from '../../app/account-filter.tsx'
import { useMay } from '../../app/session.ts'
import { Page } from '../../parts/layout.tsx'
import { bounces as words } from '../../texts/bounces.ts'
import { ByWhom, Figures } from './by-whom.tsx'
import { CameBack } from './came-back.tsx'
import { Loops } from './loops.tsx'
import { OwnDomains } from './own-domains.tsx'
import { Rates } from './rates.tsx'
import { bouncesRoute } from './routes.ts'
import { SPANS, type SpanName, spanOf } from './search.ts'
import { TryReply } from './try-reply.tsx'
import { Unknown } from './unknown.tsx'
import './bounces.css'

export function BouncesPage(): ReactNode {
  const search = bouncesRoute.useSearch()
  const navigate = bouncesRoute.useNavigate()
  const may = useMay()
  const { account: _account, ...rest } = search
  const choice = (
    <SegmentedControl
      size="xs"
      aria-label={words.span}
      value={spanOf(search)}
      data={(Object.keys(SPANS) as SpanName[]).map((value) => ({ value, label: words.spans[value] }))}
      onChange={(value) => {
        const { last: _last, ...others } = search
        void navigate({ search: value === '7d' ? others : { ...others, last: value as '24h' | '30d' }, resetScroll: false })
      }}
    />
  )
  return (
    <Page title={words.title} about={words.about} actions={choice}>
      {may('inbound.list') && <OwnDomains />}
      <AccountFilter search={search} set={(next) => void navigate({ search: { ...rest, ...next } })} />
      <Figures search={search} />
      <ByWhom search={search} />
      {may('domains.complaintsList') && <Rates search={search} />}
      {may('events.find') && <CameBack search={search} />}
      {may('rules.repliesUnknown') && <Unknown />}
      {may('rules.repliesClassify') && <TryReply />}
      {may('inbound.reporterList') && <Loops />}
    </Page>
  )
}
