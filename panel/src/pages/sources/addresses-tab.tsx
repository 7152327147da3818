// Sources of the rules with their state, their names in the reverse DNS, and what blocklists say of their addresses.
import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { SourceListing, SourceReverse, SourceView } from '../../../../client/src/index.ts'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { CopyButton } from '../../parts/copy.tsx'
import { Badge, Card, Empty, type Tone } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { ago } from '../../texts/format.ts'
import { sources } from '../../texts/sources.ts'
import { listedQuery, reverseQuery, sourcesQuery } from './queries.ts'
import { ACTS, type Act, SourceAction } from './source-action.tsx'
import { SourceState } from './source-state.tsx'

const LOOK_EVERY = 5000
const STATE_TONES = { ok: 'ok', wrong: 'bad', missing: 'bad', unknown: 'quiet' } as const satisfies Record<string, Tone>
const LISTED_TONES = { listed: 'bad', 'not-listed': 'ok', unknown: 'quiet' } as const satisfies Record<string, Tone>

export function AddressesTab(): ReactNode {
  return (
    <>
      <Sources />
      <Reverse />
      <Listed />
      <AsCommand hms="sources ls" call="GET /sources" />
    </>
  )
}

interface Asked {
  readonly act: Act
  readonly source: string
}

const columns = sources.list.columns
const COLUMNS: readonly Column<SourceView>[] = [
  { id: 'name', title: columns.name, isFixed: true, cell: ({ name }) => <strong className="hms-break">{name}</strong> },
  { id: 'address', title: columns.address, isFixed: true, cell: ({ source }) => <span className="hms-break">{placeOf(source)}</span> },
  { id: 'helo', title: columns.helo, cell: ({ source }) => <span className="hms-break">{source.helo ?? sources.list.hostName}</span> },
  { id: 'state', title: columns.state, isFixed: true, cell: (source) => <SourceState source={source} /> },
  {
    id: 'pools',
    title: columns.pools,
    cell: ({ pools }) =>
      pools.length === 0 ? <span className="hms-muted">{sources.list.noPool}</span> : pools.map(({ pool }) => pool).join(', '),
  },
  { id: 'checked', title: columns.checked, isExtra: true, cell: ({ checkedAt }) => (checkedAt === null ? common.none : ago(checkedAt)) },
]

function reverseColumn(findings: readonly SourceReverse[]): Column<SourceView> {
  const cell = ({ name }: SourceView): ReactNode => <ReverseBadge finding={findings.find((one) => one.sources.includes(name))} />
  return { id: 'reverse', title: columns.reverse, cell }
}

function listedColumn(listings: readonly SourceListing[]): Column<SourceView> {
  const cell = ({ name }: SourceView): ReactNode => <ListedBadge listings={listings.filter((one) => one.sources.includes(name))} />
  return { id: 'lists', title: columns.lists, cell }
}

function actColumn(acts: typeof ACTS, ask: (asked: Asked) => void): Column<SourceView> {
  const cell = (source: SourceView): ReactNode => (
    <div className="hms-row">
      {acts
        .filter(({ isFor }) => isFor(source))
        .map(({ act }) => (
          <Button
            key={act}
            size="compact-xs"
            variant="default"
            aria-label={sources.list.actionOf[act](source.name)}
            onClick={() => ask({ act, source: source.name })}
          >
            {sources.list.actions[act]}
          </Button>
        ))}
    </div>
  )
  return { id: 'do', title: columns.do, isFixed: true, cell }
}

function Sources(): ReactNode {
  const words = sources.list
  const may = useMay()
  const [asked, setAsked] = useState<Asked | null>(null)
  const found = useQuery({ ...sourcesQuery, refetchInterval: LOOK_EVERY })
  const reverse = useQuery(reverseQuery)
  const listed = useQuery(listedQuery)
  const acts = ACTS.filter(({ needs }) => may(needs))
  const known = [...COLUMNS, reverseColumn(reverse.data?.data ?? []), listedColumn(listed.data?.data ?? [])]
  return (
    <Card title={words.title} about={words.about} flush>
      <DataTable
        name="sources"
        label={words.table}
        columns={acts.length > 0 ? [...known, actColumn(acts, setAsked)] : known}
        rows={found.data?.data}
        keyOf={({ name }) => name}
        error={found.error}
        again={() => void found.refetch()}
        empty={
          <Empty icon="send" title={words.empty} actions={may('rules.get') && <EditLink label={words.write} />}>
            {words.emptyWhat}
          </Empty>
        }
      />
      {asked !== null && <SourceAction {...asked} close={() => setAsked(null)} />}
    </Card>
  )
}

export function EditLink({ label }: { readonly label: string }): ReactNode {
  return (
    <ButtonLink to="/rules" search={{ tab: 'edit' }} variant="default">
      {label}
    </ButtonLink>
  )
}

function placeOf(source: SourceView['source']): string {
  return source.kind === 'proxy' ? [source.proxy, source.address].filter((one) => one !== null).join(' ') : source.address
}

