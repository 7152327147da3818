// What is wrong now, what is watched, and what people were told.
import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { AlarmName, AlarmView } from '../../../../client/src/index.ts'
import { AlarmList } from '../../app/alarm-list.tsx'
import { api } from '../../app/api.ts'
import { useLiveStatus } from '../../app/live.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Card, Page, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { alarms as words } from '../../texts/alarms.ts'
import { AlarmDialog } from './alarm-dialog.tsx'
import { AlarmTable } from './alarm-table.tsx'
import { History } from './history.tsx'
import { SilenceDialog } from './silence.tsx'

const LOOK_EVERY = 10_000

interface Target {
  readonly name: AlarmName
  readonly subject: string | null
}

export function AlarmsPage(): ReactNode {
  const may = useMay()
  const { value } = useLiveStatus()
  const [changed, setChanged] = useState<Target | null>(null)
  const [silenced, setSilenced] = useState<Target | null>(null)
  const listed = useQuery({
    queryKey: ['alarms', 'list'],
    queryFn: ({ signal }) => api.alarms.list({ limit: 1000 }, { signal }),
    refetchInterval: LOOK_EVERY,
  })
  const rows = listed.data?.data
  const actions = (name: AlarmName, subject: string | null, isSilenced: boolean): ReactNode => (
    <SilenceButton target={{ name, subject }} isSilenced={isSilenced} ask={setSilenced} />
  )
  return (
    <Page title={words.title} about={words.about}>
      {may('status.get') && (
        <Card title={words.now.title} about={words.now.about}>
          {value === null ? <Waiting /> : <AlarmList status={value} actions={may('alarms.silence') ? actions : () => null} />}
        </Card>
      )}
      <Card title={words.list.title} about={words.list.about} flush>
        {listed.error !== null && rows === undefined ? (
          <ProblemNotice error={listed.error} again={() => void listed.refetch()} />
        ) : (
          <AlarmTable rows={rows} change={(name, subject) => setChanged({ name, subject })} />
        )}
        <div className="hms-card-body">
          <AsCommand hms="alarms ls" call="GET /alarms" />
        </div>
      </Card>
      {may('alerts.list') && <History />}
      <AlarmDialog alarm={alarmOf(rows, changed)} subject={changed?.subject ?? null} close={() => setChanged(null)} />
      <SilenceDialog target={silenced} close={() => setSilenced(null)} />
    </Page>
  )
}

const alarmOf = (rows: readonly AlarmView[] | undefined, target: Target | null): AlarmView | null =>
  target === null ? null : (rows?.find(({ name }) => name === target.name) ?? null)

interface SilenceProps {
  readonly target: Target
  readonly isSilenced: boolean
  readonly ask: (target: Target) => void
}

/** One subject where there are several: what else fires of the same is told on. */
function SilenceButton({ target, isSilenced, ask }: SilenceProps): ReactNode {
  const { name, subject } = target
  const queries = useQueryClient()
  const ending = useMutation({
    // Either the subject or all of the alarm was silenced.
    mutationFn: async () => {
      const own = subject === null ? { removed: false } : await api.alarms.unsilence(name, { subject })
      return own.removed ? own : api.alarms.unsilence(name)
    },
    onSuccess: () => queries.invalidateQueries({ queryKey: ['alarms'] }),
  })
  if (!isSilenced)
    return (
      <Button size="compact-xs" variant="default" aria-label={words.silence.one(name, subject ?? '')} onClick={() => ask(target)}>
        {words.silence.button}
      </Button>
    )
  return (
    <>
      <Button
        size="compact-xs"
        variant="default"
        aria-label={words.silence.endOne(name, subject ?? '')}
        loading={ending.isPending}
        onClick={() => ending.mutate()}
      >
        {words.silence.end}
      </Button>
      {ending.error !== null && <ProblemNotice error={ending.error} />}
    </>
  )
}
