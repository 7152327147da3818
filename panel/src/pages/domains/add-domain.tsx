// A domain of an account: added here, and proved and published on the page of it.
import { TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import { api } from '../../app/api.ts'
import { useMe } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { domains } from '../../texts/domains.ts'

const words = domains.add

interface AddProps {
  readonly opened: boolean
  readonly close: () => void
}

export function AddDomain({ opened, close }: AddProps): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={words.title}>
      <Form close={close} />
    </Dialog>
  )
}

function Form({ close }: { readonly close: () => void }): ReactNode {
  const own = useMe().account
  const [domain, setDomain] = useState('')
  const [account, setAccount] = useState(String(own ?? ''))
  const navigate = useNavigate()
  const queries = useQueryClient()
  const body = { domain: domain.trim(), account: Number(account) }
  const adding = useMutation({
    mutationFn: () => api.domains.add(body),
    onSuccess: ({ domain: added }) => {
      close()
      void queries.invalidateQueries({ queryKey: ['domains'] })
      void navigate({ to: '/domains/$domain', params: { domain: added.domain } })
    },
  })
  return (
    <DialogForm run={() => adding.mutate()} error={adding.error} submit={words.submit} isBusy={adding.isPending} close={close}>
      <p className="hms-muted">{words.about}</p>
      <TextInput
        data-autofocus
        label={words.domain}
        description={words.domainAbout}
        placeholder="example.com"
        required
        value={domain}
        onChange={(event) => setDomain(event.currentTarget.value)}
      />
      {own === null && (
        <TextInput
          label={words.account}
          description={words.accountAbout}
          inputMode="numeric"
          pattern="[0-9]+"
          placeholder="1001"
          required
          value={account}
          onChange={(event) => setAccount(event.currentTarget.value)}
        />
      )}
      <AsCommand
        hms={`domain add ${quoted(body.domain === '' ? 'example.com' : body.domain)} ${account === '' ? '1001' : quoted(account)}`}
        call="POST /domains"
        body={body}
      />
    </DialogForm>
  )
}
