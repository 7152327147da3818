// Times that are over and are told to a webhook again.
import { Button, MultiSelect, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import type { MailEventKind, ReplayState, WebhookReplay } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Badge, Card, Empty, type Tone } from '../../parts/layout.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { common } from '../../texts/common.ts'
import { number, timeShort } from '../../texts/format.ts'
import { webhooks } from '../../texts/webhooks.ts'
import { KIND_CHOICES } from './states.tsx'

const words = webhooks.replay
const columns = words.columns
const TONES: Readonly<Record<ReplayState, Tone>> = { running: 'info', done: 'ok', cancelled: 'quiet', failed: 'bad' }
const HOUR = 3_600_000
const MINUTE = 60_000
const LOOK_EVERY = 2000

const COLUMNS: readonly Column<WebhookReplay>[] = [
  { id: 'time', title: columns.time, isFixed: true, cell: ({ from, to }) => `${timeShort(from)} – ${timeShort(to)}` },
  { id: 'state', title: columns.state, isFixed: true, cell: ({ state }) => <Badge tone={TONES[state]}>{words.states[state]}</Badge> },
  { id: 'told', title: columns.told, isFixed: true, isNumber: true, cell: ({ told }) => number(told) },
  { id: 'givenUp', title: columns.givenUp, isFixed: true, isNumber: true, cell: ({ givenUp }) => number(givenUp) },
  { id: 'by', title: columns.by, isFixed: true, cell: ({ by }) => by },
]

export function Replays({ id }: { readonly id: string }): ReactNode {
  const may = useMay()
  const queries = useQueryClient()
  const [opened, { open, close }] = useDisclosure(false)
  const list = usePages(['webhooks', 'replays', id], (after, signal) =>
    api.webhooks.replayList(id, { limit: 25, ...(after !== undefined && { after }) }, { signal }),
  )
  const cancelling = useMutation({
    mutationFn: (n: number) => api.webhooks.replayCancel(id, n),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['webhooks'] }),
  })
  const isRunning = list.rows?.some(({ state }) => state === 'running') ?? false
  useEffect(() => {
    if (!isRunning) return
    const timer = setInterval(() => void queries.invalidateQueries({ queryKey: ['webhooks', 'replays', id] }), LOOK_EVERY)
    return () => clearInterval(timer)
  }, [isRunning, queries, id])
  const mayStart = may('webhooks.replayStart')
  return (
    <Card
      title={words.title}
      about={words.about}
      flush
      actions={
        mayStart && (
          <Button variant="default" size="xs" onClick={open}>
            {words.start}
          </Button>
        )
      }
    >
      {cancelling.error !== null && <ProblemNotice error={cancelling.error} />}
      <DataTable
        name="replays"
        label={words.table}
        columns={may('webhooks.replayCancel') ? [...COLUMNS, cancelColumn((n) => cancelling.mutate(n))] : COLUMNS}
        keyOf={({ n }) => String(n)}
        {...list}
        empty={
          <Empty icon="clock" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
      <Dialog opened={opened} close={close} title={words.title}>
        <StartForm id={id} close={close} />
      </Dialog>
    </Card>
  )
}

function cancelColumn(cancel: (n: number) => void): Column<WebhookReplay> {
  return { id: 'cancel', title: columns.cancel, isFixed: true, cell: (replay) => <CancelButton replay={replay} cancel={cancel} /> }
}

function CancelButton({
  replay: { n, state },
  cancel,
}: {
  readonly replay: WebhookReplay
  readonly cancel: (n: number) => void
}): ReactNode {
  if (state !== 'running') return null
  return (
    <Button size="compact-xs" variant="default" aria-label={words.cancelOne(n)} onClick={() => cancel(n)}>
      {words.cancel}
    </Button>
  )
}

/** As an input of a date and a time has it: in the zone of the reader, to the minute. */
function localText(at: number): string {
  const date = new Date(at - new Date(at).getTimezoneOffset() * 60_000)
  return date.toISOString().slice(0, 16)
}

/** With its zone: the terminal may be in another. */
function zoned(text: string): string {
  const date = new Date(text)
  return Number.isNaN(date.getTime()) ? text : `${date.toISOString().slice(0, 16)}Z`
}

function StartForm({ id, close }: { readonly id: string; readonly close: () => void }): ReactNode {
  const [from, setFrom] = useState(() => localText(Date.now() - HOUR))
  const [to, setTo] = useState(() => localText(Date.now()))
  const [kinds, setKinds] = useState<readonly MailEventKind[]>([])
  const queries = useQueryClient()
  // To the end of the minute that is named.
  const body = { from: new Date(from).getTime(), to: new Date(to).getTime() + MINUTE, kinds: kinds.length === 0 ? null : kinds }
  const starting = useMutation({
    mutationFn: () => api.webhooks.replayStart(id, { ...body, to: Math.min(Date.now(), body.to) }),
    onSuccess: () => {
      close()
      void queries.invalidateQueries({ queryKey: ['webhooks', 'replays', id] })
    },
  })
  return (
    <DialogForm run={() => starting.mutate()} error={starting.error} submit={words.submit} isBusy={starting.isPending} close={close}>
      <p className="hms-muted">{words.note}</p>
      <TextInput
        type="datetime-local"
        data-autofocus
        label={words.from}
        required
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput type="datetime-local" label={words.to} required value={to} onChange={(event) => setTo(event.currentTarget.value)} />
      <MultiSelect
        label={words.kinds}
        placeholder={kinds.length === 0 ? common.all : ''}
        value={[...kinds]}
        data={KIND_CHOICES}
        onChange={(chosen) => setKinds(chosen as MailEventKind[])}
      />
      <AsCommand
        hms={`webhook replay start ${id} --from ${zoned(from)} --to ${zoned(to)}${kinds.length === 0 ? '' : ` --kinds ${kinds.join(',')}`}`}
        call={`POST /webhooks/${id}/replays`}
        body={body}
      />
    </DialogForm>
  )
}
