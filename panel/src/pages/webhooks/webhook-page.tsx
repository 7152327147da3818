// One webhook: how it is and why, what it is told, a test of it, the posts that were tried, and times that are told again.
import { Button } from '@mantine/core'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { WebhookView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Card, Facts, Figure, Notice, Page } from '../../parts/layout.tsx'
import { PageOfOne } from '../../parts/page-of-one.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { common } from '../../texts/common.ts'
import { ago, number, time } from '../../texts/format.ts'
import { webhooks } from '../../texts/webhooks.ts'
import { PostLog } from './post-log.tsx'
import { Replays } from './replays.tsx'
import { RotateSecret } from './rotate-secret.tsx'
import { webhookRoute } from './routes.ts'
import { kindsText, StateBadge } from './states.tsx'
import { TestWebhook } from './test-webhook.tsx'
import { EditWebhook } from './webhook-form.tsx'

const words = webhooks.one
const LOOK_EVERY = 5000

export function WebhookPage(): ReactNode {
  const { id } = webhookRoute.useParams()
  const shown = useQuery({
    queryKey: ['webhooks', 'one', id],
    queryFn: ({ signal }) => api.webhooks.show(id, {}, { signal }),
    refetchInterval: LOOK_EVERY,
  })
  return (
    <PageOfOne shown={shown} title={webhooks.title} unknown={words.unknown} list="/webhooks">
      {(webhook) => <Known webhook={webhook} />}
    </PageOfOne>
  )
}

type Asked = 'edit' | 'rotate' | 'remove' | null

function Known({ webhook }: { readonly webhook: WebhookView }): ReactNode {
  const { id, name, url } = webhook
  const may = useMay()
  const [asked, setAsked] = useState<Asked>(null)
  const close = (): void => setAsked(null)
  const actions = (
    <>
      {may('webhooks.remove') && (
        <Button variant="default" onClick={() => setAsked('remove')}>
          {words.remove}
        </Button>
      )}
      {may('webhooks.rotate') && (
        <Button variant="default" onClick={() => setAsked('rotate')}>
          {words.rotate}
        </Button>
      )}
      {may('webhooks.set') && <Button onClick={() => setAsked('edit')}>{webhooks.edit.button}</Button>}
    </>
  )
  return (
    <Page title={name} about={<span className="hms-break">{url}</span>} actions={actions}>
      <Trouble webhook={webhook} />
      <Health webhook={webhook} />
      <div className="hms-grid">
        <Told webhook={webhook} />
        {may('webhooks.test') && <TestWebhook id={id} kinds={webhook.kinds} />}
      </div>
      {may('webhooks.log') && <PostLog id={id} />}
      {may('webhooks.replayList') && <Replays id={id} />}
      <AsCommand hms={`webhook show ${id}`} call={`GET /webhooks/${id}`} />
      <EditWebhook webhook={webhook} opened={asked === 'edit'} close={close} />
      <RotateSecret id={id} opened={asked === 'rotate'} close={close} />
      <RemoveWebhook webhook={webhook} opened={asked === 'remove'} close={close} />
    </Page>
  )
}

function Health({ webhook: { health } }: { readonly webhook: WebhookView }): ReactNode {
  const { state, since, tookAt, told, aside, givenUp, behindSince } = health
  const columns = webhooks.columns
  return (
    <Card title={words.health} about={aside > 0 ? words.asideAbout : undefined}>
      <dl className="hms-figures">
        <Figure label={columns.state} value={<StateBadge state={state} />} note={words.since(ago(since))} />
        <Figure label={columns.told} value={number(told)} note={words.took(tookAt === null ? webhooks.never : ago(tookAt))} />
        <Figure label={words.behind} value={behindSince === null ? common.none : ago(behindSince)} />
        <Figure label={words.aside} value={number(aside)} {...(aside > 0 && { tone: 'warn' as const })} />
        <Figure label={columns.givenUp} value={number(givenUp)} {...(givenUp > 0 && { tone: 'bad' as const })} />
      </dl>
    </Card>
  )
}

/** What keeps it from being told, and the way on. */
function Trouble({ webhook: { id, health } }: { readonly webhook: WebhookView }): ReactNode {
  const { state, failure, nextTry } = health
  const may = useMay()
  const queries = useQueryClient()
  const resuming = useMutation({
    mutationFn: (from: 'stopped' | 'now') => api.webhooks.resume(id, { from }),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['webhooks'] }),
  })
  const isOver = state === 'dead' || state === 'gone'
  if (!isOver && state !== 'failing') return null
  const actions = isOver && may('webhooks.resume') && (
    <>
      <Button size="xs" loading={resuming.isPending} onClick={() => resuming.mutate('stopped')}>
        {words.resume}
      </Button>
      <Button size="xs" variant="default" loading={resuming.isPending} onClick={() => resuming.mutate('now')}>
        {words.resumeNow}
      </Button>
    </>
  )
  return (
    <>
      <Notice tone={isOver ? 'bad' : 'warn'} title={words.failure} actions={actions}>
        {failure !== null && (
          <p className="hms-break">
            {failure.reason} ({ago(failure.at)})
          </p>
        )}
        {isOver ? words.stopped : nextTry !== null && words.next(ago(nextTry))}
      </Notice>
      {resuming.error !== null && <ProblemNotice error={resuming.error} />}
    </>
  )
}

function Told({ webhook }: { readonly webhook: WebhookView }): ReactNode {
  const { account, kinds, format, batch, streams, secrets, id } = webhook
  const fields = webhooks.fields
  const counts = secrets.map(
    ({ since, until }) => `${words.secretSince(ago(since))}${until === null ? '' : `, ${words.secretUntil(time(until))}`}`,
  )
  return (
    <Card title={words.settings}>
      <Facts
        rows={[
          ['id', <code key="id">{id}</code>],
          [fields.account, account],
          [fields.kinds, kindsText(kinds)],
          streams === null ? null : [fields.streams, streams.join(', ')],
          [fields.format, fields.formats[format]],
          [fields.batch, number(batch.events)],
          [fields.wait, number(batch.wait)],
          [words.secrets, counts.join('; ')],
        ]}
      />
    </Card>
  )
}

interface RemoveProps {
  readonly webhook: WebhookView
  readonly opened: boolean
  readonly close: () => void
}

function RemoveWebhook({ webhook: { id, name }, opened, close }: RemoveProps): ReactNode {
  const queries = useQueryClient()
  const navigate = useNavigate()
  return (
    <Confirm
      opened={opened}
      title={words.removeSubmit}
      count={() => api.webhooks.show(id)}
      about={() => words.removeAbout(name)}
      action={() => words.removeSubmit}
      isGrave
      run={() => api.webhooks.remove(id)}
      done={() => {
        void navigate({ to: '/webhooks' })
        void queries.invalidateQueries({ queryKey: ['webhooks', 'list'] })
      }}
      close={close}
      command={<AsCommand hms={`webhook rm ${id}`} call={`DELETE /webhooks/${id}`} />}
    />
  )
}
