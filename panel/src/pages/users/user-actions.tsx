// What an administrator may do about a user: another role, a link for a password, factors that were lost, lock and unlock, remove.
import { Button, Menu } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { UserView } from '../../../../client/src/index.ts'
import type { Role } from '../../../../src/contract/access.ts'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { useMay } from '../../app/session.ts'
import { AsCommand } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Icon } from '../../parts/icons.tsx'
import { ProblemNotice } from '../../parts/problem.tsx'
import { common } from '../../texts/common.ts'
import { users } from '../../texts/users.ts'
import { RoleSelect, ShownLink } from './invite.tsx'

const words = users.one
type Asked = 'role' | 'password' | 'factors' | 'lock' | 'remove' | null

export function UserActions({ user }: { readonly user: UserView }): ReactNode {
  const may = useMay()
  const [asked, setAsked] = useState<Asked>(null)
  const close = (): void => setAsked(null)
  const { name, hasTotp, passkeys, lockedAt } = user
  if (!may('users.set')) return null
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button variant="default" rightSection={<Icon name="down" size={16} />}>
            {words.more}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => setAsked('password')}>{words.link.button}</Menu.Item>
          {(hasTotp || passkeys > 0) && <Menu.Item onClick={() => setAsked('factors')}>{words.factors.button}</Menu.Item>}
          <Menu.Item onClick={() => setAsked('remove')}>{words.remove.button}</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {lockedAt === null && (
        <Button variant="default" onClick={() => setAsked('lock')}>
          {words.lock.button}
        </Button>
      )}
      <Button onClick={() => setAsked('role')}>{words.role.button}</Button>
      <Dialog opened={asked === 'role'} close={close} title={words.role.title(name)}>
        <RoleForm user={user} close={close} />
      </Dialog>
      <Dialog opened={asked === 'password'} close={close} title={words.link.button}>
        <LinkForm name={name} close={close} />
      </Dialog>
      <Grave user={user} asked={asked} close={close} />
    </>
  )
}

const GRAVE = {
  factors: {
    call: (name: string) => api.users.factorsRemove(name),
    hms: 'factors',
    http: (name: string) => `POST /users/${name}/factors/remove`,
  },
  lock: { call: (name: string) => api.users.lock(name), hms: 'lock', http: (name: string) => `POST /users/${name}/lock` },
  remove: { call: (name: string) => api.users.remove(name), hms: 'rm', http: (name: string) => `DELETE /users/${name}` },
} as const

interface GraveProps {
  readonly user: UserView
  readonly asked: Asked
  readonly close: () => void
}

/** What takes something away. */
function Grave({ user: { name }, asked, close }: GraveProps): ReactNode {
  const fresh = useFresh()
  const queries = useQueryClient()
  const navigate = useNavigate()
  const what = asked === 'factors' || asked === 'lock' || asked === 'remove' ? asked : null
  const { call, hms, http } = GRAVE[what ?? 'lock']
  const texts = words[what ?? 'lock']
  return (
    <Confirm
      opened={what !== null}
      title={texts.button}
      count={() => api.users.show(name)}
      about={() => texts.about(name)}
      action={() => texts.submit}
      isGrave
      run={() => fresh<unknown>(() => call(name))}
      done={() => {
        if (what === 'remove') void navigate({ to: '/users' })
        void queries.invalidateQueries({ queryKey: what === 'remove' ? ['users', 'list'] : ['users'] })
      }}
      close={close}
      command={<AsCommand hms={`user ${hms} ${name}`} call={http(name)} />}
    />
  )
}

export function Unlock({ name }: { readonly name: string }): ReactNode {
  const may = useMay()
  const fresh = useFresh()
  const queries = useQueryClient()
  const unlocking = useMutation({
    mutationFn: () => fresh(() => api.users.unlock(name)),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['users'] }),
  })
  if (!may('users.unlock')) return null
  return (
    <div className="hms-stack-tight">
      <Button size="xs" loading={unlocking.isPending} onClick={() => unlocking.mutate()}>
        {words.unlock}
      </Button>
      {unlocking.error !== null && <ProblemNotice error={unlocking.error} />}
    </div>
  )
}

function RoleForm({ user: { name, role: before, account }, close }: { readonly user: UserView; readonly close: () => void }): ReactNode {
  const [role, setRole] = useState<Role>(before)
  const fresh = useFresh()
  const queries = useQueryClient()
  const saving = useMutation({
    mutationFn: () => fresh(() => api.users.set(name, { role })),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['users'] })
      close()
    },
  })
  return (
    <DialogForm run={() => saving.mutate()} error={saving.error} submit={words.role.submit} isBusy={saving.isPending} close={close}>
      <p className="hms-muted">{words.role.about}</p>
      <RoleSelect role={role} set={setRole} isOfAccount={account !== null} />
      <AsCommand hms={`user set ${name} --role ${role}`} call={`PATCH /users/${name}`} body={{ role }} />
    </DialogForm>
  )
}

function LinkForm({ name, close }: { readonly name: string; readonly close: () => void }): ReactNode {
  const fresh = useFresh()
  const queries = useQueryClient()
  const making = useMutation({
    mutationFn: () => fresh(() => api.users.password(name, { retries: 0 })),
    gcTime: 0,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['users'] }),
  })
  if (making.data !== undefined) return <ShownLink name={name} link={making.data} done={close} />
  return (
    <div className="hms-stack">
      <p>{words.link.about(name)}</p>
      {making.error !== null && <ProblemNotice error={making.error} />}
      <AsCommand hms={`user password ${name}`} call={`POST /users/${name}/password`} />
      <div className="hms-row">
        <Button loading={making.isPending} onClick={() => making.mutate()}>
          {words.link.submit}
        </Button>
        <Button variant="default" onClick={close}>
          {common.cancel}
        </Button>
      </div>
    </div>
  )
}
