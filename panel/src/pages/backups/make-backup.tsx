// A backup that is made now: where, and with what.
import { Checkbox, Select } from '@mantine/core'
import { useMutation, useQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { AsCommand } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { backups } from '../../texts/backups.ts'

const words = backups.make

interface MakeProps {
  readonly opened: boolean
  readonly close: () => void
  readonly begun: (run: number) => void
}

export function MakeBackup({ opened, close, begun }: MakeProps): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={words.title}>
      <Form close={close} begun={begun} />
    </Dialog>
  )
}

function Form({ close, begun }: Omit<MakeProps, 'opened'>): ReactNode {
  const fresh = useFresh()
  const [target, setTarget] = useState('')
  const [messages, setMessages] = useState(true)
  const [logs, setLogs] = useState(true)
  const targets = useQuery({
    queryKey: ['backups', 'targets'],
    queryFn: async ({ signal }) => (await api.lifecycle.backupTargets({ limit: 1000 }, { signal })).data,
  })
  const body = { ...(!messages && { messages }), ...(!logs && { logs }), ...(target !== '' && { target }) }
  const making = useMutation({
    mutationFn: () => fresh(() => api.lifecycle.backupStart(body)),
    onSuccess: ({ id }) => {
      close()
      begun(id)
    },
  })
  const choices = (targets.data ?? []).map(({ name, usable }) => ({
    value: name,
    label: usable ? name : words.unusable(name),
    disabled: !usable,
  }))
  const flags = `${messages ? '' : ' --no-messages'}${logs ? '' : ' --no-logs'}${target === '' ? '' : ` --target ${target}`}`
  return (
    <DialogForm run={() => making.mutate()} error={making.error} submit={words.submit} isBusy={making.isPending} close={close}>
      <p className="hms-muted">{words.about}</p>
      <Select
        label={words.place}
        data={[{ value: '', label: words.usual }, ...choices]}
        value={target}
        allowDeselect={false}
        onChange={(value) => setTarget(value ?? '')}
      />
      <Checkbox label={words.messages} checked={messages} onChange={(event) => setMessages(event.currentTarget.checked)} />
      <Checkbox label={words.logs} checked={logs} onChange={(event) => setLogs(event.currentTarget.checked)} />
      <AsCommand hms={`backup${flags}`} call="POST /backups" body={body} />
    </DialogForm>
  )
}
