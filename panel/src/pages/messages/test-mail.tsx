// A test message, sent from the panel; what becomes of it is on its own page.
import { TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { Dialog } from '../../parts/dialog.tsx'
import { api } from '../../app/api.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { messages } from '../../texts/messages.ts'

const words = messages.testMail
const USUAL = 'success@simulator.hms.test'

export function TestMail({ opened, close }: { readonly opened: boolean; readonly close: () => void }): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={words.title}>
      {opened && <Form close={close} />}
    </Dialog>
  )
}

function Form({ close }: { readonly close: () => void }): ReactNode {
  const [to, setTo] = useState(USUAL)
  const [from, setFrom] = useState('')
  const navigate = useNavigate()
  const body = { to: [to.trim()], ...(from.trim() !== '' && { from: from.trim() }) }
  const sending = useMutation({
    mutationFn: () => api.queue.mailTest(body),
    onSuccess: ({ message, clientId }) => {
      close()
      void navigate(message === null ? { to: '/messages', search: { clientId } } : { to: '/messages/$id', params: { id: message } })
    },
  })
  return (
    <DialogForm run={() => sending.mutate()} error={sending.error} submit={words.send} isBusy={sending.isPending} close={close}>
      <p className="hms-muted">{words.about}</p>
      <TextInput
        data-autofocus
        type="email"
        label={words.to}
        description={words.toAbout}
        required
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      <TextInput
        type="email"
        label={words.from}
        description={words.fromAbout}
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <AsCommand
        hms={`send ${from.trim() === '' ? '' : `--from ${quoted(from.trim())} `}${quoted(to.trim())}`}
        call="POST /messages/test"
        body={body}
      />
    </DialogForm>
  )
}
