// A new login or key, and what can be changed of one: when it expires, and the stream of its mail.
import { Select, Textarea, TextInput } from '@mantine/core'
import { useMutation } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import type { Account, CredentialView } from '../../../../client/src/index.ts'
import { streamsOf } from '../../../../src/contract/streams.ts'
import { api } from '../../app/api.ts'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { accounts } from '../../texts/accounts.ts'
import { common } from '../../texts/common.ts'
import type { NewSecret } from './new-secret.tsx'

const words = accounts.credentials
const KINDS = ['smtp', 'api', 'ses'] as const
type Kind = (typeof KINDS)[number]

/** Midnight of a day as `<input type=date>` has it, where the reader is. */
const momentOf = (day: string): number => new Date(`${day}T00:00`).getTime()

function dayTextOf(at: number): string {
  const day = new Date(at)
  return [day.getFullYear(), day.getMonth() + 1, day.getDate()].map((part) => String(part).padStart(2, '0')).join('-')
}

interface AddProps {
  readonly account: Account
  readonly made: (secret: NewSecret) => void
  readonly close: () => void
}

export function AddCredential({ account: { id }, made, close }: AddProps): ReactNode {
  const [kind, setKind] = useState<Kind>('smtp')
  const [user, setUser] = useState('')
  const [networks, setNetworks] = useState('')
  const [expires, setExpires] = useState('')
  const from = networks.split(/[\s,;]+/).filter(Boolean)
  const shared = {
    account: id,
    ...(from.length > 0 && { networks: from }),
    ...(expires !== '' && { expiresAt: momentOf(expires) }),
  }
  const login = { ...shared, ...(user.trim() !== '' && { user: user.trim() }) }
  const making = useMutation({
    mutationFn: async (): Promise<NewSecret> => (kind === 'smtp' ? api.credentials.add(login) : api.credentials.key({ ...shared, kind })),
    onSuccess: made,
  })
  const flags = addFlags(kind, user.trim(), from, expires)
  return (
    <DialogForm run={() => making.mutate()} error={making.error} submit={words.form.submit} isBusy={making.isPending} close={close}>
      <Select
        label={words.form.kind}
        description={words.kindAbout[kind]}
        allowDeselect={false}
        value={kind}
        data={KINDS.map((value) => ({ value, label: words.kinds[value] }))}
        onChange={(value) => setKind((value ?? 'smtp') as Kind)}
      />
      {kind === 'smtp' && (
        <TextInput
          label={words.form.user}
          description={words.form.userAbout}
          autoComplete="off"
          maxLength={128}
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
        />
      )}
      <Textarea
        label={words.form.networks}
        description={words.form.networksAbout}
        rows={2}
        value={networks}
        onChange={(event) => setNetworks(event.currentTarget.value)}
      />
      <TextInput
        type="date"
        label={words.form.expires}
        description={words.form.expiresAbout}
        value={expires}
        onChange={(event) => setExpires(event.currentTarget.value)}
      />
      <AsCommand
        hms={['credential add', id, ...flags].join(' ')}
        call={kind === 'smtp' ? 'POST /credentials' : 'POST /credentials/keys'}
        body={kind === 'smtp' ? login : { ...shared, kind }}
      />
    </DialogForm>
  )
}

function addFlags(kind: Kind, user: string, networks: readonly string[], expires: string): readonly string[] {
  return [
    ...(kind !== 'smtp' ? [`--kind ${kind}`] : user === '' ? [] : [quoted(user)]),
    ...networks.map((one) => `--network ${quoted(one)}`),
    ...(expires === '' ? [] : [`--expires ${expires}`]),
  ]
}

interface ChangeProps {
  readonly account: Account
  readonly credential: CredentialView
  readonly done: () => void
  readonly close: () => void
}

const OF_ACCOUNT = ''

export function ChangeCredential({ account, credential: { user, stream, expiresAt }, done, close }: ChangeProps): ReactNode {
  const before = expiresAt === null ? '' : dayTextOf(expiresAt)
  const [day, setDay] = useState(before)
  const [named, setNamed] = useState(stream ?? OF_ACCOUNT)
  const body = {
    ...(day !== before && { expiresAt: day === '' ? null : momentOf(day) }),
    ...(named !== (stream ?? OF_ACCOUNT) && { stream: named === OF_ACCOUNT ? null : named }),
  }
  const isChanged = Object.keys(body).length > 0
  const changing = useMutation({
    mutationFn: () => api.credentials.set(user, body),
    onSuccess: () => {
      done()
      close()
    },
  })
  const flags = [
    ...('expiresAt' in body ? [`--expires ${day === '' ? 'never' : day}`] : []),
    ...('stream' in body ? [`--stream ${named === OF_ACCOUNT ? 'none' : named}`] : []),
  ]
  return (
    <DialogForm
      run={() => changing.mutate()}
      error={changing.error}
      submit={common.save}
      isBusy={changing.isPending}
      isBarred={!isChanged}
      close={close}
    >
      <TextInput
        type="date"
        label={words.form.expires}
        description={words.form.expiresAbout}
        value={day}
        onChange={(event) => setDay(event.currentTarget.value)}
      />
      <Select
        label={words.form.stream}
        allowDeselect={false}
        value={named}
        data={[{ value: OF_ACCOUNT, label: words.ofAccount }, ...streamsOf(account).map(({ name }) => ({ value: name, label: name }))]}
        onChange={(value) => setNamed(value ?? OF_ACCOUNT)}
      />
      {isChanged && (
        <AsCommand
          hms={['credential set', quoted(user), ...flags].join(' ')}
          call={`PATCH /credentials/${encodeURIComponent(user)}`}
          body={body}
        />
      )}
    </DialogForm>
  )
}
