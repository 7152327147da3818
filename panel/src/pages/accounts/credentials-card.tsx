// Logins and keys of an account: when each was used and expires, where from; new ones, new passwords, and their end.
import { ActionIcon, Button, Menu } from '@mantine/core'
import { useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useRef, useState } from 'react'
import type { Account, CredentialView } from '../../../../client/src/index.ts'
import { api } from '../../app/api.ts'
import { usePages } from '../../app/pages-of.ts'
import { useMay } from '../../app/session.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { Confirm } from '../../parts/confirm.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { Icon } from '../../parts/icons.tsx'
import { Badge, Card, Empty } from '../../parts/layout.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { accounts } from '../../texts/accounts.ts'
import { ago, dateOf, time } from '../../texts/format.ts'
import { AddCredential, ChangeCredential } from './credential-forms.tsx'
import { type NewSecret, SecretLines } from './new-secret.tsx'

const words = accounts.credentials
const ANONYMOUS = 1000

type Asked =
  | { readonly what: 'add' }
  | { readonly what: 'rotate' | 'change' | 'remove'; readonly credential: CredentialView }
  | { readonly what: 'made'; readonly secret: NewSecret }

const COLUMNS: readonly Column<CredentialView>[] = [
  { id: 'user', title: words.columns.user, isFixed: true, cell: ({ user }) => <span className="hms-break">{user}</span> },
  { id: 'kind', title: words.columns.kind, cell: ({ kind }) => words.kinds[kind] },
  {
    id: 'networks',
    title: words.columns.networks,
    cell: ({ networks }) => (networks.length === 0 ? <span className="hms-muted">{words.anywhere}</span> : networks.join(', ')),
  },
  { id: 'stream', title: words.columns.stream, cell: ({ stream }) => stream ?? <span className="hms-muted">{words.ofAccount}</span> },
  { id: 'expires', title: words.columns.expires, cell: ({ expiresAt }) => <Expiry at={expiresAt} /> },
  {
    id: 'lastUse',
    title: words.columns.lastUse,
    cell: ({ lastUse }) =>
      lastUse === null ? <span className="hms-muted">{words.notYet}</span> : <span title={time(lastUse)}>{ago(lastUse)}</span>,
  },
]

function Expiry({ at }: { readonly at: number | null }): ReactNode {
  const [now] = useState(Date.now)
  if (at === null) return <span className="hms-muted">{words.never}</span>
  if (at <= now) return <Badge tone="bad">{words.over(ago(at))}</Badge>
  return <span title={time(at)}>{dateOf(at)}</span>
}

const actionsColumn = (ask: (what: ActionName, credential: CredentialView) => void): Column<CredentialView> => ({
  id: 'actions',
  title: words.columns.actions,
  isFixed: true,
  cell: (credential) => <Actions credential={credential} ask={(what) => ask(what, credential)} />,
})

export function CredentialsCard({ account }: { readonly account: Account }): ReactNode {
  const { id } = account
  const may = useMay()
  const queries = useQueryClient()
  const [asked, setAsked] = useState<Asked | null>(null)
  const list = usePages(['credentials', id], (after, signal) =>
    api.credentials.list({ account: id, limit: 50, ...(after !== undefined && { after }) }, { signal }),
  )
  const again = (): void => void queries.invalidateQueries({ queryKey: ['credentials', id] })
  const close = (): void => setAsked(null)
  const made = (secret: NewSecret): void => {
    again()
    setAsked({ what: 'made', secret })
  }
  const isAnonymous = id === ANONYMOUS
  const canAdd = may('credentials.add', 'credentials.key') && !isAnonymous
  const add = canAdd && (
    <Button size="xs" onClick={() => setAsked({ what: 'add' })}>
      {words.add}
    </Button>
  )
  const actions = actionsColumn((what, credential) => setAsked({ what, credential }))
  return (
    <>
      <Card flush title={words.title} about={isAnonymous ? words.anonymous : words.about} actions={add}>
        <DataTable
          name="credentials"
          label={words.label}
          columns={may('credentials.set') ? [...COLUMNS, actions] : COLUMNS}
          keyOf={({ user }) => user}
          {...list}
          empty={
            <Empty icon="key" title={words.empty}>
              {isAnonymous ? words.anonymous : words.emptyWhat}
            </Empty>
          }
        />
      </Card>
      <AsCommand hms={`credential ls --account ${id}`} call={`GET /credentials?account=${id}`} />
      <Dialog opened={asked?.what === 'add'} close={close} title={words.add}>
        <AddCredential account={account} made={made} close={close} />
      </Dialog>
      <Dialog opened={asked?.what === 'made'} close={close} title={words.made.title}>
        {asked?.what === 'made' && (
          <div className="hms-stack">
            <SecretLines secret={asked.secret} />
            <Button onClick={close}>{words.made.done}</Button>
          </div>
        )}
      </Dialog>
      {asked?.what === 'change' && (
        <Dialog opened close={close} title={words.changeTitle(asked.credential.user)}>
          <ChangeCredential account={account} credential={asked.credential} done={again} close={close} />
        </Dialog>
      )}
      {asked?.what === 'rotate' && <Rotate credential={asked.credential} made={made} close={close} />}
      {asked?.what === 'remove' && <Remove credential={asked.credential} done={again} close={close} />}
    </>
  )
}

type ActionName = 'rotate' | 'change' | 'remove'

function Actions({
  credential: { user, kind },
  ask,
}: {
  readonly credential: CredentialView
  readonly ask: (what: ActionName) => void
}): ReactNode {
  return (
    <Menu position="bottom-end">
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" aria-label={words.more(user)}>
          <Icon name="down" size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {kind === 'smtp' && <Menu.Item onClick={() => ask('rotate')}>{words.rotate}</Menu.Item>}
        <Menu.Item onClick={() => ask('change')}>{words.change}</Menu.Item>
        <Menu.Item onClick={() => ask('remove')}>{words.remove}</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

interface RotateProps {
  readonly credential: CredentialView
  readonly made: (secret: NewSecret) => void
  readonly close: () => void
}

function Rotate({ credential: { user, account }, made, close }: RotateProps): ReactNode {
  const secret = useRef<NewSecret | null>(null)
  return (
    <Confirm
      opened
      title={words.rotateTitle(user)}
      count={() => Promise.resolve(null)}
      about={() => words.rotateAbout}
      action={() => words.rotate}
      isGrave
      run={async () => {
        secret.current = await api.credentials.add({ account, user })
      }}
      done={() => undefined}
      // It closes when it is done, too: what it made is shown then.
      close={() => (secret.current === null ? close() : made(secret.current))}
      command={<AsCommand hms={`credential add ${account} ${quoted(user)}`} call="POST /credentials" body={{ account, user }} />}
    />
  )
}

interface RemoveProps {
  readonly credential: CredentialView
  readonly done: () => void
  readonly close: () => void
}

function Remove({ credential: { user }, done, close }: RemoveProps): ReactNode {
  return (
    <Confirm
      opened
      title={words.removeTitle(user)}
      count={() => Promise.resolve(null)}
      about={() => words.removeAbout}
      action={() => words.remove}
      isGrave
      run={() => api.credentials.remove(user)}
      done={done}
      close={close}
      command={<AsCommand hms={`credential rm ${quoted(user)}`} call={`DELETE /credentials/${encodeURIComponent(user)}`} />}
    />
  )
}
