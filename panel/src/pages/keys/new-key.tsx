// A new key of the management API, with its secret shown once.
import { Button, SegmentedControl, TextInput, Textarea } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { isAtLeast, ROLES, type Role, type Room, ROOMS, type Scope } from '../../../../src/contract/access.ts'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { useMe } from '../../app/session.ts'
import { RoleChoice } from '../../parts/role-choice.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { CodeLine } from '../../parts/copy.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Notice } from '../../parts/layout.tsx'
import { managementKeys as words } from '../../texts/management-keys.ts'
import { Scopes, type Ticked } from './scopes.tsx'

const fields = words.add

interface Values {
  readonly name: string
  readonly role: Role
  readonly account: string
  readonly limits: 'whole' | 'some'
  readonly ticked: Ticked
  readonly networks: string
  readonly expires: string
}

/** Midnight of a day as `<input type=date>` has it, where the reader is. */
const momentOf = (day: string): number => new Date(`${day}T00:00`).getTime()
const networksOf = ({ networks }: Values): readonly string[] => networks.split(/[\s,;]+/).filter(Boolean)
const scopesOf = ({ ticked }: Values): readonly Scope[] =>
  ROOMS.flatMap((room): Scope[] => {
    const does = ticked[room]
    return does === undefined ? [] : [`${room}:${does}`]
  })

const bodyOf = (values: Values) => ({
  name: values.name.trim(),
  role: values.role,
  ...(values.account.trim() !== '' && { account: Number(values.account) }),
  ...(values.limits === 'some' && { scopes: scopesOf(values) }),
  ...(networksOf(values).length > 0 && { networks: networksOf(values) }),
  ...(values.expires !== '' && { expiresAt: momentOf(values.expires) }),
})

function commandOf(values: Values): string {
  const name = values.name.trim()
  return [
    `key add ${name === '' ? 'NAME' : quoted(name)} --role ${values.role}`,
    ...(values.account.trim() === '' ? [] : [`--account ${quoted(values.account.trim())}`]),
    ...(values.limits === 'some' && scopesOf(values).length > 0 ? [`--scope ${scopesOf(values).join(',')}`] : []),
    ...networksOf(values).map((one) => `--network ${quoted(one)}`),
    ...(values.expires === '' ? [] : [`--expires ${values.expires}`]),
  ].join(' ')
}

interface NewKeyProps {
  readonly opened: boolean
  readonly close: () => void
}

export function NewKey({ opened, close }: NewKeyProps): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={fields.title} size="36rem">
      <Form close={close} />
    </Dialog>
  )
}

function Form({ close }: Pick<NewKeyProps, 'close'>): ReactNode {
  const me = useMe()
  const [values, setValues] = useState<Values>({
    name: '',
    role: 'viewer',
    account: String(me.account ?? ''),
    limits: 'some',
    ticked: {},
    networks: '',
    expires: '',
  })
  const [isTried, setTried] = useState(false)
  const set = (change: Partial<Values>): void => setValues({ ...values, ...change })
  const queries = useQueryClient()
  const fresh = useFresh()
  const body = bodyOf(values)
  const isBare = values.limits === 'some' && scopesOf(values).length === 0
  const adding = useMutation({
    mutationFn: () => fresh(() => api.keys.add(body, { retries: 0 })),
    // The answer, with the secret in it, is held by this dialog alone.
    gcTime: 0,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['keys'] }),
  })
  if (adding.data !== undefined) return <Shown secret={adding.data.secret} done={close} />
  const submit = (): void => {
    setTried(true)
    if (!isBare) adding.mutate()
  }
  const roles = ROLES.filter((one) => isAtLeast(me.role, one) && (one !== 'owner' || values.account.trim() === ''))
  return (
    <DialogForm run={submit} error={adding.error} submit={fields.submit} isBusy={adding.isPending} close={close}>
      <TextInput
        data-autofocus
        label={fields.name}
        description={fields.nameAbout}
        autoComplete="off"
        maxLength={100}
        required
        value={values.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <RoleChoice label={fields.role} roles={roles} role={values.role} set={(role) => set({ role })} />
      {me.account === null && (
        <TextInput
          label={fields.account}
          description={fields.accountAbout}
          inputMode="numeric"
          pattern="[0-9]*"
          placeholder="1001"
          value={values.account}
          onChange={(event) => set({ account: event.currentTarget.value })}
        />
      )}
      <Limits values={values} set={set} isWrong={isTried && isBare} />
      <Bounds values={values} set={set} />
      <AsCommand hms={commandOf(values)} call="POST /keys" body={body} />
    </DialogForm>
  )
}

interface BoundProps {
  readonly values: Values
  readonly set: (change: Partial<Values>) => void
}

/** From where, and until when. */
function Bounds({ values, set }: BoundProps): ReactNode {
  return (
    <>
      <Textarea
        label={fields.networks}
        description={fields.networksAbout}
        rows={2}
        value={values.networks}
        onChange={(event) => set({ networks: event.currentTarget.value })}
      />
      <TextInput
        type="date"
        label={fields.expires}
        description={fields.expiresAbout}
        value={values.expires}
        onChange={(event) => set({ expires: event.currentTarget.value })}
      />
    </>
  )
}

interface LimitProps extends BoundProps {
  readonly isWrong: boolean
}

function Limits({ values: { limits, ticked }, set, isWrong }: LimitProps): ReactNode {
  const tick = (room: Room, does: 'read' | 'write' | undefined): void => {
    const { [room]: _, ...others } = ticked
    set({ ticked: does === undefined ? others : { ...others, [room]: does } })
  }
  return (
    <div className="hms-stack-tight">
      <SegmentedControl
        aria-label={fields.limits}
        value={limits}
        data={[
          { value: 'some', label: fields.some },
          { value: 'whole', label: fields.whole },
        ]}
        onChange={(value) => set({ limits: value as Values['limits'] })}
      />
      {limits === 'some' && <Scopes ticked={ticked} tick={tick} />}
      {limits === 'some' && <p className="hms-muted hms-small">{fields.writeAbout}</p>}
      {isWrong && (
        <p className="hms-ink-bad" role="alert">
          {fields.noScope}
        </p>
      )}
    </div>
  )
}

function Shown({ secret, done }: { readonly secret: string; readonly done: () => void }): ReactNode {
  const texts = words.secret
  return (
    <div className="hms-stack">
      <Notice tone="warn" title={texts.title}>
        {texts.about}
      </Notice>
      <CodeLine text={secret} what={texts.label} />
      <CodeLine text={`curl -H 'Authorization: Bearer ${secret}' ${location.origin}/api/v1/me`} what={texts.try} />
      <div>
        <Button onClick={done}>{texts.done}</Button>
      </div>
    </div>
  )
}
