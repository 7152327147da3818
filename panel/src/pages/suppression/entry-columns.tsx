// An entry of a suppression list as a row: who, why, since when and until when, and where it comes from.
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { SuppressionEntry, SuppressionReason } from '../../../../client/src/index.ts'
import { Address } from '../../parts/address.tsx'
import { Badge, type Tone } from '../../parts/layout.tsx'
import type { Column } from '../../parts/table.tsx'
import { dateOf } from '../../texts/format.ts'
import { suppression } from '../../texts/suppression.ts'
import { entrySearchOf } from './search.ts'

const words = suppression.list
const columns = words.columns

const TONES: Readonly<Record<SuppressionReason, Tone>> = {
  Failure: 'bad',
  Bounce: 'bad',
  Unsubscribe: 'warn',
  Complaint: 'bad',
  Manual: 'quiet',
}

export const entryKey = ({ list, target, stream }: SuppressionEntry): string => `${list} ${target} ${stream ?? ''}`

/** Of somebody who was erased: it tells no address. */
export const isErased = (target: string): boolean => target.startsWith(':')

export function ReasonBadge({ reason }: { readonly reason: SuppressionReason }): ReactNode {
  return <Badge tone={TONES[reason]}>{suppression.reasons[reason]}</Badge>
}

/** Null: no event led to it. */
export const eventOf = (origin: string): string | null => /^event (\d+\.\d+)$/.exec(origin)?.[1] ?? null

export const LIST_COLUMN: Column<SuppressionEntry> = {
  id: 'list',
  title: suppression.lists.columns.name,
  isFixed: true,
  cell: ({ list }) => (
    <Link to="/suppression/$list" params={{ list }} className="hms-break">
      {list}
    </Link>
  ),
}

export const ENTRY_COLUMNS: readonly Column<SuppressionEntry>[] = [
  {
    id: 'target',
    title: columns.target,
    isFixed: true,
    cell: ({ target }) => (isErased(target) ? <em>{words.erased}</em> : <Address text={target} />),
  },
  { id: 'reason', title: columns.reason, isFixed: true, cell: ({ reason }) => <ReasonBadge reason={reason} /> },
  { id: 'at', title: columns.at, cell: ({ at }) => <span className="hms-nowrap">{dateOf(at)}</span> },
  { id: 'until', title: columns.until, cell: ({ expires }) => (expires === null ? suppression.ever : dateOf(expires)) },
  { id: 'stream', title: columns.stream, cell: ({ stream }) => stream ?? suppression.allMail },
  {
    id: 'origin',
    title: columns.origin,
    cell: ({ origin }) => <span className="hms-break">{eventOf(origin) === null ? origin : words.fromEvent}</span>,
  },
  {
    id: 'why',
    title: columns.why,
    isFixed: true,
    cell: ({ list, target, stream }) => (
      <Link
        to="/suppression/$list"
        params={{ list }}
        search={(before) => ({ ...entrySearchOf(before), why: target, ...(stream === null ? {} : { stream }) })}
        aria-label={words.whyOf(target)}
        resetScroll={false}
      >
        {words.why}
      </Link>
    ),
  },
]
