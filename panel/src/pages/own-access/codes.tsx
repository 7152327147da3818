// One-time codes of one's own: set up, or switched off.
import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { UserView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { CodesForm } from '../../app/one-time-codes.tsx'
import { meQuery } from '../../app/session.ts'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Card, Facts, Sign } from '../../parts/layout.tsx'
import { number } from '../../texts/format.ts'
import { ownAccess } from '../../texts/own-access.ts'

const words = ownAccess.factor
const FEW = 3

export function Codes({ user: { hasTotp, recoveryCodes } }: { readonly user: UserView }): ReactNode {
  const [opened, { open, close }] = useDisclosure(false)
  const actions = hasTotp && (
    <Button variant="default" size="xs" onClick={open}>
      {words.remove}
    </Button>
  )
  return (
    <Card title={words.title} about={words.about} actions={actions}>
      {hasTotp ? (
        <div className="hms-stack">
          <div className="hms-row">
            <Sign tone="ok" />
            <span>{words.on}</span>
          </div>
          <Facts rows={[[words.left, number(recoveryCodes)]]} />
          {recoveryCodes <= FEW && <p className="hms-muted">{words.fewLeft}</p>}
        </div>
      ) : (
        <CodesForm />
      )}
      <Dialog opened={opened} close={close} title={words.remove}>
        <RemoveForm close={close} />
      </Dialog>
    </Card>
  )
}

function RemoveForm({ close }: { readonly close: () => void }): ReactNode {
  const [password, setPassword] = useState('')
  const [code, setCode] = useState('')
  const queries = useQueryClient()
  const removing = useMutation({
    mutationFn: () => api.me.totpRemove({ password, code: code.trim() }, { retries: 0 }),
    gcTime: 0,
    onSuccess: () => {
      close()
      void queries.invalidateQueries({ queryKey: meQuery.queryKey })
    },
  })
  return (
    <DialogForm
      run={() => removing.mutate()}
      error={removing.error}
      submit={words.remove}
      isBusy={removing.isPending}
      isGrave
      close={close}
    >
      <p>{words.removeAbout}</p>
      <PasswordInput
        data-autofocus
        label={ownAccess.password.now}
        autoComplete="current-password"
        required
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <TextInput
        label={words.anyCode}
        autoComplete="one-time-code"
        required
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
    </DialogForm>
  )
}
