// Whether mail flows, and where it does not: seen in ten seconds.
import { lazy, type ReactNode, Suspense } from 'react'
import type { Status } from '../../../../client/src/index.ts'
import { AlarmList } from '../../app/alarm-list.tsx'
import { useLiveStatus } from '../../app/live.ts'
import { countTroubles } from '../../app/notices.ts'
import { useMay, useMe } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { Card, Empty, Page, Sign, type Tone } from '../../parts/layout.tsx'
import { common } from '../../texts/common.ts'
import { number } from '../../texts/format.ts'
import { shell } from '../../texts/shell.ts'
import { overview as words } from '../../texts/overview.ts'
import { Backlog } from './backlog.tsx'
import { FiguresCard } from './figures.tsx'
import { Machine } from './machine.tsx'
import { Now } from './now.tsx'
import './overview.css'

/** Of people of one account alone. */
const Standing = lazy(async () => ({ default: (await import('./standing.tsx')).Standing }))

export function OverviewPage(): ReactNode {
  const may = useMay()
  const me = useMe()
  if (!may('status.get')) return <OfAccount account={me.account} />
  return <OfServer />
}

function OfServer(): ReactNode {
  const { link, value } = useLiveStatus()
  const may = useMay()
  const isUnused = value !== null && value.accepted === 0
  return (
    <Page title={words.title}>
      {link === 'lost' && (
        <p className="hms-link-lost" role="status">
          {common.live.lost}
        </p>
      )}
      <Flow status={value} />
      {isUnused && <FirstSteps />}
      <div className="hms-overview">
        <div>
          <Now />
          {may('queue.sitesTop') && <Backlog />}
          {may('reports.query') && <FiguresCard />}
        </div>
        <div>
          {value !== null && (
            <Card title={words.alarms.title}>
              <AlarmList status={value} />
            </Card>
          )}
          <Machine status={value} />
        </div>
      </div>
      <AsCommand hms="status" call="GET /status" />
    </Page>
  )
}

interface Verdict {
  readonly tone: Tone
  readonly title: string
  readonly more: string
}

function verdictOf(status: Status | null): Verdict {
  const { flow } = words
  if (status === null) return { tone: 'quiet', title: flow.unknown, more: '' }
  const bad = status.workers.filter(({ health }) => health !== 'ok')
  const reasons = bad.map(({ slot, reason }) => flow.worker(slot, reason ?? ''))
  if (status.stopping.length > 0) return { tone: 'warn', title: flow.stopping, more: status.stopping.join(' ') }
  if (bad.length > 0 && bad.length === status.workers.length) return { tone: 'bad', title: flow.full, more: reasons.join(' ') }
  const queued = flow.okMore(status.queued, number(status.queued))
  const loud = countTroubles(status) + bad.length
  if (loud > 0) return { tone: 'warn', title: flow.attention(loud), more: [...reasons, queued].join(' ') }
  if (status.accepted === 0) return { tone: 'ok', title: flow.nothing, more: flow.nothingMore }
  return { tone: 'ok', title: flow.ok, more: queued }
}

function Flow({ status }: { readonly status: Status | null }): ReactNode {
  const { tone, title, more } = verdictOf(status)
  return (
    <div className={`hms-flow hms-tone-${tone}`}>
      <Sign tone={tone} />
      <div>
        <strong>{title}</strong>
        <p className="hms-muted">{more}</p>
      </div>
    </div>
  )
}

function FirstSteps(): ReactNode {
  const may = useMay()
  return (
    <Card>
      <Empty
        icon="send"
        title={words.empty.title}
        actions={
          <>
            {may('domains.add') && <ButtonLink to="/setup">{words.empty.setup}</ButtonLink>}
            <ButtonLink to="/messages" variant="default">
              {words.empty.test}
            </ButtonLink>
          </>
        }
      >
        {words.empty.what}
      </Empty>
    </Card>
  )
}

/** Somebody of one account sees the mail of that, and nothing of the server. */
function OfAccount({ account }: { readonly account: number | null }): ReactNode {
  const may = useMay()
  return (
    <Page title={words.title} {...(account !== null && { about: shell.account(account) })}>
      {account !== null && may('accounts.show') && (
        <Suspense>
          <Standing account={account} />
        </Suspense>
      )}
      {may('reports.query') && <FiguresCard />}
      <AsCommand hms={account === null ? 'report --last 1' : `report --last 1 --account ${account}`} call="GET /reports/mail" />
    </Page>
  )
}
