// For which mail of the last day changed rules would be others: sites, how much mail they had, and what changes.
import type { ReactNode } from 'react'
import type { RulesTraffic, TrafficChange } from '../../../../client/src/index.ts'
import { Card } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { number, share } from '../../texts/format.ts'
import { rules } from '../../texts/rules.ts'

const words = rules.traffic
const columns = words.columns

const COLUMNS: readonly Column<TrafficChange>[] = [
  {
    id: 'site',
    title: columns.site,
    isFixed: true,
    cell: ({ site, provider }) => (
      <>
        <span className="hms-break">{site ?? words.noSite}</span>
        {provider !== null && <div className="hms-muted hms-small">{provider}</div>}
      </>
    ),
  },
  { id: 'recipients', title: columns.recipients, isFixed: true, isNumber: true, cell: ({ recipients }) => number(recipients) },
  {
    id: 'changes',
    title: columns.changes,
    isFixed: true,
    cell: ({ changes }) => (
      <ul>
        {changes.map(({ setting, before, after }) => (
          <li key={setting}>{words.change(setting, before, after)}</li>
        ))}
      </ul>
    ),
  },
  {
    id: 'domains',
    title: columns.domains,
    cell: ({ domains, more }) => (
      <span className="hms-break hms-small">{[...domains, ...(more > 0 ? [words.more(number(more))] : [])].join(', ')}</span>
    ),
  },
  { id: 'account', title: columns.account, isNumber: true, cell: ({ account }) => account ?? rules.explain.any },
]

export function Traffic({ traffic }: { readonly traffic: RulesTraffic | null }): ReactNode {
  if (traffic === null)
    return (
      <Card title={words.title}>
        <p>{words.unknown}</p>
      </Card>
    )
  const { recipients, changed, unseen, rows } = traffic
  const about =
    recipients === 0
      ? words.noMail
      : rows.length === 0
        ? words.none
        : words.about(number(changed), number(recipients), share(changed / recipients))
  return (
    <Card title={words.title} about={about} flush={rows.length > 0}>
      {rows.length > 0 && (
        <DataTable
          name="rules-traffic"
          label={words.table}
          columns={COLUMNS}
          rows={rows}
          keyOf={(row) => JSON.stringify([row.site, row.account, row.changes])}
          empty={null}
        />
      )}
      {unseen > 0 && <p className="hms-muted hms-small hms-rules-note">{words.unseen(number(unseen))}</p>}
    </Card>
  )
}
