// Columns that sites and providers have in common: how much waits, how fast it goes, and what binds.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { HeldBack, ProviderNow, SiteNow } from '../../../../client/src/index.ts'
import type { Column } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { destinations as words } from '../../texts/destinations.ts'
import { number, roughly, span } from '../../texts/format.ts'

/** What sites of no provider are asked for by. */
export const OTHER = 'other'
export const providerText = (provider: string | null): string => (provider === null || provider === OTHER ? words.other : provider)

type Common = Pick<ProviderNow, Extract<keyof SiteNow, keyof ProviderNow>>
const columns = words.columns

export const rateText = ({ messages, allowed }: Pick<SiteNow, 'messages' | 'allowed'>): ReactNode => (
  <span>
    {roughly(messages)} {allowed !== null && <span className="hms-muted">{words.of(allowedText(allowed))}</span>}
  </span>
)

/** How long ago; null: never. */
export const ageText = (at: number | null): string => (at === null ? common.none : span(Math.max(0, Date.now() - at)))

const allowedText = (allowed: number): string => (allowed < 10 ? number(Math.round(allowed * 10) / 10) : roughly(Math.round(allowed)))

/** How many there may be is known of sites that have mail. */
export const connectionsText = ({ connections, mostConnections }: Pick<SiteNow, 'connections' | 'mostConnections'>): string =>
  mostConnections === 0 ? common.none : `${number(connections)} / ${number(mostConnections)}`

/** Kinds that are the usual course of things. */
const QUIET: ReadonlySet<HeldBack['kind']> = new Set(['sending', 'settling', 'looking-up', 'turn'])

export function bindsText(holds: readonly HeldBack[]): ReactNode {
  const [first, ...others] = holds.filter(({ kind }) => !QUIET.has(kind))
  if (first === undefined) return <span className="hms-muted">{words.free}</span>
  return (
    <span className="hms-break">
      {first.reason} {others.length > 0 && <span className="hms-muted">{words.more(number(others.length))}</span>}
    </span>
  )
}

function figures<Row extends Common>(): readonly Column<Row>[] {
  return [
    { id: 'queued', title: columns.queued, isFixed: true, isNumber: true, cell: ({ queued }) => roughly(queued) },
    { id: 'sending', title: columns.sending, isNumber: true, cell: ({ sending }) => roughly(sending) },
    { id: 'rate', title: columns.rate, isNumber: true, cell: rateText },
    {
      id: 'connections',
      title: columns.connections,
      isNumber: true,
      cell: connectionsText,
    },
    { id: 'due', title: columns.due, isNumber: true, cell: ({ dueSince }) => ageText(dueSince) },
    { id: 'deferred', title: columns.deferred, isNumber: true, cell: ({ deferred }) => roughly(deferred) },
    { id: 'binds', title: columns.binds, cell: ({ holds }) => bindsText(holds) },
  ]
}

export const SITE_COLUMNS: readonly Column<SiteNow>[] = [
  {
    id: 'site',
    title: columns.site,
    isFixed: true,
    cell: ({ site, provider }) => (
      <>
        <Link to="/destination" search={{ site }} className="hms-break">
          {site}
        </Link>
        {provider !== null && <div className="hms-muted hms-small">{provider}</div>}
      </>
    ),
  },
  ...figures<SiteNow>(),
  {
    id: 'reply',
    title: columns.reply,
    isExtra: true,
    cell: ({ lastReply }) => <span className="hms-break hms-small">{lastReply ?? common.none}</span>,
  },
]

export const PROVIDER_COLUMNS: readonly Column<ProviderNow>[] = [
  {
    id: 'provider',
    title: columns.provider,
    isFixed: true,
    cell: ({ provider, sites }) => (
      <>
        <Link to="/destination" search={{ provider: provider ?? OTHER }} className="hms-break">
          {providerText(provider)}
        </Link>
        <div className="hms-muted hms-small">{words.sites(sites, number(sites))}</div>
      </>
    ),
  },
  ...figures<ProviderNow>(),
]
