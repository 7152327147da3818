// What a plug-in said and wrote lately, newest first.
import { Button } from '@mantine/core'
import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { PluginLogLine } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Badge, Card, Empty, type Tone } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { number, time } from '../../texts/format.ts'
import { plugins } from '../../texts/plugins.ts'

const words = plugins.log
const columns = words.columns
const FEW = 25
const MOST = 1000
const LOOK_EVERY = 5000
const TONES = { info: 'quiet', warn: 'warn', error: 'bad' } as const satisfies Record<string, Tone>

interface Line extends PluginLogLine {
  /** Counted from the oldest that is shown: lines have no number of their own. */
  readonly n: number
}

const COLUMNS: readonly Column<Line>[] = [
  { id: 'at', title: columns.at, isFixed: true, cell: ({ at }) => <span className="hms-nowrap">{time(at)}</span> },
  { id: 'level', title: columns.level, isFixed: true, cell: ({ level }) => <Badge tone={TONES[level]}>{words.levels[level]}</Badge> },
  { id: 'slot', title: columns.slot, isFixed: true, cell: ({ slot }) => (slot === null ? words.beside : number(slot)) },
  { id: 'text', title: columns.text, isFixed: true, cell: ({ text }) => <span className="hms-break hms-small">{text}</span> },
]

export function PluginLog({ name }: { readonly name: string }): ReactNode {
  const [limit, setLimit] = useState(FEW)
  const log = useQuery({
    queryKey: ['plugins', 'log', name, limit],
    queryFn: ({ signal }) => api.routes.pluginLog(name, { limit }, { signal }),
    refetchInterval: LOOK_EVERY,
    placeholderData: (before) => before,
  })
  const rows = log.data?.lines.map((line, n) => ({ ...line, n })).toReversed()
  return (
    <Card title={words.title} about={words.about} flush>
      <DataTable
        name="plugin-log"
        label={words.table}
        columns={COLUMNS}
        rows={rows}
        keyOf={({ at, slot, n }) => `${at} ${slot} ${n}`}
        error={log.error}
        again={() => void log.refetch()}
        more={rows !== undefined && rows.length >= limit && limit < MOST ? () => setLimit(MOST) : null}
        isMore={log.isPlaceholderData}
        tools={
          <Button size="xs" variant="default" onClick={() => void log.refetch()}>
            {common.refresh}
          </Button>
        }
        empty={
          <Empty icon="table" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
      <div className="hms-card-body">
        <AsCommand hms={`plugin logs ${name} --limit ${limit}`} call={`GET /plugins/${name}/log?limit=${limit}`} />
      </div>
    </Card>
  )
}
