// Nobody is told of an alarm, of one subject or of all, for a time or for good.
import { Select } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { AlarmName } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { alarms } from '../../texts/alarms.ts'

const words = alarms.silence
const HOUR = 3_600_000
type Span = keyof typeof words.times
const SPANS = ['1', '4', '24', '168', 'ever'] as const

interface SilenceProps {
  readonly target: { readonly name: AlarmName; readonly subject: string | null } | null
  readonly close: () => void
}

export function SilenceDialog({ target, close }: SilenceProps): ReactNode {
  return (
    <Dialog opened={target !== null} close={close} title={words.title(target?.name ?? '')}>
      {target !== null && <Form name={target.name} subject={target.subject} close={close} />}
    </Dialog>
  )
}

interface FormProps {
  readonly name: AlarmName
  readonly subject: string | null
  readonly close: () => void
}

function Form({ name, subject, close }: FormProps): ReactNode {
  const [span, setSpan] = useState<Span>('4')
  const [opened] = useState(Date.now)
  const queries = useQueryClient()
  const bodyAt = (now: number) => ({ ...(subject !== null && { subject }), ...(span !== 'ever' && { until: now + Number(span) * HOUR }) })
  const silencing = useMutation({
    mutationFn: () => api.alarms.silence(name, bodyAt(Date.now())),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['alarms'] })
      close()
    },
  })
  const of = subject === null ? '' : ` --subject ${quoted(subject)}`
  return (
    <DialogForm run={() => silencing.mutate()} error={silencing.error} submit={words.submit} isBusy={silencing.isPending} close={close}>
      {subject !== null && <p className="hms-break">{alarms.list.own(subject)}</p>}
      <p className="hms-muted">{words.about}</p>
      <Select
        label={words.time}
        allowDeselect={false}
        value={span}
        data={SPANS.map((value) => ({ value, label: words.times[value] }))}
        onChange={(value) => setSpan((value ?? '4') as Span)}
      />
      <AsCommand
        hms={`alarms silence ${name}${of}${span === 'ever' ? '' : ` --for ${span}h`}`}
        call={`POST /alarms/${name}/silence`}
        body={bodyAt(opened)}
      />
    </DialogForm>
  )
}
