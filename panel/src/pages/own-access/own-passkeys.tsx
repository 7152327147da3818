// Passkeys of one's own: the device in front of whoever is logged in is added, or a lost one removed.
import { Button, PasswordInput, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { PasskeyView, UserView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { RecoveryCodes } from '../../app/one-time-codes.tsx'
import { hasPasskeys, makePasskey, NoPasskey } from '../../app/passkey.ts'
import { usePages } from '../../app/pages-of.ts'
import { meQuery } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Card, Empty, Notice } from '../../parts/layout.tsx'
import { PasskeyTable } from '../../parts/passkey-table.tsx'
import { ownAccess } from '../../texts/own-access.ts'

const words = ownAccess.passkeys

export function OwnPasskeys({ user }: { readonly user: UserView }): ReactNode {
  const [opened, { open, close }] = useDisclosure(false)
  const [removed, setRemoved] = useState<PasskeyView | null>(null)
  const fresh = useFresh()
  const queries = useQueryClient()
  const list = usePages(['me', 'passkeys'], (after, signal) =>
    api.me.passkeys({ limit: 25, ...(after !== undefined && { after }) }, { signal }),
  )
  const add = hasPasskeys() ? (
    <Button variant="default" size="xs" onClick={open}>
      {words.add}
    </Button>
  ) : (
    <span className="hms-muted hms-small">{words.unable}</span>
  )
  return (
    <Card title={words.title} about={words.about} actions={add} flush>
      <PasskeyTable
        name="own-passkeys"
        {...list}
        remove={setRemoved}
        empty={
          <Empty icon="key" title={words.empty}>
            {words.emptyWhat}
          </Empty>
        }
      />
      <Dialog opened={opened} close={close} title={words.add}>
        <AddForm user={user} close={close} />
      </Dialog>
      <Confirm
        opened={removed !== null}
        title={words.removeSubmit}
        count={() => Promise.resolve(removed?.name ?? '')}
        about={words.removeAbout}
        action={() => words.removeSubmit}
        isGrave
        run={() => fresh(() => api.me.passkeysRemove(removed?.id ?? ''))}
        done={() => void queries.invalidateQueries({ queryKey: meQuery.queryKey })}
        close={() => setRemoved(null)}
        command={<AsCommand hms={null} call={`DELETE /me/passkeys/${removed?.id ?? ''}`} />}
      />
    </Card>
  )
}

/** What the first one needs is the password; later ones take a second factor that was shown a short time ago. */
function AddForm({ user, close }: { readonly user: UserView; readonly close: () => void }): ReactNode {
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const fresh = useFresh()
  const queries = useQueryClient()
  const [wantsPassword] = useState(user.hasPassword && !user.hasTotp && user.passkeys === 0)
  const adding = useMutation({
    mutationFn: async () => {
      const creation = await fresh(() => api.me.passkeysOptions(wantsPassword ? { password } : {}, { retries: 0 }))
      return api.me.passkeysAdd({ name: name.trim(), passkey: await makePasskey(creation) }, { retries: 0 })
    },
    gcTime: 0,
    onSuccess: ({ recoveryCodes }) => {
      void queries.invalidateQueries({ queryKey: ['me'] })
      if (recoveryCodes === null) close()
    },
  })
  const codes = adding.data?.recoveryCodes ?? null
  if (codes !== null) return <RecoveryCodes codes={codes} done={close} />
  return (
    <DialogForm
      run={() => adding.mutate()}
      error={adding.error instanceof NoPasskey ? null : adding.error}
      submit={words.submit}
      isBusy={adding.isPending}
      close={close}
    >
      {adding.error instanceof NoPasskey && <Notice tone="warn" title={words.failed} />}
      <TextInput
        data-autofocus
        label={words.name}
        placeholder={words.nameHint}
        maxLength={100}
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      {wantsPassword && (
        <PasswordInput
          label={words.password}
          autoComplete="current-password"
          required
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
      )}
    </DialogForm>
  )
}
