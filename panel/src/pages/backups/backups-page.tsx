// Backups of the home: made now or by itself, checked, taken along, and the way to a restore.
import { Button } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useCallback, useState } from 'react'
import type { BackupView, Run } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { RunCard } from '../../app/run-card.tsx'
import { RunList } from '../../app/run-list.tsx'
import { useMay } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { Badge, Card, Empty, Page } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { ago, number, size, timeShort } from '../../texts/format.ts'
import { backups as words } from '../../texts/backups.ts'
import { DownloadBackup } from './download-backup.tsx'
import { MakeBackup } from './make-backup.tsx'
import { Plan } from './plan.tsx'
import { backupsRoute } from './routes.ts'

const columns = words.columns
const KINDS = ['backup', 'backup-check', 'restore-trial', 'restore'] as const
const nameOf = ({ file }: BackupView): string => file.slice(file.lastIndexOf('/') + 1)

const COLUMNS: readonly Column<BackupView>[] = [
  { id: 'at', title: columns.at, isFixed: true, cell: ({ at }) => <span className="hms-nowrap">{timeShort(at)}</span> },
  {
    id: 'file',
    title: columns.file,
    isFixed: true,
    cell: (backup) => (
      <>
        <span className="hms-break">{nameOf(backup)}</span>
        <div className="hms-muted hms-small hms-break">{backup.file.slice(0, -nameOf(backup).length)}</div>
        {!backup.there && <Badge tone="warn">{words.away}</Badge>}
      </>
    ),
  },
  { id: 'size', title: columns.size, isNumber: true, cell: (backup) => size(backup.size) },
  { id: 'messages', title: columns.messages, isNumber: true, cell: ({ messages }) => number(messages) },
  { id: 'version', title: columns.version, isExtra: true, cell: ({ version }) => version },
  { id: 'made', title: columns.made, isExtra: true, cell: ({ scheduled }) => (scheduled ? words.itself : words.hand) },
  { id: 'encrypted', title: columns.encrypted, cell: ({ encrypted }) => (encrypted ? words.yes : words.no) },
  {
    id: 'verified',
    title: columns.verified,
    cell: ({ verifiedAt }) => (verifiedAt === null ? words.notChecked : ago(verifiedAt)),
  },
]

export function BackupsPage(): ReactNode {
  const { run } = backupsRoute.useSearch()
  const navigate = backupsRoute.useNavigate()
  const may = useMay()
  const queries = useQueryClient()
  const [asked, setAsked] = useState<'make' | BackupView | null>(null)
  const list = usePages(['backups', 'list'], (after, signal) =>
    api.lifecycle.backupList({ limit: 50, ...(after !== undefined && { after }) }, { signal }),
  )
  const follow = (next: number | undefined): void => void navigate({ search: next === undefined ? {} : { run: next }, resetScroll: false })
  const ended = useCallback((): void => {
    void queries.invalidateQueries({ queryKey: ['backups'] })
    void queries.invalidateQueries({ queryKey: ['runs', 'list'] })
  }, [queries])
  const checking = useMutation({ mutationFn: (file: string) => api.lifecycle.backupVerify({ file }), onSuccess: ({ id }) => follow(id) })
  const mayMake = may('lifecycle.backupStart')
  const make = mayMake && <Button onClick={() => setAsked('make')}>{words.make.button}</Button>
  const actions = mayMake && actionColumn({ check: (file) => checking.mutate(file), download: setAsked })
  return (
    <Page title={words.title} about={words.about} actions={make}>
      {run !== undefined && <RunCard key={run} id={run} outcome={outcomeOf} ended={ended} close={() => follow(undefined)} />}
      {checking.error !== null && <ProblemNotice error={checking.error} />}
      <Plan newest={list.rows?.[0]} verified={list.rows?.find(({ verifiedAt }) => verifiedAt !== null)} />
      <Card flush>
        <DataTable
          name="backups"
          label={words.table}
          columns={actions === false ? COLUMNS : [...COLUMNS, actions]}
          keyOf={({ file }) => file}
          {...list}
          empty={
            <Empty icon="server" title={words.empty} actions={make}>
              {mayMake ? words.emptyWhat : words.emptyReader}
            </Empty>
          }
        />
      </Card>
      <RunList kinds={KINDS} show={({ id }) => follow(id)} />
      <AsCommand hms="backup ls" call="GET /backups" />
      <MakeBackup opened={asked === 'make'} close={() => setAsked(null)} begun={follow} />
      <DownloadBackup backup={asked === 'make' ? null : asked} close={() => setAsked(null)} />
    </Page>
  )
}

interface Actions {
  readonly check: (file: string) => void
  readonly download: (backup: BackupView) => void
}

function actionColumn({ check, download }: Actions): Column<BackupView> {
  return {
    id: 'actions',
    title: columns.actions,
    isFixed: true,
    cell: (backup) => {
      const name = nameOf(backup)
      if (!backup.there) return null
      return (
        <span className="hms-row">
          <Button size="compact-xs" variant="default" aria-label={words.checkOf(name)} onClick={() => check(backup.file)}>
            {words.check}
          </Button>
          <Button size="compact-xs" variant="default" aria-label={words.downloadOf(name)} onClick={() => download(backup)}>
            {words.download}
          </Button>
          <ButtonLink
            size="compact-xs"
            variant="default"
            to="/backups/restore"
            search={{ file: backup.file }}
            aria-label={words.restoreOf(name)}
          >
            {words.restore}
          </ButtonLink>
        </span>
      )
    },
  }
}

function outcomeOf({ kind, failure, answer }: Run): ReactNode {
  if (failure !== null) return null
  if (kind === 'backup-check') return <p>{words.whole}</p>
  if (kind !== 'backup') return null
  const { file, messages = 0, recipients = 0, size: octets = 0 } = (answer ?? {}) as Partial<BackupView>
  return (
    <>
      <p className="hms-break">{file}</p>
      <p>{words.made(number(messages), number(recipients), size(octets))}</p>
    </>
  )
}