function ReverseBadge({ finding }: { readonly finding: SourceReverse | undefined }): ReactNode {
  if (finding === undefined) return common.none
  return <Badge tone={STATE_TONES[finding.state]}>{sources.reverse.states[finding.state]}</Badge>
}

function ListedBadge({ listings }: { readonly listings: readonly SourceListing[] }): ReactNode {
  const words = sources.list
  if (listings.length === 0) return common.none
  const count = (state: SourceListing['state']): number => listings.filter((one) => one.state === state).length
  const [on, unknown] = [count('listed'), count('unknown')]
  return (
    <>
      {on > 0 ? <Badge tone="bad">{words.listed(on)}</Badge> : count('not-listed') > 0 && <Badge tone="ok">{words.notListed}</Badge>}
      {unknown > 0 && <div className="hms-muted hms-small">{words.cannotTell(unknown)}</div>}
    </>
  )
}

const sourcesText = (names: readonly string[]): string => (names.length === 0 ? sources.reverse.configured : names.join(', '))

const REVERSE: readonly Column<SourceReverse>[] = [
  {
    id: 'address',
    title: sources.reverse.columns.address,
    isFixed: true,
    cell: ({ subject }) => <span className="hms-break">{subject}</span>,
  },
  { id: 'sources', title: sources.reverse.columns.sources, cell: (one) => sourcesText(one.sources) },
  { id: 'helo', title: sources.reverse.columns.helo, cell: ({ helo }) => <span className="hms-break">{helo}</span> },
  {
    id: 'state',
    title: sources.reverse.columns.state,
    isFixed: true,
    cell: ({ state }) => <Badge tone={STATE_TONES[state]}>{sources.reverse.states[state]}</Badge>,
  },
  { id: 'found', title: sources.reverse.columns.found, isFixed: true, cell: ({ found }) => <span className="hms-break">{found}</span> },
  { id: 'wanted', title: sources.reverse.columns.wanted, cell: (one) => <Wanted finding={one} /> },
  { id: 'at', title: sources.reverse.columns.at, cell: ({ at }) => <span className="hms-nowrap">{ago(at)}</span> },
]

function Wanted({ finding: { wanted, mend, record } }: { readonly finding: SourceReverse }): ReactNode {
  const value = record === null ? null : `${record.name} ${record.type} ${record.value}`
  return (
    <>
      <span className="hms-break">{mend ?? wanted}</span>
      {value !== null && (
        <div className="hms-row">
          <code className="hms-break">{value}</code>
          <CopyButton text={value} what={sources.reverse.publish} />
        </div>
      )}
    </>
  )
}

function Reverse(): ReactNode {
  const words = sources.reverse
  const found = useQuery(reverseQuery)
  return (
    <Card title={words.title} about={words.about} flush>
      <DataTable
        name="reverse-names"
        label={words.table}
        columns={REVERSE}
        rows={found.data?.data}
        keyOf={({ subject, helo }) => `${subject} ${helo}`}
        error={found.error}
        again={() => void found.refetch()}
        empty={<Empty title={words.empty} />}
      />
    </Card>
  )
}

const LISTS: readonly Column<SourceListing>[] = [
  {
    id: 'address',
    title: sources.lists.columns.address,
    isFixed: true,
    cell: ({ address }) => <span className="hms-break">{address}</span>,
  },
  { id: 'sources', title: sources.lists.columns.sources, cell: (one) => sourcesText(one.sources) },
  { id: 'list', title: sources.lists.columns.list, isFixed: true, cell: ({ list }) => list },
  {
    id: 'state',
    title: sources.lists.columns.state,
    isFixed: true,
    cell: ({ state }) => <Badge tone={LISTED_TONES[state]}>{sources.lists.states[state]}</Badge>,
  },
  { id: 'found', title: sources.lists.columns.found, cell: ({ found }) => <span className="hms-break hms-small">{found}</span> },
  { id: 'at', title: sources.lists.columns.at, cell: ({ at }) => <span className="hms-nowrap">{ago(at)}</span> },
  {
    id: 'removal',
    title: sources.lists.columns.removal,
    cell: ({ state, removal }) =>
      state === 'listed' ? (
        <a href={removal} target="_blank" rel="noreferrer">
          {sources.lists.ask}
        </a>
      ) : (
        common.none
      ),
  },
]

const WORST = { listed: 0, unknown: 1, 'not-listed': 2 } as const

function Listed(): ReactNode {
  const words = sources.lists
  const found = useQuery(listedQuery)
  return (
    <Card title={words.title} about={words.about} flush>
      <DataTable
        name="blocklists"
        label={words.table}
        columns={LISTS}
        rows={found.data?.data.toSorted((a, b) => WORST[a.state] - WORST[b.state])}
        keyOf={({ address, list }) => `${address} ${list}`}
        error={found.error}
        again={() => void found.refetch()}
        empty={<Empty title={words.empty}>{words.emptyWhat}</Empty>}
      />
    </Card>
  )
}
