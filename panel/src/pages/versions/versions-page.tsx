// Versions of the program: which runs, which are there, a newer one sent and taken, an older one gone back to; all of it followed over the change of
// the process that answers this page.
import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useCallback, useState } from 'react'
import type { LifecycleView, Run } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { RunCard } from '../../app/run-card.tsx'
import { RunList } from '../../app/run-list.tsx'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { CodeLine } from '../../parts/copy.tsx'
import { Card, Notice, Page, Waiting } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { versions as words } from '../../texts/versions.ts'
import { InstalledCard } from './installed-card.tsx'
import { LeftOvers } from './left-overs.tsx'
import { NowCard } from './now-card.tsx'
import { PreflightReport } from './preflight-report.tsx'
import { versionsRoute } from './routes.ts'
import { UploadCard } from './upload-card.tsx'
import './versions.css'

const KINDS = ['upgrade', 'downgrade', 'preflight'] as const

/** What is asked about before it is begun. */
type Asked =
  | { readonly kind: 'upgrade'; readonly version: string; readonly upload?: number }
  | { readonly kind: 'downgrade'; readonly version: string }

export function VersionsPage(): ReactNode {
  const { run } = versionsRoute.useSearch()
  const navigate = versionsRoute.useNavigate()
  const may = useMay()
  const queries = useQueryClient()
  const [asked, setAsked] = useState<Asked | null>(null)
  const shown = useQuery({ queryKey: ['versions', 'now'], queryFn: ({ signal }) => api.lifecycle.show({ signal }) })
  const follow = (next: number | undefined): void => void navigate({ search: next === undefined ? {} : { run: next } })
  const preflight = useMutation({
    mutationFn: (upload?: number) => api.lifecycle.preflight(upload === undefined ? {} : { upload }),
    onSuccess: ({ id }) => follow(id),
  })
  const ended = useCallback((): void => {
    void queries.invalidateQueries({ queryKey: ['versions'] })
    void queries.invalidateQueries({ queryKey: ['runs', 'list'] })
  }, [queries])
  const check = may('lifecycle.preflight') && (
    <Button variant="default" loading={preflight.isPending} onClick={() => preflight.mutate(undefined)}>
      {words.preflight.now}
    </Button>
  )
  return (
    <Page title={words.title} about={words.about} actions={check}>
      {run !== undefined && <RunCard key={run} id={run} outcome={outcomeOf} ended={ended} close={() => follow(undefined)} />}
      {preflight.error !== null && <ProblemNotice error={preflight.error} />}
      {shown.error !== null && shown.data === undefined && <ProblemNotice error={shown.error} again={() => void shown.refetch()} />}
      {shown.data === undefined ? (
        shown.isPending && (
          <Card>
            <Waiting lines={5} />
          </Card>
        )
      ) : (
        <>
          <Hindrances view={shown.data} />
          <NowCard view={shown.data} />
          {may('lifecycle.uploadList') && (
            <UploadCard
              preflight={(upload) => preflight.mutate(upload)}
              upgrade={({ id, release }) => setAsked({ kind: 'upgrade', version: release?.version ?? '', upload: id })}
            />
          )}
          <InstalledCard view={shown.data} change={(kind, version) => setAsked({ kind, version })} />
          {may('lifecycle.cleanup') && <LeftOvers />}
        </>
      )}
      <RunList kinds={KINDS} show={({ id }) => follow(id)} />
      <AsCommand hms="versions" call="GET /lifecycle" />
      <Change asked={asked} close={() => setAsked(null)} begun={follow} />
    </Page>
  )
}

/** Why the version cannot be changed from here, with the way on. */
function Hindrances({ view: { changeable, root, keys, restore } }: { readonly view: LifecycleView }): ReactNode {
  const notHere = words.notHere
  return (
    <>
      {restore !== null && <Notice tone="bad" title={words.restoring} />}
      {!changeable && (
        <Notice tone="info" title={notHere.title}>
          {root === null ? (
            notHere.checkout
          ) : (
            <div className="hms-stack-tight">
              <p>{notHere.root}</p>
              <CodeLine text={notHere.line('hms-VERSION-linux-ARCH.tar.gz')} what={notHere.lineWhat} />
            </div>
          )}
        </Notice>
      )}
      {keys.length === 0 && (
        <Notice tone="info" title={words.noKeys.title}>
          {words.noKeys.what}
        </Notice>
      )}
    </>
  )
}

interface ChangeProps {
  readonly asked: Asked | null
  readonly close: () => void
  readonly begun: (run: number) => void
}

function Change({ asked, close, begun }: ChangeProps): ReactNode {
  const fresh = useFresh()
  // Said while the window closes, too.
  const { kind, version } = asked ?? { kind: 'upgrade', version: '' }
  const upload = asked?.kind === 'upgrade' ? asked.upload : undefined
  const body = upload === undefined ? { version } : { upload }
  const begin = async (): Promise<void> => {
    const { id } = await fresh(() => (kind === 'upgrade' ? api.lifecycle.upgrade(body) : api.lifecycle.downgrade({ version })))
    begun(id)
  }
  const title = kind === 'upgrade' ? words.confirm.upgrade(version) : words.confirm.downgrade(version)
  const hms = kind === 'downgrade' ? `downgrade ${version}` : upload === undefined ? null : `upgrade hms-${version}-linux-ARCH.tar.gz`
  return (
    <Confirm
      opened={asked !== null}
      title={title}
      count={async () => null}
      about={() => (kind === 'upgrade' ? words.confirm.upgradeAbout : words.confirm.downgradeAbout)}
      action={() => title}
      run={begin}
      done={() => {}}
      close={close}
      command={<AsCommand hms={hms} call={`POST /lifecycle/${kind}`} body={body} />}
    />
  )
}

function outcomeOf({ kind, answer, failure }: Run): ReactNode {
  if (kind === 'preflight') return <PreflightReport answer={answer} />
  if (failure !== null) return null
  const { from = '', to = '', backup = null } = (answer ?? {}) as { from?: string; to?: string; backup?: string | null }
  const reload = (
    <Button size="xs" onClick={() => location.assign('/upgrade')}>
      {words.done.reload}
    </Button>
  )
  return (
    <Notice tone="ok" title={words.done.upgrade(to)} actions={reload}>
      <p>{words.done.what(from)}</p>
      {backup !== null && (
        <p className="hms-break">
          {words.change.backup}: {backup}
        </p>
      )}
    </Notice>
  )
}
