// A test message, followed to its end.
import { Button, TextInput } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type FormEvent, type ReactNode, useState } from 'react'
import type { NumberedEvent } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useLiveStatus } from '../../app/live.ts'
import { ButtonLink } from '../../parts/button-link.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { gistOf, KindBadge } from '../../parts/kinds.tsx'
import { Notice } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { timeOfDay } from '../../texts/format.ts'
import { setup } from '../../texts/setup.ts'
import { Step } from './step.tsx'

const words = setup.test
const USUAL = 'success@simulator.hms.test'
const LOOK_EVERY = 700

export function TestStep(): ReactNode {
  const { value } = useLiveStatus()
  const [to, setTo] = useState(USUAL)
  const body = { to: [to.trim()] }
  const sending = useMutation({ mutationFn: () => api.queue.mailTest(body) })
  const submit = (event: FormEvent): void => {
    event.preventDefault()
    sending.mutate()
  }
  return (
    <Step title={setup.steps.test} about={words.about} isDone={value === null ? undefined : value.delivered > 0}>
      <form className="hms-setup-form" onSubmit={submit}>
        <TextInput type="email" label={words.to} required value={to} onChange={(event) => setTo(event.currentTarget.value)} />
        <Button type="submit" loading={sending.isPending}>
          {words.send}
        </Button>
      </form>
      {sending.error !== null && <ProblemNotice error={sending.error} />}
      {sending.data !== undefined && <Followed key={sending.data.clientId} clientId={sending.data.clientId} />}
      <AsCommand hms={`send ${quoted(to.trim())}`} call="POST /messages/test" body={body} />
    </Step>
  )
}

type Ended = Extract<NumberedEvent['kind'], 'delivered' | 'failed' | 'expired' | 'deferred'>
const VERDICTS: Readonly<Record<Ended, readonly ['ok' | 'warn' | 'bad', string]>> = {
  delivered: ['ok', words.delivered],
  deferred: ['warn', words.deferred],
  failed: ['bad', words.failed],
  expired: ['bad', words.failed],
}

function Followed({ clientId }: { readonly clientId: string }): ReactNode {
  const found = useQuery({
    queryKey: ['test message', clientId],
    queryFn: ({ signal }) => api.events.find({ clientId }, { signal }),
    refetchInterval: ({ state }) => (state.data?.data.some(({ kind }) => kind in VERDICTS) === true ? false : LOOK_EVERY),
  })
  const events = found.data?.data.toReversed() ?? []
  const last = events.findLast(({ kind }) => kind in VERDICTS)
  const [tone, title] = last === undefined ? (['info', words.waiting] as const) : VERDICTS[last.kind as Ended]
  return (
    <div className="hms-stack-tight" aria-live="polite">
      <Notice
        tone={tone}
        title={title}
        actions={
          events[0] !== undefined && (
            <ButtonLink to="/messages/$id" params={{ id: events[0].message }} variant="default" size="xs">
              {words.open}
            </ButtonLink>
          )
        }
      />
      <ul className="hms-stack-tight">
        {events.map((event) => (
          <li key={event.id} className="hms-row">
            <span className="hms-muted hms-small">{timeOfDay(event.at)}</span>
            <KindBadge kind={event.kind} />
            <span className="hms-break">{gistOf(event)}</span>
          </li>
        ))}
      </ul>
      {found.error !== null && <ProblemNotice error={found.error} />}
    </div>
  )
}
