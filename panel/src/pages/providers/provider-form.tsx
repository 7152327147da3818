// A provider is added, or changed.
import { PasswordInput, Select, Switch, Textarea, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { type ReactNode, useState } from 'react'
import type { ProviderView } from '../../../../client/src/index.ts'
import { ROLES, type Role } from '../../../../src/contract/access.ts'
import { api } from '../../app/api.ts'
import { useFresh } from '../../app/fresh.tsx'
import { AsCommand, quoted } from '../../parts/command.tsx'
import { DialogForm } from '../../parts/dialog-form.tsx'
import { Dialog } from '../../parts/dialog.tsx'
import { providers as words } from '../../texts/providers.ts'
import { shell } from '../../texts/shell.ts'
import { EMPTY, flagsOf, settingsOf, type Values, valuesOf, wrongRole } from './settings.ts'

const fields = words.fields

interface DialogProps {
  readonly opened: boolean
  readonly close: () => void
}

export function AddProvider({ opened, close }: DialogProps): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={words.add.title} size="38rem">
      <AddForm close={close} />
    </Dialog>
  )
}

function AddForm({ close }: Pick<DialogProps, 'close'>): ReactNode {
  const [values, setValues] = useState<Values>({ ...EMPTY, panel: location.origin })
  const queries = useQueryClient()
  const navigate = useNavigate()
  const fresh = useFresh()
  const { name, issuer, secret } = values
  const body = { name: name.trim(), issuer: issuer.trim(), ...settingsOf(values) }
  const adding = useMutation({
    mutationFn: () => fresh(() => api.users.providerAdd({ ...body, ...(secret !== '' && { clientSecret: secret }) }, { retries: 0 })),
    gcTime: 0,
    onSuccess: (provider) => {
      void queries.invalidateQueries({ queryKey: ['providers'] })
      close()
      void navigate({ to: '/providers/$name', params: { name: provider.name } })
    },
  })
  return (
    <Form
      values={values}
      set={setValues}
      isNew
      error={adding.error}
      isBusy={adding.isPending}
      run={() => adding.mutate()}
      close={close}
      label={words.add.submit}
      command={
        <AsCommand
          hms={`user provider add ${body.name === '' ? 'NAME' : quoted(body.name)} --issuer ${quoted(body.issuer)} ${flagsOf(values)}`}
          call="POST /providers"
          body={body}
        />
      }
    />
  )
}

export function EditProvider({ provider, opened, close }: DialogProps & { readonly provider: ProviderView }): ReactNode {
  return (
    <Dialog opened={opened} close={close} title={words.edit.title} size="38rem">
      <EditForm provider={provider} close={close} />
    </Dialog>
  )
}

function EditForm({ provider, close }: { readonly provider: ProviderView; readonly close: () => void }): ReactNode {
  const { name } = provider
  const [values, setValues] = useState(valuesOf(provider))
  const queries = useQueryClient()
  const fresh = useFresh()
  const body = settingsOf(values)
  const { secret } = values
  const saving = useMutation({
    mutationFn: () => fresh(() => api.users.providerSet(name, { ...body, ...(secret !== '' && { clientSecret: secret }) }, { retries: 0 })),
    gcTime: 0,
    onSuccess: () => {
      void queries.invalidateQueries({ queryKey: ['providers'] })
      close()
    },
  })
  return (
    <Form
      values={values}
      set={setValues}
      isNew={false}
      error={saving.error}
      isBusy={saving.isPending}
      run={() => saving.mutate()}
      close={close}
      label={words.edit.submit}
      command={<AsCommand hms={`user provider set ${name} ${flagsOf(values)}`} call={`PATCH /providers/${name}`} body={body} />}
    />
  )
}

interface FormProps {
  readonly values: Values
  readonly set: (values: Values) => void
  readonly isNew: boolean
  readonly error: Error | null
  readonly isBusy: boolean
  readonly run: () => void
  readonly close: () => void
  readonly label: string
  readonly command: ReactNode
}

function Form({ values, set, isNew, error, isBusy, run, close, label, command }: FormProps): ReactNode {
  const change = (part: Partial<Values>): void => set({ ...values, ...part })
  const submit = (): void => {
    if (wrongRole(values) === undefined) run()
  }
  return (
    <DialogForm run={submit} error={error} submit={label} isBusy={isBusy} close={close}>
      {isNew && <NewFields values={values} set={change} />}
      <ClientFields values={values} set={change} isNew={isNew} />
      <PeopleFields values={values} set={change} />
      <Bounds values={values} set={change} />
      {command}
    </DialogForm>
  )
}

