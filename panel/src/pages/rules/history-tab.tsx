// Versions of the rules: who put which in force when, what each changed, and the way back.
import { Button } from '@mantine/core'
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { RulesComparison, RulesVersion, WhoseRules } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Badge, Card, Empty, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { timeShort } from '../../texts/format.ts'
import { rules } from '../../texts/rules.ts'
import { DifferingLines } from './document-lines.tsx'
import { Changes } from './edit-tab.tsx'

const words = rules.history
const columns = words.columns

interface Compared {
  readonly from: number
  readonly to: number
}

export function HistoryTab(): ReactNode {
  const [compared, setCompared] = useState<Compared | null>(null)
  return (
    <>
      <Versions whose="owner" compare={setCompared} />
      {compared !== null && <Difference whose="owner" compared={compared} close={() => setCompared(null)} />}
      <AsCommand
        hms={compared === null ? 'rules history' : `rules diff ${compared.from} ${compared.to}`}
        call={compared === null ? 'GET /rules/versions' : `GET /rules/difference?from=${compared.from}&to=${compared.to}`}
      />
    </>
  )
}

const COLUMNS: readonly Column<RulesVersion>[] = [
  { id: 'at', title: columns.at, isFixed: true, cell: ({ at }) => <span className="hms-nowrap">{timeShort(at)}</span> },
  { id: 'by', title: columns.by, cell: ({ by }) => by },
  { id: 'note', title: columns.note, cell: ({ note }) => <span className="hms-break">{note || common.none}</span> },
]

function versionColumn(newest: number): Column<RulesVersion> {
  const cell = ({ version }: RulesVersion): ReactNode => (
    <>
      {version} {version === newest && <Badge tone="ok">{words.inForce}</Badge>}
    </>
  )
  return { id: 'version', title: columns.version, isFixed: true, isNumber: true, cell }
}

interface Doing {
  readonly newest: number | undefined
  /** The version before one. */
  readonly older: (version: number) => number | undefined
  readonly compare: (compared: Compared) => void
  /** Null: it is not theirs to do. */
  readonly goBack: ((version: number) => void) | null
}

function doColumn(doing: Doing): Column<RulesVersion> {
  return { id: 'do', title: columns.do, isFixed: true, cell: ({ version }) => <DoButtons version={version} {...doing} /> }
}

function DoButtons({ version, newest, older, compare, goBack }: Doing & { readonly version: number }): ReactNode {
  const before = older(version)
  const isOld = newest !== undefined && version !== newest
  return (
    <div className="hms-row">
      {before !== undefined && (
        <Button size="compact-xs" variant="default" onClick={() => compare({ from: before, to: version })}>
          {words.compare}
        </Button>
      )}
      {isOld && (
        <Button size="compact-xs" variant="default" onClick={() => compare({ from: version, to: newest })}>
          {words.compareNow}
        </Button>
      )}
      {isOld && goBack !== null && (
        <Button size="compact-xs" variant="default" aria-label={words.revertOf(version)} onClick={() => goBack(version)}>
          {words.revert}
        </Button>
      )}
    </div>
  )
}

interface VersionsProps {
  readonly whose: WhoseRules
  readonly compare: (compared: Compared) => void
}

export function Versions({ whose, compare }: VersionsProps): ReactNode {
  const may = useMay()
  const [back, setBack] = useState<number | null>(null)
  const list = usePages(['rules', 'history', whose], (after, signal) =>
    api.rules.history({ whose, limit: 50, ...(after !== undefined && { after }) }, { signal }),
  )
  const newest = list.rows?.[0]?.version
  const mayGoBack = may('rules.revert')
  const older = (version: number): number | undefined =>
    list.rows?.find((one) => one.version < version)?.version ?? (whose === 'smart' ? 0 : undefined)
  const all = [...COLUMNS, doColumn({ newest, older, compare, goBack: mayGoBack ? setBack : null })]
  return (
    <Card title={whose === 'owner' ? words.title : rules.smart.history} about={words.about} flush>
      <DataTable
        name="rules-versions"
        label={words.table}
        columns={newest === undefined ? all : [versionColumn(newest), ...all]}
        keyOf={({ version }) => String(version)}
        {...list}
        empty={whose === 'owner' ? <Empty title={words.empty}>{words.emptyWhat}</Empty> : <Empty title={rules.smart.none} />}
      />
      {back !== null && newest !== undefined && <Revert whose={whose} version={back} newest={newest} close={() => setBack(null)} />}
    </Card>
  )
}

interface RevertProps {
  readonly whose: WhoseRules
  readonly version: number
  readonly newest: number
  readonly close: () => void
}

function whatGoesBack(version: number, comparison: RulesComparison): ReactNode {
  if (comparison.lines.length === 0) return words.revertSame(version)
  return (
    <div className="hms-stack-tight">
      <p>{words.revertAbout(version)}</p>
      <Changes trial={comparison} />
    </div>
  )
}

export function Revert({ whose, version, newest, close }: RevertProps): ReactNode {
  const queries = useQueryClient()
  return (
    <Confirm
      opened
      title={words.revertTitle(version)}
      count={() => api.rules.compare({ whose, from: newest, to: version })}
      about={(comparison) => whatGoesBack(version, comparison)}
      action={({ lines }) => (lines.length === 0 ? null : words.revertSubmit)}
      run={() => api.rules.revert({ version, whose })}
      done={() => void queries.invalidateQueries({ queryKey: ['rules'] })}
      close={close}
      command={
        <AsCommand
          hms={`rules revert ${whose === 'smart' ? '--smart ' : ''}${version}`}
          call="POST /rules/revert"
          body={{ version, ...(whose === 'smart' && { whose }) }}
        />
      }
    />
  )
}

interface DifferenceProps {
  readonly whose: WhoseRules
  readonly compared: Compared
  readonly close: () => void
}

export function Difference({ whose, compared, close }: DifferenceProps): ReactNode {
  const found = useQuery({
    queryKey: ['rules', 'compare', whose, compared],
    queryFn: ({ signal }) => api.rules.compare({ whose, ...compared }, { signal }),
  })
  const { data } = found
  return (
    <Card
      title={words.difference(compared.from, compared.to)}
      actions={
        <Button size="xs" variant="default" onClick={close}>
          {words.close}
        </Button>
      }
    >
      {found.error !== null ? (
        <ProblemNotice error={found.error} again={() => void found.refetch()} />
      ) : data === undefined ? (
        <Waiting lines={5} />
      ) : data.lines.length === 0 ? (
        <p>{words.nothing}</p>
      ) : (
        <div className="hms-stack">
          <Changes trial={data} />
          <DifferingLines lines={data.lines} label={words.lines} />
          {data.isCut && <p className="hms-muted hms-small">{words.cut}</p>}
        </div>
      )}
    </Card>
  )
}
