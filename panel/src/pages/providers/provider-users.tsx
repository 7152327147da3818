// Who is whom to a provider: learned at logins, or said by an owner.
import { Button, TextInput } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { ProviderUser } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { usePages } from '../../app/pages-of.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { providers } from '../../texts/providers.ts'

const words = providers.one

export function ProviderUsers({ name }: { readonly name: string }): ReactNode {
  const [opened, { open, close }] = useDisclosure(false)
  const [forgotten, setForgotten] = useState('')
  const queries = useQueryClient()
  const fresh = useFresh()
  const list = usePages(['providers', 'users', name], (after, signal) =>
    api.users.provider(name, { limit: 50, ...(after !== undefined && { after }) }, { signal }),
  )
  const button = (
    <Button variant="default" size="xs" onClick={open}>
      {words.link}
    </Button>
  )
  return (
    <Card title={words.users} about={words.usersAbout} actions={button} flush>
      <DataTable
        name="provider-users"
        label={words.usersTable}
        columns={columnsOf(setForgotten)}
        keyOf={({ user }) => user}
        {...list}
        empty={
          <Empty icon="user" title={words.noUsers}>
            {words.noUsersWhat}
          </Empty>
        }
      />
      <div className="hms-card-body">
        <AsCommand hms={`user provider users ${name}`} call={`GET /providers/${name}/users`} />
      </div>
      <Dialog opened={opened} close={close} title={words.link}>
        <LinkForm name={name} close={close} />
      </Dialog>
      <Confirm
        opened={forgotten !== ''}
        title={words.unlinkSubmit}
        count={() => Promise.resolve(forgotten)}
        about={words.unlinkAbout}
        action={() => words.unlinkSubmit}
        isGrave
        run={() => fresh(() => api.users.providerUnlink(name, forgotten))}
        done={() => void queries.invalidateQueries({ queryKey: ['providers'] })}
        close={() => setForgotten('')}
        command={
          <AsCommand hms={`user provider unlink ${name} ${quoted(forgotten)}`} call={`DELETE /providers/${name}/users/${forgotten}`} />
        }
      />
    </Card>
  )
}

function columnsOf(forget: (user: string) => void): readonly Column<ProviderUser>[] {
  return [
    {
      id: 'user',
      title: words.user,
      isFixed: true,
      cell: ({ user }) => (
        <Link to="/users/$name" params={{ name: user }} className="hms-break">
          {user}
        </Link>
      ),
    },
    { id: 'subject', title: words.subject, isFixed: true, cell: ({ subject }) => <code className="hms-break">{subject}</code> },
    {
      id: 'forget',
      title: words.forget,
      isFixed: true,
      cell: ({ user }) => (
        <Button size="compact-xs" variant="default" aria-label={words.unlink(user)} onClick={() => forget(user)}>
          {words.forget}
        </Button>
      ),
    },
  ]
}

function LinkForm({ name, close }: { readonly name: string; readonly close: () => void }): ReactNode {
  const [user, setUser] = useState('')
  const [subject, setSubject] = useState('')
  const queries = useQueryClient()
  const fresh = useFresh()
  const linking = useMutation({
    mutationFn: () => fresh(() => api.users.providerLink(name, user.trim(), { subject: subject.trim() })),
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['providers'] })
      close()
    },
  })
  return (
    <DialogForm run={() => linking.mutate()} error={linking.error} submit={words.linkSubmit} isBusy={linking.isPending} close={close}>
      <p className="hms-muted">{words.linkAbout}</p>
      <TextInput
        data-autofocus
        label={words.user}
        autoComplete="off"
        required
        value={user}
        onChange={(event) => setUser(event.currentTarget.value)}
      />
      <TextInput
        label={words.subject}
        autoComplete="off"
        required
        value={subject}
        onChange={(event) => setSubject(event.currentTarget.value)}
      />
      <AsCommand
        hms={`user provider link ${name} ${user === '' ? 'USER' : quoted(user.trim())} ${subject === '' ? 'SUBJECT' : quoted(subject.trim())}`}
        call={`PUT /providers/${name}/users/${user.trim()}`}
        body={{ subject: subject.trim() }}
      />
    </DialogForm>
  )
}
