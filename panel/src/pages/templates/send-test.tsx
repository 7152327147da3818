// A stored template on its way to one recipient, by a job of that one: the same path that mail of many takes.
import { Button, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { StoredTemplate } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { common } from '../../texts/common.ts'
import { templates } from '../../texts/templates.ts'
import type { SampleData } from './parts.ts'

const words = templates.test
const LOOK_EVERY = 1000
const USUAL = 'success@simulator.hms.test'

interface TestProps {
  readonly stored: StoredTemplate
  readonly isChanged: boolean
  readonly data: SampleData
  readonly opened: boolean
  readonly close: () => void
}

export function SendTest({ opened, close, ...props }: TestProps): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={words.title}>
      <Form close={close} {...props} />
    </Dialog>
  )
}

interface Outcome {
  /** The job that it is handed in by. */
  readonly job: number
  readonly ownId: string
  /** Null: it is handed in. */
  readonly problem: string | null
}

async function sent(document: unknown, row: { readonly line: number; readonly to: string; readonly data: object }): Promise<Outcome> {
  const ownId = `test-${crypto.randomUUID().slice(0, 8)}`
  const job = await api.jobs.add({ document })
  const { recipients } = await api.jobs.rows(job.id, { after: 0, rows: [{ ...row, data: { ...row.data }, id: ownId }] })
  if (recipients > 0) {
    await api.jobs.begin(job.id)
    return { job: job.id, ownId, problem: null }
  }
  const [bad] = (await api.jobs.bad(job.id, { limit: 1 })).data
  await api.jobs.forget(job.id)
  return { job: job.id, ownId, problem: bad?.problem ?? '' }
}

function Form({ stored: { id, version, account }, isChanged, data, close }: Omit<TestProps, 'opened'>): ReactNode {
  const own = useMe().account
  const [of, setOf] = useState(String(account ?? own ?? ''))
  const [from, setFrom] = useState('')
  const [to, setTo] = useState(USUAL)
  const document = {
    account: Number(of),
    name: words.name(id),
    message: { from: from.trim(), template: { id, version } },
    missing: 'error' as const,
  }
  const row = { line: 1, to: to.trim(), data: typeof data === 'string' ? {} : data }
  const sending = useMutation({ mutationFn: () => sent(document, row) })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    sending.mutate()
  }
  return (
    <form className="hms-stack" onSubmit={submit}>
      <p className="hms-muted">{words.about}</p>
      {isChanged && <Notice tone="warn" title={words.unsaved} />}
      {typeof data === 'string' && <Notice tone="bad" title={data} />}
      {account === null && own === null && (
        <TextInput
          label={words.account}
          description={words.accountAbout}
          inputMode="numeric"
          pattern="[0-9]+"
          required
          value={of}
          onChange={(event) => setOf(event.currentTarget.value)}
        />
      )}
      <TextInput
        data-autofocus
        type="email"
        label={words.from}
        required
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput
        type="email"
        label={words.to}
        description={words.toAbout}
        required
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      {sending.error !== null && <ProblemNotice error={sending.error} />}
      {sending.data !== undefined && <Sent {...sending.data} />}
      <AsCommand hms={null} call="POST /jobs" body={{ document }} />
      <div className="hms-row">
        <Button type="submit" disabled={typeof data === 'string'} loading={sending.isPending}>
          {words.submit}
        </Button>
        <Button variant="default" onClick={close}>
          {common.close}
        </Button>
      </div>
    </form>
  )
}

/** Until it is in the queue, or the job says why it is not. */
function Sent({ job, ownId, problem }: Outcome): ReactNode {
  const followed = useQuery({
    queryKey: ['templates', 'test', job],
    queryFn: async ({ signal }) => {
      const { paused, trouble } = await api.jobs.show(job, { signal })
      const [event] = (await api.events.find({ clientId: ownId, limit: 1 }, { signal })).data
      return { message: event?.message ?? null, stays: paused ?? trouble }
    },
    enabled: problem === null,
    refetchInterval: ({ state }) => (state.data === undefined || state.data.message === null ? LOOK_EVERY : false),
  })
  if (problem !== null)
    return (
      <div role="alert">
        <Notice tone="bad" title={words.refused}>
          {problem}
        </Notice>
      </div>
    )
  if (followed.error !== null) return <ProblemNotice error={followed.error} again={() => void followed.refetch()} />
  const { message = null, stays = null } = followed.data ?? {}
  const follow =
    message === null ? (
      <ButtonLink to="/jobs/$id" params={{ id: String(job) }} variant="default" size="xs">
        {words.job(String(job))}
      </ButtonLink>
    ) : (
      <ButtonLink to="/messages/$id" params={{ id: message }} variant="default" size="xs">
        {words.follow}
      </ButtonLink>
    )
  return (
    <div role="status">
      <Notice
        tone={message === null ? (stays === null ? 'info' : 'warn') : 'ok'}
        title={message === null ? words.waits : words.sent}
        actions={follow}
      >
        {message === null ? (stays ?? undefined) : undefined}
      </Notice>
    </div>
  )
}
