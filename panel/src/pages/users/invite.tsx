// A new user: name, role, account; the link for the first password is shown once.
import { Button, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { PasswordLink } from '../../../../client/src/index.ts'
import { isAtLeast, ROLES, type Role } from '../../../../src/contract/access.ts'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { useMe } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { CodeLine } from '../../parts/copy.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Notice } from '../../parts/layout.tsx'
import { RoleChoice } from '../../parts/role-choice.tsx'
import { time } from '../../texts/format.ts'
import { users as words } from '../../texts/users.ts'

const fields = words.invite

interface InviteProps {
  readonly opened: boolean
  readonly close: () => void
}

export function Invite({ opened, close }: InviteProps): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={fields.title}>
      <InviteForm close={close} />
    </Dialog>
  )
}

function InviteForm({ close }: Pick<InviteProps, 'close'>): ReactNode {
  const own = useMe().account
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const [account, setAccount] = useState(String(own ?? ''))
  const queries = useQueryClient()
  const fresh = useFresh()
  const body = { name: name.trim(), role, ...(account.trim() !== '' && { account: Number(account) }) }
  const adding = useMutation({
    mutationFn: () => fresh(() => api.users.add(body, { retries: 0 })),
    gcTime: 0,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['users'] }),
  })
  if (adding.data !== undefined) return <ShownLink name={adding.data.user.name} link={adding.data.link} done={close} />
  return (
    <DialogForm run={() => adding.mutate()} error={adding.error} submit={fields.submit} isBusy={adding.isPending} close={close}>
      <TextInput
        data-autofocus
        label={fields.name}
        description={fields.nameAbout}
        autoComplete="off"
        autoCapitalize="none"
        maxLength={100}
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <RoleSelect role={role} set={setRole} isOfAccount={account.trim() !== ''} />
      {own === null && (
        <TextInput
          label={fields.account}
          description={fields.accountAbout}
          inputMode="numeric"
          pattern="[0-9]*"
          placeholder="1001"
          value={account}
          onChange={(event) => setAccount(event.currentTarget.value)}
        />
      )}
      <AsCommand
        hms={`user add ${name.trim() === '' ? 'NAME' : quoted(name.trim())} --role ${role}${account.trim() === '' ? '' : ` --account ${quoted(account.trim())}`}`}
        call="POST /users"
        body={body}
      />
    </DialogForm>
  )
}

/** Roles that whoever asks may give. */
export function RoleSelect({ role, set, isOfAccount }: RoleSelectProps): ReactNode {
  const me = useMe()
  const roles = ROLES.filter((one) => isAtLeast(me.role, one) && (one !== 'owner' || !isOfAccount))
  return <RoleChoice label={fields.role} roles={roles} role={role} set={set} />
}

interface RoleSelectProps {
  readonly role: Role
  readonly set: (role: Role) => void
  /** An owner is of no account. */
  readonly isOfAccount: boolean
}

interface LinkProps {
  readonly name: string
  readonly link: PasswordLink
  readonly done: () => void
}

export function ShownLink({ name, link: { token, until }, done }: LinkProps): ReactNode {
  return (
    <div className="hms-stack">
      <Notice tone="warn" title={words.link.title}>
        {words.link.about(name, time(until))}
      </Notice>
      <CodeLine text={`${location.origin}/first#${token}`} what={words.link.label} />
      <div>
        <Button onClick={done}>{words.link.done}</Button>
      </div>
    </div>
  )
}