interface FieldProps {
  readonly values: Values
  readonly set: (part: Partial<Values>) => void
}

function NewFields({ values, set }: FieldProps): ReactNode {
  return (
    <>
      <TextInput
        data-autofocus
        label={fields.name}
        description={fields.nameAbout}
        placeholder="company"
        pattern="[a-z0-9][a-z0-9\-]*"
        maxLength={32}
        required
        value={values.name}
        onChange={(event) => set({ name: event.currentTarget.value })}
      />
      <TextInput
        type="url"
        label={fields.issuer}
        description={fields.issuerAbout}
        placeholder="https://login.example.com"
        required
        value={values.issuer}
        onChange={(event) => set({ issuer: event.currentTarget.value })}
      />
    </>
  )
}

function ClientFields({ values, set, isNew }: FieldProps & { readonly isNew: boolean }): ReactNode {
  return (
    <>
      <TextInput
        label={fields.clientId}
        autoComplete="off"
        required
        value={values.clientId}
        onChange={(event) => set({ clientId: event.currentTarget.value })}
      />
      <PasswordInput
        label={fields.secret}
        description={isNew ? fields.secretAbout : fields.secretKeep}
        autoComplete="off"
        value={values.secret}
        onChange={(event) => set({ secret: event.currentTarget.value })}
      />
      <TextInput label={fields.title} value={values.title} onChange={(event) => set({ title: event.currentTarget.value })} />
      <TextInput
        type="url"
        label={fields.panel}
        description={fields.panelAbout}
        required
        value={values.panel}
        onChange={(event) => set({ panel: event.currentTarget.value })}
      />
    </>
  )
}

function PeopleFields({ values, set }: FieldProps): ReactNode {
  const wrong = wrongRole(values)
  const roles = [{ value: '', label: fields.roleNone }, ...ROLES.map((value) => ({ value, label: shell.roles[value] }))]
  return (
    <>
      <TextInput
        label={fields.domains}
        description={fields.domainsAbout}
        placeholder="example.com"
        value={values.domains}
        onChange={(event) => set({ domains: event.currentTarget.value })}
      />
      <Switch label={fields.makes} checked={values.makes} onChange={(event) => set({ makes: event.currentTarget.checked })} />
      <Select
        label={fields.role}
        description={fields.roleAbout}
        allowDeselect={false}
        value={values.role}
        data={roles}
        onChange={(role) => set({ role: (role ?? '') as Role | '' })}
      />
      <TextInput
        label={fields.account}
        description={fields.accountAbout}
        inputMode="numeric"
        pattern="[0-9]*"
        value={values.account}
        onChange={(event) => set({ account: event.currentTarget.value })}
      />
      <TextInput
        label={fields.claim}
        description={fields.claimAbout}
        value={values.claim}
        onChange={(event) => set({ claim: event.currentTarget.value })}
      />
      {values.claim.trim() !== '' && (
        <Textarea
          label={fields.roles}
          description={fields.rolesAbout}
          rows={3}
          error={wrong === undefined ? undefined : words.badRole(wrong)}
          value={values.roles}
          onChange={(event) => set({ roles: event.currentTarget.value })}
        />
      )}
    </>
  )
}

function Bounds({ values, set }: FieldProps): ReactNode {
  return (
    <>
      <TextInput
        label={fields.secondFactor}
        description={fields.secondFactorAbout}
        value={values.secondFactor}
        onChange={(event) => set({ secondFactor: event.currentTarget.value })}
      />
      <TextInput
        label={fields.sessionHours}
        inputMode="numeric"
        pattern="[0-9]+"
        required
        value={values.sessionHours}
        onChange={(event) => set({ sessionHours: event.currentTarget.value })}
      />
      <Switch
        label={fields.only}
        description={fields.onlyAbout}
        checked={values.only}
        onChange={(event) => set({ only: event.currentTarget.checked })}
      />
      <Switch
        label={fields.trustsEmail}
        description={fields.trustsEmailAbout}
        checked={values.trustsEmail}
        onChange={(event) => set({ trustsEmail: event.currentTarget.checked })}
      />
      <Switch label={fields.private} checked={values.private} onChange={(event) => set({ private: event.currentTarget.checked })} />
    </>
  )
}
