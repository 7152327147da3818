// A restore, in three steps that one cannot take in another order: what shall come back, a trial that changes nothing, the restore itself. What was
// chosen is in the address; other choices want another trial.
import { Button, Checkbox, Select } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { BackupView, Run } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { RunCard } from '../../app/run-card.tsx'
import { useRun } from '../../app/run-following.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Card, Empty, Facts, Notice, Page, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { number, size, time } from '../../texts/format.ts'
import { backups } from '../../texts/backups.ts'
import { RestoreReport } from './restore-report.tsx'
import { restoreRoute } from './routes.ts'
import { choicesOf, flagsOf, type RestoreSearch, type Uncertain } from './search.ts'

const words = backups.restores

export function RestorePage(): ReactNode {
  const search = restoreRoute.useSearch()
  const list = useQuery({
    queryKey: ['backups', 'all'],
    queryFn: async ({ signal }) => (await api.lifecycle.backupList({ limit: 1000 }, { signal })).data,
  })
  const backup = list.data?.find(({ file }) => file === search.file)
  const back = (
    <ButtonLink to="/backups" variant="default">
      {words.back}
    </ButtonLink>
  )
  return (
    <Page title={words.title} about={words.about} actions={back}>
      {search.run !== undefined && <RunCard key={search.run} id={search.run} outcome={doneOf} />}
      {list.error !== null && list.data === undefined && <ProblemNotice error={list.error} again={() => void list.refetch()} />}
      {list.isPending && (
        <Card>
          <Waiting lines={5} />
        </Card>
      )}
      {list.data !== undefined &&
        (backup === undefined ? (
          <Empty icon="search" title={words.unknown} actions={back}>
            {words.unknownWhat}
          </Empty>
        ) : (
          <Choosing backup={backup} />
        ))}
    </Page>
  )
}

function doneOf({ answer, failure }: Run): ReactNode {
  if (failure !== null) return null
  return (
    <>
      <Notice tone="ok" title={words.finished} actions={<Reload />}>
        {words.finishedWhat}
      </Notice>
      <RestoreReport answer={answer} title={words.done} />
    </>
  )
}

const triedOf = ({ answer, failure }: Run): ReactNode => failure === null && <RestoreReport answer={answer} title={words.tried} />

function Reload(): ReactNode {
  return (
    <Button size="xs" variant="default" onClick={() => location.assign('/backups')}>
      {words.reload}
    </Button>
  )
}

function Choosing({ backup }: { readonly backup: BackupView }): ReactNode {
  const search = restoreRoute.useSearch()
  const navigate = restoreRoute.useNavigate()
  const [isAsked, setAsked] = useState(false)
  const fresh = useFresh()
  const { file } = backup
  const choices = choicesOf(search, file)
  const trying = useMutation({
    mutationFn: () => api.lifecycle.restoreTry(choices),
    onSuccess: ({ id: trial }) => void navigate({ search: { ...search, trial }, resetScroll: false }),
  })
  // Another trial for other choices.
  const set = ({ trial: _trial, run: _run, ...next }: RestoreSearch): void => void navigate({ search: next, resetScroll: false })
  const restore = async (): Promise<void> => {
    const { id: run } = await fresh(() => api.lifecycle.restoreStart(choices))
    await navigate({ search: { ...search, run } })
  }
  const name = file.slice(file.lastIndexOf('/') + 1)
  const command = <AsCommand hms={`restore ${quoted(file)}${flagsOf(search)}`} call="POST /restore" body={choices} />
  return (
    <>
      <div className="hms-grid">
        <About backup={backup} />
        <Choices search={search} set={set} trying={trying.isPending} attempt={() => trying.mutate()} />
      </div>
      {trying.error !== null && <ProblemNotice error={trying.error} />}
      {search.trial !== undefined && <Trial id={search.trial} go={() => setAsked(true)} isBegun={search.run !== undefined} />}
      <AsCommand hms={`restore ${quoted(file)}${flagsOf(search)} --dry-run`} call="POST /restore/trial" body={choices} />
      <Confirm
        opened={isAsked}
        title={words.confirm}
        count={async () => null}
        about={() => words.confirmAbout(name)}
        action={() => words.confirm}
        isGrave
        run={restore}
        done={() => {}}
        close={() => setAsked(false)}
        command={command}
      />
    </>
  )
}

function About({ backup }: { readonly backup: BackupView }): ReactNode {
  const { file, at, version, messages, recipients, encrypted, verifiedAt } = backup
  const columns = backups.columns
  return (
    <Card title={words.which}>
      <Facts
        rows={[
          [columns.file, file],
          [columns.at, time(at)],
          [columns.version, version],
          [columns.size, size(backup.size)],
          [columns.messages, `${number(messages)} (${number(recipients)} ${words.recipients})`],
          [columns.encrypted, encrypted ? backups.yes : backups.no],
          [columns.verified, verifiedAt === null ? backups.notChecked : time(verifiedAt)],
        ]}
      />
    </Card>
  )
}

interface ChoicesProps {
  readonly search: RestoreSearch
  readonly set: (search: RestoreSearch) => void
  readonly trying: boolean
  readonly attempt: () => void
}

function Choices({ search, set, trying, attempt }: ChoicesProps): ReactNode {
  const { settings, uncertain = 'hold', forget = false } = search
  const setSettings = (value: string | null): void => {
    const { settings: _settings, forget: _forget, ...rest } = search
    set(value === 'backup' ? { ...rest, settings: value } : rest)
  }
  const setUncertain = (value: string | null): void => {
    const { uncertain: _uncertain, ...rest } = search
    set(value === 'send' || value === 'drop' ? { ...rest, uncertain: value } : rest)
  }
  const setForget = (isOn: boolean): void => {
    const { forget: _forget, ...rest } = search
    set(isOn ? { ...rest, forget: true } : rest)
  }
  return (
    <Card title={words.choices}>
      <div className="hms-stack">
        <Select
          label={words.settings}
          description={words.settingsAbout}
          data={Object.entries(words.settingsOf).map(([value, label]) => ({ value, label }))}
          value={settings ?? 'present'}
          allowDeselect={false}
          onChange={setSettings}
        />
        {settings === 'backup' && (
          <Checkbox label={words.forget} checked={forget} onChange={(event) => setForget(event.currentTarget.checked)} />
        )}
        <Select
          label={words.uncertain}
          description={words.uncertainAbout}
          data={(Object.keys(words.uncertainOf) as Uncertain[]).map((value) => ({ value, label: words.uncertainOf[value] }))}
          value={uncertain}
          allowDeselect={false}
          onChange={setUncertain}
        />
        <div className="hms-row">
          <Button loading={trying} onClick={attempt}>
            {words.try}
          </Button>
        </div>
      </div>
    </Card>
  )
}

interface TrialProps {
  readonly id: number
  readonly go: () => void
  readonly isBegun: boolean
}

/** The way on is there once the trial is over and was no failure. */
function Trial({ id, go, isBegun }: TrialProps): ReactNode {
  const { run } = useRun(id)
  const isGood = run?.ended != null && run.failure === null
  return (
    <>
      <RunCard key={id} id={id} outcome={triedOf} />
      {isGood && !isBegun && (
        <div className="hms-row">
          <Button color="red.9" onClick={go}>
            {words.go}
          </Button>
        </div>
      )}
    </>
  )
}
