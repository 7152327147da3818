// A new suppression list, of one account or for any.
import { TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { suppression } from '../../texts/suppression.ts'

const words = suppression.create

export function CreateList({ opened, close }: { readonly opened: boolean; readonly close: () => void }): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={words.title}>
      <Form close={close} />
    </Dialog>
  )
}

function Form({ close }: { readonly close: () => void }): ReactNode {
  const own = useMe().account
  const [name, setName] = useState('')
  const [account, setAccount] = useState('')
  const queries = useQueryClient()
  const navigate = useNavigate()
  const body = { name: name.trim(), ...(account.trim() !== '' && { account: Number(account) }) }
  const making = useMutation({
    mutationFn: () => api.suppression.create(body),
    onSuccess: (list) => {
      void queries.invalidateQueries({ queryKey: ['suppression'] })
      close()
      void navigate({ to: '/suppression/$list', params: { list: list.name } })
    },
  })
  return (
    <DialogForm run={() => making.mutate()} error={making.error} submit={words.submit} isBusy={making.isPending} close={close}>
      <TextInput
        data-autofocus
        label={words.name}
        description={words.nameAbout}
        required
        maxLength={64}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {own === null && (
        <TextInput
          label={words.account}
          description={words.accountAbout}
          inputMode="numeric"
          pattern="[0-9]*"
          value={account}
          onChange={(event) => setAccount(event.currentTarget.value)}
        />
      )}
      <AsCommand
        hms={`suppression create ${quoted(body.name === '' ? 'NAME' : body.name)}${account.trim() === '' ? '' : ` --account ${quoted(account.trim())}`}`}
        call="POST /suppression/lists"
        body={body}
      />
    </DialogForm>
  )
}
