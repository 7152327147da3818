// The owner's configuration and a new version's default, side by side: for what both changed one chooses, the rest goes together by itself.
import { Button, SegmentedControl } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { ConfigConflict, ConfigMerge, ConfigSettingChange, MergeSide } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { Card, Empty, Notice, Page, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { number } from '../../texts/format.ts'
import { settings } from '../../texts/settings.ts'
import { SettingValue } from './setting-value.tsx'
import './merge.css'

const words = settings.merge
const columns = words.changesColumns

export function MergePage(): ReactNode {
  const shown = useQuery({ queryKey: ['settings', 'merge'], queryFn: ({ signal }) => api.settings.configMergeShow({ signal }) })
  const back = (
    <ButtonLink to="/settings" variant="default">
      {words.back}
    </ButtonLink>
  )
  return (
    <Page title={words.title} about={words.about} actions={back}>
      {shown.error !== null && <ProblemNotice error={shown.error} again={() => void shown.refetch()} />}
      {shown.isPending && (
        <Card>
          <Waiting lines={6} />
        </Card>
      )}
      {shown.data !== undefined && <Pending merge={shown.data} />}
    </Page>
  )
}

type Chosen = Readonly<Record<string, MergeSide>>

function Pending({ merge }: { readonly merge: ConfigMerge }): ReactNode {
  const { isPending, conflicts, from, guessed } = merge
  const may = useMay()
  const queries = useQueryClient()
  const fresh = useFresh()
  const [chosen, setChosen] = useState<Chosen>({})
  const merging = useMutation({
    mutationFn: () => fresh(() => api.settings.configMerge({ take: chosen })),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['settings'] }),
  })
  if (merging.data?.merged === true)
    return (
      <Notice tone="ok" title={words.done}>
        {words.doneWhat}
      </Notice>
    )
  if (!isPending)
    return (
      <Empty icon="check" title={words.none}>
        {words.noneWhat}
      </Empty>
    )
  const left = conflicts.filter(({ id }) => chosen[id] === undefined).length
  const takes = Object.entries(chosen).map(([id, side]) => ` --take ${id}=${side}`)
  return (
    <>
      {from !== null && (
        <p className="hms-muted">
          {words.from(from)}
          {guessed && words.guessed}
        </p>
      )}
      <Card title={words.conflicts} about={conflicts.length > 0 ? words.conflictsAbout : undefined}>
        {conflicts.length === 0 ? (
          <p>{words.noConflicts}</p>
        ) : (
          <ol className="hms-merge">
            {conflicts.map((conflict) => (
              <li key={conflict.id}>
                <Conflict conflict={conflict} side={chosen[conflict.id]} choose={(side) => setChosen({ ...chosen, [conflict.id]: side })} />
              </li>
            ))}
          </ol>
        )}
      </Card>
      <SettingChanges changes={merge.settings} />
      {merging.error !== null && <ProblemNotice error={merging.error} />}
      {may('settings.configMerge') && (
        <div className="hms-row">
          <Button loading={merging.isPending} disabled={left > 0} onClick={() => merging.mutate()}>
            {words.submit}
          </Button>
          {left > 0 && <span className="hms-muted">{words.left(left, number(left))}</span>}
        </div>
      )}
      <AsCommand hms={`config merge${takes.join('')}`} call="POST /settings/merge" body={{ take: chosen }} />
    </>
  )
}

interface ConflictProps {
  readonly conflict: ConfigConflict
  readonly side: MergeSide | undefined
  readonly choose: (side: MergeSide) => void
}

function Conflict({ conflict: { id, line, base, mine, theirs }, side, choose }: ConflictProps): ReactNode {
  return (
    <div className="hms-stack-tight">
      <div className="hms-spread">
        <h3>
          <code>{id}</code> {line !== null && <span className="hms-muted hms-small">{words.line(line)}</span>}
        </h3>
        <SegmentedControl
          size="xs"
          aria-label={words.choose(id)}
          value={side ?? ''}
          data={[
            { value: 'mine', label: words.takeMine },
            { value: 'theirs', label: words.takeTheirs },
          ]}
          onChange={(value) => choose(value as MergeSide)}
        />
      </div>
      <div className="hms-merge-sides">
        <Side title={words.mine} lines={mine} isTaken={side === 'mine'} />
        <Side title={words.theirs} lines={theirs} isTaken={side === 'theirs'} />
      </div>
      <details>
        <summary className="hms-muted hms-small">{words.base}</summary>
        <Lines lines={base} />
      </details>
    </div>
  )
}

function Side({
  title,
  lines,
  isTaken,
}: {
  readonly title: string
  readonly lines: readonly string[]
  readonly isTaken: boolean
}): ReactNode {
  return (
    <div className="hms-merge-side" data-taken={isTaken || undefined}>
      <div className="hms-muted hms-small">{title}</div>
      <Lines lines={lines} />
    </div>
  )
}

function Lines({ lines }: { readonly lines: readonly string[] }): ReactNode {
  return lines.length === 0 ? <p className="hms-muted">{words.absent}</p> : <pre>{lines.join('\n')}</pre>
}

const valueOf = (value: string | null): ReactNode => (value === null ? common.none : <SettingValue text={value} />)
const COLUMNS: readonly Column<ConfigSettingChange>[] = [
  { id: 'setting', title: columns.setting, isFixed: true, cell: ({ setting }) => <code className="hms-break">{setting}</code> },
  { id: 'what', title: columns.what, isFixed: true, cell: ({ what }) => words.what[what] },
  { id: 'was', title: columns.was, isFixed: true, cell: ({ was }) => valueOf(was) },
  { id: 'now', title: columns.now, isFixed: true, cell: ({ now }) => valueOf(now) },
  { id: 'set', title: columns.set, isFixed: true, cell: ({ set }) => (set ? common.yes : common.no) },
]

function SettingChanges({ changes }: { readonly changes: readonly ConfigSettingChange[] }): ReactNode {
  return (
    <Card title={words.changes} flush>
      <DataTable
        name="merge-changes"
        label={words.changesTable}
        columns={COLUMNS}
        rows={changes}
        keyOf={({ setting }) => setting}
        empty={<Empty icon="check" title={words.noChanges} />}
      />
    </Card>
  )
}
