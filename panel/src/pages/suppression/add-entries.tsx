// Somebody is suppressed by hand: addresses, domains or patterns, for ever or for a time.
import { Select, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { SUPPRESSION_REASONS, type SuppressionReason } from '../../../../src/contract/suppression.ts'
import { api } from '../../app/api.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { suppression } from '../../texts/suppression.ts'

const words = suppression.add
const SPANS = ['ever', '30', '90', '365'] as const
type SpanName = (typeof SPANS)[number]
const DAY = 86_400_000

interface AddProps {
  readonly list: string
  readonly opened: boolean
  readonly close: () => void
}

export function AddEntries({ list, opened, close }: AddProps): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={words.title}>
      <Form list={list} close={close} />
    </Dialog>
  )
}

interface Scope {
  readonly reason: SuppressionReason
  readonly span: SpanName
  readonly stream: string
}

function flagsOf(list: string, { reason, span, stream }: Scope): string {
  const flags = [
    `--list ${quoted(list)}`,
    reason === 'Manual' ? '' : `--reason ${reason}`,
    span === 'ever' ? '' : `--for ${span}d`,
    stream.trim() === '' ? '' : `--stream ${quoted(stream.trim())}`,
  ]
  return flags.filter((flag) => flag !== '').join(' ')
}

function Form({ list, close }: Omit<AddProps, 'opened'>): ReactNode {
  const [text, setText] = useState('')
  const [reason, setReason] = useState<SuppressionReason>('Manual')
  const [span, setSpan] = useState<SpanName>('ever')
  const [stream, setStream] = useState('')
  const queries = useQueryClient()
  const targets = [...new Set(text.split(/\s*[\n,;]\s*/).map((one) => one.trim()))].filter((one) => one !== '')
  const body = {
    targets,
    reason,
    ...(span !== 'ever' && { for: Number(span) * DAY }),
    ...(stream.trim() !== '' && { stream: stream.trim() }),
  }
  const adding = useMutation({
    mutationFn: () => api.suppression.add(list, body),
    onSuccess: () => {
      close()
      void queries.invalidateQueries({ queryKey: ['suppression'] })
    },
  })
  return (
    <DialogForm
      run={() => adding.mutate()}
      error={adding.error}
      submit={targets.length === 0 ? words.nothing : words.submit(targets.length)}
      isBusy={adding.isPending}
      close={close}
    >
      <Textarea
        data-autofocus
        label={words.targets}
        description={words.targetsAbout}
        required
        rows={4}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      <Select
        label={words.reason}
        allowDeselect={false}
        value={reason}
        data={SUPPRESSION_REASONS.map((value) => ({ value, label: suppression.reasons[value] }))}
        onChange={(value) => value !== null && setReason(value as SuppressionReason)}
      />
      <Select
        label={words.span}
        allowDeselect={false}
        value={span}
        data={SPANS.map((value) => ({ value, label: words.spans[value] }))}
        onChange={(value) => value !== null && setSpan(value as SpanName)}
      />
      <TextInput
        label={words.stream}
        description={words.streamAbout}
        value={stream}
        onChange={(event) => setStream(event.currentTarget.value)}
      />
      <AsCommand
        hms={`suppression add ${targets.slice(0, 20).map(quoted).join(' ')} ${flagsOf(list, { reason, span, stream })}`}
        call={`POST /suppression/lists/${list}/entries`}
        body={body}
      />
    </DialogForm>
  )
}
