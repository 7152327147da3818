// How an account stands since when and why, what became of its mail today, and what waits.
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import type { Account } from '../../../../client/src/index.ts'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { Card, Facts, Figure, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { accounts } from '../../texts/accounts.ts'
import { ago, number, roughly, time } from '../../texts/format.ts'
import { StateBadge } from './state-badge.tsx'
import { countQuery, useToday } from './today.ts'

const words = accounts.overview

export function OverviewTab({ account }: { readonly account: Account }): ReactNode {
  const may = useMay()
  return (
    <>
      {may('reports.query') && <TodayCard account={account} />}
      <Card title={words.standing}>
        <Standing account={account} />
      </Card>
    </>
  )
}

function TodayCard({ account: { id } }: { readonly account: Account }): ReactNode {
  const may = useMay()
  const today = useToday(id)
  const queued = useQuery({ ...countQuery(id), enabled: may('queue.count') })
  const figures = today.data?.total.figures
  const links = (
    <>
      <ButtonLink to="/messages" search={{ account: id }} variant="default" size="xs">
        {words.showMail}
      </ButtonLink>
      <ButtonLink to="/messages" search={{ view: 'queue', account: id }} variant="default" size="xs">
        {words.showQueue}
      </ButtonLink>
    </>
  )
  return (
    <Card flush title={words.today} {...(today.data?.isBehind === true && { about: words.behind })} actions={links}>
      {today.error !== null && <ProblemNotice error={today.error} again={() => void today.refetch()} />}
      {figures === undefined ? (
        <div className="hms-account-pad">
          <Waiting lines={2} />
        </div>
      ) : (
        <dl className="hms-figures hms-account-figures">
          <Figure label={words.accepted} value={roughly(figures.recipients)} />
          <Figure label={words.delivered} value={roughly(figures.delivered)} />
          <Figure label={words.failed} value={roughly(figures.failed + figures.expired)} />
          <Figure label={words.complained} value={roughly(figures.complained)} />
          {queued.data !== undefined && (
            <Figure label={words.queued} value={roughly(queued.data.messages)} note={words.recipients(number(queued.data.recipients))} />
          )}
        </dl>
      )}
    </Card>
  )
}

function Standing({ account }: { readonly account: Account }): ReactNode {
  const { standing, state } = account
  return (
    <Facts
      rows={[
        [
          words.standing,
          <span key="state" className="hms-row">
            <StateBadge account={account} /> {accounts.stateAbout[state]}
          </span>,
        ],
        standing === undefined ? [words.since, words.neverChanged] : [words.since, `${time(standing.since)} (${ago(standing.since)})`],
        standing === undefined ? null : [words.by, standing.by],
        standing === undefined ? null : [words.why, standing.reason === '' ? words.noReason : standing.reason],
        standing?.until == null ? null : [words.until, words.untilThen(time(standing.until), accounts.states[standing.after])],
      ]}
    />
  )
}
